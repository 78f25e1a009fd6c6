"""How the tests run in several processes (`make test`): how many, which files first, and how they
end early.

Files are the unit that is handed out, so a fixture of a module is made once, and one of a session
once per process. Which files follow each other in a process is another each time: one that leaves
the process other than it found it would make tests of others fail now and then, so it fails itself.
"""

from __future__ import annotations

import gc
import os
import resource
import signal
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NoReturn

import pytest
from hypothesis import HealthCheck, settings

from tests.counts import count, in_full

ROOT = Path(__file__).parent
#: The files that take longest, longest first: handed out last, one of them would keep one process
#: busy for minutes when the others have nothing left to do. `make test ARGS=--durations=60` tells
#: them.
LONGEST = (
    "outages/test_parts.py",
    "outages/test_network.py",
    "suite/test_in_the_lab.py",
    "outages/test_machine.py",
    "outages/test_silence.py",
    "suite/test_both_doors.py",
    "suite/test_outages_in_the_lab.py",
    "killed_features/test_killed_features.py",
    "oracle/test_sqlalchemy_suite.py",
    "judge_io/test_lab.py",
    "schemas/test_schemas.py",
    "dms/test_crash.py",
    "judge_io/test_printing.py",
    "judge/test_generation.py",
    "lab/test_supervisor.py",
    "oracle/test_generated_rows.py",
    "judge_io/test_key_kinds.py",
    "judge_io/test_unseen.py",
    "suite/test_nothing_false_left.py",
    "suite/test_interrupts.py",
    "suite/test_unprintable.py",
    "suite/test_outages.py",
    "suite/test_feature_files.py",
    "suite/test_verdict.py",
    "test_walls.py",
    "test_in_several_processes.py",
)

MOST_PROCESSES = 8

# Drawn examples are not timed: one may meet a pause of the machine, which says nothing about the
# code.
settings.register_profile(
    "untimed",
    max_examples=count(30, 100),
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile("untimed")


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers() -> int | None:
    """Four processes a core: many tests wait for a server, and somebody else's turn is then.

    Both cores are busy with them; more of them are not quicker, and each collects all tests.
    """
    if "PYTEST_XDIST_AUTO_NUM_WORKERS" in os.environ:
        return None
    return min(4 * len(os.sched_getaffinity(0)), MOST_PROCESSES)


def pytest_configure(config: pytest.Config) -> None:
    _keep_bytecode()
    gc.disable()  # until everything is collected: thousands of tests, none of which goes again
    # in the background of a script it is ignored, here and in every program that a test starts
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.signal(signal.SIGTERM, _interrupt)
    if hasattr(config, "workerinput"):
        signal.signal(signal.SIGINT, _interrupt_once)
        signal.signal(signal.SIGTERM, _interrupt_once)


def _keep_bytecode() -> None:
    """Tests start more than a thousand Pythons; without bytecode each compiles the project anew.

    Images of containers often set the variable, which is for processes that start once.
    """
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    sys.dont_write_bytecode = False


def pytest_report_header() -> str:
    return f"repeated work: {'all of it' if in_full() else 'some of it (all: make test-long)'}"


def _interrupt(_signal: int, _frame: Any) -> NoReturn:
    raise KeyboardInterrupt


def _interrupt_once(_signal: int, _frame: Any) -> NoReturn:
    """A worker is told twice, by the terminal and by its parent: the second must not cut the
    clean-up short.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    raise KeyboardInterrupt


def _process() -> dict[str, object]:
    """What a test can change for all that come after it in this process."""
    os.umask(mask := os.umask(0))
    environment = {
        f"variable {name}": value
        for name, value in os.environ.items()
        if name != "PYTEST_CURRENT_TEST"
    }
    return environment | {
        "working directory": os.getcwd(),
        "umask": mask,
        "limit of a file's size": resource.getrlimit(resource.RLIMIT_FSIZE),
        "handler of SIGINT": signal.getsignal(signal.SIGINT),
        "handler of SIGTERM": signal.getsignal(signal.SIGTERM),
    }


_found: dict[Path, dict[str, object]] = {}


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    _found.setdefault(item.path, _process())


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_teardown(item: pytest.Item, nextitem: pytest.Item | None) -> Iterator[None]:
    yield
    if nextitem is None or nextitem.path != item.path:
        found, left = _found.pop(item.path), _process()
        changed = [
            name for name in sorted(found.keys() | left.keys()) if found.get(name) != left.get(name)
        ]
        assert not changed, f"{item.path.name} leaves other than it found it: {', '.join(changed)}"


def pytest_collection_finish() -> None:
    """The tests themselves are here to stay, and pytest looks for garbage ten times for each of the
    runs that tests make of it.
    """
    gc.freeze()
    gc.enable()


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if hasattr(config, "workerinput"):
        rank = {ROOT / name: number for number, name in enumerate(LONGEST)}
        items.sort(key=lambda item: rank.get(item.path, len(rank)))
