"""Values of sensitive columns appear nowhere as they are: words, attachments,
examples, statements.
"""

from __future__ import annotations

import json
from types import SimpleNamespace
from typing import Any

import pytest

from fixtures.promises.batch_verdicts import not_loudly_refused
from fixtures.reporting import evidence
from fixtures.run import now
from fixtures.scenario.batch_rows import BatchRow
from fixtures.scenario.corpus import corpus_entry
from fixtures.scenario.discretion import hidden_names
from fixtures.scenario.shrinking import Shrunk
from reconciliation.canonical import rules_for
from reconciliation.collateral.change import changes
from reconciliation.compare import by_key
from reconciliation.compare.rows import CompareError, compare_rows
from reconciliation.describe import describe
from reconciliation.differences.discretion import discreet_statement
from reconciliation.errors import CanonicalError
from reconciliation.model import (
    CatalogueColumn,
    CatalogueTable,
    ColumnPair,
    ColumnType,
    Contract,
    Refusal,
    TableContract,
)

SECRET = "010-1234-5678"


def _catalogue(schema: str, kinds: dict[str, str], nullable: bool = True) -> CatalogueTable:
    return CatalogueTable(
        schema,
        "t" if schema == "s" else "T",
        {name: CatalogueColumn(name, ColumnType(kind), nullable) for name, kind in kinds.items()},
        (),
    )


TABLE = TableContract(
    "s.t",
    "S.T",
    ("phone", "id"),
    tuple(ColumnPair(n, n.upper()) for n in ("phone", "id", "mail")),
    "mail",
    sensitive=("phone", "mail"),
)
RULES = rules_for(
    TABLE,
    _catalogue("s", {"phone": "text", "id": "int4", "mail": "text"}),
    _catalogue("S", {"PHONE": "VARCHAR2", "ID": "NUMBER", "MAIL": "VARCHAR2"}),
)
SOURCE = {"phone": SECRET, "id": 7, "mail": f"{SECRET}@x"}
TARGET = {"PHONE": SECRET, "ID": 7, "MAIL": f"{SECRET}@y"}


@pytest.fixture
def attached(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    texts: list[str] = []
    monkeypatch.setattr(evidence.allure, "attach", lambda text, *_: texts.append(text))
    return texts


def test_differences_in_words_and_attached(attached: list[str]) -> None:
    found = compare_rows(TABLE, RULES, {(1,): SOURCE}, {(1,): TARGET}).differences
    evidence.attach_differences(found)
    for text in (describe(found[0]), *attached):
        assert SECRET not in text
        assert "digest" in text
        assert "7" in text


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        (
            [SOURCE, SOURCE | {"mail": "other"}],
            r"two rows have the key phone=<digest \w+, 13 characters> id=7",
        ),
        ([SOURCE | {"id": None}], r"NULL in its key phone=<digest \w+, 13 characters> id=NULL"),
    ],
)
def test_keys_in_messages(rows: list[dict[str, Any]], message: str) -> None:
    with pytest.raises(CompareError, match=message) as refused:
        compare_rows(TABLE, RULES, dict(enumerate(rows)), {})
    assert SECRET not in str(refused.value)


def test_a_value_that_cannot_be_read_names_row_and_column_and_not_itself() -> None:
    message = r"row phone=<digest .*id=7: MAIL: rule text cannot read <digest"
    with pytest.raises(CanonicalError, match=message) as refused:
        compare_rows(TABLE, RULES, {(1,): SOURCE}, {(1,): TARGET | {"MAIL": (SECRET,)}})
    assert SECRET not in str(refused.value)


def test_what_changed_between_two_readings() -> None:
    for name, column in (("s.t", "mail"), ("S.T", "MAIL")):
        before, after = ({(7,): {column: value, "x": 1}} for value in (SECRET, SECRET + "0"))
        (change,) = changes(name, before, after, hidden_names(TABLE))
        assert SECRET not in str(change)
        assert "digest" in str(change)
    before, after = {(7,): {"mail": SECRET}}, {(7,): {"mail": ""}}
    (change,) = changes("u.v", before, after, frozenset())
    assert SECRET in str(change)


def test_examples_of_a_generated_batch() -> None:
    assert SECRET not in str(Shrunk("mail", SECRET, SECRET[:3], 1, hidden=True))
    assert SECRET in str(Shrunk("mail", SECRET, None, 1))
    refusal = Refusal("mail", "MAIL", SECRET, 12899, "too long")
    row = BatchRow((7,), SOURCE, "", [refusal], TARGET, [], [], hidden=hidden_names(TABLE))
    (line,) = not_loudly_refused(row)
    assert SECRET not in line
    assert "silently altered" in line
    entry = json.loads(corpus_entry(row.row, TABLE, now().date()))
    assert entry["values"] == {}
    assert entry["withheld"] == ["mail"]  # the key is left to whoever writes the row again


def test_rows_attached_around_a_difference(
    attached: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    from fixtures.promises import arrivals

    monkeypatch.setattr(by_key, "read", lambda *_: ({7: SOURCE}, {7: TARGET}))
    subject = SimpleNamespace(contract=TABLE, table="s.t", keys=[(7,)])
    story = SimpleNamespace(parallel_run=None)
    arrivals._attach(story, subject, SimpleNamespace(differences=()))
    assert len(attached) == 3
    assert SECRET not in "".join(attached)
    assert "digest" in attached[1]


def test_statements_the_replication_reports() -> None:
    values = f"'{SECRET}', 41414141414141, 900000007, -3.5, 'it''s'"
    statement = f'INSERT INTO "S"."T" ( "PHONE","ID2" ) VALUES ( {values} )'
    hidden = discreet_statement(
        statement, Contract((TABLE,)), "S", "T", range(900_000_000, 900_000_100)
    )
    assert SECRET not in hidden
    assert "41414141414141" not in hidden
    assert "900000007" in hidden
    assert "3.5" not in hidden
    assert hidden.startswith('INSERT INTO "S"."T" ( "PHONE","ID2" ) VALUES ( <digest')
    assert discreet_statement(statement, Contract((TABLE,)), "S", "OTHER", range(1)) == statement
