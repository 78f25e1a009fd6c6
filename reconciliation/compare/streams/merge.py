"""Two streams of rows in key order held against each other. Pure: rows are bytes, equal bytes are
equal rows.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import Enum

from reconciliation.model import SIDES, Key

#: rows compared at once after a difference; doubled as long as they are equal
_FIRST_BLOCK = 64
_LARGEST_BLOCK = 8_192


class Found(Enum):
    MISSING = "missing"
    EXTRA = "extra"
    UNLIKE = "unlike"


@dataclass(frozen=True)
class Mismatch:
    """A row only one side has, or two unlike rows of one key."""

    found: Found
    key: Key
    source: bytes | None = None
    target: bytes | None = None


class Unordered(Exception):  # noqa: N818 - says why a table cannot be judged
    """A key that repeats, or does not come after ``last``, in ``side``: rows cannot be paired by
    it.
    """

    def __init__(self, key: Key, last: Key, side: str) -> None:
        super().__init__(key, last, side)
        self.key, self.last, self.side = key, last, side

    def words(self, show: Callable[[Key], str] = repr) -> str:
        """The sentence; ``show`` puts a key in words, for a table whose keys may not be seen as
        they are.
        """
        word = "stands twice" if self.key == self.last else f"comes after {show(self.last)}"
        return f"the key {show(self.key)} {word} in {self.side}; rows cannot be paired by it"

    def __str__(self) -> str:
        return self.words()


class _Rows:
    """One stream with the place it has been read up to."""

    def __init__(
        self, chunks: Iterator[list[bytes]], key_of: Callable[[bytes], Key], side: str
    ) -> None:
        self._chunks, self._key_of, self.side = chunks, key_of, side
        self.chunk: list[bytes] = []
        self.place = 0
        self.taken = 0
        self._before: bytes | None = None  # the last row of the chunk before

    def fill(self) -> bool:
        """Whether there is a row at ``place``."""
        while self.place >= len(self.chunk):
            if self.chunk:
                self._before = self.chunk[-1]
            chunk = next(self._chunks, None)
            if chunk is None:
                self.chunk, self.place = [], 0
                return False
            self.chunk, self.place = chunk, 0
        return True

    def skip(self, count: int) -> None:
        self.place += count
        self.taken += count

    @property
    def row(self) -> bytes:
        return self.chunk[self.place]

    def key(self) -> Key:
        """The key of the row at ``place``, which must come after the one before."""
        key = self._key_of(self.row)
        before = self.chunk[self.place - 1] if self.place else self._before
        if before is not None:
            last = self._key_of(before)
            if not _ascending(last, key):
                raise Unordered(key, last, self.side)
        return key


def _ascending(before: Key, after: Key) -> bool:
    try:
        return before < after
    except TypeError:
        return False


@dataclass
class Counts:
    """Rows seen so far."""

    source: int = 0
    target: int = 0
    equal: int = 0


def merge(
    source: Iterator[list[bytes]],
    target: Iterator[list[bytes]],
    source_key: Callable[[bytes], Key],
    target_key: Callable[[bytes], Key],
    counts: Counts,
    sides: tuple[str, str] = SIDES,
) -> Iterator[Mismatch]:
    """Every row without an equal partner, in key order; ``counts`` is kept up to date meanwhile.

    Keys are looked at only where rows differ: a key that repeats on both sides alike is not noticed
    here. Raises Unordered where a differing row does not come after the one before it.
    """
    left, right = _Rows(source, source_key, sides[0]), _Rows(target, target_key, sides[1])
    block = _LARGEST_BLOCK
    while left.fill() and right.fill():
        equal = _equal_rows(left, right, block)
        counts.equal += equal
        left.skip(equal)
        right.skip(equal)
        block = _LARGEST_BLOCK
        if left.place < len(left.chunk) and right.place < len(right.chunk):
            yield _mismatch(left, right)
            block = _FIRST_BLOCK
        counts.source, counts.target = left.taken, right.taken
    while left.fill():
        yield _alone(left, Found.MISSING)
        counts.source = left.taken
    while right.fill():
        yield _alone(right, Found.EXTRA)
        counts.target = right.taken


def _equal_rows(left: _Rows, right: _Rows, block: int) -> int:
    """How many rows from here on are equal, up to the end of the shorter chunk."""
    limit = min(len(left.chunk) - left.place, len(right.chunk) - right.place)
    equal = 0
    while equal < limit:
        size = min(block, limit - equal)
        here, there = left.place + equal, right.place + equal
        if left.chunk[here : here + size] == right.chunk[there : there + size]:
            equal += size
            block = min(block * 2, _LARGEST_BLOCK)
        elif size == 1:
            break
        else:
            block = max(size // 2, 1)
            if left.chunk[here] != right.chunk[there]:
                break
    return equal


def _mismatch(left: _Rows, right: _Rows) -> Mismatch:
    ours, theirs = left.key(), right.key()
    if ours == theirs:
        found = Mismatch(Found.UNLIKE, ours, left.row, right.row)
        left.skip(1)
        right.skip(1)
        return found
    return _alone(left, Found.MISSING) if _ascending(ours, theirs) else _alone(right, Found.EXTRA)


def _alone(rows: _Rows, found: Found) -> Mismatch:
    key, row = rows.key(), rows.row
    rows.skip(1)
    return Mismatch(found, key, *((row, None) if found is Found.MISSING else (None, row)))
