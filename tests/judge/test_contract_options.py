"""What a table contract may say beyond its pairs: row filters, rows without a key, sensitive
columns.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from reconciliation.agreed.contract import load_contract
from reconciliation.agreed.row_filter import FilterError, check_filter
from reconciliation.errors import ContractError
from reconciliation.model import KEYED, MULTISET, TableContract

HEAD = '[table]\nsource = "s.t"\ntarget = "S.T"\nmark_column = "note"\n'
COLUMNS = '[[column]]\nsource = "id"\ntarget = "ID"\n[[column]]\nsource = "note"\ntarget = "NOTE"\n'


def loaded(directory: Path, options: str) -> TableContract:
    (directory / "t.toml").write_text(HEAD + options + "\n" + COLUMNS, encoding="utf-8")
    return load_contract(directory, None).tables[0]


def test_nothing_said_is_a_key_no_filter_and_nothing_sensitive(tmp_path: Path) -> None:
    table = loaded(tmp_path, 'key = ["id"]')
    assert (table.rows, table.source_filter, table.target_filter, table.sensitive) == (
        KEYED,
        None,
        None,
        (),
    )


def test_everything_said(tmp_path: Path) -> None:
    table = loaded(
        tmp_path,
        'key = ["id"]\nrows = "keyed"\nsensitive = ["note", "id"]\n'
        'source_filter = "id > 5 AND note <> \'a;b\'"\ntarget_filter = "ID > 5"',
    )
    assert table.sensitive == ("note", "id")
    assert table.source_filter == "id > 5 AND note <> 'a;b'"
    assert table.target_filter == "ID > 5"


@pytest.mark.parametrize("options", ['rows = "multiset"', 'rows = "multiset"\nkey = []'])
def test_a_multiset_has_no_key(options: str, tmp_path: Path) -> None:
    table = loaded(tmp_path, options)
    assert (table.rows, table.key) == (MULTISET, ())


def test_the_contract_in_the_documentation_is_one(tmp_path: Path) -> None:
    text = (Path(__file__).resolve().parents[2] / "docs" / "contracts.md").read_text(
        encoding="utf-8"
    )
    (tmp_path / "t.toml").write_text(text.split("```toml\n")[1].split("```")[0], encoding="utf-8")
    table = load_contract(tmp_path, None).tables[0]
    assert (table.key, table.sensitive, len(table.pairs)) == (
        ("flight", "seat"),
        ("guest_mail",),
        5,
    )
    assert table.not_compared[0].target == "LAST_BATCH"


REFUSED = {
    "no key, and not called a multiset": ("", "key is empty.*multiset"),
    "both a key and a multiset": (
        'key = ["id"]\nrows = "multiset"',
        "compares without a key, and key names one",
    ),
    "another word": ('key = ["id"]\nrows = "bag"', "rows is 'bag'; write \"keyed\""),
    "a sensitive column that is not compared": (
        'key = ["id"]\nsensitive = ["nobody"]',
        "nobody of .* is no source",
    ),
    "a sensitive column twice": (
        'key = ["id"]\nsensitive = ["id", "id"]',
        "sensitive column id is given twice",
    ),
    "a key column twice": ('key = ["id", "id"]', "key column id is given twice"),
    "a filter on one side": (
        'key = ["id"]\nsource_filter = "id > 5"',
        "source_filter has no counterpart; add target_filter .*1 = 1",
    ),
    "a filter on the other side": ('key = ["id"]\ntarget_filter = "ID > 5"', "add source_filter"),
    "an empty filter": (
        'key = ["id"]\nsource_filter = " "\ntarget_filter = "1 = 1"',
        "source_filter is empty",
    ),
    "a filter that is no text": ('key = ["id"]\nsource_filter = 5', "source_filter must be a str"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_cannot_be_meant_is_refused_in_one_line(case: str, tmp_path: Path) -> None:
    options, message = REFUSED[case]
    with pytest.raises(ContractError, match=message) as refused:
        loaded(tmp_path, options)
    assert str(refused.value).startswith(str(tmp_path / "t.toml"))
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize(
    "condition",
    [
        "id > 5",
        "(id > 5) AND (note IS NOT NULL OR id < 3)",
        "note = 'it''s; --/* (' AND id = 1",
        "\"od;d)\" = ''",
        "created::date >= DATE '2026-01-01'",
        "SYS$SCN > 0",
        "type = 'x'",
        "a - -1 > 0",
        "note LIKE '%\\_x'",
    ],
)
def test_a_condition_passes(condition: str) -> None:
    check_filter(condition)
    assert condition.strip()


@pytest.mark.parametrize(
    ("condition", "words"),
    [
        ("id > 5; DROP TABLE t", "semicolon"),
        ("id > 5 -- all", "comment"),
        ("id > 5 /* all */", "comment"),
        ("id > 5) OR (1 = 1", "closes a bracket"),
        ("(id > 5", "opens a bracket"),
        ("note = 'x", "never closed"),
        ('"note = 1', "never closed"),
        ("note = E'\\'' OR ''=''", "plain literals"),
        ("note = q'[']'", "plain literals"),
        ("note = $$x$$", "plain literals"),
        ("note = $a$x$a$", "plain literals"),
        ("note = nq'[']'", "plain literals"),
        ("'' = '' OR note = 'a'' ; '' ' OR id = 'b", "never closed"),
    ],
)
def test_a_condition_that_could_be_more_than_one_is_refused(condition: str, words: str) -> None:
    with pytest.raises(FilterError, match=words):
        check_filter(condition)
