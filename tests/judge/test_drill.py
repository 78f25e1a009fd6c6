"""Drilling down into what differs, over tables in memory: everything that differs is read, and
little else.
"""

from __future__ import annotations

import hashlib
import itertools
import random
from collections import Counter
from collections.abc import Mapping, Sequence

import pytest

from reconciliation.compare.checksums import drill as drilling
from reconciliation.compare.checksums.digest import (
    Digest,
    DigestSql,
    oracle_row,
    postgresql_row,
    read_digests,
)
from reconciliation.compare.checksums.drill import Held, drill
from reconciliation.compare.extent.ranges import KeyRange
from reconciliation.compare.rows import CompareError
from reconciliation.compare.streams.statement import Statement
from reconciliation.compare.tally import Tally

Table = Mapping[int, str]
WHOLE = KeyRange()


def digest_of(rows: Mapping[int, str]) -> Digest:
    total = Digest()
    for key, text in rows.items():
        found = hashlib.md5(f"{key},{text}".encode(), usedforsecurity=False).hexdigest()
        total += Digest(1, tuple(int(found[start : start + 8], 16) for start in range(0, 32, 8)))
    return total


class Memory:
    """A ``Ground`` of two dicts. Texts that differ in case only are one value; '!' ones are
    accepted as equal.
    """

    def __init__(self, source: Table, target: Table) -> None:
        self.source, self.target = dict(source), dict(target)
        self.digested = 0
        self.read_ranges: list[KeyRange] = []

    @staticmethod
    def _within(table: Table, keys: KeyRange) -> dict[int, str]:
        low, high = keys.low or (-(10**9),), keys.high or (10**9,)
        return {key: text for key, text in table.items() if low[0] <= key < high[0]}

    def cut(self, whole: KeyRange, rows: int) -> list[KeyRange]:
        keys = sorted(self._within(self.source, whole))
        edges = [whole.low, *((key,) for key in keys[rows::rows]), whole.high]
        return [KeyRange(low, high) for low, high in itertools.pairwise(edges)]

    def digests(self, ranges: Sequence[KeyRange]) -> list[Held]:
        assert all(one.high == other.low for one, other in itertools.pairwise(ranges))
        self.digested += len(ranges)
        return [
            Held(
                digest_of(self._within(self.source, one)),
                digest_of(self._within(self.target, one)),
                Counter(
                    {
                        "accepted": sum(
                            "!" in text for text in self._within(self.source, one).values()
                        )
                    }
                ),
            )
            for one in ranges
        ]

    def read(self, part: KeyRange) -> Tally:
        self.read_ranges.append(part)
        ours, theirs = self._within(self.source, part), self._within(self.target, part)
        found = Tally(len(ours), len(theirs))
        for key in sorted(ours | theirs):
            if key in ours and key in theirs and ours[key].lower() == theirs[key].lower():
                found.equal_rows += 1
                found.accepted["accepted"] += "!" in ours[key]
            else:
                found.suspect([(key,)])
        return found


def drilled(ground: Memory, rows: int | None = None, whole_first: bool = False) -> Tally:
    told: list[int] = []
    found, about = Tally(), len(ground.source) if rows is None else rows
    drill(ground, WHOLE, about, found, told.append, whole_first)
    assert told == sorted(told)
    assert found.source_rows == len(ground.source)
    assert found.target_rows == len(ground.target)
    return found


@pytest.fixture(autouse=True)
def _small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(drilling, "FEW_ROWS", 10)
    monkeypatch.setattr(drilling, "MOST_RANGES", 8)


def _rows(count: int) -> dict[int, str]:
    return {key: f"v{key}" for key in range(count)}


def test_equal_tables_are_not_read() -> None:
    ground = Memory(_rows(1_000), _rows(1_000))
    found = drilled(ground)
    assert (found.equal_rows, found.suspects, ground.read_ranges) == (1_000, [], [])
    assert found.moved == {"digests": 16, "bounds": 7}


def test_a_range_that_is_alike_as_a_whole_is_not_cut() -> None:
    ground = Memory(_rows(1_000), _rows(1_000))
    found = drilled(ground, whole_first=True)
    assert (found.equal_rows, found.moved) == (1_000, {"digests": 2})
    found = drilled(Memory(_rows(1_000), _rows(1_000) | {333: "other"}), whole_first=True)
    assert (found.equal_rows, found.suspects) == (999, [(333,)])


