"""The walls between the rooms, read from the imports: the judge and the judged share no code."""

from __future__ import annotations

import ast
import os
import re
import shutil
import subprocess
import sys
import tomllib
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


def test_no_module_is_excused_from_its_types() -> None:
    tools = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]
    assert [one for one in tools["mypy"]["overrides"] if one.get("ignore_errors")] == []
    excused = [
        str(path.relative_to(ROOT))
        for room in tools["mypy"]["packages"]
        for path in sorted((ROOT / room).rglob("*.py"))
        if "# mypy:" in path.read_text(encoding="utf-8")
    ]
    assert excused == []


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


# ---------------------------------------------------------------- the order of the rooms

HINT = "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    import {}"
#: a file, what it imports against the order, the contract of pyproject.toml that breaks
TURNED = [
    (
        "reconciliation/model/values.py",
        "lab.core.ports",
        "The judge knows neither the judged nor the runner",
    ),
    ("reconciliation/errors.py", "pytest", "The judge knows neither the judged nor the runner"),
    ("reconciliation/canonical/rules.py", "fixtures.run", "Steps know fixtures"),
    ("reconciliation/mapping/parse.py", "reconciliation.report", "The judge's rooms"),
    ("reconciliation/repair/plan.py", "reconciliation.drafting.draft", "The judge's rooms"),
    ("reconciliation/newcomer.py", "reconciliation.model", "The judge's rooms"),
    ("reconciliation/agreed/mistakes.py", "reconciliation.agreed.profile", "No rings"),
    ("fixtures/run.py", "fixtures.life.watch", "The fixtures' rooms"),
    ("fixtures/life/watch.py", "lab.core.ports", "Steps and fixtures reach the lab"),
    ("steps/arrival.py", "lab", "Steps and fixtures reach the lab"),
    ("lab/core/ports.py", "reconciliation.model", "The judged knows neither"),
    ("lab/logins.py", "lab.core.ports", "The lab's rooms"),
    ("lab/dms/ground/errors.py", "lab.dms.task.task", "The rooms of the DMS stand-in"),
]


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    copied = tmp_path_factory.mktemp("copy")
    for room in ("reconciliation", "fixtures", "steps", "lab"):
        leave = shutil.ignore_patterns("__pycache__")
        shutil.copytree(ROOT / room, copied / room, ignore=leave)
    shutil.copy(ROOT / "pyproject.toml", copied)
    return copied


def broken(project: Path) -> list[str]:
    """The contracts of a tree that are broken."""
    told = subprocess.run(
        [Path(sys.executable).parent / "lint-imports", "--no-logo"],
        cwd=project,
        env={**os.environ, "NO_COLOR": "1", "COLUMNS": "200"},
        capture_output=True,
        text=True,
        check=False,
    )
    found = re.findall(r"^(.+) BROKEN", told.stdout, re.MULTILINE)
    assert told.returncode == bool(found), told.stdout + told.stderr
    return found


def test_the_rooms_are_in_order(copy: Path) -> None:
    assert broken(copy) == []


@pytest.mark.parametrize(
    ("how", "file", "imported", "contract"),
    [("import {}", *arrow) for arrow in TURNED]
    + [("def hidden():\n    import {}", *TURNED[0]), (HINT, *TURNED[0])],
)
def test_an_arrow_turned_round_breaks_a_contract(
    copy: Path, how: str, file: str, imported: str, contract: str
) -> None:
    path = copy / file
    before = path.read_text(encoding="utf-8") if path.exists() else ""
    path.write_text(f"{before}\n{how.format(imported)}\n", encoding="utf-8")
    try:
        assert [name for name in broken(copy) if name.startswith(contract)]
    finally:
        path.write_text(before, encoding="utf-8") if before else path.unlink()
