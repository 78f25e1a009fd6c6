"""The judge as a library: what a program may import, and nothing else is promised to stay.

    from reconciliation import compare_run, load_profile, open_session, write_report

    profile = load_profile("NAME", root)  # a lab's: with_running_lab(...)
    with open_session(profile, each_table=True) as session:
        report = compare_run(session)
    write_report(report, root / "reports")
    report.verdict is Verdict.READY

Whatever can be wrong beforehand is raised by ``load_profile`` (UsageError) and ``open_session``
(EnvironmentFault, ContractError, MappingError) in one line. A name is imported when it is first
asked for: neither ``--version`` nor an error class needs a driver.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from reconciliation.agreed.contract import load_contract
    from reconciliation.agreed.profile import Profile, load_profile
    from reconciliation.cli.runs import check_run, compare_run
    from reconciliation.compare.tables import compare_tables
    from reconciliation.errors import (
        CanonicalError,
        ContractError,
        EnvironmentFault,
        MappingError,
        UsageError,
    )
    from reconciliation.model import Contract, Difference, Finding, TableResult
    from reconciliation.parallel_run import ParallelRun
    from reconciliation.report import RunReport, render_html, render_json, render_junit
    from reconciliation.report.write import write as write_report
    from reconciliation.session.lab_state import with_running_lab
    from reconciliation.session.opening import open_session
    from reconciliation.session.session import Session
    from reconciliation.verdict import Scope, Verdict

__all__ = [
    "CanonicalError",
    "Contract",
    "ContractError",
    "Difference",
    "EnvironmentFault",
    "Finding",
    "MappingError",
    "ParallelRun",
    "Profile",
    "RunReport",
    "Scope",
    "Session",
    "TableResult",
    "UsageError",
    "Verdict",
    "check_run",
    "compare_run",
    "compare_tables",
    "load_contract",
    "load_profile",
    "open_session",
    "render_html",
    "render_json",
    "render_junit",
    "with_running_lab",
    "write_report",
]

#: module -> what it gives by this door
_WHERE = {
    "agreed.contract": ("load_contract",),
    "agreed.profile": ("Profile", "load_profile"),
    "cli.runs": ("check_run", "compare_run"),
    "compare.tables": ("compare_tables",),
    "errors": (
        "CanonicalError",
        "ContractError",
        "EnvironmentFault",
        "MappingError",
        "UsageError",
    ),
    "model": ("Contract", "Difference", "Finding", "TableResult"),
    "parallel_run": ("ParallelRun",),
    "report": ("RunReport", "render_html", "render_json", "render_junit"),
    "session.lab_state": ("with_running_lab",),
    "session.opening": ("open_session",),
    "session.session": ("Session",),
    "verdict": ("Scope", "Verdict"),
}


def __getattr__(name: str) -> object:
    if name == "write_report":  # the room calls it ``write``
        return import_module("reconciliation.report.write").write
    for module, names in _WHERE.items():
        if name in names:
            return getattr(import_module(f"{__name__}.{module}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return [*globals(), *__all__]
