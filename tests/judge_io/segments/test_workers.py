"""The processes that compare segments: started when needed, one clear error when one dies, and
nothing left behind.
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg2
import pytest

from reconciliation.__main__ import main
from reconciliation.compare.copies import Copy, compare_copy
from reconciliation.compare.segments import runner
from reconciliation.compare.segments.job import Databases, Job
from reconciliation.compare.segments.workers import Workers
from reconciliation.errors import WorkerDied
from reconciliation.model import Status
from tests.clusters import Cluster
from tests.waiting import LONG_SECONDS, comes_true, wait_for

from ..samples import ROOT
from .box import LOCK_SECONDS, ROWS, SECRET, access, job_of, planned


def _children(pid: int = os.getpid()) -> list[int]:
    found: list[int] = []
    for task in Path(f"/proc/{pid}/task").iterdir():
        # a thread that has just ended
        with contextlib.suppress(FileNotFoundError, ProcessLookupError):
            found += map(int, (task / "children").read_text().split())
    return found


def _ended(pid: int) -> bool:
    return comes_true(lambda: not _runs(pid))


def _runs(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


def test_no_process_is_started_for_a_small_table_and_none_stays(
    cluster: Cluster, databases: Databases
) -> None:
    before = set(_children())
    with Workers(lambda: access(cluster), 2) as workers:
        cluster.execute("CREATE TABLE s.few (id int8 PRIMARY KEY)")
        cluster.execute("INSERT INTO s.few SELECT generate_series(1, 900)")
        few = compare_copy(
            Copy("s.few", "s.few"), databases.source, databases.target, workers=workers
        )
        assert (few.status, few.equal_rows) == (Status.EQUAL, 900)
        assert set(_children()) == before
        result = compare_copy(
            Copy("s.one", "s.same"), databases.source, databases.target, workers=workers
        )
        (host,) = set(_children()) - before
        hands = _children(host)
    assert result.status is Status.EQUAL
    assert len(hands) == 2
    assert set(_children()) == before
    assert all(_ended(pid) for pid in (host, *hands))


def test_passwords_are_in_no_process_list(cluster: Cluster) -> None:
    with Workers(lambda: access(cluster), 2) as workers:
        workers.start(2)
        (host,) = _hosts_soon()
        assert SECRET.encode() not in _told(host)
        assert SECRET not in repr(access(cluster))


def _command(pid: int) -> bytes:
    return Path(f"/proc/{pid}/cmdline").read_bytes()


def _told(pid: int) -> bytes:
    return _command(pid) + Path(f"/proc/{pid}/environ").read_bytes()


# ------------------------------------------------------------------ ends


@pytest.fixture
def endless(cluster: Cluster) -> Iterator[Any]:
    """A lock on s.slow, so that whoever reads it waits.

    None of an earlier test does: the session of a worker that was killed ends when its server comes
    to it.
    """
    wait_for(lambda: not _has_sessions(cluster))
    holder = psycopg2.connect(
        host=cluster.host, port=cluster.port, user=cluster.user, dbname="postgres"
    )
    yield holder
    holder.close()


def _finds(cluster: Cluster, query: str) -> bool:
    connection = cluster.connect()
    with contextlib.closing(connection), connection.cursor() as cursor:
        cursor.execute(query)
        return cursor.fetchone() is not None


def _has_sessions(cluster: Cluster) -> bool:
    return _finds(
        cluster, "SELECT 1 FROM pg_stat_activity WHERE application_name = 'reconciliation'"
    )


def _lock(holder: Any) -> None:
    with holder.cursor() as cursor:
        cursor.execute("LOCK TABLE s.slow IN ACCESS EXCLUSIVE MODE")


def _hosts() -> list[int]:
    """The processes that workers are made of: forks of this one, or Python started afresh. Servers
    run here, too.
    """
    ours = Path("/proc/self/cmdline").read_bytes()
    return [
        pid
        for pid in _children()
        if _command(pid) == ours or b"reconciliation.compare.segments.host" in _command(pid)
    ]


def _hosts_soon() -> list[int]:
    """A process that is just being started has no command line yet."""
    return wait_for(_hosts)


def _hands() -> list[int]:
    """The worker processes, once they are there."""
    return wait_for(lambda: _two_children(_hosts()))


def _two_children(hosts: list[int]) -> list[int]:
    """Empty until they are there."""
    hands = _children(hosts[0]) if hosts else []
    return hands if len(hands) == 2 else []


def test_a_worker_that_is_killed_is_one_clear_error_and_ends_the_others(
    cluster: Cluster, endless: Any, databases: Databases
) -> None:
    job = job_of(databases, "slow")
    found = planned(databases, job)
    _lock(endless)
    killed: list[int] = []

    def kill() -> None:
        killed.extend(_hands())
        os.kill(killed[0], signal.SIGKILL)

    killer = threading.Thread(target=kill)
    killer.start()
    with Workers(lambda: access(cluster), 2) as workers:
        with pytest.raises(
            WorkerDied, match=r"the process that compared segment \d of 6 ended without an answer"
        ):
            list(runner.compare_segments(found, job, databases, workers))
        killer.join()
        assert all(_ended(pid) for pid in killed)
    assert len(killed) == 2


def test_what_a_segment_runs_into_is_raised_here_and_ends_the_others(
    cluster: Cluster, databases: Databases
) -> None:
    job = job_of(databases, "slow")
    found = planned(databases, job)
    broken = Job(job.table, job.source, job.target, 60, copy=True)
    object.__setattr__(broken, "table", "no contract at all")
    with Workers(lambda: access(cluster), 2) as workers:
        with pytest.raises(AttributeError) as raised:
            list(runner.compare_segments(found, broken, databases, workers))
        assert "in compare_steadily" in raised.value.__notes__[0]
    with Workers(lambda: access(cluster), 2) as workers:
        first = runner.compare_segments(found, job, databases, workers)
        segment, tally = next(first)
        assert tally.equal_rows > 0
        hands = _hands()
        first.close()
        assert all(_ended(pid) for pid in hands)
        rest = list(
            runner.compare_segments(found, job, databases, workers, finished={segment.number})
        )
        assert tally.equal_rows + sum(part.equal_rows for _, part in rest) == ROWS


# a program without threads is forked, another one is not; pytest itself has some
_PROGRAM = """
import sys, threading
from reconciliation.__main__ import main
from reconciliation.compare import plan
from reconciliation.compare.segments import workers
plan.SMALL_ROWS, plan.SEGMENT_ROWS = 1, 2000
plan._size = lambda *_: (100, 12000)
plan._bounds = lambda *_: [(i * 2000,) for i in range(1, 6)]
way = sys.argv.pop(1)
if way == "executed":
    threading.Thread(target=threading.Event().wait, daemon=True).start()
