"""The facts in ``docs/dms-facts/<section>.toml``, read and held against the tests they name."""

from __future__ import annotations

import ast
import tomllib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
DIRECTORY = ROOT / "docs" / "dms-facts"
IMITATED, SWITCH, NOT_IMITATED = "imitated", "switch", "not imitated"
_KEYS = {"fact", "source", "status", "tests", "switch", "default", "because"}


class FactsUnusable(ValueError):  # noqa: N818 - the sentence reads so
    """A file of facts says something that does not hold; the message names fact and file."""


@dataclass(frozen=True)
class Fact:
    """One documented or inferred behaviour of DMS.

    ``status`` is IMITATED (``tests`` prove it), SWITCH (not established; ``switch`` decides,
    ``default`` is what it does unless told otherwise) or NOT_IMITATED (``because`` says why).
    """

    number: str
    fact: str
    source: str
    status: str
    tests: tuple[str, ...] = ()
    switch: str = ""
    default: str = ""
    because: str = ""


@dataclass(frozen=True)
class Section:
    number: str
    title: str
    facts: tuple[Fact, ...]


def read_sections(directory: Path = DIRECTORY) -> tuple[Section, ...]:
    """All sections in order; raises FactsUnusable."""
    sections = tuple(_section(path) for path in sorted(directory.glob("*.toml")))
    if not sections:
        raise FactsUnusable(f"{directory}: no facts")
    return sections


def _section(path: Path) -> Section:
    content = tomllib.loads(path.read_text("utf-8"))
    number, expected = path.stem, content["facts"]
    facts = tuple(_fact(f"{number}.{key}", given) for key, given in content["fact"].items())
    if [fact.number for fact in facts] != [f"{number}.{n}" for n in range(1, expected + 1)]:
        raise FactsUnusable(
            f"{path.name}: the facts must be numbered 1 to {expected}, without a gap"
        )
    return Section(number, content["title"], facts)


def _fact(number: str, given: dict) -> Fact:
    if unknown := given.keys() - _KEYS:
        raise FactsUnusable(f"fact {number}: unknown key {', '.join(sorted(unknown))}")
    texts = {key: str(given.get(key, "")) for key in _KEYS - {"tests"}}
    fact = Fact(number, tests=tuple(given.get("tests", ())), **texts)
    for holds, wrong in (
        (fact.fact and fact.source, "has no text or no source"),
        (fact.status in (IMITATED, SWITCH, NOT_IMITATED), f"has the status {fact.status!r}"),
        (fact.status != IMITATED or fact.tests, "is said to be imitated and names no test"),
        (fact.status != SWITCH or (fact.switch and fact.default), "names no switch or no default"),
        (fact.status != NOT_IMITATED or fact.because, "does not say why it is not imitated"),
    ):
        if not holds:
            raise FactsUnusable(f"fact {number} {wrong}")
    return fact


def unknown_tests(facts: Iterable[Fact], root: Path = ROOT) -> Iterator[str]:
    """The test ids (``path::function``, without parameters) that facts name and the tests do not
    have.
    """
    for fact in facts:
        for name in fact.tests:
            path, _, function = name.partition("::")
            if function.partition("[")[0] not in _functions(root / path):
                yield f"fact {fact.number}: {name}"


@cache
def _functions(path: Path) -> frozenset[str]:
    if not path.is_file():
        return frozenset()
    tree = ast.parse(path.read_text("utf-8"))
    return frozenset(node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef))
