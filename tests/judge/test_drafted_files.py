"""Drafts as files, and drafts of what has to be accepted: nothing that stands is changed, and
nothing is signed for by a draft.
"""

from __future__ import annotations

import datetime as dt
import json
import tomllib
from dataclasses import replace
from pathlib import Path

import pytest

from reconciliation.agreed.contract import load_contract
from reconciliation.agreed.profile import load_profile
from reconciliation.capacity import Asked, check_capacity
from reconciliation.cli.contract import Surroundings, drafts, to_accept
from reconciliation.cli.drafted_files import write_accepted, write_contracts, write_new
from reconciliation.drafting import Draft, asked_of_a_draft, render_accepted
from reconciliation.errors import ContractError, Unwritten, UsageError
from reconciliation.mapping import parse_mapping, resolve
from tests.full_disk import full_disk
from tests.judge.catalogues import MAPPINGS, ROOT, catalogue, flight_source, flight_target

TODAY = dt.date(2026, 12, 1)
ASKED = (
    Asked("a", "refused_null", "s.t.a (text) -> A (CLOB): NULL is refused; nobody has accepted it"),
    Asked("b", "blank_padded", "s.t.b (text) -> B (CHAR(9)): text is altered; nobody has"),
    Asked("b", "refused_null", "s.t.b (text) -> B (CHAR(9)): NULL is refused; nobody has"),
)


def bare(source: str) -> Draft:
    return Draft(source, source.upper(), ("id",), (), (), None)


def around() -> Surroundings:
    here = catalogue(flight_source())
    text = (MAPPINGS / "corrected.json").read_text(encoding="utf-8")
    return Surroundings(
        here,
        catalogue(flight_target()),
        resolve(parse_mapping(text), here, "lower_rule_id_wins"),
    )


# ------------------------------------------------------------------ contracts


