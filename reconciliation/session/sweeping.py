"""The way of a sweep: PostgreSQL, the replication, Oracle."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial

from sqlalchemy import Connection

from reconciliation.databases.rows import Side
from reconciliation.errors import Broken
from reconciliation.model import Key
from reconciliation.replication import describe_task
from reconciliation.session import markers
from reconciliation.session.heartbeat import carriers
from reconciliation.session.journal import Journal
from reconciliation.session.orphans import orphans_of
from reconciliation.session.places import Place, keys_within, standing
from reconciliation.session.removal import Removed, remove_in_source, remove_in_target
from reconciliation.session.session import Session
from reconciliation.session.waiting import Arrival, eventually

#: Oracle is asked for all keys of the run at once, which takes longer than a look for a marker
EMPTY_POLL_SECONDS = 0.2
_NONE: frozenset[Key] = frozenset()


@dataclass
class Swept:
    """By source name: rows removed, keys under which rows stay or may stay, and why."""

    source_rows: dict[str, int] = field(default_factory=dict)
    target_rows: dict[str, int] = field(default_factory=dict)
    orphans: dict[str, int] = field(default_factory=dict)
    left: dict[str, frozenset[Key]] = field(default_factory=dict)
    left_in_oracle: dict[str, frozenset[Key]] = field(default_factory=dict)
    trouble: dict[str, str] = field(default_factory=dict)


class Sweeping:
    """One sweep; ``before`` is the journal it found, the other arguments are those of ``sweep``."""

    def __init__(
        self,
        session: Session,
        places: Sequence[Place],
        before: Journal | None,
        longer: float,
        silent: Collection[str],
        orphans: bool,
    ) -> None:
        self._session, self._places, self._before = session, places, before
        self._silent, self._with_orphans = silent, orphans
        self._run = session.parallel_run
        self._limit = self._run.profile.replication.arrival_limit_seconds + longer
        #: by table: keys of rows deleted before the last marker, and how that came
        self._older: Mapping[str, frozenset[Key]] = {}
        self._arrivals: Mapping[str, Arrival] = {}
        self._looked = Removed()
        self._found: dict[str, set[Key]] = {}

    def swept(self) -> Swept:
        done = Swept()
        self._note_reserved_rows()
        removed = remove_in_source(self._session, self._places, self._keys())
        done.source_rows |= removed.rows
        self._session.forget_rows()
        dirty = self._dirty(removed.rows)
        if dirty and describe_task(self._run).status == "running":
            removed = self._pass_through(dirty)
            dirty += [place for place in self._dirty(removed.rows) if place not in dirty]
            self._await_empty(self._expected(dirty), self._limit)
        self._clean_target(done, self._suspects())
        done.trouble |= self._looked.trouble | removed.trouble | done.trouble
        self._keep_the_rest(done)
        return done

    def _keys(self) -> dict[str, frozenset[Key]]:
        return {place.name: self._session.journal.noted(place.name) for place in self._places}

    def _note_reserved_rows(self) -> None:
        """Rows of the reserved range that no journal knows: a run older than any journal left
        them.
        """
        agreed = self._run.profile.reserved_keys
        ranges = [(place, span) for place in self._places if (span := place.reserved(agreed))]
        here = {place.name: _within(place.here, span) for place, span in ranges}
        there = {place.name: _within(place.there, span) for place, span in ranges if place.there}
        found = self._looked.attempt_all(self._run.source, here)
        beyond = self._looked.attempt_all(self._run.target, there)
        for name, keys in found.items():
            unknown = (keys | beyond.get(name, _NONE)) - self._session.journal.noted(name)
            self._session.journal.note(name, sorted(unknown, key=repr))

    def _dirty(self, rows: Mapping[str, int]) -> list[Place]:
        """Tables about which something may still be under way to Oracle."""
        written = self._before.keys if self._before is not None else {}
        return [place for place in self._places if rows.get(place.name) or place.name in written]

    # ---------------------------------------------------------------- through the replication

    def _pass_through(self, dirty: Iterable[Place]) -> Removed:
        """Write a marker behind everything, wait for it and remove it: what the run wrote has
        arrived by then.
        """
        mapped = [
            place.name for place in dirty if place.contract is not None and place.contract.write
        ]
        through = {
            table: carrier
            for table, carrier in carriers(self._run, mapped).items()
            if carrier not in self._silent
        }
        self._older = self._keys()
        written = markers.write(self._session, through.values())
        came = markers.wait(self._session, written, self._limit)
        self._arrivals = {table: came[carrier] for table, carrier in through.items()}
        for table, arrival in came.items():
            found = arrival.found_key
            if found is not None and found != arrival.marker.key and self._is_unique(table):
                self._found.setdefault(table, set()).add(found)
        again = remove_in_source(self._session, self._places, self._keys())
        self._session.forget_rows()
        return again

    def _is_unique(self, table: str) -> bool:
        """Whether one row at most can stand in Oracle under a key, and is the run's."""
        there = next((one.there for one in self._places if one.name == table), None)
        return there is not None and set(there.table.primary_key) == set(there.key)

    def _expected(self, dirty: Iterable[Place]) -> list[Place]:
        """Tables whose last deletes are still to arrive: nothing more comes of one whose marker has
        not come though others' have.
        """
        mapped = [place for place in dirty if place.contract is not None]
        if not any(one.arrived for one in self._arrivals.values()):
            return mapped
        return [place for place in mapped if not self._is_silent(place)]

    def _is_silent(self, place: Place) -> bool:
        arrival = self._arrivals.get(place.name)
        missing = arrival is not None and not arrival.arrived and not arrival.trouble
        return missing or place.name in self._silent

    def _is_lost(self, place: Place, stay: frozenset[Key]) -> bool:
        """Whether rows stay that were deleted before a marker that has come."""
        arrival = self._arrivals.get(place.name)
        arrived = arrival is not None and arrival.arrived
        return arrived and not stay.isdisjoint(self._older[place.name])

    def _await_empty(self, expected: Sequence[Place], limit: float) -> None:
        """Wait until the deletes have arrived; a broken replication never delivers them, and then
        they are done by hand.
        """
        keys, full = self._keys(), list(expected)

        def empty() -> None:
            stay = self._standing(full, keys)
            full[:] = [
                one for one in full if stay[one.name] and not self._is_lost(one, stay[one.name])
            ]
            if full:
                names = ", ".join(place.name for place in full)
                raise Broken(f"rows of the run in {names} in Oracle")

        try:
            eventually(empty, limit, "the sweep in Oracle", pause=EMPTY_POLL_SECONDS)
        except Broken:
            return

    def _standing(
        self, places: Sequence[Place], keys: Mapping[str, frozenset[Key]]
    ) -> dict[str, frozenset[Key]]:
        """By table the keys under which rows stand in Oracle."""
        asked = {
            place.name: partial(standing, side=place.there, keys=keys[place.name])
            for place in places
            if place.there is not None
        }
        none = dict.fromkeys((place.name for place in places), _NONE)
        return none | self._looked.attempt_all(self._run.target, asked)

    # ---------------------------------------------------------------- in Oracle

    def _clean_target(self, done: Swept, suspects: Mapping[str, frozenset[Key]]) -> None:
        """Remove what stays there under keys of the run, and what a broken replication has put
        under others: ``suspects`` that are still nobody's. One that PostgreSQL has again by then
        stays.
        """
        keys = self._keys()
        own = self._standing(self._places, keys)
        other = {
            place.name: (suspects[place.name] | self._found.get(place.name, set()))
            - own[place.name]
            for place in self._places
        }
        doomed = {name: own[name] | other[name] for name in own}
        if not any(doomed.values()):
            return
        removed = remove_in_target(self._session, self._places, doomed, suspects)
        done.trouble |= removed.trouble
        for place in self._places:
            rows = removed.rows.get(place.name, 0)
            done.orphans[place.name] = min(rows, len(other[place.name]))
            done.target_rows[place.name] = rows - done.orphans[place.name]
            if place.name in removed.trouble:
                done.left_in_oracle[place.name] = doomed[place.name]

    def _suspects(self) -> dict[str, frozenset[Key]]:
        """Orphans by table. Those of a first look may be somebody else's rows whose deletes are on
        their way: only what a second one sees as well, behind a marker, is nobody's.
        """
        first = {place.name: self._orphans(place) for place in self._places}
        doubtful = [place for place in self._places if first[place.name]]
        if not doubtful or describe_task(self._run).status != "running":
            return first
        self._pass_through(doubtful)
        self._await_empty(self._expected(doubtful), self._limit)
        again = {place.name: self._orphans(place) for place in doubtful}
        return {name: keys & again.get(name, _NONE) for name, keys in first.items()}

    def _orphans(self, place: Place) -> frozenset[Key]:
        if self._before is None or not self._with_orphans:
            return _NONE
        before = self._before.before.get(place.name)
        return self._looked.attempt(place.name, lambda: orphans_of(self._run, place, before))

    def _keep_the_rest(self, done: Swept) -> None:
        """Keys of tables that had trouble are kept: on either side rows may stand under them."""
        keys = self._keys()
        troubled = [place for place in self._places if place.name in done.trouble]
        asked = {
            place.name: partial(standing, side=place.here, keys=keys[place.name])
            for place in troubled
        }
        standing_here = self._looked.attempt_all(self._run.source, asked)
        for place in troubled:
            stay = standing_here[place.name]
            if place.name in self._looked.trouble:  # nobody knows
                stay = keys[place.name]
            left = stay | done.left_in_oracle.get(place.name, _NONE)
            if left:
                done.left[place.name] = left


def _within(side: Side, span: tuple[int, int]) -> Callable[[Connection], frozenset[Key]]:
    first, last = span
    return partial(keys_within, side=side, first=first, last=last)
