"""Rows that differ are looked at again: late, moving, or divergent; and the merge of two ordered
streams.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

import pytest

from reconciliation.compare.by_values import windows
from reconciliation.compare.recheck import LIMITS_AT_MOST, OUTAGES, recheck
from reconciliation.compare.streams.merge import Unordered
from reconciliation.compare.tally import grouped
from reconciliation.model import Difference, Key, Row

from .samples import difference
from .test_waiting import Clock

LIMIT = 10.0


class World:
    """``until`` says when a key agrees; ``moves`` keys change at every look."""

    def __init__(
        self, until: dict[int, float], moves: frozenset[int] = frozenset(), last: float = 1e9
    ) -> None:
        self.until, self.moves, self.last, self.clock, self.looks = until, moves, last, Clock(), 0
        self.outages = 0

    def look(self, keys: Sequence[Key]) -> tuple[list[Difference], dict[Key, object]]:
        self.looks += 1
        passed = self.clock.now - 100.0
        differs = [key for key in keys if passed < self.until[key[0]]]
        content = {
            key: self.looks if key[0] in self.moves and passed < self.last else 0 for key in keys
        }
        return [difference(key[0]) for key in differs], content

    def recheck(self):
        keys = [(key,) for key in self.until]
        return recheck(
            self.look,
            keys,
            LIMIT,
            outages=lambda: self.outages,
            clock=self.clock.time,
            sleep=self.clock.sleep,
        )


def test_late_rows_are_equal_and_waiting_ends_with_them() -> None:
    world = World({1: 0.0, 2: 1.5})
    outcome = world.recheck()
    assert outcome.agreed == ((1,), (2,))
    assert outcome.differences == ()
    assert world.clock.now - 100 < 3


def test_a_row_that_stays_is_divergent_after_the_limit() -> None:
    world = World({1: 1e9, 2: 0.5})
    outcome = world.recheck()
    assert [item.key for item in outcome.differences] == [(1,)]
    assert outcome.agreed == ((2,),)
    assert outcome.moving == ()
    assert LIMIT <= world.clock.now - 100 <= LIMIT + 2


def test_a_row_that_keeps_changing_is_in_flight_not_divergent() -> None:
    world = World({1: 1e9, 2: 1e9}, moves=frozenset({1}))
    outcome = world.recheck()
    assert outcome.moving == ((1,),)
    assert [item.key for item in outcome.differences] == [(2,)]


def test_a_row_that_stopped_changing_long_ago_is_divergent() -> None:
    outcome = World({1: 1e9}, moves=frozenset({1}), last=4.0).recheck()
    assert outcome.moving == ()
    assert [item.key for item in outcome.differences] == [(1,)]


class Away(World):
    """A look takes ``seconds`` for an outage, whenever ``begins`` have passed since the look before
    such a one.
    """

    def __init__(self, until: dict[int, float], begins: float, seconds: float, times: int) -> None:
        super().__init__(until)
        self.begins, self.seconds, self.left, self.last_end = begins, seconds, times, 100.0

    def look(self, keys: Sequence[Key]) -> tuple[list[Difference], dict[Key, object]]:
        if self.left and self.clock.now - self.last_end >= self.begins:
            self.clock.now += self.seconds
            self.left, self.outages, self.last_end = self.left - 1, self.outages + 1, self.clock.now
        return super().look(keys)


def test_seconds_of_an_outage_are_not_counted_against_a_row() -> None:
    outcome = Away({1: 6 + 45 + 8, 2: 1e9}, begins=6.0, seconds=45.0, times=1).recheck()
    assert outcome.agreed == ((1,),)
    assert [item.key for item in outcome.differences] == [(2,)]
    assert 6 + 45 + LIMIT <= outcome.seconds <= 6 + 45 + LIMIT + 4


def test_outages_without_end_leave_rows_in_flight() -> None:
    world = Away({1: 1e9}, begins=6.0, seconds=45.0, times=10**6)
    outcome = world.recheck()
    assert (outcome.moving, outcome.differences) == (((1,),), ())
    assert OUTAGES <= world.outages <= OUTAGES + LIMITS_AT_MOST * 2


def _parts(keys: Iterable[int], size: int) -> Iterator[list[tuple[Key, Row]]]:
    keys = list(keys)
    for start in range(0, len(keys), size):
        yield [((key,), {"id": key}) for key in keys[start : start + size]]


@pytest.mark.parametrize("size", [1, 2, 3, 100])
@pytest.mark.parametrize(
    ("left", "right"),
    [
        ([], []),
        ([1, 2, 3], []),
        ([], [4, 5]),
        ([1, 2, 3, 4, 5], [1, 2, 3, 4, 5]),
        ([1, 3, 5, 7, 9, 11], [2, 3, 4, 100, 101]),
        ([50], list(range(100))),
        (list(range(100)), [0, 99]),
    ],
)
def test_windows_pair_every_key_exactly_once(left: list[int], right: list[int], size: int) -> None:
    seen_left: list[Key] = []
    seen_right: list[Key] = []
    previous: Key = (-1,)
    for here, there in windows(_parts(left, size), _parts(right, size * 2)):
        assert here or there
        assert min((*here, *there)) > previous
        previous = max((*here, *there))
        seen_left += here
        seen_right += there
    assert seen_left == [(key,) for key in left]
    assert seen_right == [(key,) for key in right]


def test_keys_out_of_order_are_never_merged() -> None:
    with pytest.raises(Unordered, match=r"the key \(2,\) comes after \(3,\) in PostgreSQL"):
        list(windows(_parts([1, 3, 2], 2), _parts([], 1)))
    with pytest.raises(Unordered, match=r"the key \(4,\) stands twice in Oracle"):
        list(windows(_parts([1], 2), _parts([4, 4], 5)))


def test_keys_that_cannot_be_ordered_are_never_merged() -> None:
    with pytest.raises(Unordered):
        list(windows(iter([[((1,), {}), (("x",), {})]]), iter([])))


def test_groups_count_by_column_and_cause_the_most_frequent_first() -> None:
    body = difference(4, source_column="body", target_column="BODY")
    groups = grouped([difference(1, cause="case"), difference(2), difference(3), body])
    assert [
        (group.source_column, group.cause, group.rows, group.first_key) for group in groups
    ] == [
        ("header", "truncated", 2, (2,)),
        ("header", "case", 1, (1,)),
        ("body", "truncated", 1, (4,)),
    ]
