"""Drafts of contracts: what follows from catalogues and mapping is said, everything else is left to
people, loudly.
"""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from reconciliation.agreed.contract import load_contract
from reconciliation.cli.contract import Surroundings, drafts, show_or_write
from reconciliation.drafting import draft, render
from reconciliation.errors import ContractError, Unwritten, UsageError
from reconciliation.mapping import ResolvedMapping, parse_mapping, resolve
from reconciliation.model import CatalogueColumn, CatalogueTable, ColumnType
from tests.full_disk import full_disk
from tests.judge.catalogues import CONTRACTS, catalogue, flight_source, flight_target

ROOT = Path(__file__).resolve().parents[2]
DECIDED = '[[column]]\nconversion = "epoch_millis"\n'


def _resolved(rules: list[dict[str, Any]] | str, here: CatalogueTable) -> ResolvedMapping:
    if isinstance(rules, str):
        text = (ROOT / "environments/mappings" / rules).read_text(encoding="utf-8")
    else:
        for number, rule in enumerate(rules, 1):
            rule |= {"rule-id": str(number), "rule-name": str(number)}
        text = json.dumps({"rules": rules})
    return resolve(parse_mapping(text), catalogue(here), "lower_rule_id_wins")


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
    files, notes = drafts(around, None)
    assert list(files) == ["flightspecial.toml"]
    assert any(
        re.search(r"rule 556002807 .*detination_code.* names nothing", note) for note in notes
    )


@pytest.mark.parametrize(
    ("source", "target", "offered"),
    [
        ("timestamptz", "NUMBER", ["epoch_seconds", "epoch_millis", "epoch_micros"]),
        ("uuid", "RAW", ["uuid_raw"]),
        ("bool", "NUMBER", ["boolean_number"]),
        ("time", "VARCHAR2", ["text"]),
        ("bytea", "NUMBER", []),
    ],
)
def test_conversions_are_offered_by_type_and_none_is_chosen(
    source: str, target: str, offered: list[str]
) -> None:
    here = _table("s", {"id": ("int4", None), "v": (source, None)}, ("id",))
    there = _table("S", {"ID": ("NUMBER", None), "V": (target, None)}, ())
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
    text = render(draft(_resolved(_rules(), here).tables[0], here, there))
    (tmp_path / "t.toml").write_text(text, encoding="utf-8")
    with pytest.raises(ContractError, match=r"key is empty.*multiset"):
        load_contract(tmp_path, None)
    (tmp_path / "t.toml").write_text(text.replace("# rows =", "rows ="), encoding="utf-8")
    assert load_contract(tmp_path, None).tables[0].rows == "multiset"


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
    kept = text.split("\n# NOT COMPARED")[0].replace(
        "mark_column", "\n".join(lines) + "\nmark_column"
    )
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


def test_the_mark_goes_where_there_is_room() -> None:
    here = _table(
        "s", {"code": ("varchar", 6), "id": ("int4", None), "note": ("varchar", 100)}, ("id",)
    )
    there = _table(
        "S", {"CODE": ("VARCHAR2", 6), "ID": ("NUMBER", None), "NOTE": ("VARCHAR2", 100)}, ()
    )
    table = _resolved(_rules(), here).tables[0]
    assert 'mark_column = "note"' in render(draft(table, here, there))
    small = replace(here, columns={name: here.columns[name] for name in ("code", "id")})
    text = render(draft(_resolved(_rules(), small).tables[0], small, there))
    assert "no text column has room for a mark" in text


def test_nothing_is_overwritten_and_then_nothing_is_written(tmp_path: Path) -> None:
    (tmp_path / "b.toml").write_text("mine", encoding="utf-8")
    with pytest.raises(UsageError, match=r"has b\.toml already; nothing is overwritten"):
        show_or_write({"a.toml": "x", "b.toml": "y"}, tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["b.toml"]
    assert (tmp_path / "b.toml").read_text(encoding="utf-8") == "mine"
    show_or_write({"a.toml": "x"}, tmp_path / "new" / "place")
    assert (tmp_path / "new" / "place" / "a.toml").read_text(encoding="utf-8") == "x"


def test_a_disk_that_is_full_leaves_no_draft_at_all(tmp_path: Path) -> None:
    with (
        pytest.raises(Unwritten, match=r"b\.toml cannot be written: File too large"),
        full_disk(64),
    ):
        show_or_write({"a.toml": "x", "b.toml": "y" * 65}, tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_a_table_the_task_does_not_replicate_is_refused_by_name() -> None:
    here = _table("s", {"id": ("int4", None)}, ("id",))
    around = Surroundings(catalogue(here), {}, _resolved(_rules(), here))
    with pytest.raises(UsageError, match=r"does not replicate s\.u; it replicates s\.t"):
        drafts(around, ["s.u"])
    files, notes = drafts(around, ["s.t"])
    assert files == {}
    assert notes == ["s.t: no draft: the task sends it to S.T, which Oracle does not have"]
