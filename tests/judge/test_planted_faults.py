"""Judges that are broken on purpose must turn red.

The first half breaks the comparison in every way another tool is known to be wrong in silence, and
shows that the battery of cells notices. The second half breaks the mapping resolver and the
generator.
"""

from __future__ import annotations

import datetime as dt
import importlib
import unicodedata
from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from reconciliation.agreed.contract import load_contract
from reconciliation.canonical import ColumnRule, rules_for
from reconciliation.capacity import refusals
from reconciliation.compare import rows as compare_module
from reconciliation.compare.rows import compare_rows
from reconciliation.generation import generate_rows
from reconciliation.generation import rows as generated_rows
from reconciliation.mapping import parse_mapping, patterns
from reconciliation.model import ColumnType
from tests.judge.catalogues import (
    ACCEPTED,
    CONTRACTS,
    MAPPINGS,
    NUMBER,
    catalogue,
    flight_source,
    flight_target,
    pair_table,
    varchar,
    varchar2,
)
from tests.judge.test_mapping_check import examined

#: the module; the package offers the function under the same name
resolve_module = importlib.import_module("reconciliation.mapping.resolve")


TEXT = (varchar(99), varchar2(99))
STAMP = (ColumnType("timestamp"), ColumnType("TIMESTAMP", scale=6))
INSTANT = (ColumnType("timestamptz"), ColumnType("TIMESTAMP WITH TIME ZONE", scale=6))
EXACT = (ColumnType("numeric"), NUMBER)
FLOAT = (ColumnType("float8"), NUMBER)
NOON = dt.datetime(2026, 1, 1, 12)
ZONE = dt.timezone(dt.timedelta(hours=9))

#: name, the two types, the PostgreSQL value, the Oracle value, whether they agree
BATTERY: list[tuple[str, tuple[ColumnType, ColumnType], Any, Any, bool]] = [
    ("trailing blanks", TEXT, "a", "a  ", False),
    ("leading blanks", TEXT, "a", " a", False),
    ("case", TEXT, "a", "A", False),
    ("normal form", TEXT, "\u00e9", "e\u0301", False),
    ("empty and NULL", TEXT, "", None, False),
    ("empty and blank", TEXT, "", " ", False),
    ("a null marker", TEXT, "<null>", None, False),
    ("another null marker", TEXT, "DEFAULT_REPLACEMENT_STRING", None, False),
    ("the word None", TEXT, "None", None, False),
    ("supplementary character lost", TEXT, "a\U0001f6eb", "a", False),
    (
        "long text beyond 1024",
        (ColumnType("text"), ColumnType("CLOB")),
        "x" * 1024 + "a",
        "x" * 1024 + "b",
        False,
    ),
    ("whole seconds", STAMP, NOON.replace(microsecond=1000), NOON, False),
    ("one microsecond", STAMP, NOON.replace(microsecond=1), NOON, False),
    ("nine hours", INSTANT, NOON.replace(tzinfo=ZONE), NOON.replace(tzinfo=dt.UTC), False),
    (
        "one instant in two zones",
        INSTANT,
        NOON.replace(tzinfo=ZONE),
        NOON.replace(hour=3, tzinfo=dt.UTC),
        True,
    ),
    ("twelve digits", EXACT, Decimal(1234567890123), Decimal(1234567890124), False),
    ("NUMBER without a scale", EXACT, Decimal("-0.19"), Decimal(0), False),
    (
        "25 digits",
        EXACT,
        Decimal("1234567890123456789012345"),
        Decimal("1234567890123456789012346"),
        False,
    ),
    ("trailing zeros", EXACT, Decimal("1.50"), Decimal("1.5"), True),
    ("the spelling of a fraction", (EXACT[0], varchar2(9)), Decimal("0.71"), ".71", True),
    ("four decimals of a float", FLOAT, 0.12345, Decimal("0.12344"), False),
    ("a float and its decimal", FLOAT, 0.1, Decimal("0.1"), True),
]


