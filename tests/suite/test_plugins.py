"""Plugins can be told from helpers, and the index in conftest.py is all of them, from the bottom
up.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from itertools import groupby
from pathlib import Path

import pytest

from tests.suite.conftest import PLUGINS
from tests.test_walls import imported

ROOT = Path(__file__).parents[2]
#: what a plugin's docstring in fixtures/ begins with; in steps/ the room says it
SIGN = "Plugin: "
#: rooms with plugins, from the bottom up
ROOMS = ("fixtures.gherkin", "fixtures.reporting", "fixtures.scenario", "fixtures.life", "steps")
#: what makes a function one of pytest's or of pytest-bdd's
DECORATORS = ("fixture", "given", "when", "then", "step")


def modules() -> Iterator[tuple[str, str]]:
    """Every module of both rooms by name, with its text."""
    for path in sorted(
        path for room in ("fixtures", "steps") for path in (ROOT / room).rglob("*.py")
    ):
        if path.name != "__init__.py":
            name = ".".join(path.relative_to(ROOT).with_suffix("").parts)
            yield name, path.read_text(encoding="utf-8")


def plugs_in(source: str) -> list[str]:
    """The hooks, fixtures and steps a text defines for whoever loads it as a plugin.

    Those of a class are registered by whoever makes one.
    """
    functions = [node for node in ast.parse(source).body if isinstance(node, ast.FunctionDef)]
    return [node.name for node in functions if node.name.startswith("pytest_") or _marked(node)]


def _marked(node: ast.FunctionDef) -> bool:
    named = [one.func if isinstance(one, ast.Call) else one for one in node.decorator_list]
    return any(ast.unparse(one).rpartition(".")[2] in DECORATORS for one in named)


def signed(name: str, source: str) -> bool:
    """Whether a module says that it is a plugin."""
    return name.startswith("steps.") or (ast.get_docstring(ast.parse(source)) or "").startswith(
        SIGN
    )


def test_the_index_is_every_plugin_and_nothing_else() -> None:
    assert [name for name, source in modules() if plugs_in(source)] == sorted(PLUGINS)


def test_a_plugin_says_so_and_nothing_else_does() -> None:
    assert [name for name, source in modules() if signed(name, source)] == sorted(PLUGINS)


def test_the_index_goes_from_the_bottom_up() -> None:
    rooms = [room for room, _ in groupby(name.rpartition(".")[0] for name in PLUGINS)]
    assert rooms == list(ROOMS)


def test_a_plugin_imports_only_plugins_above_it() -> None:
    """pytest rewrites the assertions of a plugin when it loads it, and warns when it comes too
    late.
    """
    texts = dict(modules())
    for number, name in enumerate(PLUGINS):
        assert not set(imported(texts[name])) & set(PLUGINS[number:]), name


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("def pytest_configure(config): ...", ["pytest_configure"]),
        ("import pytest\n@pytest.fixture\ndef one(): ...", ["one"]),
        ("import pytest\n@pytest.fixture(scope='session')\ndef one(): ...", ["one"]),
        ("from pytest_bdd import then\n@then('all is well')\ndef one(): ...", ["one"]),
        ("def one(): ...\nclass Two:\n    def pytest_configure(self): ...", []),
        ("import functools\n@functools.cache\ndef one(): ...", []),
    ],
)
def test_what_makes_a_plugin_is_seen(source: str, found: list[str]) -> None:
    assert plugs_in(source) == found
