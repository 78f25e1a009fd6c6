"""Watches the mapped tables of PostgreSQL until nobody writes them any more, and says who does."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping

from reconciliation.replication.traffic import Traffic, traffic
from reconciliation.session.session import Session

#: seconds without a row written after which a source is called quiet
STILL_SECONDS = 3.0


class Source:
    """``rows`` by table and ``writers`` are those seen since a look for quiet began. What this run
    writes itself is left out.
    """

    def __init__(
        self,
        session: Session,
        pause: float,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._session, self._run, self._pause = session, session.parallel_run, pause
        self._clock, self._sleep = clock, sleep
        self.rows: dict[str, int] = {}
        self.writers: tuple[str, ...] = ()
        self._quiet = Traffic({})
        self._own: Mapping[str, int] = {}

    def becomes_quiet(self, left: Callable[[], float]) -> bool:
        """Waits until nothing was written for a while; False when no seconds are ``left``. Raises
        EnvironmentFault.
        """
        last, since = traffic(self._run), self._clock()
        self.rows, self.writers = {}, last.writers
        while True:
            self._sleep(min(self._pause, STILL_SECONDS))
            now = traffic(self._run)
            if self._note(now.since(last), now.writers):
                since = self._clock()
            elif self._clock() - since >= STILL_SECONDS:
                self._quiet, self._own = now, self._own_rows()
                return True
            if left() <= 0:
                return False
            last = now

    def still_quiet(self) -> bool:
        """Whether nobody else has written since it became quiet."""
        now, own = traffic(self._run), self._own_rows()
        grown = {
            name: rows - (own.get(name, 0) - self._own.get(name, 0))
            for name, rows in now.since(self._quiet).items()
        }
        return not self._note({n: rows for n, rows in grown.items() if rows > 0}, now.writers)

    @property
    def words(self) -> str:
        """Who writes, in one line: tables with their rows, and open transactions."""
        by_rows = sorted(self.rows.items(), key=lambda one: -one[1])
        tables = ", ".join(f"{name} (+{rows:,} rows)" for name, rows in by_rows)
        return "; ".join(filter(None, (tables, *self.writers)))

    def _note(self, grown: Mapping[str, int], writers: tuple[str, ...]) -> bool:
        for name, rows in grown.items():
            self.rows[name] = self.rows.get(name, 0) + rows
        self.writers = tuple(dict.fromkeys((*self.writers, *writers)))
        return bool(grown or writers)

    def _own_rows(self) -> dict[str, int]:
        """By table the keys under which this run may have written."""
        journal = self._session.journal
        return {one.source: len(journal.noted(one.source)) for one in self._run.resolved.tables}
