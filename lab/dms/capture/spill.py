"""The changes of a transaction: in memory while they are few, in a file without a name when they
are many.

A source transaction can be larger than memory, and it must be held whole until it is applied.
"""

from __future__ import annotations

import os
import pickle
import tempfile
import weakref
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

from lab.dms.ground.changes import Change

#: how much of a transaction stays in memory, in bytes of its messages; as objects they take about
#: eight times that
MEMORY_LIMIT = 4 << 20
#: what is written and read at once, in bytes of the messages
CHUNK = 256 << 10

_Fields = tuple[str, str, str, Any, Any]


class SwappedChanges(Sequence[Change]):
    """Changes in a file; it is gone with this object, and also when the process is killed."""

    def __init__(self, directory: Path) -> None:
        self._file = tempfile.TemporaryFile(dir=directory, prefix="sorter.")  # noqa: SIM115 - lives as long as this
        weakref.finalize(self, self._file.close)
        self._chunks: list[tuple[int, int]] = []
        self._length = 0
        self.bytes = 0

    def write(self, changes: Sequence[Change]) -> None:
        """Append; to be called before the first iteration only."""
        fields: list[_Fields] = [(c.operation, c.schema, c.table, c.new, c.old) for c in changes]
        content = pickle.dumps(fields, pickle.HIGHEST_PROTOCOL)
        self._file.write(content)
        self._chunks.append((self.bytes, len(content)))
        self._length += len(changes)
        self.bytes += len(content)

    def finish(self) -> None:
        self._file.flush()

    def __len__(self) -> int:
        return self._length

    def __iter__(self) -> Iterator[Change]:
        descriptor = self._file.fileno()
        for offset, size in self._chunks:
            for fields in pickle.loads(os.pread(descriptor, size, offset)):
                yield Change(*fields)

    def __getitem__(self, index: int | slice) -> Any:
        """Reads from the beginning; meant for looking at a few."""
        if isinstance(index, slice):
            return tuple(self)[index]
        wanted = index + self._length if index < 0 else index
        for number, change in enumerate(self):
            if number == wanted:
                return change
        raise IndexError(index)


class Collector:
    """Takes the changes of one transaction after the other.

    ``limit`` is in bytes of messages. ``swapping`` is told once per transaction that it goes to
    disk.
    """

    def __init__(
        self,
        directory: Path,
        limit: int = MEMORY_LIMIT,
        swapping: Callable[[], None] = lambda: None,
    ) -> None:
        self._directory = directory
        self._limit = limit
        self._chunk = min(CHUNK, limit)
        self._swapping = swapping
        self.clear()

    def clear(self) -> None:
        self._tail: list[Change] = []
        self._tail_bytes = 0
        self._held: list[list[Change]] = []
        self._held_bytes = 0
        self._swap: SwappedChanges | None = None
        self._length = 0

    def __len__(self) -> int:
        return self._length

    def append(self, change: Change, size: int) -> None:
        """Take a change whose message had ``size`` bytes."""
        self._tail.append(change)
        self._length += 1
        self._tail_bytes += size
        if self._tail_bytes >= self._chunk:
            self._roll()

    def take(self) -> Sequence[Change]:
        """The transaction's changes; the collector is empty afterwards."""
        if not self._held and self._swap is None:
            small = tuple(self._tail)
            self._tail, self._tail_bytes, self._length = [], 0, 0
            return small
        if self._swap is not None:
            if self._tail:
                self._swap.write(self._tail)
            self._swap.finish()
            found: Sequence[Change] = self._swap
        else:
            found = tuple(change for chunk in (*self._held, self._tail) for change in chunk)
        self.clear()
        return found

    def _roll(self) -> None:
        self._held.append(self._tail)
        self._held_bytes += self._tail_bytes
        self._tail, self._tail_bytes = [], 0
        if self._swap is None and self._held_bytes < self._limit:
            return
        if self._swap is None:
            self._swap = SwappedChanges(self._directory)
            self._swapping()
        for chunk in self._held:
            self._swap.write(chunk)
        self._held, self._held_bytes = [], 0
