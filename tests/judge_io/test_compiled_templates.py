"""Compiled templates are kept for the next process, and are never in a report's way."""

from __future__ import annotations

from pathlib import Path

import jinja2
import pytest

from reconciliation.report.compiled import CompiledTemplates

TEMPLATE = "{{ name }} is equal"


def rendered(directory: Path, text: str = TEMPLATE) -> str:
    """What an environment of its own, as another process has one, makes of a template."""
    environment = jinja2.Environment(
        autoescape=True,
        loader=jinja2.DictLoader({"page": text}),
        bytecode_cache=CompiledTemplates(directory),
    )
    return environment.get_template("page").render(name="t")


@pytest.fixture
def no_compiler(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("compiled again")

    monkeypatch.setattr(jinja2.Environment, "compile", refuse)


@pytest.fixture
def kept(tmp_path: Path) -> Path:
    assert rendered(tmp_path) == "t is equal"
    return tmp_path


def test_a_template_is_compiled_once(kept: Path, no_compiler: None) -> None:
    assert rendered(kept) == "t is equal"


def test_another_text_is_another_template(kept: Path) -> None:
    assert rendered(kept, "{{ name }} differs") == "t differs"


@pytest.mark.parametrize(
    "left", [b"", b"half of it", bytes(range(200))], ids=["none", "half", "any"]
)
def test_what_is_damaged_is_compiled_again(kept: Path, left: bytes) -> None:
    (file,) = (kept / "__pycache__").iterdir()
    file.write_bytes(left)
    assert rendered(kept) == "t is equal"


def test_nothing_is_kept_where_python_keeps_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.dont_write_bytecode", True)
    assert rendered(tmp_path) == "t is equal"
    assert list(tmp_path.iterdir()) == []


def test_a_place_that_takes_nothing_costs_no_report(tmp_path: Path) -> None:
    (tmp_path / "__pycache__").write_text("a file where the directory would be")
    assert rendered(tmp_path) == "t is equal"
