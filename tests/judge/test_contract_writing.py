"""What a contract says of the rows a run writes: none at all with an excuse, kept keys, values, the
words for one in a sentence.
"""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from types import SimpleNamespace
from typing import cast

import pytest

from reconciliation.agreed.contract import excused, expired_excuses, load_contract
from reconciliation.agreed.profile import GroupExcuse
from reconciliation.checks.acceptance import check_acceptances
from reconciliation.errors import ContractError
from reconciliation.model import Contract, Excuse, TableContract
from reconciliation.parallel_run import ParallelRun

HEAD = '[table]\nsource = "s.t"\ntarget = "S.T"\n'
KEYED = HEAD + 'key = ["id"]\n'
COLUMNS = '[[column]]\nsource = "id"\ntarget = "ID"\n[[column]]\nsource = "note"\ntarget = "NOTE"\n'
EXCUSE = '[excuse]\nreason = "no key"\nowner = "payments team"\nexpires = 2027-03-31\n'
LAST_DAY = dt.date(2027, 3, 31)


def loaded(directory: Path, text: str) -> TableContract:
    (directory / "t.toml").write_text(text + COLUMNS, encoding="utf-8")
    return load_contract(directory, None).tables[0]


def test_nothing_said_is_a_table_to_be_written_without_a_mark(tmp_path: Path) -> None:
    table = loaded(tmp_path, KEYED)
    assert (table.write, table.excuse, table.called, table.mark_column) == (True, None, None, None)
    assert (table.values, table.reserved) == ({}, {})


def test_everything_said(tmp_path: Path) -> None:
    table = loaded(
        tmp_path,
        KEYED
        + 'called = "settlement line"\nwrite = true\nmark_column = "note"\n'
        + '[values]\nnote = ["a", "b"]\nid = [1, 2.5, true, 2026-01-31, 2026-01-31T10:00:00Z]\n'
        + "[reserved]\nid = [900, 999]\n",
    )
    assert (table.called, table.write, table.mark_column) == ("settlement line", True, "note")
    assert table.values["note"] == ("a", "b")
    assert table.values["id"][3] == dt.date(2026, 1, 31)
    assert table.reserved == {"id": (900, 999)}


@pytest.mark.parametrize("span", ['["zz0", "zz9"]', "[2900-01-01, 2900-12-31]", "[5, 5]"])
def test_keys_of_any_order_can_be_kept_free(span: str, tmp_path: Path) -> None:
    first, last = loaded(tmp_path, KEYED + f"[reserved]\nid = {span}\n").reserved["id"]
    assert type(first) is type(last)


@pytest.mark.parametrize("head", [KEYED, HEAD + 'rows = "multiset"\n'])
def test_a_table_nothing_is_written_to_has_an_excuse_that_ends(head: str, tmp_path: Path) -> None:
    table = loaded(tmp_path, head + "write = false\n" + EXCUSE)
    assert not table.write
    assert excused(table, LAST_DAY) == Excuse("no key", "payments team", LAST_DAY)
    assert expired_excuses(Contract((table,)), LAST_DAY) == ()
    after = LAST_DAY + dt.timedelta(days=1)
    assert excused(table, after) is None
    assert expired_excuses(Contract((table,)), after) == (("s.t", table.excuse),)


@pytest.mark.parametrize("head", [KEYED, HEAD + 'rows = "multiset"\n'])
def test_a_table_nobody_has_decided_about_says_what_to_decide(head: str, tmp_path: Path) -> None:
    table = loaded(tmp_path, head + "write = false\n")
    assert (table.write, table.excuse) == (False, None)
    assert table.undecided_writing == (
        f"{tmp_path}/t.toml: write = false, and nobody has decided: remove it where runs may write "
        "rows of their own, or add an [excuse] that somebody answers for"
    )
    decided = (loaded(tmp_path, KEYED), loaded(tmp_path, head + "write = false\n" + EXCUSE))
    assert [one.undecided_writing for one in decided] == [None, None]


