"""Which of the driver's tests need PL/SQL or object types: told from their source, by a rule that
can be read.

A test counts as needing PL/SQL when its own source, or that of a function or fixture of its module
that it uses, or one of its parameters

- calls ``callproc``, ``callfunc``, ``gettype``, ``arrayvar``, ``queue`` or ``getimplicitresults``,
- has a string that begins with BEGIN or DECLARE (an anonymous block), or a BEGIN alone on a line,
- has a string that creates a procedure, function, package, trigger or type,
- has a string that names a package of the driver's scripts (``pkg_...``) or of Oracle
  (``dbms_...``, ``utl_...``), one of the scripts' procedures and functions, or one of their object
  types (``udt_...``), or
- uses a table that has columns of object types or of XMLTYPE.

Everything else counts as needing none, whatever it tests.
"""

from __future__ import annotations

import ast
import inspect
import re
import textwrap
from collections.abc import Iterator
from types import FunctionType
from typing import Any

_CALLS = frozenset(("callproc", "callfunc", "gettype", "arrayvar", "queue", "getimplicitresults"))
_TEXTS = {
    "an anonymous block": r"\A\s*(?:begin|declare)\b(?!\s*=)|^\s*begin\s*$",
    "a stored unit": r"\bcreate\s+(?:or\s+replace\s+)?(?:\w+\s+)?(?:procedure|function|package|trigger|type)\b",  # noqa: E501
    "a package": r"\bpkg_\w+|\b(?:dbms|utl)_\w+\.\w+",
    "a procedure of the scripts": r"\b(?:proc_test\w*|func_test\w*|myrefcursorproc)\b",
    "an object type": r"\budt_\w+|\bTestObjects\b|\bNestedCollectionTests\b|\bTestBuildings\b",
    "XMLTYPE": r"\bxmltype\b|\bTest(?:Temp)?XML\b|\bxmlelement\b",
}
_PATTERNS = {
    name: re.compile(pattern, re.IGNORECASE | re.MULTILINE) for name, pattern in _TEXTS.items()
}


def needs_plsql(item: Any) -> str:
    """What a collected pytest item needs PL/SQL for; "" when it needs none."""
    for function in _functions(item):
        definition = ast.parse(textwrap.dedent(inspect.getsource(function))).body[0]
        # decorators hold the parameters of all tests; those of this one are looked at below
        reason = next((found for node in _parts(definition) if (found := _in_tree(node))), "")
        if reason:
            return reason
    values = getattr(getattr(item, "callspec", None), "params", {}).values()
    return next(
        (reason for value in values if isinstance(value, str) and (reason := _in_text(value))), ""
    )


def _parts(definition: ast.stmt) -> list[ast.stmt]:
    return (
        definition.body
        if isinstance(definition, ast.FunctionDef | ast.AsyncFunctionDef)
        else [definition]
    )


def _in_tree(tree: ast.AST) -> str:
    for node in ast.walk(tree):
        if (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Attribute)
            and node.func.attr in _CALLS
        ):
            return f"{node.func.attr}()"
        if isinstance(node, ast.JoinedStr):
            text = "".join(
                part.value if isinstance(part, ast.Constant) else "x" for part in node.values
            )
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            text = node.value
        else:
            continue
        reason = _in_text(text)
        if reason:
            return reason
    return ""


def _in_text(text: str) -> str:
    return next((name for name, pattern in _PATTERNS.items() if pattern.search(text)), "")


def _functions(item: Any) -> Iterator[FunctionType]:
    """The test, the fixtures of its module that it uses, and the functions of its module that these
    call.
    """
    module = item.function.__module__
    waiting = [item.function, *_fixtures(item)]
    seen = set()
    while waiting:
        function = waiting.pop()
        if function in seen or function.__module__ != module:
            continue
        seen.add(function)
        yield function
        names = function.__code__.co_names
        found = (function.__globals__.get(name) for name in names)
        waiting += [value for value in found if isinstance(value, FunctionType)]


def _fixtures(item: Any) -> Iterator[FunctionType]:
    for definitions in item._fixtureinfo.name2fixturedefs.values():
        for definition in definitions:
            function = inspect.unwrap(definition.func)
            if isinstance(function, FunctionType):
                yield function
