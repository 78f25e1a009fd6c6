"""Cutting ranges of keys smaller until the rows that differ are few. Pure: what reads the databases
is handed in.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from reconciliation.compare.checksums.digest import Digest
from reconciliation.compare.extent.ranges import KeyRange
from reconciliation.compare.rows import CompareError
from reconciliation.compare.tally import Tally

#: rows of a range that is read and not cut any smaller
FEW_ROWS = 500
#: ranges made of one, about: the statement that digests them names every bound
MOST_RANGES = 64
#: rows that one statement digests, about: it has to end within the limits of both databases
STATEMENT_ROWS = 400_000
#: where more than this share of the rows lies in ranges that differ, cutting them smaller spares
#: too little
WORTHWHILE = 0.5


@dataclass(frozen=True)
class Held:
    """One range's digests.

    ``accepted`` are values the digests take for equal because somebody accepted it, ``reductions``
    those a conversion makes less exact, both by name.
    """

    source: Digest
    target: Digest
    accepted: Counter[str] = field(default_factory=Counter)
    reductions: Counter[str] = field(default_factory=Counter)

    @property
    def rows(self) -> int:
        return max(self.source.rows, self.target.rows)


class Ground(Protocol):
    """Both sides of one table, each within one snapshot."""

    def cut(self, whole: KeyRange, rows: int) -> list[KeyRange]:
        """Neighbouring ranges that make up ``whole``, of so many source rows each; the last one may
        have fewer.
        """

    def digests(self, ranges: Sequence[KeyRange]) -> list[Held]:
        """The digests of neighbouring ranges."""

    def read(self, part: KeyRange) -> Tally:
        """Every row of both sides compared."""


def drill(
    ground: Ground,
    whole: KeyRange,
    rows: int,
    found: Tally,
    progress: Callable[[int], None],
    whole_first: bool = False,
) -> None:
    """Compare a range of about ``rows`` source rows into ``found``; ``progress`` gets the source
    rows done so far. ``whole_first``: the range is cut only if it differs as a whole, which is
    faster where digests take less than cutting does.

    Ranges are taken in the order of their keys; what moves is counted as ``digests``, ``bounds``
    and ``rows`` of both sides. Raises CompareError where the rows of a range are not the rows of
    its parts: some would not be compared.
    """
    if whole_first and rows <= 2 * STATEMENT_ROWS and _is_alike(ground, whole, found):
        progress(found.source_rows)
        return
    ranges = _cut(ground, whole, min(rows, STATEMENT_ROWS), found)
    # more than were aimed at where the number of rows was a bad guess
    for start in range(0, len(ranges), 2 * MOST_RANGES):
        _compare(ground, ranges[start : start + 2 * MOST_RANGES], None, found, progress)


def _is_alike(ground: Ground, whole: KeyRange, found: Tally) -> bool:
    """Whether one range has the same digest on both sides; it is counted then."""
    (held,) = ground.digests([whole])
    found.moved["digests"] += 2
    if held.source != held.target:
        return False
    _count(found, held)
    return True


def _cut(ground: Ground, whole: KeyRange, rows: int, found: Tally) -> list[KeyRange]:
    ranges = ground.cut(whole, max(FEW_ROWS, -(-rows // MOST_RANGES)))
    found.moved["bounds"] += len(ranges) - 1
    return ranges


def _compare(
    ground: Ground,
    ranges: Sequence[KeyRange],
    known: Held | None,
    found: Tally,
    progress: Callable[[int], None],
) -> None:
    """``known`` are the digests of all these ranges together."""
    held = ground.digests(ranges)
    found.moved["digests"] += 2 * len(ranges)
    if known is not None:
        _add_up(known, held)
    read_now = len(ranges) == 1 or useless(held)
    for first, last, alike in _runs(held):
        total = _sum(held[first : last + 1])
        part = KeyRange(ranges[first].low, ranges[last].high)
        if alike:
            _count(found, total)
        elif read_now or total.source.rows <= FEW_ROWS:
            _read(ground, part, total, found)
        else:
            _compare(ground, _cut(ground, part, total.source.rows, found), total, found, progress)
        progress(found.source_rows)


def useless(held: Sequence[Held]) -> bool:
    """Whether the ranges that differ are so many that their rows are read at once."""
    unlike = sum(one.rows for one in held if one.source != one.target)
    return unlike > WORTHWHILE * sum(one.rows for one in held)


def _runs(held: Sequence[Held]) -> Iterator[tuple[int, int, bool]]:
    """First and last of all neighbours that are alike, and of all that are not."""
    first = 0
    alike = [one.source == one.target for one in held]
    for number in range(1, len(held) + 1):
        if number == len(held) or alike[number] != alike[first]:
            yield first, number - 1, alike[first]
            first = number


def _sum(held: Sequence[Held]) -> Held:
    total = Held(Digest(), Digest())
    for one in held:
        total = Held(
            total.source + one.source,
            total.target + one.target,
            total.accepted + one.accepted,
            total.reductions + one.reductions,
        )
    return total


def _add_up(known: Held, parts: Sequence[Held]) -> None:
    total = _sum(parts)
    if (total.source, total.target) != (known.source, known.target):
        raise CompareError(
            "the rows of a range of keys are not the rows of its parts; "
            "the two sides order their keys differently"
        )


def _count(tally: Tally, equal: Held) -> None:
    tally.source_rows += equal.source.rows
    tally.target_rows += equal.target.rows
    tally.equal_rows += equal.source.rows
    tally.accepted.update(equal.accepted)
    tally.reductions.update(equal.reductions)


def _read(ground: Ground, part: KeyRange, known: Held, found: Tally) -> None:
    rows = ground.read(part)
    if (rows.source_rows, rows.target_rows) != (known.source.rows, known.target.rows):
        raise CompareError(
            f"a range of keys held {known.source.rows} and {known.target.rows} rows when it was "
            f"digested, but {rows.source_rows} and {rows.target_rows} when it was read"
        )
    found.moved["rows"] += rows.source_rows + rows.target_rows
    found.merge(rows)
