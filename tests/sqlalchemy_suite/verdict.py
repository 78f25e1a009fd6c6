"""Compares the outcome of the suite with the list of exceptions."""

from __future__ import annotations

import tomllib
from collections import Counter
from collections.abc import Mapping
from pathlib import Path

from tests.sqlalchemy_suite.runner import Outcome

EXCEPTIONS = Path(__file__).with_name("exceptions.toml")
#: of the tests that Oracle passes, the share that has to pass here
LEAST_SHARE = 0.92
#: fewer tests than this were not SQLAlchemy's suite: the tests that ran on the day the list was
#: made, less a few
LEAST_RUN = 1400


def read_exceptions(file: Path = EXCEPTIONS) -> dict[str, str]:
    """The listed tests and their reasons. Raises ValueError for a group without a reason or a test
    listed twice.
    """
    groups = tomllib.loads(file.read_text(encoding="utf-8")).get("group", [])
    listed: dict[str, str] = {}
    for group in groups:
        if not group["reason"].strip():
            raise ValueError(f"no reason for {group['tests']}")
        for name in group["tests"]:
            if name in listed:
                raise ValueError(f"{name} is listed twice")
            listed[name] = group["reason"]
    return listed


def counts(outcomes: Mapping[str, Outcome]) -> Counter[str]:
    """How many passed, failed and were left out."""
    return Counter(outcome.kind for outcome in outcomes.values())


def summary(outcomes: Mapping[str, Outcome]) -> str:
    """One line of figures."""
    found = counts(outcomes)
    run = found["passed"] + found["failed"]
    share = found["passed"] / run if run else 0.0
    return (
        f"SQLAlchemy's dialect suite: {found['passed']} of {run} tests passed ({share:.2%}), "
        f"{found['failed']} failed; "
        f"{found['left out']} left out because Oracle cannot do what they test"
    )


def complaints(
    outcomes: Mapping[str, Outcome], exceptions: Mapping[str, str], *, least_run: int = LEAST_RUN
) -> list[str]:
    """What is not as it should be, one line each; nothing when all is."""
    found = counts(outcomes)
    run = found["passed"] + found["failed"]
    said = []
    if run < least_run:
        said.append(f"only {run} tests ran, {least_run} are expected")
    if found["passed"] < LEAST_SHARE * run:
        said.append(f"only {found['passed']} of {run} tests passed, less than {LEAST_SHARE:.0%}")
    for name, outcome in sorted(outcomes.items()):
        if outcome.kind == "failed" and name not in exceptions:
            said.append(f"failed and is not listed: {name}: {outcome.message}")
        elif outcome.kind != "failed" and name in exceptions:
            said.append(f"listed as an exception but {outcome.kind}: {name}")
    gone = [name for name in exceptions if name not in outcomes]
    return said + [f"listed as an exception but no longer in the suite: {name}" for name in gone]