def test_what_is_too_much_for_one_statement_is_cut_at_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(drilling, "STATEMENT_ROWS", 400)
    ground = Memory(_rows(1_000), _rows(1_000))
    assert drilled(ground, whole_first=True).moved["bounds"] > 0


def test_one_difference_is_drilled_down_to_few_rows() -> None:
    ground = Memory(_rows(1_000), _rows(1_000) | {333: "other"})
    found = drilled(ground)
    assert (found.equal_rows, found.suspects) == (999, [(333,)])
    assert found.moved["rows"] <= 2 * 10
    assert ground.digested <= 8 + 8 + 2


def test_what_only_one_side_has_is_found_at_both_ends_and_between() -> None:
    ours, theirs = _rows(500), _rows(500)
    del ours[0], ours[250], theirs[251], theirs[499]
    theirs |= {-7: "before", 900: "after"}
    found = drilled(Memory(ours, theirs))
    assert found.suspects == [(-7,), (0,), (250,), (251,), (499,), (900,)]
    assert found.equal_rows == 496


@pytest.mark.parametrize(("ours", "theirs"), [(0, 0), (0, 300), (300, 0), (1, 1), (1, 0)])
def test_empty_sides(ours: int, theirs: int) -> None:
    found = drilled(Memory(_rows(ours), _rows(theirs)))
    assert found.equal_rows == min(ours, theirs)
    assert found.suspect_count == abs(ours - theirs)


def test_drilling_ends_where_most_ranges_differ() -> None:
    ground = Memory(_rows(1_000), {key: text.upper() for key, text in _rows(1_000).items()})
    found = drilled(ground)
    assert (found.equal_rows, found.suspect_count) == (1_000, 0)
    assert ground.digested == 8
    assert ground.read_ranges == [WHOLE]


def test_only_the_differing_half_is_read_where_digests_are_no_use_there() -> None:
    theirs = {key: text.upper() if key < 600 else text for key, text in _rows(1_000).items()}
    ground = Memory(_rows(1_000), theirs)
    found = drilled(ground)
    assert (found.equal_rows, ground.digested) == (1_000, 8)
    assert [one.low for one in ground.read_ranges] == [None]
    assert 600 <= found.moved["rows"] / 2 <= 600 + 125


def test_accepted_values_are_counted_once_whether_read_or_not() -> None:
    ours = {key: "!" if key % 3 == 0 else f"v{key}" for key in range(300)}
    found = drilled(Memory(ours, ours | {1: "other"}))
    assert found.accepted["accepted"] == 100


@pytest.mark.parametrize("guess", [0, 1, 100, 10**9])
def test_a_bad_guess_of_the_size_changes_nothing_but_the_way(guess: int) -> None:
    theirs = _rows(2_000)
    theirs[17], theirs[1_500] = "x", "y"
    ground = Memory(_rows(2_000), theirs)
    found = drilled(ground, guess)
    assert (found.suspects, found.equal_rows) == ([(17,), (1_500,)], 1_998)


@pytest.mark.parametrize("whole_first", [False, True])
@pytest.mark.parametrize("seed", range(30))
def test_random_tables_and_changes(seed: int, whole_first: bool) -> None:
    chance = random.Random(seed)
    ours = {
        key: chance.choice("abc!") for key in chance.sample(range(3_000), chance.randrange(1_200))
    }
    theirs = dict(ours)
    for key in chance.sample(range(3_000), chance.choice((0, 1, 5, 50))):
        theirs[key] = chance.choice("ABX")
    for key in chance.sample(sorted(theirs), min(len(theirs), chance.choice((0, 1, 30)))):
        del theirs[key]
    found = drilled(Memory(ours, theirs), whole_first=whole_first)
    whole = Memory(ours, theirs).read(WHOLE)
    assert (found.suspects, found.equal_rows, found.accepted) == (
        whole.suspects,
        whole.equal_rows,
        whole.accepted,
    )


class Leaking(Memory):
    """A row that no smaller range holds: statements with other conditions see other rows."""

    def __init__(self, source: Table, target: Table, leaks_when_read: bool) -> None:
        super().__init__(source, target)
        self.leaks_when_read = leaks_when_read

    def digests(self, ranges: Sequence[KeyRange]) -> list[Held]:
        held = super().digests(ranges)
        if self.leaks_when_read or (len(ranges) == 8 and ranges[0].low is None):
            return held
        return [
            Held(one.source, Digest(), one.accepted) if number == 0 else one
            for number, one in enumerate(held)
        ]

    def read(self, part: KeyRange) -> Tally:
        found = super().read(part)
        found.target_rows -= self.leaks_when_read
        return found


