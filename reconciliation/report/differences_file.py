"""Every difference of a run as a flat file, CSV or Parquet: one row a differing cell, or a missing
or extra row.

CSV is UTF-8 and RFC 4180 (CRLF, a header). As with PostgreSQL's COPY, every value stands in quotes,
and NULL is a field with nothing in it, not even quotes. A text that a spreadsheet might take for a
formula gets an apostrophe in front, and so does one that begins with an apostrophe, so that taking
away one leading apostrophe always gives the value back. Parquet holds the values without
apostrophes, all columns as nullable strings.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable, Iterator, Mapping
from decimal import Decimal
from pathlib import Path
from types import ModuleType

from reconciliation.describe import digest, is_hidden
from reconciliation.model import Difference, DifferenceKind, TableResult, UnreadableCell, Value
from reconciliation.process.files import replaced, replaced_bytes
from reconciliation.report.model import RunReport

COLUMNS = (
    "run_id",
    "table",
    "target_table",
    "key",
    "kind",
    "column",
    "target_column",
    "source_value",
    "target_value",
    "cause",
    "rule",
    "source_type",
    "target_type",
)
#: what begins a formula in a spreadsheet: OWASP, "CSV Injection", full-width forms included; and
#: our own mark
_FORMULA = tuple("=+-@\t\r\n＝＋－＠'")
#: values that come from rows or catalogues; the others are words of our own
_FOREIGN = frozenset(
    {"table", "target_table", "key", "column", "target_column", "source_value", "target_value"}
)
_ROWS_AT_ONCE = 10_000

Record = Mapping[str, str | None]


class NoWriter(Exception):  # noqa: N818 - the user's mistake, in one line
    """A file of a kind that cannot be written here."""


def check_writable(path: Path) -> None:
    """NoWriter for a suffix that names no format, or a format whose package is absent; touches
    nothing.
    """
    if path.suffix not in WRITERS:
        raise NoWriter(
            f"--differences {path} ends with neither {' nor '.join(WRITERS)}; the ending says "
            f"the format"
        )
    if path.suffix == ".parquet":
        _pyarrow()


def write_differences(report: RunReport, path: Path) -> None:
    """Every difference the report carries; the ending of ``path`` says how. Raises NoWriter or
    Unwritten.
    """
    check_writable(path)
    WRITERS[path.suffix](report, path)


def records(report: RunReport) -> Iterator[Record]:
    """The rows of the file, sensitive values as digests."""
    for table in report.tables:
        for item in table.differences:
            yield _record(report, item)
        for cell in table.unreadable:
            yield _unreadable(report, table, cell)


def _record(report: RunReport, item: Difference) -> Record:
    hidden = is_hidden(item, item.source_column, report.sensitive)
    source, target = (
        digest(value) if hidden and value is not None else as_text(value)
        for value in (item.source_value, item.target_value)
    )
    return {
        "run_id": report.run_id,
        "table": item.table,
        "target_table": item.target_table,
        "key": _key(item, report.sensitive),
        "kind": item.kind.value,
        "column": item.source_column,
        "target_column": item.target_column,
        "source_value": source,
        "target_value": target,
        "cause": item.cause,
        "rule": item.rule,
        "source_type": item.source_type,
        "target_type": item.target_type,
    }


def _unreadable(report: RunReport, table: TableResult, cell: UnreadableCell) -> Record:
    """A value that cannot be read: its side and why stand where a difference has its cause."""
    ours = cell.side == table.sides[0]
    item = Difference(
        table.table,
        table.target_table,
        cell.key,
        DifferenceKind.CHANGED,
        key_columns=cell.key_columns,
        sensitive=cell.sensitive,
    )
    return dict.fromkeys(COLUMNS) | {
        "run_id": report.run_id,
        "table": table.table,
        "target_table": table.target_table,
        "key": _key(item, report.sensitive),
        "kind": "unreadable",
        "column": cell.column if ours else None,
        "target_column": None if ours else cell.column,
        "cause": f"{cell.side}: {cell.why}",
    }


def _key(item: Difference, sensitive: tuple[str, ...]) -> str:
    """The key as a JSON object; numbers that JSON readers would round are texts."""
    names = item.key_columns or tuple(f"key{place}" for place in range(1, len(item.key) + 1))
    return json.dumps(
        {
            name: digest(value) if is_hidden(item, name, sensitive) else _key_part(value)
            for name, value in zip(names, item.key, strict=True)
        },
        ensure_ascii=False,
    )


def _key_part(value: Value) -> Value:
    exact = isinstance(value, bool) or (isinstance(value, int) and abs(value) < 2**53)
    return value if exact or value is None else as_text(value)


def as_text(value: Value) -> str | None:
    """A driver value exactly: bytes as hexadecimal digits, moments in ISO 8601, NULL as None."""
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (bytes, bytearray, memoryview)):
        return bytes(value).hex()
    if isinstance(value, (dt.datetime, dt.date, dt.time)):
        return value.isoformat()
    if isinstance(value, (Decimal, int, float)):
        return str(value)
    if isinstance(value, (dict, list)):
        return json.dumps(value, ensure_ascii=False, default=str)
    return str(value)


# ------------------------------------------------------------------ CSV


def render_csv(report: RunReport) -> str:
    """The whole file as one text."""
    return "".join(_lines(report))


def _lines(report: RunReport) -> Iterator[str]:
    yield ",".join(COLUMNS) + "\r\n"
    for record in records(report):
        yield ",".join(_field(name, record[name]) for name in COLUMNS) + "\r\n"


def _field(name: str, value: str | None) -> str:
    if value is None:
        return ""
    if name in _FOREIGN and value.startswith(_FORMULA) and not _is_plain_number(value):
        value = "'" + value
    return '"' + value.replace('"', '""') + '"'


def _is_plain_number(value: str) -> bool:
    digits = value[1:].replace(".", "", 1)
    return value[0] in "+-" and digits.isascii() and digits.isdigit()


def _write_csv(report: RunReport, path: Path) -> None:
    with replaced(path, newline="") as file:  # the line ends are written as they are
        file.writelines(_lines(report))


# ------------------------------------------------------------------ Parquet


def _pyarrow() -> ModuleType:
    try:
        import pyarrow
        import pyarrow.parquet
    except ImportError:
        raise NoWriter(
            "a .parquet file needs the package pyarrow, which is not installed; "
            "pip install pyarrow, or write a .csv file"
        ) from None
    module: ModuleType = pyarrow
    return module


def _write_parquet(report: RunReport, path: Path) -> None:
    pyarrow = _pyarrow()
    schema = pyarrow.schema([(name, pyarrow.string()) for name in COLUMNS])
    with (
        replaced_bytes(path) as file,
        pyarrow.parquet.ParquetWriter(file, schema, compression="zstd") as writer,
    ):
        batch: list[Record] = []
        for record in records(report):
            batch.append({name: _utf_8(value) for name, value in record.items()})
            if len(batch) >= _ROWS_AT_ONCE:
                writer.write_table(pyarrow.Table.from_pylist(batch, schema))
                batch.clear()
        writer.write_table(pyarrow.Table.from_pylist(batch, schema))


def _utf_8(value: str | None) -> str | None:
    return None if value is None else value.encode("utf-8", "backslashreplace").decode("utf-8")


WRITERS: Mapping[str, Callable[[RunReport, Path], None]] = {
    ".csv": _write_csv,
    ".parquet": _write_parquet,
}
