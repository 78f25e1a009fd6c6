"""One judging of a parallel run, and the owners of everything that changes meanwhile."""

from __future__ import annotations

import datetime as dt
from contextlib import ExitStack
from functools import partial

from reconciliation.making.maker import Maker
from reconciliation.parallel_run import ParallelRun
from reconciliation.session.key_places import key_place
from reconciliation.session.lock import RunLock
from reconciliation.session.pace import Pace
from reconciliation.session.preflight import Preflight
from reconciliation.session.run_journal import RunJournal
from reconciliation.session.run_names import run_mark
from reconciliation.session.writers import Writers
from reconciliation.session.writing import Transactions


class Session:
    """``notes`` are outages that were waited for while it was opened; ``closing`` closes what was
    opened then; ``mark`` is part of every text this run writes; ``writes_to`` is the second key to
    a live system.
    """

    def __init__(
        self,
        parallel_run: ParallelRun,
        preflight: Preflight,
        notes: tuple[str, ...] = (),
        closing: ExitStack | None = None,
        mark: str | None = None,
        writes_to: str | None = None,
    ) -> None:
        self.parallel_run, self.preflight, self.notes = parallel_run, preflight, notes
        self.mark = mark or run_mark(dt.datetime.now(dt.UTC))
        profile = parallel_run.profile
        self.writers = Writers(parallel_run, writes_to)
        self.transactions = Transactions(parallel_run.source, self.writers)
        self.pace = Pace(profile.rows_per_second)
        self.lock = RunLock(profile.name, self.writers)
        self.journal = RunJournal(profile, self.mark, partial(key_place, parallel_run))
        self._maker: Maker | None = None
        self._closing = closing or ExitStack()
        self._closing.callback(self.writers.dispose)
        self._closing.callback(self.lock.release)

    @property
    def maker(self) -> Maker:
        """Makes this run's rows; another one after a sweep, since the rows others refer to are gone
        then.
        """
        if self._maker is None:
            self._maker = Maker(
                self.parallel_run, self.mark, self.journal.note, self.journal.reserve
            )
        return self._maker

    def forget_rows(self) -> None:
        """Nothing of what the maker has made stands in PostgreSQL any more."""
        self._maker = None

    def renew(self) -> list[str]:
        """After an outage: new connections everywhere, the run lock held again, nothing half done
        left in PostgreSQL.

        Gives words about transactions whose end was not known. Raises EnvironmentFault.
        """
        self.parallel_run.source.dispose()
        self.parallel_run.target.dispose()
        self.writers.dispose()
        found = self.transactions.decide()
        self.lock.keep()
        return found

    def close(self) -> None:
        """Close every connection; a run lock ends with its connection."""
        self._closing.close()

    def __enter__(self) -> Session:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
