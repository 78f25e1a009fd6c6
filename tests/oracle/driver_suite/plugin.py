"""Loaded into pytest beside the driver's tests: writes one line of JSON per test and ends tests
that hang.
"""

from __future__ import annotations

import json
import os
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.oracle.driver_suite.plsql import needs_plsql

RESULTS_VARIABLE = "DRIVER_SUITE_RESULTS"
LIMIT_SECONDS = 300


class TestTimeoutError(BaseException):
    """Not an Exception, so that no test takes it for the error it waits for."""

    __test__ = False


def _stop(_signal: int, _frame: Any) -> None:
    raise TestTimeoutError(f"the test ran longer than {LIMIT_SECONDS} s")


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Iterator[None]:
    """An alarm around every test."""
    signal.signal(signal.SIGALRM, _stop)
    signal.alarm(LIMIT_SECONDS)
    yield
    signal.alarm(0)


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Iterator[None]:
    """Writes down the phases that decide: the call, or a set-up or tear-down that did not pass."""
    outcome = yield
    result = outcome.get_result()
    if result.when == "call" or not result.passed:
        kind = result.outcome if result.when == "call" or result.skipped else "error"
        _write(item, kind, _reason(call) if call.excinfo else "")


def _reason(call: pytest.CallInfo[None]) -> str:
    """The innermost cause in one line: an assertion on an error's code hides the error it met."""
    error = call.excinfo.value if call.excinfo else None
    lines = f"{type(error).__name__}: {error}".strip().splitlines()
    return next((line for line in lines if "ORA-" in line or "DPY-" in line), lines[0])[:300]


def _write(item: pytest.Item, outcome: str, reason: str) -> None:
    line = {
        "test": item.nodeid.partition("::")[2],
        "outcome": outcome,
        "reason": reason,
        "plsql": needs_plsql(item),
    }
    with Path(os.environ[RESULTS_VARIABLE]).open("a") as file:
        file.write(json.dumps(line) + "\n")
