"""The contract files: loaded whole, or refused in one line that names the file and the way out."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from pathlib import Path

import pytest

from reconciliation.agreed.contract import check_contract, expired, load_contract
from reconciliation.canonical import ACCEPTABLE
from reconciliation.errors import ContractError, ContractMistake
from tests.judge.catalogues import ACCEPTED, CONTRACTS, catalogue, flight_source, flight_target

TABLE = '[table]\nsource = "s.t"\ntarget = "S.T"\nkey = ["id"]\nmark_column = "id"\n'
COLUMN = '[[column]]\nsource = "id"\ntarget = "ID"\n'
ENTRY = (
    '[[accepted]]\ntable = "s.t"\ncolumns = ["id"]\nrule = "refused_null"\nreason = "r"\nowner = '
    '"o"\n'
    "expires = 2027-12-31\n"
)


def written(directory: Path, text: str, accepted: str | None = None) -> tuple[Path, Path | None]:
    (directory / "t.toml").write_text(text, encoding="utf-8")
    if accepted is None:
        return directory, None
    (directory / "accepted.toml").write_text(accepted, encoding="utf-8")
    return directory, directory / "accepted.toml"


def test_the_projects_contract_is_loaded_with_its_accepted_differences() -> None:
    table = load_contract(CONTRACTS, ACCEPTED).table("travelbuddy.flightspecial")
    assert table.target == "TRAVELBUDDY.FLIGHTSPECIAL"
    assert table.key == ("id",)
    assert [pair.source for pair in table.pairs] == list(flight_source().columns)
    assert table.pair("expiry_date").conversion == "epoch_millis"
    assert table.pair("expiry_date").minimum == dt.datetime(1, 1, 1, tzinfo=dt.UTC)
    assert [entry.rule for entry in table.accepted] == [
        "empty_string_is_null",
        "refused_empty_string",
        "refused_null",
        "refused_byte_length",
    ]
    assert table.path.endswith("flightspecial.toml")


def test_without_the_file_nobody_accepted_anything() -> None:
    assert load_contract(CONTRACTS, None).tables[0].accepted == ()


def test_every_rule_the_accepted_file_explains_exists() -> None:
    explained = {
        line.split()[1]
        for line in ACCEPTED.read_text(encoding="utf-8").splitlines()
        if line.startswith("# ") and "_" in line.split()[1]
    }
    assert explained
    assert explained <= set(ACCEPTABLE)


def test_an_entry_expires_the_day_after_its_date() -> None:
    contract = load_contract(CONTRACTS, ACCEPTED)
    assert expired(contract, dt.date(2027, 12, 31)) == ()
    assert len(expired(contract, dt.date(2028, 1, 1))) == 4


def test_the_contract_fits_the_catalogues() -> None:
    contract = load_contract(CONTRACTS, ACCEPTED)
    source, target = catalogue(flight_source()), catalogue(flight_target())
    check_contract(contract, source, target)
    assert contract.tables[0].source in source


@pytest.mark.parametrize("side", ["source", "target"])
def test_an_absent_column_is_named_with_the_file_and_the_columns_there_are(side: str) -> None:
    source, target = flight_source(), flight_target()
    changed = source if side == "source" else target
    name = "cost" if side == "source" else "COST"
    changed = replace(changed, columns={n: c for n, c in changed.columns.items() if n != name})
    tables = (changed, target) if side == "source" else (source, changed)
    with pytest.raises(ContractError) as refused:
        check_contract(load_contract(CONTRACTS, None), catalogue(tables[0]), catalogue(tables[1]))
    message = str(refused.value)
    assert "flightspecial.toml" in message
    assert f"has no column {name}; there are" in message
    assert ("HEADER" if side == "target" else "header") in message
    assert "\n" not in message


def test_an_absent_table_is_named() -> None:
    with pytest.raises(
        ContractError, match=r"Oracle has no table TRAVELBUDDY\.FLIGHTSPECIAL; there are none"
    ):
        check_contract(load_contract(CONTRACTS, None), catalogue(flight_source()), {})


REFUSED = {
    "not TOML": ("[table", "is not TOML"),
    "no table": (COLUMN, r"needs a \[table\]"),
    "no column": (TABLE, r"at least one \[\[column\]\]"),
    "unknown key": (TABLE + 'colour = "red"\n' + COLUMN, "unknown key 'colour'"),
    "missing key": (TABLE.replace('target = "S.T"\n', "") + COLUMN, "lacks target"),
    "wrong type": (TABLE.replace('["id"]', '"id"') + COLUMN, "key must be a list"),
    "a number in a list": (TABLE.replace('["id"]', "[1]") + COLUMN, "key must hold texts only"),
    "key without a column": (
        TABLE.replace('["id"]', '["no"]') + COLUMN,
        "no of .* is no source column",
    ),
    "empty key": (TABLE.replace('["id"]', "[]") + COLUMN, r"\[table\]: key is empty.*multiset"),
    "column twice": (TABLE + COLUMN + COLUMN, "source column id is given twice"),
    "unknown conversion": (
        TABLE + COLUMN + 'conversion = "epoch_milis"\n',
        "'epoch_milis' is unknown; known are",
    ),
    "unknown zone": (
        TABLE + COLUMN + 'conversion = "wall_clock:Asia/Seul"\n',
        "no time zone 'Asia/Seul'",
    ),
    "unknown member of a column": (TABLE + COLUMN + "tolerance = 1\n", "unknown key 'tolerance'"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_a_wrong_contract_is_refused_in_one_line(case: str, tmp_path: Path) -> None:
    text, message = REFUSED[case]
    with pytest.raises(ContractError, match=message) as refused:
        load_contract(*written(tmp_path, text))
    assert str(tmp_path) in str(refused.value)


REFUSED_ENTRIES = {
    "unknown rule": (
        ENTRY.replace("refused_null", "equal_enough"),
        "unknown rule 'equal_enough'; known are",
    ),
    "unknown table": (
        ENTRY.replace('"s.t"', '"s.u"'),
        r"names table s\.u, which has no contract; there are s\.t",
    ),
    "no column": (ENTRY.replace('["id"]', "[]"), "names no column; there are id"),
    "no reason": (ENTRY.replace('reason = "r"', 'reason = " "'), "needs a reason and an owner"),
    "a reason nobody has written yet": (
        ENTRY.replace('reason = "r"', 'reason = "TODO: why this may stay"'),
        r"\[\[accepted\]\] for s\.t: reason still says TODO, as drafted",
    ),
    "an owner nobody has named yet": (
        ENTRY.replace('owner = "o"', 'owner = "TODO"').replace('"r"', '"TODO"'),
        "reason and owner still say TODO",
    ),
    "no date": (ENTRY.replace("expires = 2027-12-31\n", ""), "lacks expires"),
    "a text for a date": (ENTRY.replace("2027-12-31", '"2027-12-31"'), "expires must be a date"),
    "a misspelt section": (ENTRY.replace("[[accepted]]", "[[acepted]]"), "unknown key 'acepted'"),
}


@pytest.mark.parametrize("case", REFUSED_ENTRIES)
def test_a_wrong_accepted_difference_is_refused(case: str, tmp_path: Path) -> None:
    text, message = REFUSED_ENTRIES[case]
    directory = tmp_path / "contracts"
    directory.mkdir()
    (tmp_path / "accepted.toml").write_text(text, encoding="utf-8")
    written(directory, TABLE + COLUMN)
    with pytest.raises(ContractError, match=message):
        load_contract(directory, tmp_path / "accepted.toml")


def refusal(directory: Path, accepted: Path | None = None) -> list[str]:
    with pytest.raises(ContractMistake) as refused:
        load_contract(directory, accepted)
    return str(refused.value).splitlines()


def test_all_mistakes_of_all_files_are_told_at_once(tmp_path: Path) -> None:
    wrong = (
        TABLE.replace("mark_column", "mark_colum").replace('["id"]', '"id"')
        + COLUMN
        + 'conversoin = "x"\n'
    )
    written(tmp_path, wrong + "[[colum]]\na = 1\n[[not_compared]]\nsource = 1\n")
    (tmp_path / "u.toml").write_text("[table", encoding="utf-8")
    (tmp_path / "v.toml").write_text(TABLE.replace("source", "sauce") + COLUMN, encoding="utf-8")
    first, *lines, not_toml, misspelt = refusal(tmp_path)
    assert first == f"{tmp_path / 't.toml'}: 6 mistakes"
    assert lines == [
        "  has the unknown key 'colum'; did you mean 'column'?",
        "  [table] has the unknown key 'mark_colum'; did you mean 'mark_column'?",
        "  [table]: key must be a list, not 'id'",
        "  [[column]] has the unknown key 'conversoin'; did you mean 'conversion'?",
        "  [[not_compared]] lacks reason",
        "  [[not_compared]]: source must be a str, not 1",
    ]
    assert not_toml.startswith(f"{tmp_path / 'u.toml'} is not TOML: ")
    assert (
        misspelt
        == f"{tmp_path / 'v.toml'}: [table] has the unknown key 'sauce'; did you mean 'source'?"
    )


def test_all_mistakes_of_the_accepted_differences_are_told_at_once(tmp_path: Path) -> None:
    entries = (
        ENTRY.replace("owner", "owned")
        + ENTRY.replace('"r"', '" "').replace("refused_null", "x")
        + ENTRY
    )
    directory, accepted = written(tmp_path, TABLE + COLUMN, entries)
    first, *lines = refusal(directory, accepted)
    assert first == f"{accepted}: 3 mistakes"
    assert lines[0] == "  [[accepted]] 1 has the unknown key 'owned'; did you mean 'owner'?"
    assert lines[1].startswith("  [[accepted]] 2 has the unknown rule 'x'; known are ")
    assert lines[2] == "  [[accepted]] 2 for s.t needs a reason and an owner"


@pytest.mark.parametrize("text", ["", "# nobody signed for anything\n", "accepted = []\n"])
def test_a_file_without_an_entry_accepts_nothing(text: str, tmp_path: Path) -> None:
    assert load_contract(*written(tmp_path, TABLE + COLUMN, text)).tables[0].accepted == ()


def test_an_empty_file_of_accepted_differences_is_no_contract_where_nobody_names_it(
    tmp_path: Path,
) -> None:
    directory, _ = written(tmp_path, TABLE + COLUMN, "# nobody signed for anything\n")
    assert load_contract(directory, None).tables[0].accepted == ()


def test_an_empty_file_that_is_not_of_accepted_differences_is_refused(tmp_path: Path) -> None:
    directory, accepted = written(tmp_path, TABLE + COLUMN, "")
    (tmp_path / "forgotten.toml").write_text("", encoding="utf-8")
    assert "a table contract needs a [table]" in refusal(directory, accepted)[0]


def test_an_entry_outlives_its_column_and_says_so(tmp_path: Path) -> None:
    written(tmp_path, TABLE + COLUMN, ENTRY.replace('["id"]', '["gone", "id"]'))
    (entry,) = load_contract(tmp_path, tmp_path / "accepted.toml").tables[0].accepted
    assert (entry.columns, entry.vanished) == (("id",), ("gone",))


def test_a_directory_without_contracts_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ContractError, match="holds no table contract"):
        load_contract(tmp_path, None)
    with pytest.raises(ContractError, match="does not exist"):
        load_contract(tmp_path / "absent", None)


def test_two_contracts_for_one_table_are_refused(tmp_path: Path) -> None:
    written(tmp_path, TABLE + COLUMN)
    (tmp_path / "u.toml").write_text(TABLE + COLUMN, encoding="utf-8")
    with pytest.raises(ContractError, match=r"table s\.t is given twice"):
        load_contract(tmp_path, None)


def test_a_missing_accepted_file_is_refused(tmp_path: Path) -> None:
    written(tmp_path, TABLE + COLUMN)
    with pytest.raises(ContractError, match="is not there: draft it with"):
        load_contract(tmp_path, tmp_path / "nobody.toml")
