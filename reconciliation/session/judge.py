"""The judge: everything one run needs to know, opened once and in the order in which things can be
wrong.
"""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from functools import cached_property, partial
from types import TracebackType
from typing import TypeVar

from sqlalchemy import Connection, Engine

from reconciliation.agreed.contract import load_contract
from reconciliation.agreed.profile import Profile
from reconciliation.canonical import ColumnRule, rules_for
from reconciliation.compare.checksums.choice import AUTO
from reconciliation.compare.looks import Pair
from reconciliation.compare.resume.resilience import Resilience
from reconciliation.compare.rows import Comparison, compare_rows
from reconciliation.compare.tables import sides_of
from reconciliation.databases.catalogue import read_source_catalogue, read_target_catalogue
from reconciliation.databases.connections import (
    AwsClients,
    Credentials,
    resolve_credentials,
    source_engine,
    target_engine,
)
from reconciliation.databases.rows import rows_by_key
from reconciliation.errors import EnvironmentFault, GivenUp
from reconciliation.mapping import parse_mapping, resolve
from reconciliation.model import Catalogue, Contract, Difference, Key, Row, TableContract
from reconciliation.process.patience import Party, answering
from reconciliation.replication import TaskInfo, find_task
from reconciliation.replication.clock import clock_offset
from reconciliation.session import preflight as checks
from reconciliation.session.fitness import unfit_tables
from reconciliation.session.lock import keep_run_lock
from reconciliation.session.preflight import Preflight
from reconciliation.session.writing import Undecided, decide

T = TypeVar("T")


