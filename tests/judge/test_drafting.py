"""Drafts of contracts: what follows from catalogues and mapping is said, everything else is left to
people, loudly.
"""

from __future__ import annotations

import datetime as dt
import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from reconciliation.agreed.contract import load_contract
from reconciliation.cli.contract import Surroundings, drafts
from reconciliation.drafting import draft, render
from reconciliation.drafting.written import called
from reconciliation.errors import ContractError, UsageError
from reconciliation.mapping import ResolvedMapping, parse_mapping, resolve
from reconciliation.model import (
    CatalogueColumn,
    CatalogueTable,
    CheckConstraint,
    ColumnType,
    Excuse,
    ForeignKey,
)
from tests.judge.catalogues import CONTRACTS, catalogue, flight_source, flight_target

ROOT = Path(__file__).resolve().parents[2]
DECIDED = '[[column]]\nconversion = "epoch_millis"\n'


def _resolved(rules: list[dict[str, Any]] | str, here: CatalogueTable) -> ResolvedMapping:
    if isinstance(rules, str):
        text = (ROOT / "environments/mappings" / rules).read_text(encoding="utf-8")
    else:
        text = json.dumps({"rules": _with_ids(rules)})
    return resolve(parse_mapping(text), catalogue(here), "lower_rule_id_wins")


