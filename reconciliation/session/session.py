"""One judging of a parallel run, and the owners of everything that changes meanwhile."""

from __future__ import annotations

from contextlib import ExitStack

from reconciliation.parallel_run import ParallelRun
from reconciliation.session.journal import RunJournal
from reconciliation.session.lock import RunLock
from reconciliation.session.preflight import Preflight
from reconciliation.session.reserved_keys import ReservedKeys
from reconciliation.session.writers import Writers
from reconciliation.session.writing import Transactions


class Session:
    """``notes`` are outages that were waited for while it was opened; ``closing`` closes what was
    opened then.
    """

    def __init__(
        self,
        parallel_run: ParallelRun,
        preflight: Preflight,
        notes: tuple[str, ...] = (),
        closing: ExitStack | None = None,
    ) -> None:
        self.parallel_run, self.preflight, self.notes = parallel_run, preflight, notes
        profile = parallel_run.profile
        self.keys = ReservedKeys(profile.reserved_keys)
        self.writers = Writers(parallel_run)
        self.transactions = Transactions(parallel_run.source, self.writers)
        self.lock = RunLock(profile.name, self.writers)
        self.journal = RunJournal(profile)
        self._closing = closing or ExitStack()
        self._closing.callback(self.writers.dispose)
        self._closing.callback(self.lock.release)

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
