"""Starts the servers and the clients, kills some clients, watches, and says what was wrong."""

from __future__ import annotations

import json
import random
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass, field
from pathlib import Path

from tests.clusters import Cluster, temporary_cluster
from tests.oracle.conftest import STORE_DATABASE, WireServer, start_server
from tests.oracle.soak import shared
from tests.oracle.soak.growth import WARM_UP, Figure, judge, leaks
from tests.oracle.soak.watch import Backends, Sample, children, sample
from tests.waiting import LONG_SECONDS, comes_true

_ROOT = Path(__file__).parents[3]
#: three kinds of client processes: never cut (its sessions last), cut and killed, asyncio (killed
#: as well)
_KINDS = ("steady", "cut", "cut", "asyncio")
_KILLS = 5
#: the work takes at least as long as so many starts of a server: on a busy machine little is done
#: in a second
_STARTS = 10
#: what the log of the server must not hold
_FAULTS = ("Traceback", "fault of the server", "the engine failed", "protocol error")


@dataclass
class Client:
    """A client process and the file it reports to."""

    kind: str
    name: str
    process: subprocess.Popen[bytes]
    report: Path
    was_killed: bool = False


@dataclass
class Outcome:
    """What a run has shown."""

    findings: list[str] = field(default_factory=list)
    counts: Counter[str] = field(default_factory=Counter)
    figures: list[Figure] = field(default_factory=list)


