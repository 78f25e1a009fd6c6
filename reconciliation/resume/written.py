"""Plans and tallies as JSON and back, exactly: keys are numbers, texts, bytes, dates and times."""

from __future__ import annotations

import datetime as dt
import uuid
from collections import Counter
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from reconciliation.model import Key
from reconciliation.segments.plan import Plan, Segment
from reconciliation.segments.ranges import KeyRange
from reconciliation.tally import Tally

#: how values without a form of their own in JSON are named there
_WRITERS: tuple[tuple[type, str, Any], ...] = (
    (Decimal, "decimal", str),
    (bytes, "bytes", bytes.hex),
    (dt.datetime, "datetime", dt.datetime.isoformat),
    (dt.date, "date", dt.date.isoformat),
    (dt.time, "time", dt.time.isoformat),
    (uuid.UUID, "uuid", str),
)
_READERS: Mapping[str, Any] = {
    "decimal": Decimal,
    "bytes": bytes.fromhex,
    "datetime": dt.datetime.fromisoformat,
    "date": dt.date.fromisoformat,
    "time": dt.time.fromisoformat,
    "uuid": uuid.UUID,
}


class NotWritable(Exception):  # noqa: N818 - says why there is no checkpoint
    """A key value that has no exact form in a checkpoint."""


def write_key(key: Key | None) -> list[Any] | None:
    """Raises NotWritable."""
    return None if key is None else [_write(value) for value in key]


def _write(value: Any) -> Any:
    if value is None or isinstance(value, (bool, int, str)):
        return value
    for kind, name, write in _WRITERS:
        if isinstance(value, kind):
            return {name: write(value)}
    raise NotWritable(f"a key value of type {type(value).__name__} has no exact form in a checkpoint")


def read_key(given: list[Any] | None) -> Key | None:
    """Raises ValueError, TypeError, KeyError or ArithmeticError for anything ``write_key`` does not write."""
    return None if given is None else tuple(_read(value) for value in given)


def _read(given: Any) -> Any:
    if not isinstance(given, dict):
        return given
    ((name, value),) = given.items()
    return _READERS[name](value)


def write_plan(plan: Plan) -> dict[str, Any]:
    """Raises NotWritable."""
    return {
        "rows": plan.rows,
        "reason": plan.reason,
        "segments": [
            {"number": segment.number, "low": write_key(segment.keys.low), "high": write_key(segment.keys.high)}
            for segment in plan.segments
        ],
    }


def read_plan(given: Mapping[str, Any]) -> Plan:
    """As ``read_key``; ValueError also for segments that do not follow each other."""
    segments = tuple(
        Segment(int(item["number"]), KeyRange(read_key(item["low"]), read_key(item["high"])))
        for item in given["segments"]
    )
    edges = [segment.keys.low for segment in segments] + [None]
    ends = [None] + [segment.keys.high for segment in segments]
    if not segments or edges != ends or [segment.number for segment in segments] != list(range(1, len(segments) + 1)):
        raise ValueError("the segments do not follow each other")
    return Plan(segments, given["rows"], given["reason"])


def write_tally(tally: Tally) -> dict[str, Any]:
    """Raises NotWritable, also for whatever ``read_tally`` would not give back."""
    written = {
        "source_rows": tally.source_rows,
        "target_rows": tally.target_rows,
        "equal_rows": tally.equal_rows,
        "suspects": [write_key(key) for key in tally.suspects],
        "suspect_count": tally.suspect_count,
        "accepted": dict(tally.accepted),
        "reductions": dict(tally.reductions),
        "notes": list(tally.notes),
    }
    if read_tally(written) != tally:
        raise NotWritable("what was seen has no exact form in a checkpoint")
    return written


def read_tally(given: Mapping[str, Any]) -> Tally:
    """As ``read_key``."""
    counts = [given[name] for name in ("source_rows", "target_rows", "equal_rows", "suspect_count")]
    if not all(isinstance(count, int) and count >= 0 for count in counts):
        raise ValueError("a count is no number")
    return Tally(
        source_rows=counts[0],
        target_rows=counts[1],
        equal_rows=counts[2],
        suspects=[key for key in map(read_key, given["suspects"]) if key is not None],
        suspect_count=counts[3],
        accepted=Counter(given["accepted"]),
        reductions=Counter(given["reductions"]),
        notes=[str(note) for note in given["notes"]],
    )
