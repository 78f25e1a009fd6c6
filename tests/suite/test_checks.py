"""The registry of checks against the code and the feature files: what a check may find is declared
once, and a sentence of a feature asks for it.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from pytest_bdd.feature import get_feature

from fixtures.promises.inspections import check_promise
from reconciliation.checks import NOTHING_STANDS_AGAINST_IT, examine, registry
from reconciliation.checks.registry import CHECKS, Check, check
from reconciliation.errors import Broken, EnvironmentFault, Unseen
from reconciliation.model import Finding

ROOT = Path(__file__).parents[2]


# ------------------------------------------------------------------ the kinds in the code


def kinds_in(source: str) -> Iterator[str]:
    """The kind of every ``Finding(...)`` of a module; ``?`` for one that cannot be read off."""
    tree = ast.parse(source)
    for scope in [tree, *(node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef))]:
        values = {
            target.id: node.value
            for node in ast.walk(scope)
            if isinstance(node, ast.Assign)
            for target in node.targets
            if isinstance(target, ast.Name)
        }
        for node in _own(scope):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "Finding":
                named = node.args[0] if node.args else ast.Name("?")
                yield from _texts(values.get(getattr(named, "id", ""), named))


def _own(scope: ast.AST) -> Iterator[ast.AST]:
    """Everything of a scope but what is in the functions below it."""
    for node in ast.iter_child_nodes(scope):
        if not isinstance(node, ast.FunctionDef):
            yield node
            yield from _own(node)


def _texts(value: ast.expr) -> Iterator[str]:
    if isinstance(value, ast.IfExp):
        yield from _texts(value.body)
        yield from _texts(value.orelse)
    elif isinstance(value, ast.Constant) and isinstance(value.value, str):
        yield value.value
    else:
        yield "?"


def test_every_kind_of_finding_in_the_code_is_declared_by_one_check_and_no_other_is() -> None:
    sources = sorted((ROOT / "reconciliation").rglob("*.py"))
    found = {kind for path in sources for kind in kinds_in(path.read_text(encoding="utf-8"))}
    declared = [kind for one in CHECKS for kind in one.kinds]
    assert sorted(declared) == sorted(found)
    assert len(declared) > 25


@pytest.mark.parametrize(
    ("source", "kinds"),
    [
        ("Finding('a', words)", ["a"]),
        ("def f():\n    yield Finding('a', words)\n    yield Finding('b', words)", ["a", "b"]),
        ("def f():\n    kind = 'a' if x else 'b'\n    return Finding(kind, words)", ["a", "b"]),
        ("def f(kind):\n    return [Finding(kind, words) for words in many]", ["?"]),
        ("Finding(f'{role}_endpoint', words)", ["?"]),
        ("Finding(check='a', message=words)", ["?"]),
    ],
)
def test_kinds_are_read_off_the_code(source: str, kinds: list[str]) -> None:
    assert list(kinds_in(source)) == kinds


def test_every_module_of_the_room_is_imported_with_it() -> None:
    declaring = {
        path.stem
        for path in (ROOT / "reconciliation/checks").glob("*.py")
        if "\n@check(" in path.read_text(encoding="utf-8")
    }
    assert declaring == {one.ask.__module__.rpartition(".")[2] for one in CHECKS}


# ------------------------------------------------------------------ the sentences of the features


def sentences(paths: Iterable[Path]) -> set[tuple[str, str]]:
    """Every pair of *When <subject> is examined* and *Then <promise>*."""
    return {pair for path in paths for pair in _pairs(path)}


def _pairs(path: Path) -> Iterator[tuple[str, str]]:
    for template in get_feature(str(path.parent), path.name).scenarios.values():
        contexts = [row for table in template.examples for row in table.as_contexts()] or [{}]
        for context in contexts:
            subject = None
            for step in template.render(context).steps:
                words = step.name
                if step.type == "when":
                    subject = _examined(words)
                elif step.type == "then" and subject:
                    yield subject, words


def _examined(words: str) -> str | None:
    for ending in (" is examined", " are examined"):
        if words.endswith(ending):
            return words.removesuffix(ending)
    return None


def unasked(checks: Iterable[Check], asked: Iterable[tuple[str, str]]) -> list[str]:
    """The promises that no sentence asks for, and the sentences no check answers."""
    made, there = {(one.subject, one.promise) for one in checks}, set(asked)
    return [
        *(f"no sentence: {subject}: {promise}" for subject, promise in sorted(made - there)),
        *(f"no check: {subject}: {promise}" for subject, promise in sorted(there - made)),
    ]


FEATURES = sorted((ROOT / "features").rglob("*.feature"))


def test_every_promise_is_asked_for_by_a_sentence_and_every_sentence_is_a_promise() -> None:
    asked = sentences(FEATURES)
    assert unasked(CHECKS, asked) == []
    assert len(asked) > 25


def test_a_check_without_a_sentence_and_a_sentence_without_a_check_are_told(tmp_path: Path) -> None:
    feature = tmp_path / "small.feature"
    feature.write_text(
        "Feature: Small\n  Scenario Outline: One\n    When the <thing> is examined\n"
        "    Then nothing stands against it\n    And it is blue\n\n"
        "    Examples:\n      | thing |\n      | sky   |\n      | sea   |\n",
        encoding="utf-8",
    )
    asked = sentences([feature])
    assert asked == {
        (f"the {thing}", promise)
        for thing in ("sky", "sea")
        for promise in (NOTHING_STANDS_AGAINST_IT, "it is blue")
    }
    made = [
        Check("the sky", NOTHING_STANDS_AGAINST_IT, (), lambda run: ()),
        Check("the sky", "it is blue", (), lambda run: ()),
        Check("the sky", "it is far", (), lambda run: ()),
        Check("the sea", "it is blue", (), lambda run: ()),
    ]
    assert unasked(made, asked) == [
        "no sentence: the sky: it is far",
        "no check: the sea: nothing stands against it",
    ]


@pytest.mark.parametrize("left_out", CHECKS, ids=lambda one: one.ask.__name__)
def test_each_check_is_missed(left_out: Check) -> None:
    """No sentence would hold for want of its check."""
    rest = [one for one in CHECKS if one is not left_out]
    assert unasked(rest, sentences(FEATURES)) == [
        f"no check: {left_out.subject}: {left_out.promise}"
    ]


# ------------------------------------------------------------------ declaring and examining


@pytest.fixture
def checks(monkeypatch: pytest.MonkeyPatch) -> list[Check]:
    """A registry of this test's own."""
    own: list[Check] = []
    monkeypatch.setattr(registry, "CHECKS", own)
    return own