def judged_right(break_rule: Callable[[ColumnRule], ColumnRule] | None = None) -> set[str]:
    """Names of the battery's cells the (perhaps broken) comparison judges wrongly."""
    wrong = set()
    for name, kinds, source, target, agree in BATTERY:
        agreed, *sides = pair_table(*kinds)
        rules = dict(rules_for(agreed, *sides))
        if break_rule:
            rules["v"] = break_rule(rules["v"])
        found = compare_rows(
            agreed, rules, {(1,): {"id": 1, "v": source}}, {(1,): {"ID": 1, "V": target}}
        )
        if (found.differences == ()) is not agree:
            wrong.add(name)
    return wrong


def test_the_judge_gets_the_whole_battery_right() -> None:
    assert judged_right() == set()


def before(change: Callable[[Any], Any]) -> Callable[[ColumnRule], ColumnRule]:
    """Both canonical functions see the changed value."""

    def break_rule(rule: ColumnRule) -> ColumnRule:
        old = rule.rule
        new = replace(
            old,
            canonical_source=lambda value: old.canonical_source(change(value)),
            canonical_target=lambda value: old.canonical_target(change(value)),
        )
        return replace(rule, rule=new)

    return break_rule


def on(
    kind: type | tuple[type, ...], change: Callable[[Any], Any]
) -> Callable[[ColumnRule], ColumnRule]:
    return before(lambda value: change(value) if isinstance(value, kind) else value)


def as_text(rule: ColumnRule) -> ColumnRule:
    old = rule.rule
    return replace(rule, rule=replace(old, canonical_source=str, canonical_target=str))


