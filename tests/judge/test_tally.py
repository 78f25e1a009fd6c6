"""Tallies of parts of a table added up."""

from __future__ import annotations

from collections import Counter

import pytest

from reconciliation.compare import tally
from reconciliation.compare.extent.ranges import KeyRange, ranges_between
from reconciliation.compare.plan import Segment, in_one_piece
from reconciliation.compare.segments.runner import whole
from reconciliation.compare.tally import Tally


def _tally(first: int, count: int) -> Tally:
    return Tally(
        100,
        101,
        100 - count,
        [(key,) for key in range(first, first + count)],
        count,
        accepted=Counter({"a: rule": 1}),
        reductions=Counter({"b: lost": 2}),
    )


def test_everything_is_added_up_and_suspects_are_in_key_order() -> None:
    found = whole(
        (Segment(number, KeyRange()), part)
        for number, part in ((2, _tally(50, 2)), (1, _tally(7, 3)))
    )
    assert found == Tally(
        200,
        202,
        195,
        [(7,), (8,), (9,), (50,), (51,)],
        5,
        accepted=Counter({"a: rule": 2}),
        reductions=Counter({"b: lost": 4}),
    )


def test_no_more_suspects_are_kept_than_one_piece_would_have_but_all_count(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(tally, "RECHECKED_ROWS", 4)
    monkeypatch.setattr(tally, "SUSPECT_ROWS", 2)
    found = whole((Segment(number, KeyRange()), _tally(10 * number, 3)) for number in range(1, 4))
    assert (found.suspects, found.more) == ([(10,), (11,), (12,), (20,)], [(21,), (22,)])
    assert found.suspect_count == 9


def test_keys_that_cannot_be_ordered_are_kept_as_they_came() -> None:
    found = whole(
        [(Segment(1, KeyRange()), Tally(suspects=[("b",), (1,)], suspect_count=2))].__iter__()
    )
    assert found.suspects == [("b",), (1,)]


def test_bounds_make_one_range_more_than_there_are_of_them() -> None:
    assert ranges_between([]) == [KeyRange()]
    assert ranges_between([(1,), (5,)]) == [
        KeyRange(None, (1,)),
        KeyRange((1,), (5,)),
        KeyRange((5,), None),
    ]
    assert in_one_piece("why").reason == "in one piece: why"