@pytest.mark.parametrize(
    ("leaks_when_read", "words"),
    [(False, "are not the rows of its parts"), (True, "when it was digested, but")],
)
def test_rows_that_fall_between_the_ranges_are_noticed(leaks_when_read: bool, words: str) -> None:
    ground = Leaking(_rows(1_000), _rows(1_000) | {333: "other"}, leaks_when_read)
    with pytest.raises(CompareError, match=words):
        drill(ground, WHOLE, 1_000, Tally(), lambda rows: None)


def test_digests_do_not_depend_on_order_but_on_everything_else() -> None:
    base = digest_of({1: "a", 2: "b"})
    assert base == digest_of({2: "b", 1: "a"})
    for other in (
        {1: "b", 2: "a"},
        {1: "a"},
        {1: "a", 2: "b", 3: ""},
        {1: "a", 2: "B"},
        {1: "a", 2: "b "},
    ):
        assert digest_of(other) != base
    assert Digest() + base == base


# ------------------------------------------------------------------ the SQL and its answer

_SQL = DigestSql("h(x)", Statement("x", '"s"."t"', "id", ("a = 1",)), counted=("y = ''",))


def test_the_statement_keeps_the_conditions_of_the_rows_and_needs_no_order() -> None:
    sql = _SQL.select("id < 9", ["id < 3"])
    assert 'FROM "s"."t" WHERE (a = 1) AND (id < 9) OFFSET 0) r GROUP BY b' in sql
    assert (
        "CASE WHEN id < 3 THEN 0 ELSE 1 END AS b, ('x' || h(x))::bit(128) AS h, y = '' AS f0" in sql
    )
    assert "ORDER BY" not in sql
    assert [f"sum(substring(h, {start}, 32)::int8)" in sql for start in (1, 33, 65, 97)] == [
        True
    ] * 4
    assert "count(*) FILTER (WHERE f0)" in sql


def test_bounds_are_halved_and_every_range_has_its_number() -> None:
    sql = _SQL.select("", [f"id < {bound}" for bound in (10, 20, 30)])
    assert (
        "CASE WHEN id < 20 THEN CASE WHEN id < 10 THEN 0 ELSE 1 END "
        "ELSE CASE WHEN id < 30 THEN 2 ELSE 3 END END AS b"
    ) in sql


def test_oracle_has_no_filter_no_offset_and_its_own_hash() -> None:
    sql = DigestSql(oracle_row(["p"]), Statement("x", "t"), oracle=True).select("", [])
    assert sql == (
        "SELECT b, count(*), sum(to_number(substr(h, 1, 8), 'XXXXXXXX')), "
        "sum(to_number(substr(h, 9, 8), 'XXXXXXXX')), "
        "sum(to_number(substr(h, 17, 8), 'XXXXXXXX')), sum(to_number(substr(h, 25, 8), "
        "'XXXXXXXX')) "
        "FROM (SELECT /*+ NO_MERGE */ 0 AS b, rawtohex(standard_hash(p, 'MD5')) AS h FROM t) r "
        "GROUP BY b"
    )


def test_several_texts_are_hashed_one_by_one_first() -> None:
    assert postgresql_row(["p", "q"]) == "md5(md5(p) || md5(q))"
    assert oracle_row(["p", "q"]) == (
        "rawtohex(standard_hash(lower(rawtohex(standard_hash(p, 'MD5'))) || "
        "lower(rawtohex(standard_hash(q, 'MD5'))), 'MD5'))"
    )


def test_ranges_without_rows_have_the_empty_digest() -> None:
    assert read_digests([(1, 7, 1, 2, 3, 4, 5)], 3) == [
        (Digest(), ()),
        (Digest(7, (1, 2, 3, 4)), (5,)),
        (Digest(), ()),
    ]
    for wrong in (
        [(3, 1, 1, 1, 1, 1)],
        [(None, 1, 1, 1, 1, 1)],
        [(0, 1, 1, 1, 1, 1), (0, 1, 1, 1, 1, 1)],
    ):
        with pytest.raises((ValueError, TypeError)):
            read_digests(wrong, 3)
