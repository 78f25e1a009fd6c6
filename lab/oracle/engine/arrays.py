"""executemany: one statement over arrays where possible, row by row where an
error must be placed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from psycopg import pq

from lab.oracle.engine.errors import StoreError, to_oracle
from lab.oracle.engine.lexer import Token
from lab.oracle.engine.numbers import numeric_of_number
from lab.oracle.engine.pgcodec import BIND_TYPES, Converter, date_from_clock, pg_array, unchanged
from lab.oracle.engine.prepared import Prepared
from lab.oracle.engine.results import Types
from lab.oracle.engine.store import Store
from lab.oracle.engine.transaction import Transaction
from lab.oracle.interface import OracleError, OraType

Params = Sequence[bytes | None]
#: one per row; None for a row that failed. A single one for all rows together when they went in as
#: arrays
Results = list[pq.abc.PGresult | None]


#: converters with a memory of their own -> the same without, for whole columns
_OF_COLUMNS: dict[Converter, Converter] = {
    BIND_TYPES[OraType.NUMBER][1]: numeric_of_number,
    BIND_TYPES[OraType.BINARY_INTEGER][1]: numeric_of_number,
    BIND_TYPES[OraType.DATE][1]: date_from_clock,
}


def converted(
    rows: Sequence[Sequence[bytes | None]],
    places: Sequence[int],
    converters: Sequence[Converter],
    lobs: Sequence[int] = (),
) -> list[Params]:
    """Rows of binds as parameters: of every row the values at ``places``, in the store's binary
    form.

    An empty value is NULL, but for the parameters numbered in ``lobs``.
    """
    if not places:
        return [()] * len(rows)
    columns = list(zip(*rows, strict=True))
    made = [
        columns[place] if number in lobs else _column(columns[place], convert)
        for number, (place, convert) in enumerate(zip(places, converters, strict=True))
    ]
    return list(zip(*made, strict=True))


def _column(values: Sequence[bytes | None], convert: Converter) -> Sequence[bytes | None]:
    """One column; what is equal is converted once. An empty value is NULL."""
    if convert is unchanged:
        return values if b"" not in values else [value or None for value in values]
    distinct = set(values)
    convert = _OF_COLUMNS.get(convert, convert)
    table = {value: convert(value) if value else None for value in distinct}
    return [table[value] for value in values]


@dataclass(frozen=True)
class Job:
    """What is executed many times, and where."""

    store: Store
    transaction: Transaction
    prepared: Prepared
    updating: bool
    tokens: tuple[Token, ...]


def execute_many(
    job: Job, types: Types, rows: list[Params], *, batch_errors: bool
) -> tuple[Results, list[tuple[int, OracleError]]]:
    """All rows; the results, and with ``batch_errors`` the rows that failed.

    Without it raises the first row's OracleError, ``rows_done`` telling how many rows before it
    stay done.
    """
    array_sql = job.prepared.translation.array_sql
    if array_sql is not None:
        try:
            return [job.transaction.atomic(lambda: _as_arrays(job, array_sql, types, rows))], []
        except StoreError as error:
            if job.store.lost or error.state == "57014":
                raise
    return _one_by_one(job, rows, batch_errors)


def _as_arrays(job: Job, array_sql: str, types: Types, rows: list[Params]) -> pq.abc.PGresult:
    elements = job.prepared.oids
    arrays_of = dict(types.oids.values())
    name = job.store.prepare(array_sql, tuple(arrays_of[oid] for oid in elements))
    columns = zip(*rows, strict=True)
    return job.store.execute(
        name, [pg_array(oid, list(column)) for oid, column in zip(elements, columns, strict=True)]
    )


def _one_by_one(
    job: Job, rows: list[Params], batch_errors: bool
) -> tuple[Results, list[tuple[int, OracleError]]]:
    done: Results = []
    errors: list[tuple[int, OracleError]] = []
    start = 0
    while start < len(rows):
        good, failure = _run(job, rows[start:])
        done += good
        start += len(good)
        if failure is None:
            break
        error = to_oracle(failure, updating=job.updating, tokens=job.tokens)
        if not batch_errors or error.code in (1013, 3113):
            error.rows_done = start
            raise error
        errors.append((start, error))
        done.append(None)
        start += 1
    return done, errors


def _run(job: Job, rows: list[Params]) -> tuple[list[pq.abc.PGresult], StoreError | None]:
    """The rows up to the first failure: they are executed, undone with the failing one, and
    executed again.
    """

    def attempt(part: list[Params]) -> list[pq.abc.PGresult]:
        results, failure = job.store.execute_many(job.prepared.name, part)
        if failure is not None:
            raise _PartlyDoneError(failure, len(results))
        return results

    try:
        return job.transaction.atomic(lambda: attempt(rows)), None
    except _PartlyDoneError as stop:
        good, failure = rows[: stop.good], stop.failure
    return (job.transaction.atomic(lambda: attempt(good)) if good else []), failure


class _PartlyDoneError(StoreError):
    def __init__(self, failure: StoreError, good: int) -> None:
        super().__init__(failure.state, failure.message, failure.diagnosis)
        self.failure = failure
        self.good = good


def row_counts(results: Results, iterations: int) -> list[int]:
    """Rows per iteration that did not fail; one statement over arrays inserts one row each."""
    if len(results) == 1 and iterations > 1 and results[0] is not None:
        return [1] * (results[0].command_tuples or 0)
    return [result.command_tuples or 0 for result in results if result is not None]
