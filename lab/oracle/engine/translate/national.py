"""Functions of bytes beside national text: refused where it cannot be told whose bytes are meant.

Oracle knows for every expression whether it is national. Here the type of an expression says so,
but CASE, DECODE and their kin give up the difference when their branches are of both kinds, and so
do functions that take any text.
"""

from __future__ import annotations

from collections.abc import Iterable

from sqlglot import exp

from lab.oracle.engine.translate.dialect import unsupported

_OF_BYTES = frozenset(
    ("LENGTHB", "RAWTOHEX", "STANDARD_HASH", "DUMP", "VSIZE", "ORA_HASH", "SUBSTRB", "INSTRB")
)
#: functions whose result is national exactly when their argument is, or never
_CLEAR = frozenset(
    (
        *(
            "UPPER",
            "LOWER",
            "INITCAP",
            "SUBSTR",
            "REPLACE",
            "TRANSLATE",
            "LTRIM",
            "RTRIM",
            "TRIM",
            "LPAD",
            "RPAD",
        ),
        *(
            "CONCAT",
            "NVL",
            "TO_CHAR",
            "TO_NCHAR",
            "TO_NUMBER",
            "TO_DATE",
            "TO_TIMESTAMP",
            "HEXTORAW",
            "TRUNC",
            "ROUND",
        ),
        "CAST_TO_RAW",
        *(
            "RAWTOHEX",
            "STANDARD_HASH",
            "MIN",
            "MAX",
            "COUNT",
            "SUM",
            "AVG",
            "MOD",
            "ABS",
            "LENGTH",
            "LENGTHB",
        ),
    )
)


def refuse_unclear_bytes(trees: Iterable[exp.Expression]) -> None:
    """Raises ORA-03001 for a function of bytes whose argument may be national or not."""
    for tree in trees:
        for call in tree.find_all(exp.Anonymous):
            name = str(call.this).upper()
            if name in _OF_BYTES and (
                any(map(_is_unclear, call.expressions)) or _has_unclear_source(tree, call)
            ):
                raise unsupported(f"{name} of an expression that may be national text or not")


def _is_unclear(node: exp.Expression) -> bool:
    return any(
        isinstance(part, (exp.Case, exp.Query))
        or (isinstance(part, exp.Anonymous) and str(part.this).upper() not in _CLEAR)
        for part in node.walk()
    )


def _has_unclear_source(tree: exp.Expression, call: exp.Expression) -> bool:
    """Whether a column in the call may come from a query within the statement that is not clear
    itself.
    """
    if call.find(exp.Column) is None:
        return False
    queries = [query for query in tree.find_all(exp.Select) if query is not tree]
    return any(_is_unclear(projection) for query in queries for projection in query.expressions)
