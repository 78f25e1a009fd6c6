"""One run over a world of every kind of key and constraint: each sentence about mapped tables holds
for each of them.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from tests.suite.place import Place

NAME = "lab-payments"
#: what a table is there for -> the table
KINDS = {
    "a key of CHAR(3)": "pay.currency",
    "a key of a date and a text that refers to a parent": "pay.exchange_rate",
    "a smallint key": "pay.fee_band",
    "a table that refers to itself": "pay.category",
    "a text key, a unique number beside it": "pay.merchant",
    "a key that is a reference, one row a parent": "pay.merchant_contact",
    "a key of two columns, an enum, a numeric without precision": "pay.payment",
    "a UUID key, a reference of two columns, a UUID kept as RAW": "pay.settlement_line",
    "quoted names of mixed case": "pay.SettlementBatch",
    "a Korean column": "pay.payer",
    "long texts, bytes and JSON": "pay.document",
    "an identity that is always generated, a computed column": "pay.ledger_entry",
    "sixty columns": "pay.merchant_profile",
    "a CHECK over two columns, a UNIQUE beside the key": "pay.tariff",
    "a partitioned table": "pay.transaction_log",
    "reserved words": "pay.order",
    "names of thirty bytes": "pay.merchant_settlement_agreements",
    "a parent that is a child": "pay.invoice",
    "a child in the middle of a chain": "pay.dispute",
    "the end of a chain": "pay.refund",
}
#: no run writes to it: it has no key
EXCUSED = "pay.audit_event"
GROUPS = ("04-change-propagation", "05-values", "06-interruption", "07-whole-tables")


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Place:
    """Of one run, in a lab of its own."""
    place = Place.copy_to(tmp_path_factory.mktemp("kinds"), NAME)
    done = place.features("features", "--environment", NAME)
    assert done.returncode == 0, done.stdout[-5000:]
    return place


@pytest.fixture
def verdict(place: Place) -> Mapping[str, Any]:
    return place.verdict


def test_the_run_is_ready(verdict: Mapping[str, Any]) -> None:
    assert (verdict["verdict"], verdict["scope"]) == ("READY", "full")


def test_twenty_tables_are_waited_for_as_often_as_one(place: Place) -> None:
    assert place.waits_are_few()


def test_every_table_of_the_world_is_one_of_a_kind(verdict: Mapping[str, Any]) -> None:
    assert {one["table"] for one in verdict["matrix"]} == {*KINDS.values(), EXCUSED}


@pytest.mark.parametrize("kind", KINDS)
def test_every_sentence_holds_for(kind: str, verdict: Mapping[str, Any]) -> None:
    cells = [one for one in verdict["matrix"] if one["table"] == KINDS[kind]]
    for group in GROUPS:
        judged = [one["judged"] for one in cells if one["guarantee"]["group"] == group]
        assert "holds" in judged, group
        assert set(judged) <= {"holds", "not concerned"}, group


def test_a_table_without_a_key_is_excused_by_name(verdict: Mapping[str, Any]) -> None:
    cells = [one for one in verdict["matrix"] if one["table"] == EXCUSED]
    words = {one["judged"]: one["words"] for one in cells}
    assert "broken" not in words
    assert "not judged" not in words
    assert "no key" in words["excused"]