setattr(workers, {"forked": "executed", "executed": "forked"}[way], None)
sys.exit(main(sys.argv[1:]))
"""


def _program(cluster: Cluster, way: str, *tables: str) -> subprocess.Popen[bytes]:
    url = f"postgresql://{cluster.user}@{cluster.host}:{cluster.port}/postgres"
    return subprocess.Popen(
        [
            sys.executable,
            "-c",
            _PROGRAM,
            way,
            "copies",
            "--source",
            url,
            "--target",
            url,
            "--json",
            "--workers",
            "2",
            "--lock-timeout",
            str(LOCK_SECONDS),
            *tables,
        ],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=os.environ | {"SOURCE_PASSWORD": SECRET, "TARGET_PASSWORD": SECRET},
    )


@pytest.mark.parametrize("way", ["forked", "executed"])
def test_however_the_workers_are_started_they_find_the_same(cluster: Cluster, way: str) -> None:
    process = _program(cluster, way, "--table", "s.one=s.other", "--table", "s.one=s.same")
    output, errors = process.communicate(timeout=LONG_SECONDS)
    assert (process.returncode, errors) == (1, b"")
    different, same = json.loads(output)["tables"]
    assert (
        different["status"],
        different["missing_rows"],
        different["extra_rows"],
        different["differing_rows"],
    ) == ("divergent", 3, 3, 5)
    assert (same["status"], same["equal_rows"]) == ("equal", ROWS)
    assert different["method"] == same["method"] == "the bytes both servers send, in 6 key ranges"


@pytest.mark.parametrize("way", ["forked", "executed"])
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_a_program_that_ends_takes_its_workers_with_it(
    cluster: Cluster, endless: Any, number: signal.Signals, way: str
) -> None:
    _lock(endless)
    process = _program(cluster, way, "--table", "s.slow")
    try:
        hands = wait_for(lambda: _two_children(_children(process.pid)))
        hosts = _children(process.pid)
        process.send_signal(number)
        process.wait(LONG_SECONDS)
        if number != signal.SIGKILL:
            name = {signal.SIGINT: "Ctrl-C", signal.SIGTERM: "SIGTERM"}[number]
            told, said = process.stdout.read(), process.stderr.read().decode()
            line = f"reconciliation: interrupted by {name}; nothing was judged\n"
            assert (process.returncode, said) == (130, line), told
        assert all(_ended(pid) for pid in (*hosts, *hands))
    finally:
        process.kill()
        process.communicate()


def _waits_for_slow(cluster: Cluster) -> bool:
    return _finds(
        cluster, "SELECT 1 FROM pg_locks WHERE NOT granted AND relation = 's.slow'::regclass"
    )


@pytest.mark.parametrize(
    ("pair", "verdict", "code"),
    [("s.one=s.same", "NOT JUDGED", 130), ("s.one=s.other", "DIFFERENT", 1)],
)
def test_what_was_compared_before_an_interruption_is_reported(
    cluster: Cluster, endless: Any, pair: str, verdict: str, code: int
) -> None:
    _lock(endless)
    process = _program(cluster, "forked", "--table", pair, "--table", "s.slow")
    wait_for(lambda: _waits_for_slow(cluster))
    process.send_signal(signal.SIGTERM)
    output, errors = process.communicate(timeout=LONG_SECONDS)
    assert process.returncode == code
    assert (
        errors.decode()
        == "reconciliation: interrupted by SIGTERM; reported is what was judged before\n"
    )
    report = json.loads(output)
    assert report["verdict"] == verdict
    before, after = report["tables"]
    assert before["source_rows"] == ROWS
    assert (after["status"], after["source_rows"]) == ("not judged", 0)
    assert "interrupted before it was compared" in after["reason"]


@pytest.mark.parametrize("given", ["0", "-1", "two", "65", "²"])
def test_a_number_of_workers_that_makes_no_sense_is_refused(
    given: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        main(
            [
                "copies",
                "--source",
                "postgresql://a@b/c",
                "--target",
                "postgresql://a@b/c",
                "--table",
                "s.t",
                f"--workers={given}",
            ]
        )
    assert ended.value.code == 4
    assert f"argument --workers: {given!r} is no number from 1 to 64\n" in capsys.readouterr().err