RUN: Any = SimpleNamespace()


def test_a_check_is_one_function(checks: list[Check]) -> None:
    @check(subject="the sky", kinds=("sky",))
    def check_sky(run: Any) -> tuple[Finding, ...]:
        return (Finding("sky", "the sky is green"),)

    assert check_sky(RUN) == examine(RUN, "the sky").findings
    assert registry.subjects() == ("the sky",)
    assert registry.promises() == (NOTHING_STANDS_AGAINST_IT,)
    with pytest.raises(Broken, match="the sky is green"):
        check_promise(NOTHING_STANDS_AGAINST_IT, examine(RUN, "the sky"))


def test_a_kind_of_two_checks_is_refused(checks: list[Check]) -> None:
    check(subject="the sky", kinds=("colour",))(lambda run: ())
    with pytest.raises(ValueError, match="colour is a finding of 'the sky' already"):
        check(subject="the sea", kinds=("depth", "colour"))
    assert [one.subject for one in checks] == ["the sky"]


def test_a_finding_of_a_kind_nobody_declares_is_told_and_keeps_its_subject_from_being_judged(
    checks: list[Check],
) -> None:
    found = (Finding("colour", "the sky is green"), Finding("sound", "the sky is loud"))
    check(subject="the sky", kinds=("colour",))(lambda run: found)
    examined = examine(RUN, "the sky")
    assert examined.findings == found[:1]
    assert "(sound: the sky is loud); this is a mistake in the suite" in str(examined.unjudged)
    found = found[1:]
    with pytest.raises(EnvironmentFault, match="sound: the sky is loud"):
        check_promise(NOTHING_STANDS_AGAINST_IT, examine(RUN, "the sky"))


def _blind(run: Any) -> tuple[Finding, ...]:
    raise Unseen("the sea is hidden", [Finding("depth", "the sea is shallow")])


def test_what_one_check_cannot_see_leaves_standing_what_the_others_find(
    checks: list[Check],
) -> None:
    check(subject="the sea", promise="it is deep", kinds=("depth",))(_blind)
    check(subject="the sea", promise="it is blue", kinds=("colour",))(
        lambda run: (Finding("colour", "the sea is green"),)
    )
    check(subject="the sea", promise="it is wet", kinds=("dryness",))(lambda run: ())
    examined = examine(RUN, "the sea")
    assert [finding.check for finding in examined.findings] == ["depth", "colour"]
    for promise, words in (("it is deep", "shallow"), ("it is blue", "green")):
        with pytest.raises(Broken, match=words):
            check_promise(promise, examined)
    with pytest.raises(Unseen, match="the sea is hidden"):
        check_promise("it is wet", examined)
    with pytest.raises(Broken, match=r"shallow\n.*green"):
        check_promise(NOTHING_STANDS_AGAINST_IT, examined)


def test_what_nobody_knows_is_never_in_order(checks: list[Check]) -> None:
    check(subject="the sky", kinds=())(lambda run: ())
    with pytest.raises(LookupError, match="nothing is known of 'the sea'; there are the sky"):
        examine(RUN, "the sea")
    with pytest.raises(LookupError, match="no check of the sky promises that it is blue"):
        check_promise("it is blue", examine(RUN, "the sky"))