def test_what_is_missing_is_written_and_what_is_there_stays(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    mine = '[table]\nsource = "s.b"\n'
    (tmp_path / "mine.toml").write_text(mine, encoding="utf-8")
    (tmp_path / "c.toml").write_text("no TOML at all", encoding="utf-8")
    (tmp_path / "d.toml").write_text('[table]\nsource = "other.d"\n', encoding="utf-8")
    write_contracts({name: bare(name) for name in ("s.a", "s.b", "s.c", "s.d")}, tmp_path)
    told = capsys.readouterr().err.splitlines()
    assert told == [
        f"{tmp_path / 'mine.toml'} is the contract of s.b: left as it is",
        f"{tmp_path / 'c.toml'} is there already: left as it is, s.c is not written",
        f"written: {tmp_path / 'a.toml'}",
        f"written: {tmp_path / 'd-2.toml'}",
    ]
    assert (tmp_path / "mine.toml").read_text(encoding="utf-8") == mine
    assert 'source = "s.d"' in (tmp_path / "d-2.toml").read_text(encoding="utf-8")
    write_contracts({"s.a": bare("s.a")}, tmp_path)
    assert "is the contract of s.a: left as it is" in capsys.readouterr().err


def test_a_directory_is_made_and_two_tables_do_not_share_a_file(tmp_path: Path) -> None:
    place = tmp_path / "new" / "place"
    write_contracts({"s.a/b": bare("s.a/b"), "u.a/b": bare("u.a/b")}, place)
    assert sorted(path.name for path in place.iterdir()) == ["a_b-2.toml", "a_b.toml"]


def test_a_disk_that_is_full_leaves_no_draft_at_all(tmp_path: Path) -> None:
    long = replace(bare("s.b"), personal=("x" * 4000,))
    with (
        pytest.raises(Unwritten, match=r"b\.toml cannot be written: File too large"),
        full_disk(2000),
    ):
        write_contracts({"s.a": bare("s.a"), "s.b": long}, tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_a_mapping_is_not_written_over_another_one(tmp_path: Path) -> None:
    file = tmp_path / "mapping.json"
    write_new(file, "{}\n")
    with pytest.raises(UsageError, match=r"mapping\.json is there already; nothing is overwritten"):
        write_new(file, json.dumps({"rules": []}))
    assert file.read_text(encoding="utf-8") == "{}\n"


# ------------------------------------------------------------------ what has to be accepted


def test_one_entry_names_every_column_of_a_rule() -> None:
    text = render_accepted({"s.t": ASKED, "s.u": ()}, TODAY)
    entries = tomllib.loads(text)["accepted"]
    assert [(one["table"], one["columns"], one["rule"]) for one in entries] == [
        ("s.t", ["a", "b"], "refused_null"),
        ("s.t", ["b"], "blank_padded"),
    ]
    assert {one["expires"] for one in entries} == {dt.date(2027, 11, 30)}
    assert {one["owner"] for one in entries} == {"TODO"}
    assert "# s.t.b (text) -> B (CHAR(9)): text is altered\n" in text
    assert render_accepted({"s.u": ()}, TODAY) == ""


def test_no_run_accepts_an_entry_nobody_has_signed(tmp_path: Path) -> None:
    drafted, _ = drafts(around(), None)
    (made,) = drafted.values()
    pairs = replace(made, undecided=())
    write_contracts({pairs.source: pairs}, tmp_path)
    asked = asked_of_a_draft(made, flight_source(), flight_target())
    signed = tmp_path / "accepted.toml"
    write_accepted({made.source: asked}, signed)
    with pytest.raises(ContractError, match=r"4 entries \[\[accepted\]\] of travelbuddy\.fl") as no:
        load_contract(tmp_path, signed)
    assert "still say TODO, as drafted" in str(no.value)
    assert "\n" not in str(no.value)
    text = signed.read_text(encoding="utf-8").replace("TODO", "somebody")
    signed.write_text(text, encoding="utf-8")
    (table,) = load_contract(tmp_path, signed).tables
    assert check_capacity(table, flight_source(), flight_target()) == ()


def test_entries_go_behind_comments_and_not_behind_entries(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    signed = tmp_path / "accepted.toml"
    signed.write_text("# nobody signed for anything\n", encoding="utf-8")
    write_accepted({"s.t": ASKED}, signed)
    text = signed.read_text(encoding="utf-8")
    assert text.startswith("# nobody signed for anything\n")
    assert len(tomllib.loads(text)["accepted"]) == 2
    with pytest.raises(UsageError, match="holds entries already; nothing is overwritten"):
        write_accepted({"s.t": ASKED}, signed)
    assert signed.read_text(encoding="utf-8") == text
    capsys.readouterr()
    write_accepted({"s.t": ()}, tmp_path / "none.toml")
    assert "nothing has to be accepted that is not" in capsys.readouterr().err
    assert not (tmp_path / "none.toml").exists()


def test_what_is_accepted_already_is_not_asked_for_again() -> None:
    drafted, _ = drafts(around(), None)
    profile = load_profile("lab", ROOT)
    assert to_accept(profile, around(), drafted) == ({"travelbuddy.flightspecial": ()}, [])
    unsigned = replace(profile, accepted=None)
    asked, notes = to_accept(unsigned, around(), drafted)
    rules = {one.rule for one in asked["travelbuddy.flightspecial"]}
    assert rules == {
        "empty_string_is_null",
        "refused_empty_string",
        "refused_null",
        "refused_byte_length",
    }
    assert notes == []


def test_contracts_count_where_the_file_of_what_is_accepted_is_still_to_be_made(
    tmp_path: Path,
) -> None:
    drafted, _ = drafts(around(), None)
    profile = replace(load_profile("lab", ROOT), accepted=tmp_path / "accepted.toml")
    asked, notes = to_accept(profile, around(), drafted)
    assert notes == []
    unsigned, _ = to_accept(replace(profile, accepted=None), around(), drafted)
    assert asked == unsigned
    with pytest.raises(ContractError, match=r"is not there: draft it with `python -m recon") as no:
        load_contract(profile.contract_directory, profile.accepted)
    assert "\n" not in str(no.value)


def test_of_columns_nobody_has_decided_about_nothing_is_drafted(tmp_path: Path) -> None:
    drafted, _ = drafts(around(), None)
    profile = replace(load_profile("lab", ROOT), contract_directory=tmp_path)
    asked, notes = to_accept(profile, around(), drafted)
    assert "expiry_date" not in {one.column for one in asked["travelbuddy.flightspecial"]}
    assert notes == [
        "travelbuddy.flightspecial: decide its [[undecided]] columns first; what they ask for is "
        "not drafted"
    ]
    (tmp_path / "t.toml").write_text("[table", encoding="utf-8")
    _, notes = to_accept(profile, around(), drafted)
    assert notes[0].startswith("entries are drafted without the contracts there are: ")
