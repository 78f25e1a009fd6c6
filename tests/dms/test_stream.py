"""Messages to transactions, transactions to groups."""

from __future__ import annotations

from decimal import Decimal

import pytest

from lab.dms.apply.group import Group, captured
from lab.dms.capture.assembler import StreamError
from lab.dms.ground.lsn import format_lsn, parse_lsn
from tests.dms.capture.streams import pglogical
from tests.dms.worlds import delete, insert, transaction, update

BEGIN = (
    '{"action":"B", "has_catalog_changes":"f", "xid":"735", "first_lsn":"0/1", '
    '"commit_time":"2026-11-21 00:00:00+00"}'
)
COMMIT = '{"action":"C", "final_lsn":"0/197AFA0", "end_lsn":"1/197AFD0"}'
ROW = '{"action":"I","relation":["s","t"],"newtuple":{"id":1,"n":1234567890123456789012345678901234567890.123456789}}'  # noqa: E501


def test_a_transaction_is_given_at_its_commit() -> None:
    assembler = pglogical()
    assert [assembler.feed(message) for message in (BEGIN, ROW, ROW)] == [None] * 3
    assert assembler.inside
    found = assembler.feed(COMMIT)
    assert (found.xid, found.end_lsn, len(found.changes)) == (735, parse_lsn("1/197AFD0"), 2)
    assert found.changes[0].new["n"] == Decimal(
        "1234567890123456789012345678901234567890.123456789"
    )
    assert not assembler.inside


def test_what_was_begun_is_forgotten_when_it_begins_again() -> None:
    assembler = pglogical()
    for message in (BEGIN, ROW, BEGIN, ROW):
        assembler.feed(message)
    assert len(assembler.feed(COMMIT).changes) == 1


def test_truncate_and_catalogue_changes_are_marked() -> None:
    assembler = pglogical()
    assembler.feed(BEGIN.replace('"f"', '"t"', 1))
    assembler.feed(
        '{"action":"I","relation":["pglogical","queue"],"newtuple":{"message_type":"T",'
        '"message":{"schema_name":"s","table_name":"t"}}}'
    )
    found = assembler.feed(COMMIT)
    assert (found.changes, found.truncated, found.catalogue_changed) == ((), (("s", "t"),), True)


@pytest.mark.parametrize("message", ["nonsense", "{}", '{"action":"X"}', ROW, COMMIT])
def test_what_the_protocol_does_not_promise_is_refused(message: str) -> None:
    with pytest.raises(StreamError):
        pglogical().feed(message)


def test_positions() -> None:
    assert parse_lsn("16/B374D848") == 0x16B374D848
    assert format_lsn(0x16B374D848) == "16/B374D848"


def test_a_group_is_due_by_size_or_by_age_and_never_splits_a_transaction() -> None:
    now = [0.0]
    group = Group(3, 1.0, lambda: now[0])
    assert not group.is_due()
    group.add([transaction(1, insert(), insert(id=2))])
    assert not group.is_due()
    assert group.wanted() == 1
    now[0] = 0.9
    assert not group.is_due()
    now[0] = 1.0
    assert group.is_due()
    group.clear()
    group.add([transaction(2, *(insert(id=number) for number in range(10)))])
    assert group.is_due()
    assert len(group.transactions[0].changes) == 10


def test_captured_counts_only_what_is_new_and_selected() -> None:
    transactions = [transaction(1, insert()), transaction(2, insert(), update(), delete(1))]
    name = ("travelbuddy", "flightspecial")
    assert captured(transactions, 1, {name}) == {
        (*name, "inserts"): 1,
        (*name, "updates"): 1,
        (*name, "deletes"): 1,
    }
    assert captured(transactions, 0, set()) == {}
