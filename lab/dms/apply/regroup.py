"""Operations in the order of the source, put together to runs of one shape that can each be sent as
one array.

Two operations may change places only when that cannot be seen: they concern different rows of
tables where a change of one row has nothing to do with another one (ordering.py). All others keep
their order.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator

from lab.dms.transform.plan import Operation, TablePlan

#: operations that are held back at most, so that a transaction of any size takes bounded memory
HELD_LIMIT = 5000

#: which row of which target table an operation concerns; None when nothing may be moved across the
#: operation
Identity = Callable[[Operation], Hashable | None]


class Runs:
    """Grows by operations; ``take`` gives the runs in the order in which they have to be executed.

    ``length`` is the longest run. Without an ``identity`` runs are made of neighbours only.
    """

    def __init__(self, length: int, identity: Identity | None) -> None:
        self._length = length
        self._identity = identity
        self._clear()

    def _clear(self) -> None:
        self._runs: list[list[Operation]] = []
        self._open: dict[tuple[object, ...], int] = {}
        self._last: dict[Hashable, int] = {}
        self._plans: dict[tuple[str, str], TablePlan] = {}
        #: number of the first run that may still grow
        self._floor = 0
        self._count = 0

    @property
    def is_full(self) -> bool:
        return self._count >= HELD_LIMIT

    def add(self, operation: Operation) -> None:
        plan = operation.plan
        if self._plans.setdefault(plan.target_name, plan) is not plan:
            # planned anew, perhaps with another key: what came before stays before
            self._plans[plan.target_name] = plan
            self._floor = len(self._runs)
        identity = None if self._identity is None else self._identity(operation)
        shape = operation.shape
        newest = len(self._runs) - 1
        first = (
            max(newest, self._floor)
            if identity is None
            else max(self._last.get(identity, 0), self._floor)
        )
        place = self._open.get(shape, -1)
        if place < first or len(self._runs[place]) >= self._length:
            place = self._open[shape] = newest + 1
            self._runs.append([])
        self._runs[place].append(operation)
        self._count += 1
        if identity is None:
            self._floor = place
        else:
            self._last[identity] = place

    def take(self) -> Iterator[list[Operation]]:
        """All runs, which are then no longer held."""
        runs = self._runs
        self._clear()
        yield from runs
