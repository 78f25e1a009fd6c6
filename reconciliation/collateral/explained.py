"""Whether PostgreSQL explains what Oracle holds: rows looked up by their keys on both sides, and
those that differ again while they may be in flight.

In a table in which something stayed unexplained before, not all of the agreed time is given again.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial

from reconciliation.compare import by_key
from reconciliation.compare.recheck import RecheckOutcome, recheck
from reconciliation.compare.rereads import Rereads
from reconciliation.compare.rows import CompareError
from reconciliation.databases.rows import KEYS_PER_STATEMENT
from reconciliation.errors import CanonicalError, NotJudged, Unreadable
from reconciliation.model import Difference, Key
from reconciliation.parallel_run import ParallelRun
from reconciliation.replication.behind import Delivery

#: rows of one table that differ and are told apart; more are no accident
MOST_ROWS = 1_000
#: seconds for tables in which a change stayed unexplained before
IMPATIENT_SECONDS = 1.0

#: why one table cannot be looked up, which keeps no other from being
TROUBLES = (Unreadable, CanonicalError, CompareError)


@dataclass
class Suspects:
    """Rows of one table that differ from PostgreSQL, found in whichever way; each key is looked up
    once. Keys ``aside`` are not looked at.
    """

    run: ParallelRun
    table: str
    aside: frozenset[Key] = frozenset()
    found: dict[Key, None] = field(default_factory=dict)
    seen: int = 0

    @property
    def full(self) -> bool:
        """Whether no more are taken."""
        return len(self.found) >= MOST_ROWS

    def take(self, keys: Iterable[Key]) -> int:
        """Look these rows up; how many of them differ. Raises Unreadable, CanonicalError and
        CompareError.
        """
        wanted = [key for key in dict.fromkeys(keys) if key not in self.aside]
        before = len(self.found)
        for start in range(0, len(wanted), KEYS_PER_STATEMENT):
            if self.full:
                break
            part = wanted[start : start + KEYS_PER_STATEMENT]
            self.seen += len(part)
            comparison = by_key.compare_keys(self.run, self.table, part)
            self.found |= dict.fromkeys(comparison.differing_keys)
        return len(self.found) - before


@dataclass(frozen=True)
class Stayed:
    """By table the keys that still differ, and why a table could not be looked up again."""

    keys: Mapping[str, frozenset[Key]] = field(default_factory=dict)
    troubles: Mapping[str, Exception] = field(default_factory=dict)


def staying(run: ParallelRun, suspects: Mapping[str, Sequence[Key]], astray: set[str]) -> Stayed:
    """What still differs once nothing of it can be in flight; a row that keeps changing does not
    count. While the replication is behind nobody can tell, which is a trouble of the table.
    ``astray`` are the tables in which something stayed before.
    """
    if not any(suspects.values()):
        return Stayed()
    agreed = run.profile.replication.agreed_lag_seconds
    limit = agreed if suspects.keys() - astray else min(agreed, IMPATIENT_SECONDS)
    again = _Again(run, suspects, limit)
    outcome = recheck(again.read, list(again.places), limit, behind=again.behind)
    stayed = [again.places[one.key] for one in outcome.differences]
    keys = {
        name: frozenset(key for table, key in stayed if table == name)
        for name in dict.fromkeys(table for table, _ in stayed)
    }
    return Stayed(keys, {**_untold(outcome, again.places), **again.troubles})


def _untold(outcome: RecheckOutcome, places: Mapping[Key, tuple[str, Key]]) -> dict[str, Exception]:
    """By table that rows of it differ and may still arrive."""
    if outcome.behind is None:
        return {}
    rows = Counter(places[key][0] for key in outcome.moving)
    return {
        table: NotJudged(
            f"{count} rows differ from PostgreSQL and may still arrive: {outcome.behind}"
        )
        for table, count in rows.items()
    }


class _Again:
    """Rows of several tables read again together. ``places`` are table and key by what stands for a
    key meanwhile.
    """

    def __init__(
        self, run: ParallelRun, suspects: Mapping[str, Sequence[Key]], limit: float
    ) -> None:
        self.places: dict[Key, tuple[str, Key]] = {
            (table, *key): (table, key) for table, keys in suspects.items() for key in keys
        }
        self.troubles: dict[str, Exception] = {}
        self._rereads = {
            name: Rereads(partial(by_key.reread, run, name), run.table(name), run.rules(name))
            for name in suspects
        }
        self._deliveries = [Delivery(run, name, limit) for name in suspects]

    def read(self, places: Sequence[Key]) -> tuple[list[Difference], dict[Key, object]]:
        """As ``recheck.Reread``."""
        differences: list[Difference] = []
        content: dict[Key, object] = {}
        wanted = [self.places[place] for place in places]
        for name, rereads in self._rereads.items():
            keys = [key for table, key in wanted if table == name]
            if not keys or name in self.troubles:
                continue
            try:
                found, rows = rereads.again(keys)
            except TROUBLES as error:
                self.troubles[name] = error
                continue
            differences += [replace(one, key=(name, *one.key)) for one in found]
            content |= {(name, *key): state for key, state in rows.items()}
        return differences, content

    def behind(self, anew: bool) -> str | None:
        """As ``recheck.Behind``: what keeps any of the tables from having arrived."""
        reasons = [delivery.behind(anew) for delivery in self._deliveries]
        return next(filter(None, reasons), None)
