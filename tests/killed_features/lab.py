"""A lab that stays up while runs of the guarantees are killed in it."""

from __future__ import annotations

import json
import time
from bisect import bisect_right
from collections import Counter
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from reconciliation.agreed.profile import load_profile
from reconciliation.databases.connections import AwsClients
from reconciliation.replication import find_task
from reconciliation.session.opening import open_session
from reconciliation.session.sweep import sweep
from tests.children import lab_in_the_foreground
from tests.killed_features.victim import Victim
from tests.suite.payments import NAME, SCHEMAS, shorter_copy
from tests.waiting import comes_true

#: seconds in which what is still under way would arrive
LATER = 1.5
#: seconds in which PostgreSQL notices that a client is gone
NOTICED = 10.0
#: what writes, and is over soon
NEXT = ("features/04-change-propagation/delete.feature", "-k", "disappears")
RESTARTED = "the task, which it had left stopped, runs again"
#: the sessions of a run, and of whoever else is a client of the stand-in for Oracle
SESSIONS: Mapping[str, str] = {"postgres": "reconciliation", "store": "oracle-stand-in"}
Rows = Mapping[str, Mapping[str, Counter[str]]]


@dataclass(frozen=True)
class Moment:
    """``seconds`` after a scenario has begun ('': the sweep before them), and after the task has
    come to a ``status`` ('': whatever it is).
    """

    scenario: str = ""
    seconds: float = 0.0
    status: str = ""


@dataclass(frozen=True)
class Killed:
    """``seconds`` from its first write; ``begun``: the scenario that was under way; ``status``: the
    task's; ``dirty``: it had not swept its own rows yet.
    """

    victim: Victim
    seconds: float
    begun: str
    status: str
    dirty: bool

    def __str__(self) -> str:
        rows = "rows not swept" if self.dirty else "rows swept already"
        return f"killed at {self.seconds:.2f} s in {self.begun}, task {self.status}, {rows}"


class KilledLab:
    """``root`` is an empty directory. Used as a context: the lab is up inside."""

    def __init__(self, root: Path) -> None:
        self.place = shorter_copy(root)
        self._profile = load_profile(NAME, root)
        self._journal = root / f"reports/journal-{NAME}.jsonl"
        self._closing = ExitStack()
        self._course: list[tuple[float, str]] = []

    def __enter__(self) -> KilledLab:
        with ExitStack() as opened:
            opened.enter_context(
                lab_in_the_foreground(NAME, self.place.root, self.place.environment)
            )
            state = json.loads(self.place.state.read_text(encoding="utf-8"))
            self._profile = self._profile.with_lab(state)
            self._aws = AwsClients(self._profile)
            opened.callback(self._aws.close)
            self._before, self._sessions = self._rows(), self._counted()
            self._closing = opened.pop_all()
        return self

    def __exit__(self, *_: object) -> None:
        self._closing.close()

    # ---------------------------------------------------------------- when

    def moment(self, part: int, parts: int, within: float) -> Moment:
        """One in each part of a run's life, ``within`` the part from 0 to 1.

        It goes by the scenarios of a run that was left alone: another may be slower or quicker.
        """
        course = self._course = self._course or self._lived()
        last, _ = course[-1]
        life = last * (part + within) / parts
        number = bisect_right([seconds for seconds, _ in course], life) - 1
        begun, scenario = course[number]
        return Moment(scenario, life - begun)

    def _lived(self) -> list[tuple[float, str]]:
        """Seconds from the first write of a run that was left alone to the beginning of each of its
        scenarios; the first is that of the sweep before them.
        """
        victim = self._victim("features")
        victim.awaited(self._journal.exists)
        first, course = time.monotonic(), [(0.0, "")]
        while not victim.ended():
            seconds = time.monotonic() - first
            course += [(seconds, name) for name in victim.begun[len(course) - 1 :]]
            time.sleep(0.01)
        assert victim.wait() == 0, victim.said
        assert self.left() == []
        return course

    # ---------------------------------------------------------------- killed, and what comes then

    def kill(self, moment: Moment, *features: str) -> Killed:
        victim = self._victim(*features)
        victim.awaited(lambda: victim.is_open and self._journal.exists())
        first = time.monotonic()
        victim.awaited(lambda: moment.scenario in ["", *victim.begun])
        victim.awaited(lambda: self._status(moment.status))
        time.sleep(moment.seconds)
        status, begun, dirty = self._status(), victim.begun, self._journal.exists()
        assert victim.processes()
        victim.kill()
        seconds = time.monotonic() - first
        return Killed(victim, seconds, begun[-1] if begun else "the first sweep", status, dirty)

    def kill_and_sweep(self, moment: Moment, *features: str) -> tuple[Killed, float]:
        """What a run begins and ends with, at once and alone, and its seconds."""
        with open_session(self._profile) as session:
            killed = self.kill(moment, *features)
            began = time.monotonic()
            report = sweep(session, final=True)
            seconds = time.monotonic() - began
        assert (report.left, report.after_killed_run) == ((), killed.dirty)
        return killed, seconds

    def kill_and_run(self, moment: Moment, *features: str) -> tuple[Killed, float]:
        """A run that knows nothing of the one before, and its seconds."""
        killed = self.kill(moment, *features)
        assert self.place.verdict["verdict"] == "NOT JUDGED"
        began = time.monotonic()
        done = self.place.features(*NEXT, "--environment", NAME)
        assert done.returncode == 0, done.stdout
        assert ("of a run that was killed" in done.stdout) == killed.dirty, done.stdout
        assert killed.status not in ("stopping", "stopped") or RESTARTED in done.stdout, done.stdout
        return killed, time.monotonic() - began

    def left(self) -> list[str]:
        """What is not as it was before all runs."""
        lines = [f"{path.name} is left" for path in self._files()]
        if (status := self._status()) != "running":
            lines.append(f"the task is {status}")
        time.sleep(LATER)
        for side, tables in self._rows().items():
            for name, rows in tables.items():
                more, less = rows - self._before[side][name], self._before[side][name] - rows
                if more or less:
                    lines.append(f"{name}: {more.total()} rows too many, {less.total()} missing")
        if not comes_true(lambda: self._counted() == self._sessions, NOTICED):
            lines.append(f"{self._counted()} sessions are open instead of {self._sessions}")
        return lines

    # ---------------------------------------------------------------- what is asked

    def _victim(self, *features: str) -> Victim:
        return Victim(self.place, features, self.place.root / "said.txt")

    def _files(self) -> list[Path]:
        reports = self.place.root / "reports"
        return [*reports.glob("journal-*"), *reports.glob(".*.part"), *reports.glob("*.owner")]

    def _status(self, wanted: str = "") -> str:
        """The task's, '' unless it is the ``wanted`` one."""
        found = find_task(self._aws, self._profile.aws.task).status
        return found if wanted in ("", found) else ""

    def _rows(self) -> Rows:
        return {side: self.place.rows(side, schema) for side, schema in SCHEMAS.items()}

    def _counted(self) -> list[int]:
        return [
            self.place.ask(
                side, f"SELECT count(*) FROM pg_stat_activity WHERE application_name = '{name}'"
            )[0][0]
            for side, name in SESSIONS.items()
        ]
