"""One client process: threads with a session each, or asyncio tasks. Started by ``run``; tells what
it saw in a file.

Its only argument is a JSON object: ``name`` and ``kind`` of the process, ``sessions``, ``seed``,
``port`` of the stand-in, ``store`` (port of PostgreSQL), ``report`` (a file that gets one JSON
object per line), ``end`` (a file: the work is over as soon as it is there).
"""

from __future__ import annotations

import asyncio
import json
import os
import random
import sys
import threading
import time
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import oracledb
import psycopg2

from tests.oracle.fake_engine import PASSWORD, SERVICE, USER
from tests.oracle.soak import async_client, steady
from tests.oracle.soak.actions import ACTIONS
from tests.oracle.soak.further import FURTHER_ACTIONS
from tests.oracle.soak.gate import Gate
from tests.oracle.soak.slot import Desk, Slot, work
from tests.oracle.soak.watch import Backends

_TELL_SECONDS = 1.0


class Report:
    """Findings at once, figures every second: a process that is killed has
    told nearly everything.
    """

    def __init__(self, file: Path) -> None:
        self._stream = file.open("a", buffering=1)
        self._lock = threading.Lock()
        self.counts: Counter[str] = Counter()

    def finding(self, text: str) -> None:
        """Something is wrong."""
        self._write({"finding": text})

    def steady(self, sid: int) -> None:
        """Which session does the same over and over: the store's backend of it."""
        self._write({"steady": sid})

    def figures(self) -> None:
        """How often each thing was done so far."""
        self._write({"counts": dict(self.counts)})

    def _write(self, line: Mapping[str, Any]) -> None:
        with self._lock:
            self._stream.write(json.dumps(line) + "\n")


def main(task: dict[str, Any]) -> None:
    """Works until it is told that it is over, or nobody is there any more to tell it, and closes
    its sessions.
    """
    report = Report(Path(task["report"]))
    watch = psycopg2.connect(
        host="127.0.0.1",
        port=task["store"],
        dbname="oracle_store",
        user="postgres",
        password="trusted",
    )
    watch.autocommit = True
    end, parent = Path(task["end"]), os.getppid()
    gate = Gate(task["port"]) if task["kind"] == "cut" else None
    desk = Desk(
        task["port"],
        gate,
        Backends(watch),
        threading.Lock(),
        report.finding,
        report.counts,
        is_over=lambda: end.exists() or os.getppid() != parent,
    )
    jobs = _jobs(task, desk, report)
    threads = [threading.Thread(target=_guarded, args=(report, *job)) for job in jobs]
    for thread in threads:
        thread.start()
    while any(thread.is_alive() for thread in threads):
        time.sleep(_TELL_SECONDS / 4)
        report.figures()
    report.figures()
    watch.close()


def _jobs(task: Mapping[str, Any], desk: Desk, report: Report) -> list[tuple[Any, ...]]:
    names = [f"{task['name']}_{number}" for number in range(task["sessions"])]
    chances = [random.Random(f"{task['seed']} {name}") for name in names]
    if task["kind"] == "asyncio":
        return [(lambda: asyncio.run(async_client.run(desk, names, chances)),)]
    jobs: list[tuple[Any, ...]] = [
        (_session, Slot(name, desk, chance)) for name, chance in zip(names, chances, strict=True)
    ]
    if task["kind"] == "steady":
        jobs[0] = (steady.repeat, Slot(names[0], desk, chances[0]), report.steady)
        jobs[1] = (_pool, Slot(names[1], desk, chances[1]))
    return jobs


def _guarded(report: Report, target: Any, *arguments: Any) -> None:
    try:
        target(*arguments)
    except Exception as error:
        report.finding(f"a client thread ended: {type(error).__name__}: {error}")


def _session(slot: Slot) -> None:
    slot.connect()
    slot.create()
    work(slot, ACTIONS + FURTHER_ACTIONS)
    slot.connection.close()


def _pool(slot: Slot) -> None:
    """Sessions of a pool: what is open is rolled back when one is given back."""
    slot.connect()
    slot.create()
    pool = oracledb.create_pool(
        user=USER,
        password=PASSWORD,
        dsn=f"127.0.0.1:{slot.desk.port}/{SERVICE}",
        min=1,
        max=2,
        increment=1,
    )
    number = 0
    while not slot.desk.is_over():
        number += 1
        with pool.acquire() as first, pool.acquire() as second:
            first.cursor().execute(f"insert into {slot.table} (id) values (:1)", (number,))
            found = second.cursor().execute(f"select count(*) from {slot.table}").fetchone()
            if found != (0,):
                slot.desk.report(f"{slot.name}: {found} rows that nobody committed")
            time.sleep(0.02)
        slot.desk.counts["pool"] += 1
    pool.close()
    slot.connection.close()


if __name__ == "__main__":
    main(json.loads(sys.argv[1]))
