"""A running lab seen through networks that can fail, and the two doors of the suite, run against it
as a user would.

The profile is a live one: nothing of the lab's own life (start, stop, state) is known to the run.
"""

from __future__ import annotations

import contextlib
import json
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.children import lab_in_the_foreground, start_child
from tests.outages.gate import Gate
from tests.proxy import Proxy
from tests.suite.place import Place
from tests.waiting import comes_true, wait_for

ENVIRONMENT = "bad-network"
#: the guarantees that are run: one group that changes data, the whole tables, the declaration
GROUPS = ("04-change-propagation", "07-whole-tables", "08-declaration")
FEATURES = ("insert.feature", "every-row.feature", "declaration.feature")
#: rows that both databases hold beside the seeds unless told otherwise, so that a comparison has a
#: middle
ROWS = 2000
#: after which a run is taken for hung
LONGEST_SECONDS = 400
DOORS = ("features", "command")


@dataclass(frozen=True)
class Outcome:
    """How one run ended. ``verdict`` is what verdict.json, or the command's JSON, says; None where
    there is none.
    """

    verdict: str | None
    code: int
    seconds: float
    lines: int
    output: str = field(repr=False)


class Stage:
    """``source``, ``oracle``, ``service`` are TCP networks, ``aws`` is one of HTTP; good until a
    case spoils them.
    """

    def __init__(self, root: Path, rows: int = ROWS) -> None:
        self._rows = rows
        self.place = Place.copy_to(root)
        _keep_only(root / "features", GROUPS, FEATURES)
        self._networks = contextlib.ExitStack()  # and the lab behind them
        self._half: dict[str, Mapping[str, int]] = {}
        self._process: subprocess.Popen[str] | None = None
        self._up()

    # ------------------------------------------------------------ life

    def _up(self) -> None:
        self._networks.enter_context(
            lab_in_the_foreground("lab", self.place.root, self.place.environment)
        )
        state = self.state
        self.source = self._networks.enter_context(Proxy(state["postgres"]["port"]))
        self.oracle = self._networks.enter_context(Proxy(state["oracle"]["port"]))
        self.service = self._networks.enter_context(Proxy(_port(state["api"]["base_url"])))
        self.aws = self._networks.enter_context(Gate(_port(state["aws"]["endpoint_url"])))
        self._write_profile()
        self._fill()

    def down(self) -> None:
        self._networks.close()
        self.place.lab("down")  # whatever a case has left of it

    def renew(self) -> None:
        """Another lab in the place of one that a case has broken."""
        self.down()
        self._networks = contextlib.ExitStack()
        self._up()

    @property
    def state(self) -> Mapping[str, Any]:
        return json.loads((self.place.root / "labs/lab/state.json").read_text(encoding="utf-8"))

    def pids(self) -> Mapping[str, int]:
        """The process of every part of the lab."""
        parts = json.loads(self.place.python("-m", "lab", "status", "--json").stdout)["components"]
        return {part["name"]: part["pid"] for part in parts}

    def _write_profile(self) -> None:
        lab = (self.place.root / "environments/lab.toml").read_text(encoding="utf-8")
        text = lab[: lab.index("[lab]")]
        oracle, region = self.state["oracle"], self.state["aws"]["region"]
        for found, instead in (
            (r'name = "lab"', f'name = "{ENVIRONMENT}"'),
            (r'kind = "lab".*', 'kind = "live"'),
            (r"sweep_target_orphans = true.*", "sweep_target_orphans = false"),
            (r"control_task = true.*", "control_task = false"),
            (
                r"secret = \"flightspecials/postgresql\".*",
                _address("SOURCE", self.source.port, "dso"),
            ),
            (
                r"secret = \"travelbuddy/oracle\".*",
                _address("TARGET", self.oracle.port, oracle["service"]),
            ),
            (
                r"region = .*",
                f'region = "{region}"\nendpoint_url = "http://127.0.0.1:{self.aws.port}"',
            ),
            (r"header_path =", f'base_url = "http://127.0.0.1:{self.service.port}"\nheader_path ='),
        ):
            text, count = re.subn(found, instead, text, count=1)
            assert count == 1, found
        (self.place.root / f"environments/{ENVIRONMENT}.toml").write_text(text, encoding="utf-8")

    def _fill(self) -> None:
        """Rows beside the seeds, written as the application would; returns
        when Oracle holds them.
        """
        connection = self.place.connect("postgres")
        with connection, connection.cursor() as cursor:
            cursor.execute(
                "INSERT INTO travelbuddy.flightspecial (id, header, body, cost) "
                f"SELECT 5000 + i, 'row ' || i, repeat('서울 ', 30), i FROM generate_series(1, "
                f"{self._rows}) AS i"
            )
        connection.close()
        count = 'SELECT count(*) FROM "TRAVELBUDDY"."FLIGHTSPECIAL" WHERE "ID" > 5000'
        arrived = comes_true(lambda: self.place.ask("store", count)[0][0] == self._rows)
        assert arrived, "the rows of the stage do not arrive"

    # ------------------------------------------------------------ runs

    def halfway(
        self, door: str, side: str, action: Callable[[], object], early: bool = False
    ) -> None:
        """``action`` is called when ``side`` has answered half of what it answers in an undisturbed
        run; ``early``: an eighth of it.
        """
        if door not in self._half:
            self._half[door] = self._half_of_an_undisturbed_run(door)
        answered = self._half[door][side]
        getattr(self, side).after(answered // 4 if early else answered, action)

    def _half_of_an_undisturbed_run(self, door: str) -> Mapping[str, int]:
        """Bytes of each database's answers."""
        networks = {"source": self.source, "oracle": self.oracle}
        before = {side: network.received for side, network in networks.items()}
        done = self.run(door)
        assert done.code == 0, done.output
        return {side: (network.received - before[side]) // 2 for side, network in networks.items()}

    def signal(self, number: signal.Signals) -> None:
        """To the run that is going on."""
        assert self._process is not None
        self._process.send_signal(number)

    def run(
        self,
        door: str,
        *more: str,
        environ: Mapping[str, str] | None = None,
        command: tuple[str, ...] = (),
        fresh: bool = True,
    ) -> Outcome:
        """One run through a door. ``command`` stands before it (``prlimit``); ``environ`` is added
        to its variables; ``fresh`` takes the reports of earlier runs away.
        """
        if fresh:
            shutil.rmtree(self.place.root / "reports", ignore_errors=True)
        asked = {
            "features": (
                "-m",
                "pytest",
                "features",
                "--environment",
                ENVIRONMENT,
                "--writes-to",
                ENVIRONMENT,
                "-p",
                "no:cacheprovider",
            ),
            "command": (
                "-m",
                "reconciliation",
                "run",
                "--environment",
                ENVIRONMENT,
                "--html",
                "reports",
            ),
        }[door]
        began = time.monotonic()
        self._process = subprocess.Popen(
            [*command, sys.executable, *asked, *more],
            cwd=self.place.root,
            text=True,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            env=self.environment() | dict(environ or {}),
        )
        with self._process:
            try:
                output, _ = self._process.communicate(timeout=LONGEST_SECONDS)
            except subprocess.TimeoutExpired:
                self._process.kill()
                output, _ = self._process.communicate()
                output += f"\nhung for {LONGEST_SECONDS} s"
            finally:
                # does nothing where it has ended: a test that is broken off leaves no run
                self._process.kill()
        return Outcome(
            self._verdict(door),
            self._process.returncode,
            time.monotonic() - began,
            len(output.splitlines()),
            output,
        )

    @contextlib.contextmanager
    def another_run(self, held: bool) -> Iterator[None]:
        """Another run of the guarantees, in the same place, has its reports; ``held``: for as long
        as the block takes.

        Otherwise it goes on meanwhile, and may come to its end.
        """
        named = ("--environment", ENVIRONMENT, "--writes-to", ENVIRONMENT)
        asked = ("-m", "pytest", "features", *named, "-p", "no:cacheprovider")
        shutil.rmtree(self.place.root / "reports", ignore_errors=True)
        self.oracle.throttle(2_000)
        other = start_child(
            [sys.executable, *asked],
            cwd=self.place.root,
            env=self.environment(),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        lock = self.place.root / "reports/.lock"
        try:
            wait_for(lambda: other.poll() is not None or (lock.is_file() and lock.read_text()))
            if held:
                other.send_signal(signal.SIGSTOP)
            assert other.poll() is None
            self.oracle.heal()
            yield
        finally:
            other.send_signal(signal.SIGINT)
            other.send_signal(signal.SIGCONT)
            other.wait()

    def environment(self) -> dict[str, str]:
        source, oracle = self.state["suite"]["source"], self.state["suite"]["oracle"]
        return self.place.environment | {
            "SOURCE_USER": source["user"],
            "SOURCE_PASSWORD": source["password"],
            "TARGET_USER": oracle["user"],
            "TARGET_PASSWORD": oracle["password"],
            "AWS_ACCESS_KEY_ID": "lab",
            "AWS_SECRET_ACCESS_KEY": "lab",
            "PYTHONPATH": "",
        }

    def _verdict(self, door: str) -> str | None:
        name = "verdict.json" if door == "features" else "reconciliation.json"
        path = self.place.root / "reports" / name
        return json.loads(path.read_text(encoding="utf-8"))["verdict"] if path.is_file() else None

    @contextlib.contextmanager
    def healed(self) -> Iterator[None]:
        """Whatever happens inside, afterwards every network is a good one."""
        try:
            yield
        finally:
            for network in (self.source, self.oracle, self.service):
                network.heal()
            self.aws.heal()


def _keep_only(features: Path, groups: tuple[str, ...], files: tuple[str, ...]) -> None:
    for folder in features.iterdir():
        if folder.name not in groups:
            shutil.rmtree(folder)
    for path in features.rglob("*.feature"):
        if path.name not in files:
            path.unlink()


def _address(side: str, port: int, database: str) -> str:
    return (
        f'host = "127.0.0.1"\nport = {port}\ndatabase = "{database}"\nuser_env = "{side}_USER"\n'
        f'password_env = "{side}_PASSWORD"'
    )


def _port(url: str) -> int:
    return int(url.rpartition(":")[2])
