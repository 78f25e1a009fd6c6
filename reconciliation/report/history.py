"""What earlier runs of an environment came to: one JSON line a run, counts and times only, no value
and no key.

Any number of runs may append at once; a line that was damaged (a full disk, a killed run) costs
that run and no other.
"""

from __future__ import annotations

import datetime as dt
import errno
import fcntl
import hashlib
import json
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from reconciliation.documents import members, text, whole
from reconciliation.model import Document, Status, TableResult
from reconciliation.process.files import FILE_MODE, private_directory
from reconciliation.report.model import PastRun, PastTable, RunReport, quantile

VERSION = 1
#: runs a trend goes back, and bytes of the file that are read for them at most
SHOWN_RUNS, TAIL_BYTES = 60, 4 << 20
#: where histories are kept instead of reports/history; set to nothing: nowhere
VARIABLE = "RECONCILIATION_HISTORY"


@dataclass(frozen=True)
class History:
    """The runs of one environment, the oldest first, and how many lines could not be read."""

    runs: tuple[PastRun, ...] = ()
    damaged: int = 0


def directory(reports: Path) -> Path | None:
    """``reports``/history, or what the environment variable says; None: no history is kept."""
    given = os.environ.get(VARIABLE)
    if given is None:
        return reports / "history"
    return Path(given) if given else None


def path_of(environment: str, where: Path) -> Path:
    """One file an environment; names that are no file names get a digest, so that no two share a
    file.
    """
    plain = re.sub(r"[^A-Za-z0-9._-]+", "_", environment).lstrip(".")[:80] or "_"
    if plain != environment:
        plain += "-" + hashlib.sha256(environment.encode("utf-8", "surrogatepass")).hexdigest()[:8]
    return where / f"{plain}.jsonl"


def append(report: RunReport, where: Path) -> None:
    """Add the run as one line, whole or not at all; OSError when that cannot be done."""
    private_directory(where)
    line = json.dumps(entry(report), ensure_ascii=True, separators=(",", ":")).encode() + b"\n"
    handle = os.open(
        path_of(report.environment, where), os.O_RDWR | os.O_CREAT | os.O_APPEND, FILE_MODE
    )
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        size = os.fstat(handle).st_size
        if size and os.pread(handle, 1, size - 1) != b"\n":
            line = b"\n" + line  # somebody died in the middle of a line
        if os.write(handle, line) < len(line):  # a disk that is nearly full takes a part
            os.ftruncate(handle, size)
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    finally:
        os.close(handle)


def entry(report: RunReport) -> Mapping[str, Document]:
    """The line of a run. ``lag`` is None when none was measured."""
    arrived = [lag.seconds for lag in report.lags if lag.arrived]
    lag: dict[str, float | None] = {
        "count": len(report.lags),
        "lost": len(report.lags) - len(arrived),
    }
    for name, share in (("median", 0.5), ("p95", 0.95), ("p99", 0.99), ("longest", 1.0)):
        lag[name] = round(quantile(arrived, share), 3) if arrived else None
    return {
        "version": VERSION,
        "run_id": report.run_id,
        "time": report.started.isoformat(timespec="seconds"),
        "subject": report.subject,
        "scope": report.scope.value,
        "verdict": report.headline,
        "seconds": round(report.seconds, 3),
        "lag": lag if report.lags else None,
        "tables": {table.table: _table(table) for table in report.tables},
    }


def _table(table: TableResult) -> Mapping[str, Document]:
    rate = rows_per_second(table)
    return {
        "status": table.status.value,
        "source_rows": table.source_rows,
        "target_rows": table.target_rows,
        "differing": table.differing_rows,
        "missing": table.missing_rows,
        "extra": table.extra_rows,
        "in_flight": table.in_flight_rows,
        "seconds": round(table.seconds, 3),
        "rows_per_second": None if rate is None else round(rate),
    }


def rows_per_second(table: TableResult) -> float | None:
    """Rows of the longer side over the seconds of their first look; None for a table that was not
    compared.

    Looking again at rows that differ is waiting for the replication, and says nothing about speed.
    """
    rows, seconds = max(table.source_rows, table.target_rows), table.seconds - table.recheck_seconds
    return rows / seconds if rows and seconds > 0 else None


def read(environment: str, where: Path, last: int = SHOWN_RUNS) -> History:
    """The ``last`` runs of an environment; what cannot be read is left out and counted, never an
    error.
    """
    try:
        with path_of(environment, where).open("rb") as file:
            start = max(0, file.seek(0, os.SEEK_END) - TAIL_BYTES)
            file.seek(start)
            lines = file.read().split(b"\n")[1 if start else 0 :]
    except OSError:
        return History()
    runs, damaged = [], 0
    for line in filter(None, lines):
        try:
            runs.append(_past(json.loads(line)))
        except (ValueError, KeyError, TypeError, AttributeError, OverflowError, RecursionError):
            damaged += 1
    return History(tuple(sorted(runs, key=lambda run: run.time)[-last:]), damaged)


def with_own(found: History, report: RunReport) -> tuple[PastRun, ...]:
    """The runs as they will be once this one is among them."""
    own = _past(entry(report))
    return tuple(sorted((*found.runs, own), key=lambda run: run.time)[-SHOWN_RUNS:])


def _past(written: Document) -> PastRun:
    line = members(written, "the line")
    lag = members(line["lag"] or {}, "lag")
    time = dt.datetime.fromisoformat(text(line["time"], "time"))
    if time.tzinfo is None:
        raise ValueError("a time without a zone")
    time = time.astimezone(dt.UTC)
    tables = {
        name: _past_table(members(one, name))
        for name, one in members(line["tables"], "tables").items()
    }
    return PastRun(str(line["run_id"]), time, str(line["verdict"]), _rate(lag.get("p95")), tables)


def _past_table(table: Mapping[str, Document]) -> PastTable:
    return PastTable(
        Status(table["status"]),
        _number(table["differing"]),
        _number(table["missing"]),
        _number(table["extra"]),
        _rate(table["rows_per_second"]),
    )


def _number(value: Document) -> int:
    if (count := whole(value, "a count")) < 0:
        raise ValueError("no count")
    return count


def _rate(value: Document) -> float | None:
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 <= value < 1e15:
        raise ValueError("no rate")
    return float(value)