FAULTS: dict[str, tuple[Callable[[ColumnRule], ColumnRule], set[str]]] = {
    "strings are right-trimmed": (on(str, str.rstrip), {"trailing blanks", "empty and blank"}),
    "strings are trimmed at both ends": (
        on(str, str.strip),
        {"trailing blanks", "leading blanks", "empty and blank"},
    ),
    "case is folded": (on(str, str.casefold), {"case"}),
    "text is normalised": (
        on(str, lambda text: unicodedata.normalize("NFC", text)),
        {"normal form"},
    ),
    "'' is NULL": (
        before(lambda value: value or None if isinstance(value, str) else value),
        {"empty and NULL"},
    ),
    "NULL is a marker": (
        before(lambda value: "<null>" if value is None else value),
        {"a null marker"},
    ),
    "NULL is another marker": (
        before(lambda value: "DEFAULT_REPLACEMENT_STRING" if value is None else value),
        {"another null marker"},
    ),
    "everything is compared as text": (
        as_text,
        {"the word None", "trailing zeros", "the spelling of a fraction"},
    ),
    "only the basic plane is read": (
        on(str, lambda text: "".join(c for c in text if ord(c) < 0x10000)),
        {"supplementary character lost"},
    ),
    "text is cut at 1024": (on(str, lambda text: text[:1024]), {"long text beyond 1024"}),
    "times are whole seconds": (
        on(dt.datetime, lambda moment: moment.replace(microsecond=0)),
        {"whole seconds", "one microsecond"},
    ),
    "times are whole milliseconds": (
        on(
            dt.datetime,
            lambda moment: moment.replace(microsecond=moment.microsecond // 1000 * 1000),
        ),
        {"one microsecond"},
    ),
    "zones are dropped": (
        on(dt.datetime, lambda moment: moment.replace(tzinfo=None)),
        {"nine hours", "one instant in two zones"},
    ),
    "numbers have 11 digits": (
        on(Decimal, lambda number: Decimal(format(number, ".10E"))),
        {"twelve digits", "25 digits"},
    ),
    "numbers have no scale": (on(Decimal, round), {"NUMBER without a scale"}),
    "numbers are floats": (on(Decimal, float), {"25 digits"}),
    "floats have three decimals": (
        on((float, Decimal), lambda number: round(number, 3)),
        {"four decimals of a float"},
    ),
    "everything is equal": (
        before(lambda value: None),
        {name for name, *_, agree in BATTERY if not agree},
    ),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_broken_comparison_is_noticed(fault: str) -> None:
    break_rule, at_least = FAULTS[fault]
    assert at_least <= judged_right(break_rule)


def test_neighbouring_columns_are_not_run_together() -> None:
    """('ab', 'c') and ('a', 'bc') are two rows, whatever their concatenation is."""
    contract = load_contract(CONTRACTS, ACCEPTED).tables[0]
    rules = rules_for(contract, flight_source(), flight_target())
    row = dict.fromkeys(rules) | {"id": 1, "header": "h", "body": "ab", "origin": "c", "cost": 1}
    legacy = {rules[name].pair.target: value for name, value in row.items()} | {
        "BODY": "a",
        "ORIGIN": "bc",
    }
    found = compare_rows(contract, rules, {(1,): row}, {(1,): legacy})
    assert [difference.source_column for difference in found.differences] == ["body", "origin"]


def test_a_difference_next_to_null_is_not_swallowed() -> None:
    agreed, *sides = pair_table(*TEXT)
    left = {(key,): {"id": key, "v": value} for key, value in enumerate([None, "a", None, "b"])}
    right = {(key,): {"ID": key, "V": value} for key, value in enumerate(["a", None, None, "b"])}
    found = compare_rows(agreed, rules_for(agreed, *sides), left, right)
    assert [difference.key for difference in found.differences] == [(0,), (1,)]


def test_an_accepted_difference_that_accepts_too_much_is_noticed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    agreed, *sides = pair_table(*TEXT, accept=("empty_string_is_null",))
    rules = rules_for(agreed, *sides)
    rows = {(1,): {"id": 1, "v": "London"}}, {(1,): {"ID": 1, "V": None}}
    assert len(compare_rows(agreed, rules, *rows).differences) == 1
    monkeypatch.setattr(
        compare_module, "accepted_rule", lambda accepted, *_: next(iter(accepted), None)
    )
    assert compare_rows(agreed, rules, *rows).differences == ()


def findings_with_documented_mapping() -> set[tuple[str, str | None]]:
    source, target = catalogue(flight_source()), catalogue(flight_target())
    mapping = parse_mapping((MAPPINGS / "as-documented.json").read_text(encoding="utf-8"))
    resolved = resolve_module.resolve(mapping, source, "lower_rule_id_wins")
    found = examined(resolved, load_contract(CONTRACTS, None), source, target)
    return {(finding.check, finding.column) for finding in found}


def test_a_resolver_that_chains_where_one_rule_wins_is_noticed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    right = findings_with_documented_mapping()
    monkeypatch.setattr(resolve_module, "CHAINED", "lower_rule_id_wins")
    assert ("column_not_reached", "origin_code") in right - findings_with_documented_mapping()


def test_a_resolver_that_forgives_spelling_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    right = findings_with_documented_mapping()
    forgiving = patterns.matches
    monkeypatch.setattr(
        resolve_module,
        "matches",
        lambda pattern, name: (
            forgiving(pattern, name) or (pattern or "").replace("det", "dest") == name
        ),
    )
    assert ("rule_names_nothing", "detination_code") in right - findings_with_documented_mapping()


def test_a_generator_blind_to_bytes_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    contract = load_contract(CONTRACTS, ACCEPTED).tables[0]
    sides = flight_source(), flight_target()
    rules = rules_for(contract, *sides)

    def refused_rows() -> int:
        rows = generate_rows(contract, *sides, count=80, seed=2)
        return sum(bool(refusals(rules, row)) for row in rows)

    assert refused_rows() == 20
    monkeypatch.setattr(generated_rows, "column_refusal", lambda rule, value: None)
    assert refused_rows() != 20
