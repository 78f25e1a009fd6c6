"""A task that ends by itself: at a time of its server, or of the source's commits."""

from __future__ import annotations

import datetime as dt

import pytest

from lab.dms.agreed.stop_position import parse_stop_position
from tests.dms.worlds import insert, transaction

NOON = dt.datetime(2026, 11, 21, 12, tzinfo=dt.UTC)


def test_the_server_s_time_ends_it_whatever_has_been_read() -> None:
    position = parse_stop_position("server_time:2026-11-21T12:00:00")
    found = [transaction(100, insert(id=1))]
    assert position.before(found, NOON - dt.timedelta(seconds=1)) == (found, False)
    assert position.before(found, NOON) == (found, True)
    assert position.before([], NOON) == ([], True)
    assert position.remaining(NOON - dt.timedelta(seconds=2), 5) == 2
    assert position.remaining(NOON + dt.timedelta(seconds=2), 5) == 0
    assert position.reason == "Stop Reason STOPPED_AT_SERVER_TIME"


def test_the_first_later_commit_ends_it_and_is_left_in_the_slot() -> None:
    """The transactions of these tests commit at noon."""
    found = [transaction(100, insert(id=1)), transaction(200, insert(id=2))]
    at_noon = parse_stop_position("commit_time: 2026-11-21T12:00:00")
    assert at_noon.before(found, NOON) == (found, False)
    before = parse_stop_position("commit_time:2026-11-21T11:59:59")
    assert before.before(found, NOON) == ([], True)
    assert before.remaining(NOON, 5) == 5
    assert before.reason == "Stop Reason STOPPED_AT_COMMIT_TIME"


@pytest.mark.parametrize(
    "text", ["2026-11-21T12:00:00", "server_time:noon", "somewhere:2026-11-21T12:00:00"]
)
def test_anything_else_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"cdc_stop_position|Invalid isoformat"):
        parse_stop_position(text)


def test_none_is_none() -> None:
    assert parse_stop_position(None) is None
    assert parse_stop_position("") is None
