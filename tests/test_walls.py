"""The walls between the rooms, read from the imports: the judge and the judged share no code."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
SUITE = ("fixtures", "steps", "tests", "conftest")
RUNNER = ("pytest", "_pytest", "pytest_bdd", "allure")
#: room -> what nothing in it may import
WALLS: Mapping[str, tuple[str, ...]] = {
    "lab": ("reconciliation", *SUITE, *RUNNER),
    "reconciliation": ("lab", *SUITE, *RUNNER),
    "steps": ("lab", "tests"),
    "fixtures": ("lab", "tests"),
}
IMPORTERS = ("import_module", "__import__", "importorskip", "run_module")


def imported(source: str) -> Iterator[str]:
    """The full name of every module a text imports, wherever in it: statements, and calls with a
    name as text.
    """
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from (name.name for name in node.names)
        elif (
            isinstance(node, ast.ImportFrom) and not node.level
        ):  # a relative one stays in its package
            yield node.module or ""
        elif isinstance(node, ast.Call) and node.args and _called(node.func) in IMPORTERS:
            named = node.args[0]
            if isinstance(named, ast.Constant) and isinstance(named.value, str):
                yield named.value


def _called(function: ast.expr) -> str:
    return function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")


def breaches(source: str, room: str) -> list[str]:
    """What a text in a room imports that it may not."""
    return sorted({name for name in imported(source) if name.partition(".")[0] in WALLS[room]})


def beyond_the_index(source: str) -> list[str]:
    """The lines of a conftest.py that are neither its docstring nor ``pytest_plugins``, a tuple of
    names.
    """
    docstring, *rest = ast.parse(source).body or [ast.Pass(lineno=1)]
    found = [] if isinstance(docstring, ast.Expr) and _is_text(docstring.value) else [docstring]
    return [
        f"line {node.lineno}" for node in [*found, *(node for node in rest if not _is_index(node))]
    ]


def _is_index(node: ast.stmt) -> bool:
    return (
        isinstance(node, ast.Assign)
        and [ast.unparse(target) for target in node.targets] == ["pytest_plugins"]
        and isinstance(node.value, ast.Tuple)
        and all(map(_is_text, node.value.elts))
    )


def _is_text(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and isinstance(node.value, str)


# ---------------------------------------------------------------- the rooms as they are


@pytest.mark.parametrize("room", WALLS)
def test_a_room_imports_nothing_from_behind_its_walls(room: str) -> None:
    files = sorted((ROOT / room).rglob("*.py"))
    assert len(files) > 5
    found = {
        str(path.relative_to(ROOT)): breaches(path.read_text(encoding="utf-8"), room)
        for path in files
    }
    assert {path: names for path, names in found.items() if names} == {}
    assert any(list(imported(path.read_text(encoding="utf-8"))) for path in files)


def test_conftest_is_an_index_and_nothing_else() -> None:
    assert beyond_the_index((ROOT / "conftest.py").read_text(encoding="utf-8")) == []


# ---------------------------------------------------------------- the walls can be breached


@pytest.mark.parametrize(
    ("room", "behind"), [(room, name) for room, names in WALLS.items() for name in names]
)
def test_every_wall_tells_a_breach(room: str, behind: str) -> None:
    for breach in (
        f"import {behind}",
        f"import os, {behind}.deep as innocent",
        f"from {behind} import something",
        f"from {behind}.deep.inside import something",
        f"def hidden():\n    if True:\n        from {behind} import something",
        f"import importlib\nimportlib.import_module('{behind}.deep')",
        f"__import__('{behind}')",
    ):
        assert breaches(breach, room), breach


@pytest.mark.parametrize(
    "harmless",
    [
        "import labels",
        "from . import lab",
        "from .lab import x",
        "lab = 'import lab'",
        "import pytest_timeout",
        "from fixturesque import lab",
        "print('lab')",
    ],
)
def test_what_only_looks_like_a_breach_is_none(harmless: str) -> None:
    assert [room for room in WALLS if breaches(harmless, room)] == []


INDEX = '"""The index."""\n\npytest_plugins = ("fixtures.life.options",)\n'


@pytest.mark.parametrize(
    ("source", "lines"),
    [
        (INDEX, []),
        ("", ["line 1"]),
        ('pytest_plugins = ("fixtures.life.options",)\n', ["line 1"]),
        (f"{INDEX}import os\n", ["line 4"]),
        (f"{INDEX}\ndef pytest_configure():\n    pass\n", ["line 5"]),
        (f"{INDEX}'another text'\n", ["line 4"]),
        (f"{INDEX}pytest_plugins = (name(),)\n", ["line 4"]),
        (f"{INDEX}pytest_plugins = other = ('x',)\n", ["line 4"]),
    ],
)
def test_anything_more_in_conftest_is_told(source: str, lines: list[str]) -> None:
    assert beyond_the_index(source) == lines