REFUSED = {
    "an excuse for nothing": (KEYED + EXCUSE, r"add write = false to \[table\], or remove it"),
    "an excuse without an end": (
        KEYED + "write = false\n" + EXCUSE.replace("expires = 2027-03-31\n", ""),
        r"\[excuse\] lacks expires",
    ),
    "an excuse of nobody": (
        KEYED + "write = false\n" + EXCUSE.replace("payments team", " "),
        r"\[excuse\] needs a reason and an owner",
    ),
    "a drafted excuse": (
        KEYED + "write = false\n" + EXCUSE.replace("payments team", "TODO"),
        r"\[excuse\]: owner still says TODO, as drafted",
    ),
    "excuses in an array": (
        KEYED + "write = false\n" + EXCUSE.replace("[excuse]", "[[excuse]]"),
        r"\[excuse\] must be a table",
    ),
    "write as a text": (KEYED + 'write = "no"\n', r"\[table\]: write must be a bool, not 'no'"),
    "a multiset that is to be written": (
        HEAD + 'rows = "multiset"\nwrite = true\n',
        r"name a key, or write = false with an \[excuse\]",
    ),
    "a mark column nobody pairs": (
        KEYED + 'mark_column = "nota"\n',
        r"nota of \[table\] is no source column .*did you mean note",
    ),
    "values of no column": (
        KEYED + '[values]\nnota = ["a"]\n',
        r"nota of \[values\] is no source column .*did you mean note\?",
    ),
    "one value": (KEYED + '[values]\nnote = "a"\n', r"\[values\]: note must be a list .* not 'a'"),
    "no values": (KEYED + "[values]\nnote = []\n", r"note must be a list of the values"),
    "a value that is a list": (
        KEYED + "[values]\nnote = [[1]]\n",
        r"note holds \[1\], which is no",
    ),
    "values in an array": (KEYED + "[[values]]\nnote = [1]\n", r"must be a section \[values\]"),
    "kept keys of no key column": (
        KEYED + "[reserved]\nnote = [1, 2]\n",
        r"note of \[reserved\] is no key column; there are id",
    ),
    "one kept key": (KEYED + "[reserved]\nid = [1]\n", r"\[reserved\]: id must be the first and"),
    "kept keys of two kinds": (KEYED + '[reserved]\nid = [1, "b"]\n', "two whole numbers, texts"),
    "kept keys turned round": (KEYED + "[reserved]\nid = [2, 1]\n", "the lower first"),
    "kept true and false": (KEYED + "[reserved]\nid = [false, true]\n", "two whole numbers"),
    "kept moments of two kinds": (
        KEYED + "[reserved]\nid = [2900-01-01T00:00:00, 2900-01-02T00:00:00Z]\n",
        "the lower first",
    ),
    "no words": (KEYED + 'called = " "\n', "called is ' '; write words of the letters a to z"),
    "a quoted name": (KEYED + "called = '\"T\"'\n", "write words of the letters a to z"),
    "words no sentence has": (KEYED + 'called = "line_2"\n', "write words of the letters a to z"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_cannot_be_meant_is_refused_in_one_line(case: str, tmp_path: Path) -> None:
    text, message = REFUSED[case]
    with pytest.raises(ContractError, match=message) as refused:
        loaded(tmp_path, text)
    assert str(refused.value).startswith(str(tmp_path / "t.toml"))
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize("name", ["Line item", "lineitem", "LINE ITEM"])
def test_no_sentence_could_mean_two_tables(name: str, tmp_path: Path) -> None:
    other = KEYED.replace('"s.t"', '"s.line_item"') + COLUMNS
    (tmp_path / "other.toml").write_text(other, encoding="utf-8")
    with pytest.raises(
        ContractError, match=r"s\.t is called .*, and so is s\.line_item"
    ) as refused:
        loaded(tmp_path, KEYED + f'called = "{name}"\n')
    assert "\n" not in str(refused.value)


def test_a_table_may_be_called_what_its_name_says(tmp_path: Path) -> None:
    assert loaded(tmp_path, KEYED + 'called = "t"\n').called == "t"


def test_an_excuse_past_its_date_is_found_as_an_accepted_difference_is(tmp_path: Path) -> None:
    over = EXCUSE.replace("2027-03-31", "2020-03-31")
    table = loaded(tmp_path, KEYED + "write = false\n" + over)
    groups = (
        GroupExcuse("06-interruption", "no right to", "operations", dt.date(2020, 1, 31)),
        GroupExcuse("05-values", "no right to", "operations", dt.date(2999, 1, 31)),
    )
    run = SimpleNamespace(contract=Contract((table,)), profile=SimpleNamespace(excused=groups))
    found = list(check_acceptances(cast(ParallelRun, run)))
    assert {one.check for one in found} == {"accepted_expired"}
    assert [(one.table, one.message) for one in found] == [
        (
            "s.t",
            "that nothing is written to s.t was excused by payments team until 2020-03-31: no "
            "key; it excuses no longer, renew it or have it judged",
        ),
        (
            None,
            "guarantee group 06-interruption was excused by operations until 2020-01-31: no right "
            "to; it excuses no longer, renew it or have it judged",
        ),
    ]
