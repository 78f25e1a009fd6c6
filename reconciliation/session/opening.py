"""Opens a parallel run in one place, in the order in which things can be wrong."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import replace
from typing import TypeVar

from reconciliation.agreed.contract import agreed_contract
from reconciliation.agreed.profile import Profile
from reconciliation.mapping import parse_mapping, resolve
from reconciliation.model import Contract
from reconciliation.parallel_run import ParallelRun
from reconciliation.process.patience import Endurance
from reconciliation.replication import find_task
from reconciliation.session.connected import Connected, catalogues, connected
from reconciliation.session.fitness import unfit_tables
from reconciliation.session.preflight import preflight
from reconciliation.session.session import Session
from reconciliation.session.versions import check_lab_is_known

T = TypeVar("T")


def open_session(
    profile: Profile,
    each_table: bool = False,
    endurance: Endurance | None = None,
    mark: str | None = None,
    writes_to: str | None = None,
) -> Session:
    """Connect, load and check everything; the first thing that is wrong is raised as one clear
    line.

    A table that may not be read is kept in ``unfit``, and the others can be judged, as long as some
    remain. With ``each_table`` so is one that is not as its contract says, and none has to remain.
    An outage is waited for once both databases have answered. ``mark`` is the run's, in the rows it
    writes. ``writes_to`` is the second key, without which nothing is written to a live system.
    Raises EnvironmentFault, ContractError or MappingError.
    """
    began, notes = time.monotonic(), list[str]()
    endurance = endurance or Endurance(profile.limits)
    check_lab_is_known(profile)
    contract = agreed_contract(profile)
    with ExitStack() as closing:
        both = connected(profile, endurance.limits, closing)
        run = _looked_at(profile, contract, both, endurance, each_table, notes)
        found = run.steadily(
            "the preflight", lambda: preflight(run, both.versions, began, each_table), notes
        )
        run = replace(run, unfit={**run.unfit, **found.unseen})
        return Session(run, found, tuple(notes), closing.pop_all(), mark, writes_to)


def _looked_at(
    profile: Profile,
    contract: Contract,
    both: Connected,
    endurance: Endurance,
    each_table: bool,
    notes: list[str],
) -> ParallelRun:
    """Catalogues, contract and task, before privileges were looked at; outages get into ``notes``
    at once.
    """

    def steadily(what: str, work: Callable[[], T]) -> T:
        return endurance.patience(notes).through(what, both.parties, work)

    here, there = catalogues(profile, both, steadily)
    unfit = steadily(
        "the contracts",
        lambda: unfit_tables(profile, contract, both, (here, there), each_table),
    )
    task = steadily("the replication task", lambda: find_task(both.aws, profile.aws.task))
    mapping = parse_mapping(task.table_mappings)

    def aws_answers() -> None:
        find_task(both.aws, profile.aws.task)

    return ParallelRun(
        profile=profile,
        aws=both.aws,
        source=both.source,
        target=both.target,
        source_credentials=both.source_credentials,
        target_credentials=both.target_credentials,
        contract=contract,
        source_catalogue=here,
        target_catalogue=there,
        task=task,
        mapping=mapping,
        resolved=resolve(mapping, here, profile.replication.column_rule_policy),
        unfit=unfit,
        parties=(*both.parties, aws_answers),
        endurance=endurance,
    )
