"""Plans and tallies as JSON and back, exactly: keys are numbers, texts, bytes, dates and times."""

from __future__ import annotations

import datetime as dt
import json
import uuid
from collections import Counter
from collections.abc import Mapping
from dataclasses import fields
from decimal import Decimal

from reconciliation.compare.extent.ranges import KeyRange
from reconciliation.compare.plan import Plan, Segment
from reconciliation.compare.tally import Tally
from reconciliation.model import Document, Key, Value

#: how values without a form of their own in JSON are named there
_WRITERS: tuple[tuple[type, str, Document], ...] = (
    (Decimal, "decimal", str),
    (bytes, "bytes", bytes.hex),
    (dt.datetime, "datetime", dt.datetime.isoformat),
    (dt.date, "date", dt.date.isoformat),
    (dt.time, "time", dt.time.isoformat),
    (uuid.UUID, "uuid", str),
)
_READERS: Mapping[str, Document] = {
    "decimal": Decimal,
    "bytes": bytes.fromhex,
    "datetime": dt.datetime.fromisoformat,
    "date": dt.date.fromisoformat,
    "time": dt.time.fromisoformat,
    "uuid": uuid.UUID,
}


class NotWritable(Exception):  # noqa: N818 - says why there is no checkpoint
    """A key value that has no exact form in a checkpoint."""


def write_key(key: Key | None) -> list[Document] | None:
    """Raises NotWritable."""
    return None if key is None else [_write(value) for value in key]


def _write(value: Value) -> Document:
    if value is None or isinstance(value, (bool, int, str)):
        return value
    for kind, name, write in _WRITERS:
        if isinstance(value, kind):
            return {name: write(value)}
    raise NotWritable(
        f"a key value of type {type(value).__name__} has no exact form in a checkpoint"
    )


def read_key(given: list[Document] | None) -> Key | None:
    """Raises ValueError, TypeError, KeyError or ArithmeticError for anything ``write_key`` does not
    write.
    """
    return None if given is None else tuple(_read(value) for value in given)


def _read(given: Document) -> Document:
    if not isinstance(given, dict):
        return given
    ((name, value),) = given.items()
    return _READERS[name](value)


def write_plan(plan: Plan) -> dict[str, Document]:
    """Raises NotWritable."""
    return {
        "rows": plan.rows,
        "reason": plan.reason,
        "segments": [
            {
                "number": segment.number,
                "low": write_key(segment.keys.low),
                "high": write_key(segment.keys.high),
            }
            for segment in plan.segments
        ],
    }


def read_plan(given: Mapping[str, Document]) -> Plan:
    """As ``read_key``; ValueError also for segments that do not follow each other."""
    segments = tuple(
        Segment(int(item["number"]), KeyRange(read_key(item["low"]), read_key(item["high"])))
        for item in given["segments"]
    )
    edges = [segment.keys.low for segment in segments] + [None]
    ends = [None] + [segment.keys.high for segment in segments]
    if (
        not segments
        or edges != ends
        or [segment.number for segment in segments] != list(range(1, len(segments) + 1))
    ):
        raise ValueError("the segments do not follow each other")
    return Plan(segments, given["rows"], given["reason"])


#: what a tally keeps of rows: their keys
_KEYS = ("suspects", "more")


def write_tally(tally: Tally) -> dict[str, Document]:
    """Raises NotWritable, also for whatever ``read_tally`` would not give back."""
    written: dict[str, Document] = {}
    for item in fields(Tally):
        value = getattr(tally, item.name)
        written[item.name] = [write_key(key) for key in value] if item.name in _KEYS else value
    try:
        alike = read_tally(json.loads(json.dumps(written))) == tally
    except (ValueError, TypeError, KeyError, ArithmeticError):
        alike = False
    if not alike:
        raise NotWritable("what was seen has no exact form in a checkpoint")
    return written


def read_tally(given: Mapping[str, Document]) -> Tally:
    """As ``read_key``."""
    found = Tally()
    for item in fields(Tally):
        value, kind = given[item.name], type(getattr(found, item.name))
        if item.name in _KEYS:
            value = [read_key(key) for key in value]
        elif not isinstance(value, dict if kind is Counter else kind):
            raise ValueError(f"{item.name} is no {kind.__name__}")
        setattr(found, item.name, Counter(value) if kind is Counter else value)
    if min(found.source_rows, found.target_rows, found.equal_rows, found.suspect_count) < 0:
        raise ValueError("a count is negative")
    return found
