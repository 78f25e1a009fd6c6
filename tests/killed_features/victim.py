"""A run of the guarantees that is going to be killed."""

from __future__ import annotations

import re
import signal
import sys
import time
import uuid
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TypeVar

from tests.children import start_child
from tests.suite.payments import NAME
from tests.suite.place import Place
from tests.waiting import LONG_SECONDS

Fact = TypeVar("Fact")
#: what every process has that a victim starts, whatever becomes of its parents
_MARK = "VICTIM_OF_A_KILL"


class Victim:
    """`pytest` over some of the features, up to its end or its kill."""

    def __init__(self, place: Place, features: Sequence[str], said: Path) -> None:
        self._said, self._mark = said, uuid.uuid4().hex
        options = ["--environment", NAME, "-v", "-p", "no:cacheprovider"]
        with said.open("wb") as file:
            self._process = start_child(
                [sys.executable, "-m", "pytest", *features, *options],
                cwd=place.root,
                env={**place.environment, _MARK: self._mark},
                stdout=file,
                stderr=file,
            )

    @property
    def said(self) -> str:
        return self._said.read_text(encoding="utf-8")

    @property
    def is_open(self) -> bool:
        """Whether it has looked at its surroundings, and sweeps next."""
        return "clock difference: " in self.said

    @property
    def begun(self) -> list[str]:
        """The scenarios that have begun so far."""
        return re.findall(r"(?m)^features/\S+::(\S+)", self.said)

    def ended(self) -> bool:
        return self._process.poll() is not None

    def awaited(self, fact: Callable[[], Fact]) -> Fact:
        """What ``fact`` gives as soon as it is true, which has to be before the victim ends."""
        deadline = time.monotonic() + LONG_SECONDS
        while not (found := fact()):
            assert not self.ended(), f"it ended before its moment:\n{self.said}"
            assert time.monotonic() < deadline, f"its moment did not come:\n{self.said}"
            time.sleep(0.01)
        return found

    def kill(self) -> None:
        """As `kill -9` does by hand: this process alone, and none that it has started."""
        assert not self.ended(), f"it ended before its moment:\n{self.said}"
        self._process.send_signal(signal.SIGKILL)
        assert self._process.wait() == -signal.SIGKILL

    def wait(self) -> int:
        """Its exit code, once it has ended by itself."""
        return self._process.wait()

    def processes(self) -> list[str]:
        """What runs of it."""
        return [
            path.parent.joinpath("cmdline").read_text().replace("\0", " ")
            for path in Path("/proc").glob("[0-9]*/environ")
            if self._mark.encode() in _content(path)
        ]


def _content(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError:  # it is just ending
        return b""