def _with_ids(rules: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [
        {**rule, "rule-id": str(number), "rule-name": str(number)}
        for number, rule in enumerate(rules, 1)
    ]


def _table(
    schema: str, columns: dict[str, tuple[str, int | None]], key: tuple[str, ...]
) -> CatalogueTable:
    return CatalogueTable(
        schema,
        "t" if schema == "s" else "T",
        {
            name: CatalogueColumn(name, ColumnType(kind, length), True)
            for name, (kind, length) in columns.items()
        },
        key,
    )


SELECT = {
    "rule-type": "selection",
    "rule-action": "include",
    "object-locator": {"schema-name": "s", "table-name": "%"},
}


def _capitals(target: str, *more: dict[str, Any]) -> list[dict[str, Any]]:
    locator = {"schema-name": "s"} | ({} if target == "schema" else {"table-name": "%"})
    locator |= {"column-name": "%"} if target == "column" else {}
    return [
        *more,
        {
            "rule-type": "transformation",
            "rule-target": target,
            "rule-action": "convert-uppercase",
            "object-locator": locator,
        },
    ]


def _rules(*more: dict[str, Any], select: dict[str, Any] = SELECT) -> list[dict[str, Any]]:
    return [
        dict(rule)
        for rule in (select, *_capitals("schema"), *_capitals("table"), *more, *_capitals("column"))
    ]


def test_the_reviewed_contract_comes_out_but_for_what_needs_a_decision(tmp_path: Path) -> None:
    table = _resolved("corrected.json", flight_source()).tables[0]
    text = render(draft(table, flight_source(), flight_target()))
    (tmp_path / "flightspecial.toml").write_text(text, encoding="utf-8")
    with pytest.raises(ContractError, match=r"not decided: expiry_date -> EXPIRYDATE\. Turn each"):
        load_contract(tmp_path, None)
    assert '# conversion = "epoch_millis"' in text
    assert "the task fills EXPIRYDATE by: CAST(strftime(" in text
    (tmp_path / "flightspecial.toml").write_text(
        text.replace("[[undecided]]\n", DECIDED), encoding="utf-8"
    )
    drafted, reviewed = (
        load_contract(tmp_path, None).tables[0],
        load_contract(CONTRACTS, None).tables[0],
    )
    bare = tuple(replace(pair, minimum=None, maximum=None) for pair in reviewed.pairs)
    assert replace(drafted, path="") == replace(reviewed, path="", pairs=bare)


def test_what_the_documented_mapping_sends_nowhere_is_left_to_people() -> None:
    resolved = _resolved("as-documented.json", flight_source())
    made = draft(resolved.tables[0], flight_source(), flight_target())
    lost = {one.source: one for one in made.undecided}
    assert {"destination_code", "expiry_date"} <= lost.keys()
    text = render(made)
    assert "a column TRAVELBUDDY.FLIGHTSPECIAL does not have" in text
    assert "TRAVELBUDDY.FLIGHTSPECIAL has DESTINATIONCODE (VARCHAR2" in text
    around = Surroundings(catalogue(flight_source()), catalogue(flight_target()), resolved)
    drafted, notes = drafts(around, None)
    assert list(drafted) == ["travelbuddy.flightspecial"]
    assert any(
        re.search(r"rule 556002807 .*detination_code.* names nothing", note) for note in notes
    )


@pytest.mark.parametrize(
    ("source", "target", "offered"),
    [
        ("timestamptz", "NUMBER", ["epoch_seconds", "epoch_millis", "epoch_micros"]),
        ("uuid", "RAW", ["uuid_raw"]),
        ("bool", "NUMBER", ["boolean_number"]),
        ("bool", "CHAR", ["boolean_text", "text"]),
        ("time", "VARCHAR2", ["text"]),
        ("bytea", "NUMBER", []),
    ],
)
def test_conversions_are_offered_by_type_and_none_is_chosen(
    source: str, target: str, offered: list[str]
) -> None:
    here = _table("s", {"id": ("int4", None), "v": (source, None)}, ("id",))
    there = _table("S", {"ID": ("NUMBER", None), "V": (target, 1)}, ())
    made = draft(_resolved(_rules(), here).tables[0], here, there)
    (entry,) = made.undecided
    assert [one.name for one in entry.candidates] == offered
    text = render(made)
    assert re.findall(r'^# conversion = "(\w+)', text, re.MULTILINE) == offered
    assert not re.search(r"^conversion", text, re.MULTILINE)


def test_columns_of_one_side_only_are_marked_and_keep_the_draft_from_loading(
    tmp_path: Path,
) -> None:
    here = _table("s", {"id": ("int4", None), "a": ("text", None), "gone": ("text", None)}, ("id",))
    there = _table(
        "S", {"ID": ("NUMBER", None), "A": ("VARCHAR2", 9), "LEGACY": ("DATE", None)}, ()
    )
    remove = {
        "rule-type": "transformation",
        "rule-target": "column",
        "rule-action": "remove-column",
        "object-locator": {"schema-name": "s", "table-name": "t", "column-name": "gone"},
    }
    text = render(draft(_resolved(_rules(remove), here).tables[0], here, there))
    assert text.count("# NOT COMPARED until decided: ") == 2
    assert "the task removes this column (rule 4)" in text
    (tmp_path / "t.toml").write_text(text, encoding="utf-8")
    with pytest.raises(ContractError, match="not decided: gone, LEGACY"):
        load_contract(tmp_path, None)
    decided = text.replace("[[undecided]]\n", '[[not_compared]]\nreason = "agreed"\n')
    (tmp_path / "t.toml").write_text(decided, encoding="utf-8")
    table = load_contract(tmp_path, None).tables[0]
    assert [(one.source, one.target) for one in table.not_compared] == [
        ("gone", None),
        (None, "LEGACY"),
    ]


def test_a_table_without_a_primary_key_is_not_given_one(tmp_path: Path) -> None:
    here, there = _table("s", {"a": ("text", None)}, ()), _table("S", {"A": ("VARCHAR2", 9)}, ())
    made = draft(_resolved(_rules(), here).tables[0], here, there)
    text = render(made, dt.date(2026, 3, 1))
    (tmp_path / "t.toml").write_text(text, encoding="utf-8")
    with pytest.raises(ContractError, match=r"key is empty.*multiset"):
        load_contract(tmp_path, None)
    counted = text.replace("# rows =", "rows =")
    (tmp_path / "t.toml").write_text(counted, encoding="utf-8")
    with pytest.raises(ContractError, match=r"\[excuse\]: owner still says TODO, as drafted"):
        load_contract(tmp_path, None)
    signed = counted.replace('"TODO"', '"payments team"')
    (tmp_path / "t.toml").write_text(signed, encoding="utf-8")
    table = load_contract(tmp_path, None).tables[0]
    assert (table.rows, table.write) == ("multiset", False)
    assert table.excuse == Excuse("no key", "payments team", dt.date(2027, 2, 28))


def test_columns_that_are_unique_and_filled_are_suggested_for_a_key() -> None:
    here = _table("s", {"a": ("text", None), "b": ("text", None), "c": ("text", None)}, ())
    filled = {name: replace(here.columns[name], nullable=name == "c") for name in here.columns}
    here = replace(here, columns=filled, unique_keys=(("a", "b"), ("c",)))
    there = _table("S", dict.fromkeys("ABC", ("VARCHAR2", 9)), ())
    text = render(draft(_resolved(_rules(), here).tables[0], here, there))
    assert re.findall(r"^# key = (.*\])", text, re.MULTILINE) == ['["a", "b"]']


def test_filters_of_the_task_have_to_be_decided_and_are_suggested(tmp_path: Path) -> None:
    here = _table("s", {"id": ("int4", None), "a": ("text", None)}, ("id",))
    there = _table("S", {"ID": ("NUMBER", None), "A": ("VARCHAR2", 9)}, ())
    conditions = [
        {"filter-operator": "between", "start-value": "1", "end-value": "9"},
        {"filter-operator": "eq", "value": "it's"},
    ]
    filters = [{"filter-type": "source", "column-name": "id", "filter-conditions": conditions}]
    resolved = _resolved(_rules(select=SELECT | {"filters": filters}), here)
    text = render(draft(resolved.tables[0], here, there))
    (tmp_path / "t.toml").write_text(text, encoding="utf-8")
    with pytest.raises(ContractError, match="not decided: row filter"):
        load_contract(tmp_path, None)
    lines = [line[2:] for line in text.splitlines() if "_filter = " in line]
    kept = text.split("\n# NOT COMPARED")[0].replace("\nkey =", "\n".join(("", *lines, "key =")))
    (tmp_path / "t.toml").write_text(kept, encoding="utf-8")
    table = load_contract(tmp_path, None).tables[0]
    assert table.source_filter == "(\"id\" BETWEEN 1 AND 9 OR \"id\" = 'it''s')"
    assert table.target_filter == "(\"ID\" BETWEEN 1 AND 9 OR \"ID\" = 'it''s')"


def test_names_that_hint_at_people_are_suggested_in_a_comment_only() -> None:
    columns = {
        "id": ("int4", None),
        "guestEmail": ("text", None),
        "phone2": ("text", None),
        "origin": ("text", None),
    }
    here = _table("s", columns, ("id",))
    there = _table("S", {name.upper(): ("VARCHAR2", 9) for name in columns}, ())
    text = render(draft(_resolved(_rules(), here).tables[0], here, there))
    assert re.search(r'^# sensitive = \["guestEmail", "phone2"\]', text, re.MULTILINE)
    assert not re.search(r"^sensitive", text, re.MULTILINE)


_NOTES = {
    "id": ("int4", None),
    "code": ("varchar", 6),
    "note": ("varchar", 100),
    "body": ("text", None),
    "last": ("text", None),
}
_NOTES_THERE: dict[str, tuple[str, int | None]] = {
    "ID": ("NUMBER", None),
    "CODE": ("VARCHAR2", 60),
    "NOTE": ("VARCHAR2", 100),
    "BODY": ("CLOB", None),
    "LAST": ("VARCHAR2", 40),
}
_PARENT = ForeignKey("f", ("note",), "s.n", ("id",))


@pytest.mark.parametrize(
    ("here", "there", "mark"),
    [
        ({}, {}, "note"),
        ({"primary_key": ("note",)}, {}, "last"),
        ({"foreign_keys": (_PARENT,)}, {}, "last"),
        ({"unique_keys": (("code", "note"),)}, {}, "last"),
        ({"checks": (CheckConstraint("c", "note <> ''", ("note",)),)}, {}, "last"),
        ({}, {"unique_keys": (("NOTE",),)}, "last"),
        ({}, {"checks": (CheckConstraint("c", "NOTE <> 'x'", ("NOTE",)),)}, "last"),
        ({"unique_keys": (("note",), ("last",))}, {}, None),
    ],
)
def test_the_mark_goes_where_there_is_room_and_nothing_else_decides(
    here: dict[str, Any], there: dict[str, Any], mark: str | None, tmp_path: Path
) -> None:
    source = replace(_table("s", _NOTES, ("id",)), **here)
    target = replace(_table("S", _NOTES_THERE, ("ID",)), **there)
    text = render(draft(_resolved(_rules(), source).tables[0], source, target))
    (tmp_path / "t.toml").write_text(text, encoding="utf-8")
    assert load_contract(tmp_path, None).tables[0].mark_column == mark


@pytest.mark.parametrize(
    ("table", "words"),
    [
        ("hotel", None),
        ("hotels", "hotel"),
        ("settlement_lines", "settlement line"),
        ("SettlementBatch", "settlement batch"),
        ("wide60", None),
        ("categories", "category"),
        ("address", None),
        ("order items", "order item"),
        ("addr2_lines", None),
        ("가격", None),
        ("s", None),
    ],
)
def test_a_row_is_called_by_words(table: str, words: str | None) -> None:
    assert called(table) == words


KEYS = {
    "a number": ({"id": ("int8", None)}, ("id",), (), "id: numbers from reserved_keys"),
    "a short number": ({"id": ("int2", None)}, ("id",), (), "id: the topmost numbers"),
    "a number and a text": (
        {"m": ("int4", None), "no": ("varchar", 20)},
        ("m", "no"),
        (),
        "no: texts that begin with the run's own letters; m as in other rows of the run",
    ),
    "a parent and a number": (
        {"p": ("uuid", None), "line": ("int4", None)},
        ("p", "line"),
        (ForeignKey("f", ("p",), "s.n", ("id",)),),
        "line: numbers from reserved_keys of the profile; p as in other rows of the run",
    ),
    "a parent alone": (
        {"p": ("uuid", None)},
        ("p",),
        (ForeignKey("f", ("p",), "s.n", ("id",)),),
        "p: those of a parent's row, made for each",
    ),
    "a day": ({"day": ("date", None)}, ("day",), (), "day: days from the year 2900 on"),
    "something odd": ({"at": ("inet", None)}, ("at",), (), "say so in [reserved]"),
}


@pytest.mark.parametrize("case", KEYS)
def test_a_draft_says_which_keys_a_run_would_use(case: str) -> None:
    columns, key, foreign, words = KEYS[case]
    here = replace(_table("s", columns, key), foreign_keys=foreign)
    there = _table("S", {name.upper(): ("VARCHAR2", 40) for name in columns}, ())
    text = render(draft(_resolved(_rules(), here).tables[0], here, there))
    (line,) = [line for line in text.splitlines() if line.startswith("key = ")]
    assert f"# keys of a run: {words}" in line or words in line


def test_a_number_narrower_in_oracle_is_not_taken_from_the_reserved_ones() -> None:
    here = _table("s", {"id": ("int4", None)}, ("id",))
    there = _table("S", {"ID": ("NUMBER", None)}, ())
    narrow = CatalogueColumn("ID", ColumnType("NUMBER", precision=5, scale=0), False)
    resolved = _resolved(_rules(), here).tables[0]
    assert "reserved_keys" in render(draft(resolved, here, there))
    text = render(draft(resolved, here, replace(there, columns={"ID": narrow})))
    assert "id: the topmost numbers that both columns hold" in text


def test_a_table_the_task_does_not_replicate_is_refused_by_name() -> None:
    here = _table("s", {"id": ("int4", None)}, ("id",))
    around = Surroundings(catalogue(here), {}, _resolved(_rules(), here))
    with pytest.raises(UsageError, match=r"does not replicate s\.u; it replicates s\.t"):
        drafts(around, ["s.u"])
    drafted, notes = drafts(around, ["s.t"])
    assert drafted == {}
    assert notes == ["s.t: no draft: the task sends it to S.T, which Oracle does not have"]


def test_rows_of_two_tables_are_not_called_alike() -> None:
    tables = {
        f"s.{name}": replace(_table("s", {"id": ("int4", None)}, ("id",)), name=name)
        for name in ("hotel", "hotels", "line_items", "LineItem", "fees")
    }
    legacy = replace(_table("S", {"ID": ("NUMBER", None)}, ("ID",)))
    target = {f"S.{t.name}": t for t in (replace(legacy, name=n[2:].upper()) for n in tables)}
    resolved = resolve(
        parse_mapping(json.dumps({"rules": _with_ids(_rules())})), tables, "lower_rule_id_wins"
    )
    drafted, _ = drafts(Surroundings(tables, target, resolved), None)
    assert {name: one.called for name, one in drafted.items()} == {
        "s.hotel": None,
        "s.hotels": None,
        "s.line_items": None,
        "s.LineItem": None,
        "s.fees": "fee",
    }


def test_a_table_of_a_live_system_is_not_written_to_until_somebody_decides(tmp_path: Path) -> None:
    here = _table("s", {"id": ("int8", None)}, ("id",))
    there = _table("S", {"ID": ("NUMBER", None)}, ("ID",))
    resolved = _resolved(_rules(), here).tables[0]
    in_a_lab = render(draft(resolved, here, there))
    text = render(draft(resolved, here, there, live=True))
    added = [line for line in text.splitlines() if line not in in_a_lab.splitlines()]
    assert [line for line in added if not line.startswith("#")] == ["write = false"]
    assert "Remove the line where runs" in "\n".join(added)
    for content, undecided in ((in_a_lab, False), (text, True)):
        (tmp_path / "t.toml").write_text(content, encoding="utf-8")
        (table,) = load_contract(tmp_path, None).tables
        assert (table.write, table.undecided_writing is not None) == (not undecided, undecided)
    keyless = replace(here, primary_key=())
    assert render(draft(resolved, keyless, there, live=True)).count("write = false  ") == 1
