"""The parallel run that is judged: both databases, what was agreed about them, and the task between
them.

It is opened once (``session.opening``) and nothing in it changes afterwards. What does change while
one is judged belongs to the session.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import TypeVar

from sqlalchemy import Engine

from reconciliation.agreed.profile import Profile
from reconciliation.canonical import ColumnRule, rules_for
from reconciliation.databases.clock import clock_offset
from reconciliation.databases.connections import AwsClients, Credentials
from reconciliation.errors import EnvironmentFault
from reconciliation.mapping import ResolvedMapping, TableMapping
from reconciliation.model import Catalogue, Contract, TableContract, TaskInfo
from reconciliation.process.patience import Endurance, Outage, Party

T = TypeVar("T")


@dataclass(frozen=True, eq=False)
class ParallelRun:
    """``source`` and ``target`` are engines that only read, always. ``unfit`` says by source name
    why tables cannot be judged. ``parties`` have to answer before anything is tried again after an
    outage.
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
    mapping: TableMapping
    resolved: ResolvedMapping
    unfit: Mapping[str, str] = field(default_factory=dict)
    parties: tuple[Party, ...] = ()
    endurance: Endurance = field(default_factory=Endurance)
    outage: Outage = field(default_factory=Outage)

    @property
    def catalogues(self) -> tuple[Catalogue, Catalogue]:
        """PostgreSQL's and Oracle's."""
        return self.source_catalogue, self.target_catalogue

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

    @property
    def due(self) -> tuple[str, ...]:
        """The source names of the tables that have to be judged: those that the task maps, and
        those agreed on that PostgreSQL does not have, which no rule can map.
        """
        mapped = (table.source for table in self.resolved.tables)
        agreed = (table.source for table in self.contract.tables)
        return (*mapped, *(name for name in agreed if name not in self.source_catalogue))

    def steadily(self, what: str, work: Callable[[], T], notes: list[str] | None = None) -> T:
        """What ``work`` gives, begun anew after an outage; ``notes`` get a
        line about it at once.
        """
        return self.endurance.patience(notes).through(what, self.parties, work)

    @cached_property
    def clock_offset(self) -> dt.timedelta:
        """The replication's clock minus this machine's, read when first asked for; raises
        EnvironmentFault.
        """
        return clock_offset(self.aws)
