"""The rows the driver's tests expect in their tables, by the formulas its
scripts state in PL/SQL.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import oracledb

Table = tuple[str, str, Sequence[Any], list[tuple[Any, ...]]]

_TIMES = range(1, 11)
_TSTZ = "to_timestamp_tz({}, 'YYYY-MM-DD HH24:MI:SS.FF TZH:TZM')"


def _odd(number: int, value: Any) -> Any:
    """Nullable columns hold values in the odd rows."""
    return value if number % 2 else None


def _after(start: datetime, days: int, seconds: int, digits: int) -> datetime:
    """``start`` plus an interval whose seconds are written with ``digits`` behind the decimal
    point.
    """
    return start + timedelta(
        days=days, seconds=seconds, microseconds=int(str(digits).ljust(6, "0"))
    )


def _numbers(i: int) -> tuple[Any, ...]:
    quarter = Decimal(i) / 4
    return i, 38**i, i + quarter, i + 3 * quarter, i**3 + 2 * quarter, _odd(i, 143**i)


def _strings(i: int) -> tuple[Any, ...]:
    return i, f"String {i}", f"Raw {i}".encode(), f"Fixed Char {i}", _odd(i, f"Nullable {i}")


def _unicodes(i: int) -> tuple[Any, ...]:
    return i, f"Unicode \u3042 {i}", f"Fixed Unicode {i}", _odd(i, f"Nullable {i}")


def _dates(i: int) -> tuple[Any, ...]:
    start = datetime(2002, 12, 9)
    day = 86400
    return (
        i,
        start + timedelta(days=i, seconds=i * day // 10),
        _odd(i, start + timedelta(days=2 * i, seconds=i * day * 15 // 100)),
    )


def _timestamps(i: int) -> tuple[Any, ...]:
    start = datetime(2002, 12, 9)
    nullable = _odd(i, _after(start, i + 1, 3 * i, 125 * i))
    return i, _after(start, i, 2 * i, 50 * i), nullable, datetime(2009, 12, 14)


def _zoned(day: datetime) -> list[tuple[Any, ...]]:
    """Three instants as text with an offset; the offset of the first changes from row to row."""
    rows = []
    for i in _TIMES:
        zone = f"{'+' if i % 2 else '-'}{i:02}:{'30' if i % 4 else '00'}"
        nullable = _odd(i, f"{_after(day, i + 1, 3 * i, 125 * i):%Y-%m-%d %H:%M:%S.%f} +00:00")
        value = f"{_after(day, i, 2 * i, 50 * i):%Y-%m-%d %H:%M:%S.%f} {zone}"
        rows.append((i, value, nullable, "2009-12-14 00:00:00.000000 +00:00"))
    return rows


def _intervals(i: int) -> tuple[Any, ...]:
    return (
        i,
        timedelta(days=i, hours=i, minutes=2 * i, seconds=3 * i),
        _odd(i, timedelta(days=i + 5, hours=i + 2, minutes=2 * i + 5, seconds=3 * i + 5)),
        timedelta(days=8, hours=5, minutes=15),
        timedelta(days=10, hours=12, minutes=15, seconds=15),
    )


def _months(i: int) -> tuple[Any, ...]:
    """The sign of the years is the sign of the whole interval, so of the months too."""
    sign = -1 if i < 5 else 1
    nullable = _odd(i, oracledb.IntervalYM(i + 5, i + 2))
    return i, oracledb.IntervalYM(i - 5, sign * i), nullable, oracledb.IntervalYM(3, 8)


def _table(name: str, row: Any, types: Sequence[Any] = ()) -> Table:
    rows = [row(i) for i in _TIMES]
    places = ", ".join(f":{n}" for n in range(1, len(rows[0]) + 1))
    return name, f"insert into {name} values ({places})", types, rows


def _zoned_table(name: str, day: datetime) -> Table:
    values = ", ".join(_TSTZ.format(f":{n}") for n in (2, 3, 4))
    return name, f"insert into {name} values (:1, {values})", (), _zoned(day)


_NUMBER, _NCHAR, _STAMP = (
    oracledb.DB_TYPE_NUMBER,
    oracledb.DB_TYPE_NVARCHAR,
    oracledb.DB_TYPE_TIMESTAMP,
)

TABLES: tuple[Table, ...] = (
    _table("TestNumbers", _numbers),
    _table("TestStrings", _strings),
    _table("TestUnicodes", _unicodes, (_NUMBER, _NCHAR, _NCHAR, _NCHAR)),
    _table("TestDates", _dates),
    _table("TestTimestamps", _timestamps, (_NUMBER, _STAMP, _STAMP, _STAMP)),
    _zoned_table("TestTimestampLTZs", datetime(2022, 6, 2)),
    _zoned_table("TestTimestampTZs", datetime(2022, 6, 3)),
    _table("TestIntervals", _intervals),
    _table("TestIntervalYMs", _months),
    (
        "TestJsonCols",
        "insert into TestJsonCols values (:1, :2, :3, :4)",
        (_NUMBER, oracledb.DB_TYPE_VARCHAR, oracledb.DB_TYPE_CLOB, oracledb.DB_TYPE_BLOB),
        [(1, "[1, 2, 3]", "[4, 5, 6]", b"[7, 8, 9]")],
    ),
)