class Judge:
    """One run's view of the parallel run.

    ``source`` and ``target`` are read-only engines, always. ``source_writer`` and ``target_writer``
    exist only where the profile says ``mutations = true``, and connect only when first used, so
    that a run which only reads never opens a writable connection.
    """

    profile: Profile
    aws: AwsClients
    source: Engine
    target: Engine
    source_credentials: Credentials
    target_credentials: Credentials
    contract: Contract
    source_catalogue: Catalogue
    target_catalogue: Catalogue
    task: TaskInfo
    preflight: Preflight

    def __init__(
        self, profile: Profile, each_table: bool = False, resilience: Resilience | None = None
    ) -> None:
        self.profile = profile
        self.resilience = resilience or Resilience()
        self.each_table = each_table
        self.notes: list[str] = []  # outages that were waited for while it was opened
        self.unfit: dict[str, str] = {}  # why tables cannot be judged, by source name
        self.aws = AwsClients(profile)
        self._engines: list[Engine] = []
        self._next_key = profile.reserved_keys[0]
        self.lock: Connection | None = None  # the run lock, see runlock
        self.lock_pid = 0
        self.undecided: list[Undecided] = []  # transactions whose COMMIT got no answer, see writing
        self.gone: GivenUp | None = None  # the outage that was given up: nothing is tried any more
        self.compare = AUTO  # how whole tables are compared, see checksums
        self.journal_open = False  # whether this run's journal is on disk, see sweep

    @classmethod
    def open(
        cls, profile: Profile, each_table: bool = False, resilience: Resilience | None = None
    ) -> Judge:
        """Connect, load and check everything; the first thing that is wrong is raised as one clear
        line.

        With ``each_table`` a table that is not as its contract says is kept in ``unfit`` instead,
        and the others can be judged. An outage is waited for once both databases have answered.
        Raises EnvironmentFault, ContractError or MappingError.
        """
        judge = cls(profile, each_table, resilience)
        try:
            judge._open()
        except BaseException:
            judge.close()
            raise
        return judge

    def _open(self) -> None:
        began = time.monotonic()
        profile, limits = self.profile, self.resilience.limits
        checks.check_lab_is_known(profile)
        self.contract = load_contract(profile.contract_directory, profile.accepted)
        self.source_credentials = resolve_credentials(profile.source, self.aws)
        self.target_credentials = resolve_credentials(profile.target, self.aws)
        self.source = self._kept(
            source_engine(self.source_credentials, True, limits.answer, limits.lock)
        )
        source_version = checks.source_version(self.source)
        self.target = self._kept(
            target_engine(self.target_credentials, profile.target.driver_mode, True, limits.answer)
        )
        target_version = checks.target_version(self.target)
        steadily = partial(self.steadily, notes=self.notes)
        self.source_catalogue = steadily(
            "the catalogue of PostgreSQL",
            lambda: read_source_catalogue(self.source, profile.source.schema),
        )
        self.target_catalogue = steadily(
            "the catalogue of Oracle",
            lambda: read_target_catalogue(self.target, profile.target.schema),
        )
        self.unfit = steadily("the contracts", lambda: unfit_tables(self, self.each_table))
        self.task = steadily("the replication task", lambda: find_task(self.aws, profile.aws.task))
        self.mapping = parse_mapping(self.task.table_mappings)
        self.resolved = resolve(
            self.mapping, self.source_catalogue, profile.replication.column_rule_policy
        )
        versions = {"PostgreSQL": source_version, "Oracle": target_version}
        self.preflight = steadily("the preflight", lambda: checks.preflight(self, versions, began))

    def steadily(self, what: str, work: Callable[[], T], notes: list[str] | None = None) -> T:
        """What ``work`` gives, begun anew after an outage; ``notes`` get a
        line about it at once.
        """
        return self.resilience.patience(notes).through(what, self.parties(), work)

    def parties(self) -> tuple[Party, ...]:
        """Who has to answer before anything is tried again; those that were not needed yet are not
        asked.
        """
        opened = {
            name: self.__dict__[name] for name in ("source", "target") if name in self.__dict__
        }
        found = [answering(engine) for engine in opened.values()]
        if "task" in self.__dict__:
            found.append(self._aws_answers)
        return tuple(found)

    def _aws_answers(self) -> None:
        find_task(self.aws, self.profile.aws.task)

    @cached_property
    def clock_offset(self) -> dt.timedelta:
        """The replication's clock minus this machine's, read when first asked for; raises
        EnvironmentFault.
        """
        return clock_offset(self.aws)

    def renew(self) -> list[str]:
        """After an outage: new connections everywhere, the run lock held again, nothing half done
        left in PostgreSQL.

        Gives words about transactions whose end was not known. Raises EnvironmentFault.
        """
        for engine in self._engines:
            engine.dispose()
        found = decide(self)
        keep_run_lock(self)
        return found

    def _kept(self, engine: Engine) -> Engine:
        self._engines.append(engine)
        return engine

    # -------------------------------------------------------------- writing

    @cached_property
    def source_writer(self) -> Engine:
        """A writable engine for PostgreSQL; EnvironmentFault where the
        profile forbids mutations.
        """
        self._may_write()
        limits = self.resilience.limits
        return self._kept(source_engine(self.source_credentials, False, limits.answer, limits.lock))

    @cached_property
    def target_writer(self) -> Engine:
        """A writable engine for Oracle, for sweeping only; EnvironmentFault where the profile
        forbids mutations.
        """
        self._may_write()
        mode, limit = self.profile.target.driver_mode, self.resilience.limits.answer
        return self._kept(
            target_engine(self.target_credentials, mode, read_only=False, call_timeout=limit)
        )

    def _may_write(self) -> None:
        if not self.profile.mutations:
            raise EnvironmentFault(
                f"environment {self.profile.name!r} is read-only (mutations = false); nothing was "
                "written"
            )

    def reserve(self, count: int) -> list[int]:
        """``count`` keys of the reserved range that this run has not used yet."""
        first, last = (
            self._next_key,
            self.profile.reserved_keys[1] - 1,
        )  # the last one is the sweep's
        if first + count - 1 > last:
            raise EnvironmentFault(
                f"the reserved keys {self.profile.reserved_keys[0]} to {last} are used up; widen "
                "reserved_keys in the profile"
            )
        self._next_key += count
        return list(range(first, first + count))

    # -------------------------------------------------------------- comparing

    def table(self, name: str) -> TableContract:
        """The contract of a table by its source name; EnvironmentFault when there is none."""
        for table in self.contract.tables:
            if table.source == name:
                return table
        known = ", ".join(table.source for table in self.contract.tables)
        raise EnvironmentFault(f"there is no contract for table {name!r}; contracts: {known}")

    def rules(self, table: str) -> Mapping[str, ColumnRule]:
        """The canonical rules of a table by source column; raises CanonicalError for a pair without
        a rule.
        """
        contract = self.table(table)
        return rules_for(
            contract, self.source_catalogue[contract.source], self.target_catalogue[contract.target]
        )

    def read(
        self, table: str, keys: Iterable[Key], versions: bool = False
    ) -> tuple[dict[Key, Row], dict[Key, Row]]:
        """The rows with these keys on both sides, as they are now, by canonical key.

        ``versions`` adds the system column ``xmin`` to the rows of PostgreSQL.
        """
        contract, wanted = self.table(table), list(keys)
        here, there = sides_of(self, contract, self.rules(table))
        if versions:
            here = replace(here, columns=(*here.columns, "xmin"))
        with self.source.connect() as connection:
            source_rows = rows_by_key(connection, here, wanted)
        with self.target.connect() as connection:
            target_rows = rows_by_key(connection, there, wanted)
        return source_rows, target_rows

    def compare_keys(self, table: str, keys: Iterable[Key | int]) -> Comparison:
        """Both sides read afresh and compared; ``keys`` are key tuples, or plain values for a
        single-column key.

        What differs is read a second time: a bit flipped on the way is no difference, and does not
        come twice.
        """
        wanted = [key if isinstance(key, tuple) else (key,) for key in keys]
        found = compare_rows(self.table(table), self.rules(table), *self.read(table, wanted))
        if found.differences:
            found = compare_rows(self.table(table), self.rules(table), *self.read(table, wanted))
        return found

    def look(self, table: str, keys: Sequence[Key]) -> tuple[Sequence[Difference], dict[Key, Pair]]:
        """One look of a recheck: the differences, and both rows of every key.

        PostgreSQL's rows hold ``xmin``, too, the transaction that wrote them: a row written again
        with the values it had before has changed.
        """
        source_rows, target_rows = self.read(table, keys, versions=True)
        comparison = compare_rows(self.table(table), self.rules(table), source_rows, target_rows)
        return comparison.differences, {
            key: (source_rows.get(key), target_rows.get(key)) for key in keys
        }

    # -------------------------------------------------------------- closing

    def close(self) -> None:
        """Close every connection; a run lock ends with its connection."""
        if self.lock is not None:
            # without another word to the server, which may not answer any more
            self.lock.invalidate()
            self.lock.close()
            self.lock = None
        for engine in self._engines:
            engine.dispose()
        self.aws.close()

    def __enter__(self) -> Judge:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()