@dataclass
class Soak:
    """One run."""

    sessions: int
    seconds: float
    seed: int
    directory: Path
    cluster: Cluster
    server: WireServer
    wanted: Collection[str] = ()
    clients: list[Client] = field(default_factory=list)
    samples: list[Sample] = field(default_factory=list)

    @property
    def end(self) -> Path:
        """The file that tells the clients that it is over."""
        return self.directory / "end"

    def start_client(self, kind: str, name: str) -> Client:
        """A client process that works until the end."""
        report = self.directory / f"{name}.jsonl"
        task = {
            "name": name,
            "kind": kind,
            "sessions": max(2, self.sessions // len(_KINDS)),
            "seed": self.seed,
            "port": self.server.port,
            "store": self.cluster.port,
            "report": str(report),
            "end": str(self.end),
        }
        with (self.directory / f"{name}.log").open("wb") as output:
            process = subprocess.Popen(
                [sys.executable, "-m", "tests.oracle.soak.client", json.dumps(task)],
                cwd=_ROOT,
                stdout=output,
                stderr=output,
            )
        client = Client(kind, name, process, report)
        self.clients.append(client)
        return client

    def run(self, *, progress: bool) -> Outcome:
        """The whole run; the findings are empty when all was well."""
        with self.server.connect() as connection:
            shared.create(connection)
        listener = self.server.process.pid
        comes_true(lambda: not children(listener))
        first = sample(listener, time.monotonic())
        alive = [self.start_client(kind, f"{kind[0]}{n}") for n, kind in enumerate(_KINDS)]
        comes_true(lambda: self._cycles() > 0)
        started = time.monotonic()
        chance = random.Random(self.seed)
        pause = self.seconds / (_KILLS + 1)
        kill_at, told_at, steady, cycles = pause, 0.0, None, None
        backends = Backends(self.cluster.connect(STORE_DATABASE))
        while (now := time.monotonic() - started) < self.seconds or (
            now < LONG_SECONDS and self._lacks()
        ):
            self.samples.append(sample(listener, started))
            steady = steady or self._steady_process(backends, listener)
            if cycles is None and now > WARM_UP * self.seconds:
                cycles = self._cycles()
            if now > kill_at:
                kill_at += pause
                self._kill_one(alive, chance)
            if progress and now > told_at + 10:
                told_at = now
                self._tell(now)
            time.sleep(min(0.5, self.seconds / 40))
        outcome = Outcome([f"{name}: never done within {now:.0f} s" for name in self._lacks()])
        self.end.touch()
        self._await_clients(outcome)
        self._check_quiet(outcome, backends, listener)
        outcome.figures = judge(self.samples, now, steady, first, cycles or 0)
        if not outcome.figures or steady is None:
            outcome.findings.append("the memory was not measured")
        outcome.findings += [
            f"{figure.name} grew from {figure.before:.0f} to {figure.after:.0f} {figure.unit}".strip()  # noqa: E501
            for figure in outcome.figures
            if figure.is_wrong
        ]
        self._collect(outcome)
        self._check_tables(outcome)
        self._check_log(outcome)
        return outcome

    def _steady_process(self, backends: Backends, listener: int) -> int | None:
        for line in self._lines(self.clients[0]):
            if "steady" in line:
                return backends.process_of(int(line["steady"]), children(listener))
        return None

    def _counted(self, client: Client) -> Counter[str]:
        return Counter(
            next((line["counts"] for line in reversed(self._lines(client)) if "counts" in line), {})
        )

    def _cycles(self) -> int:
        return self._counted(self.clients[0])["steady cycles"]

    def _lacks(self) -> list[str]:
        """What was to be done at least once, and has not been told of yet."""
        done = sum((self._counted(client) for client in self.clients), Counter())
        return [name for name in self.wanted if not done[name]]

    def _kill_one(self, alive: list[Client], chance: random.Random) -> None:
        place = chance.randrange(1, len(alive))
        victim = alive[place]
        victim.process.kill()
        victim.process.wait()
        victim.was_killed = True
        alive[place] = self.start_client(
            victim.kind, f"{victim.kind[0]}{place}k{len(self.clients)}"
        )

    def _await_clients(self, outcome: Outcome) -> None:
        end = time.monotonic() + LONG_SECONDS
        for client in self.clients:
            try:
                code = client.process.wait(max(0.1, end - time.monotonic()))
            except subprocess.TimeoutExpired:
                client.process.kill()
                client.process.wait()
                outcome.findings.append(f"the client process {client.name} hung")
                continue
            if code and not client.was_killed:
                outcome.findings.append(
                    f"the client process {client.name} ended with {code}: {self._log_of(client)}"
                )

    def _log_of(self, client: Client) -> str:
        return (self.directory / f"{client.name}.log").read_text(errors="replace")[-2000:]

    def _check_quiet(self, outcome: Outcome, backends: Backends, listener: int) -> None:
        if not comes_true(lambda: not any(backends.remains().values())):
            left = {name: count for name, count in backends.remains().items() if count}
            after = f"{LONG_SECONDS:.0f} s after the last client"
            outcome.findings.append(f"left in PostgreSQL {after}: {left}: {backends.doing()}")
        if not comes_true(lambda: not children(listener)):
            outcome.findings.append(
                f"{len(children(listener))} session processes outlive their clients"
            )
        if self.server.process.poll() is not None:
            outcome.findings.append(f"the listener has ended with {self.server.process.returncode}")

    def _check_tables(self, outcome: Outcome) -> None:
        with self.server.connect() as connection:
            row = connection.cursor().execute(shared.BALANCE).fetchone()
        outcome.findings += [f"at the end {fault}" for fault in shared.faults(row)]

    def _check_log(self, outcome: Outcome) -> None:
        text = self.server.log.read_text(errors="replace")
        outcome.findings += leaks(text)
        lines = text.splitlines()
        wrong = [line for line in lines if any(fault in line for fault in _FAULTS)]
        if wrong:
            outcome.findings.append(f"the server's log has {len(wrong)} lines like: {wrong[0]}")
            outcome.findings.append("the log: " + "\n".join(lines)[-4000:])

    @staticmethod
    def _lines(client: Client) -> list[dict[str, object]]:
        if not client.report.exists():
            return []
        # a killed process may leave its last line unfinished
        return [
            json.loads(line)
            for line in client.report.read_text().splitlines(True)
            if line.endswith("}\n")
        ]

    def _collect(self, outcome: Outcome) -> None:
        for client in self.clients:
            outcome.findings += [
                str(line["finding"]) for line in self._lines(client) if "finding" in line
            ]
            outcome.counts.update(self._counted(client))
        outcome.counts["client processes killed"] = sum(
            client.was_killed for client in self.clients
        )

    def _tell(self, now: float) -> None:
        so_far = Outcome()
        self._collect(so_far)
        last = self.samples[-1]
        largest = max(last.sessions_kib.values(), default=0) // 1024
        print(
            f"{now:5.0f} s  {len(last.sessions_kib)} sessions, {sum(so_far.counts.values())} "
            f"things done, "
            f"{len(so_far.findings)} findings, largest session {largest} MiB",
            flush=True,
        )


def soak(
    sessions: int,
    seconds: float,
    seed: int,
    wanted: Collection[str] = (),
    *,
    progress: bool = False,
) -> Outcome:
    """Runs on servers of its own, which are gone afterwards: for ``seconds``, and until all that is
    wanted was done.
    """
    settings = {"max_connections": "150", "deadlock_timeout": "200ms"}
    with (
        temporary_cluster(settings=settings) as cluster,
        tempfile.TemporaryDirectory(prefix="soak-") as directory,
    ):
        cluster.execute(f"CREATE DATABASE {STORE_DATABASE}")
        began = time.monotonic()
        server = start_server(Path(directory), cluster)
        enough = max(seconds, _STARTS * (time.monotonic() - began))
        run = Soak(sessions, enough, seed, Path(directory), cluster, server, wanted)
        try:
            return run.run(progress=progress)
        finally:
            for client in run.clients:
                if client.process.poll() is None:
                    client.process.kill()
                    client.process.wait()
            server.process.terminate()
            server.process.wait(LONG_SECONDS)
