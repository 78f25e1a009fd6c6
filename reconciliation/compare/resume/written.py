"""Plans and tallies as JSON and back, exactly: keys are numbers, texts, bytes, dates and times."""

from __future__ import annotations

import datetime as dt
import json
import uuid
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import fields
from decimal import Decimal

from reconciliation.compare.extent.ranges import KeyRange
from reconciliation.compare.plan import Plan, Segment
from reconciliation.compare.tally import Tally
from reconciliation.documents import elements, members, text, texts, whole
from reconciliation.model import Document, Key, Value

#: how values without a form of their own in JSON are named there by ``_write``
_READERS: Mapping[str, Callable[[str], Value]] = {
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
    match value:
        case None | bool() | int() | str():
            return value
        case Decimal():
            return {"decimal": str(value)}
        case bytes():
            return {"bytes": value.hex()}
        case dt.datetime():  # which is a date, too
            return {"datetime": value.isoformat()}
        case dt.date():
            return {"date": value.isoformat()}
        case dt.time():
            return {"time": value.isoformat()}
        case uuid.UUID():
            return {"uuid": str(value)}
    raise NotWritable(
        f"a key value of type {type(value).__name__} has no exact form in a checkpoint"
    )


def read_key(given: Document) -> Key | None:
    """Raises ValueError, TypeError, KeyError or ArithmeticError for anything ``write_key`` does not
    write.
    """
    return None if given is None else _key(given)


def _key(given: Document) -> Key:
    return tuple(_read(value) for value in elements(given, "a key"))


def _read(given: Document) -> Value:
    if not isinstance(given, dict):
        return given
    ((name, value),) = given.items()
    return _READERS[name](text(value, name))


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


def read_plan(written: Document) -> Plan:
    """As ``read_key``; ValueError also for segments that do not follow each other."""
    given = members(written, "plan")
    segments = tuple(
        _segment(members(item, "a segment")) for item in elements(given["segments"], "segments")
    )
    edges = [segment.keys.low for segment in segments] + [None]
    ends = [None] + [segment.keys.high for segment in segments]
    if (
        not segments
        or edges != ends
        or [segment.number for segment in segments] != list(range(1, len(segments) + 1))
    ):
        raise ValueError("the segments do not follow each other")
    rows = None if given["rows"] is None else whole(given["rows"], "rows")
    return Plan(segments, rows, text(given["reason"], "reason"))


def _segment(given: Mapping[str, Document]) -> Segment:
    keys = KeyRange(read_key(given["low"]), read_key(given["high"]))
    return Segment(whole(given["number"], "number"), keys)


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


def _counted(name: str, given: Document, usual: object) -> object:
    """A field of a tally; ``usual`` is what an empty one has there."""
    if name in _KEYS:
        return [_key(key) for key in elements(given, name)]
    if isinstance(usual, Counter):
        return Counter({what: whole(count, what) for what, count in members(given, name).items()})
    return whole(given, name) if isinstance(usual, int) else [*texts(given, name)]


def read_tally(written: Document) -> Tally:
    """As ``read_key``."""
    given, found = members(written, "a tally"), Tally()
    for item in fields(Tally):
        usual = getattr(found, item.name)
        setattr(found, item.name, _counted(item.name, given[item.name], usual))
    if min(found.source_rows, found.target_rows, found.equal_rows, found.suspect_count) < 0:
        raise ValueError("a count is negative")
    return found
