"""Stand-ins for what the API drives and asks."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from lab.aws.errors import invalid_value
from lab.dms.control import TableStatistics, TaskStatus
from tests.waiting import LONG_SECONDS


@dataclass
class FakeProcess:
    """A replication process that does what a test tells it; ``gate`` holds start and stop back
    while cleared.
    """

    directory: Path
    gate: threading.Event = field(default_factory=threading.Event)
    starts: list[tuple[dict[str, Any], str]] = field(default_factory=list)
    current: TaskStatus = field(default_factory=lambda: TaskStatus("ready"))
    counters: list[TableStatistics] = field(default_factory=list)
    start_error: Exception | None = None
    busy: bool = False

    def __post_init__(self) -> None:
        self.gate.set()

    def start(self, spec: dict[str, Any], start_type: str) -> None:
        self._pass_gate()
        if self.start_error is not None:
            raise self.start_error
        self.starts.append((spec, start_type))
        now = datetime.now(UTC)
        first = self.current.fresh_start_date or now
        self.current = TaskStatus("running", fresh_start_date=first, start_date=now)

    def stop(self, timeout: float = 30) -> None:
        self._pass_gate()
        self.current = replace(
            self.current,
            state="stopped",
            stop_reason="Stop Reason NORMAL",
            stop_date=datetime.now(UTC),
        )

    def _pass_gate(self) -> None:
        self.busy = True
        assert self.gate.wait(LONG_SECONDS)
        self.busy = False

    def fail(self, text: str) -> None:
        self.current = replace(
            self.current, state="failed", stop_reason=text, last_failure_message=text
        )

    def status(self) -> TaskStatus:
        assert not self.busy, "asked while it is being started or stopped"
        return self.current

    def statistics(self) -> Sequence[TableStatistics]:
        return list(self.counters)


def refuse_non_json(text: str) -> None:
    if not text.startswith("{"):
        raise invalid_value("Invalid Table Mappings document. Invalid json")
