"""Source transactions collected for one target commit."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Collection, Iterable

from lab.dms.directory.state import Deltas
from lab.dms.ground.changes import COUNTER, Transaction


class Group:
    """Grows by whole transactions until it has ``size`` changes or is ``timeout`` seconds old.

    These are MinTransactionSize and CommitTimeout: a target commit holds several source
    transactions and never a part of one.
    """

    def __init__(
        self, size: int, timeout: float, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._size = size
        self._timeout = timeout
        self._clock = clock
        self._since = 0.0
        self._changes = 0
        self.transactions: list[Transaction] = []

    def add(self, transactions: Iterable[Transaction]) -> None:
        for transaction in transactions:
            if not self.transactions:
                self._since = self._clock()
            self.transactions.append(transaction)
            self._changes += len(transaction.changes)

    @property
    def is_empty(self) -> bool:
        return not self.transactions

    def remaining(self) -> float:
        """Seconds until the group is due whatever its size."""
        return max(0.0, self._since + self._timeout - self._clock())

    def is_due(self) -> bool:
        return bool(self.transactions) and (self._changes >= self._size or self.remaining() == 0)

    def wanted(self) -> int:
        """How many changes are missing to its size, at least 1."""
        return max(1, self._size - self._changes)

    def clear(self) -> None:
        self.transactions = []
        self._changes = 0


def captured(
    transactions: Iterable[Transaction], after: int, tables: Collection[tuple[str, str]]
) -> Deltas:
    """What the statistics count as captured: changes of ``tables`` in transactions behind the
    position ``after``.
    """
    counts: Deltas = Counter()
    for transaction in transactions:
        if transaction.end_lsn > after:
            for change in transaction.changes:
                if (change.schema, change.table) in tables:
                    counts[change.schema, change.table, COUNTER[change.operation]] += 1
            for ddl in transaction.ddls:
                if (ddl.schema, ddl.table) in tables:
                    counts[ddl.schema, ddl.table, "ddls"] += 1
    return counts
