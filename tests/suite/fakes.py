"""A judge and a lab without databases, loaded as a plugin into the little projects of these tests.

Environment variables plant faults: FAKE_FAULT is "kind:line" and is raised while the run is opened,
FAKE_AWAY is what nobody answers with after an outage, FAKE_DEAD is a part of the lab that is gone.
"""

from __future__ import annotations

import os
from types import SimpleNamespace
from typing import Any

from fixtures.life import cleanup, session
from fixtures.reporting import evidence
from reconciliation.agreed.contract import load_contract
from reconciliation.errors import ContractError, EnvironmentFault, LabFault, Lost, MappingError
from tests.suite.conftest import PASSWORD

FAULTS = {
    "EnvironmentFault": EnvironmentFault,
    "MappingError": MappingError,
    "LabFault": LabFault,
    "ContractError": ContractError,
}


class FakeSession:
    """Just enough of the session for plugins; ``password`` is what must never be seen anywhere."""

    def __init__(self, run: Any) -> None:
        contract = load_contract(run.profile.contract_directory, run.profile.accepted)
        self.parallel_run = SimpleNamespace(
            profile=run.profile,
            contract=contract,
            parties=(answers,),
            due=mapped_tables(contract),
        )
        self.preflight = SimpleNamespace(
            lines=("preflight: all is fake",), versions={"PostgreSQL": "15", "Oracle": "19"}
        )
        self.maker = object()
        self.password = PASSWORD
        self.closed = False

    def renew(self) -> list[str]:
        return []

    def close(self) -> None:
        self.closed = True


def mapped_tables(contract: Any) -> tuple[str, ...]:
    """Those of FAKE_MAPPED, or those there is a contract for."""
    names = os.environ.get("FAKE_MAPPED", " ".join(one.source for one in contract.tables)).split()
    return tuple(names)


def answers() -> None:
    if line := os.environ.get("FAKE_AWAY"):
        raise Lost(line)


def raise_planted() -> None:
    kind, colon, line = os.environ.get("FAKE_FAULT", "").partition(":")
    if colon:
        raise FAULTS[kind](line)


def open_judge(run: Any) -> FakeSession:
    raise_planted()
    return FakeSession(run)


def ensure_lab(environment: str, root: Any, say: Any) -> Any:
    address = {
        "aws": {"endpoint_url": "http://127.0.0.1:1", "region": "nowhere"},
        "api": {"base_url": "http://127.0.0.1:1"},
    }
    return SimpleNamespace(
        description=address,
        dead_parts=lambda: [name for name in (os.environ.get("FAKE_DEAD"),) if name],
        stop=lambda: say("fake lab stopped"),
        keep=lambda: say("fake lab kept"),
    )


def pytest_configure() -> None:
    """At every run: what an earlier little project has replaced must not stay."""
    session.open_judge = open_judge
    session.ensure_lab = ensure_lab
    session._keep_task_facts = lambda run: None
    cleanup.before = lambda run: setattr(run, "dirty", True) or "fake sweep before"
    cleanup.between = lambda run, longer: None
    cleanup.behind_changes = lambda run: setattr(run, "swept", True)
    cleanup.after = lambda run: setattr(run, "dirty", False)
    evidence._attach_replication = lambda run, since: None
