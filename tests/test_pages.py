"""What the pages for newcomers name is there: files, rooms and make's targets."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PAGES = ("README.md", "CONTRIBUTING.md", "docs/architecture.md")
LINKED = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").glob("*.md"))]
ROOMS = (
    *("benchmarks", "contracts", "docs", "environments", "features", "fixtures", "lab"),
    *("reconciliation", "scripts", "steps", "tests"),
)
#: a file or a folder of the project; with capitals it is a name the reader chooses
NAMED = re.compile(rf"`((?:{'|'.join(ROOMS)})/[a-z0-9_./-]*|[a-z_]+\.(?:py|toml|ini|txt))`")
LINK = re.compile(r"\]\(([^)#:]+)\)")
TARGET = re.compile(r"\bmake ([a-z][a-z-]*)(?=`| +#|  )")


@pytest.mark.parametrize("page", PAGES)
def test_every_file_that_a_page_names_is_there(page: str) -> None:
    text = (ROOT / page).read_text(encoding="utf-8")
    assert [path for path in _named(text) if not path.exists()] == []


@pytest.mark.parametrize("page", LINKED)
def test_every_link_leads_somewhere(page: Path) -> None:
    linked = [page.parent / name for name in LINK.findall(page.read_text(encoding="utf-8"))]
    assert [path for path in linked if not path.exists()] == []


def test_every_command_of_a_first_verdict_is_there() -> None:
    """The page says them in the order in which they are given."""
    text = (ROOT / "docs/your-tables.md").read_text(encoding="utf-8")
    given = re.findall(r"python -m reconciliation (\w+)", text)
    assert list(dict.fromkeys(given)) == ["mapping", "contract", "check", "run", "grants"]
    options = set(re.findall(r" (--[a-z-]+)", text))
    known = "".join(
        (ROOT / name).read_text(encoding="utf-8")
        for name in (
            "reconciliation/cli/draft_options.py",
            "reconciliation/agreed/second_key.py",
            "lab/__main__.py",
        )
    )
    elsewhere = {
        "--environment",
        "--user",
        "--schema-only",
        "--no-owner",
        "--no-privileges",
        "--schema",
    }
    assert {option for option in options - elsewhere if f'"{option}"' not in known} == set()


def _named(text: str) -> list[Path]:
    """A file without a folder is in the root, or in the folder that was named last before it."""
    found: list[Path] = []
    for name in NAMED.findall(text):
        last = found[-1] if found and "/" not in name else ROOT
        inside = (last if last.is_dir() else last.parent) / name
        found.append(ROOT / name if (ROOT / name).exists() else inside)
    return found


@pytest.mark.parametrize("page", PAGES[:2])
def test_every_target_that_a_page_names_is_there(page: str) -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    named = set(TARGET.findall((ROOT / page).read_text(encoding="utf-8")))
    assert {"check", "test", "features"} <= named
    assert named - set(re.findall(r"^([a-z-]+):", makefile, re.MULTILINE)) == set()


@pytest.mark.parametrize(
    ("text", "absent"),
    [
        ("`reconciliation/nowhere.py`", ["reconciliation/nowhere.py"]),
        ("`reconciliation/canonical/rules.py`, `values.py`", []),
        ("`tests/type_pairs/` (`numbers.py`, `letters.py`)", ["tests/type_pairs/letters.py"]),
        ("`conftest.py` and `features/NN-GROUP/SUBJECT.feature`", []),
    ],
)
def test_what_is_not_there_is_told(text: str, absent: list[str]) -> None:
    assert [str(path.relative_to(ROOT)) for path in _named(text) if not path.exists()] == absent
