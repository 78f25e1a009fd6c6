"""Every row of both sides compared: which keys differ, and what was counted on the way."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Iterator
from contextlib import ExitStack, closing, contextmanager

from sqlalchemy import Connection

from reconciliation.compare.streams.merge import Counts, Mismatch, merge
from reconciliation.compare.streams.row_form import RowForm
from reconciliation.compare.streams.source import CopiedRows, Stalled
from reconciliation.compare.streams.target import fetched_rows
from reconciliation.compare.tally import Tally
from reconciliation.databases.drivers import driver_of, oracledb_of, psycopg2_of
from reconciliation.databases.faults import driver_errors, explain, place, words
from reconciliation.databases.rows import readable
from reconciliation.errors import CanonicalError, EnvironmentFault, Lost, TooSlow, UnreadableValue
from reconciliation.model import Key
from reconciliation.process import pulse


def compare_streams(
    rows: RowForm,
    source: Connection,
    target: Connection,
    *,
    answer_timeout: float,
    progress: Callable[[int], None],
) -> Tally:
    """Compare every row of both sides within their open transactions.

    ``answer_timeout`` is seconds without a row from PostgreSQL after which the table is given up,
    ``progress`` gets the number of source rows. Raises Unordered, or EnvironmentFault for whatever
    the databases refuse.
    """
    tally, counts = Tally(), Counts()
    with ExitStack() as open_streams:
        left, right = (
            open_streams.enter_context(_stream(connection, sql, answer_timeout, rows))
            for connection, sql in ((source, rows.source_sql), (target, rows.target_sql))
        )
        told = _telling(left, progress)
        for mismatch in merge(
            told, right, _key(rows.source_key), _key(rows.target_key), counts, rows.sides
        ):
            counts.equal += _weigh(tally, rows, mismatch)
    tally.source_rows, tally.target_rows, tally.equal_rows = (
        counts.source,
        counts.target,
        counts.equal,
    )
    _count_reductions(tally, rows, source)
    return tally


@contextmanager
def _stream(
    connection: Connection, sql: str, answer_timeout: float, rows: RowForm
) -> Iterator[Iterator[list[bytes]]]:
    """The rows of one side in chunks; the driver's errors as EnvironmentFault."""
    if connection.engine.dialect.name == "oracle":
        fetched = fetched_rows(oracledb_of(connection), sql, rows.beside, rows.hides_broken)
        with closing(_explained(fetched, connection)) as chunks:
            yield chunks
    else:
        driver = psycopg2_of(connection)
        with _given_up(connection), CopiedRows(driver, sql, answer_timeout) as copied:
            yield _explained(iter(copied), connection)


@contextmanager
def _given_up(connection: Connection) -> Iterator[None]:
    """A statement that could not even be cancelled is a lost connection."""
    driver = psycopg2_of(connection)
    try:
        yield
    except TooSlow as error:
        if not driver.closed:
            raise
        connection.invalidate()
        raise Lost(f"{error}; it did not take the request to cancel it either") from error


def _explained(chunks: Iterator[list[bytes]], connection: Connection) -> Generator[list[bytes]]:
    """The driver is used directly, so SQLAlchemy has to be told of a broken connection, or it would
    use it again.

    Only this side's own errors come by here: what the other side lost says nothing about this
    connection.
    """
    driver, url = driver_of(connection), connection.engine.url
    try:
        for chunk in chunks:
            pulse.beat()
            yield chunk
    except Stalled as error:
        raise TooSlow(
            f"{place(url)}: {error}; is the table locked, or is it sorted first?"
        ) from None
    except driver_errors("Error") as error:
        fault = explain(error, url, connecting=False, closed=bool(getattr(driver, "closed", False)))
        raise _told(connection, fault) from None
    except (ValueError, ArithmeticError) as error:  # the driver's, which does not say of which row
        raise _told(
            connection, UnreadableValue(f"{place(url)}: a value cannot be read ({words(error)})")
        ) from None


def _told(connection: Connection, fault: EnvironmentFault) -> EnvironmentFault:
    """A driver that failed for a value may have left half an answer unread; one that was lost has
    nothing to say.
    """
    if isinstance(fault, Lost | UnreadableValue):
        connection.invalidate()
    return fault


def _telling(
    chunks: Iterable[list[bytes]], progress: Callable[[int], None]
) -> Iterator[list[bytes]]:
    rows = 0
    for chunk in chunks:
        yield chunk
        rows += len(chunk)
        progress(rows)


def _key(read: Callable[[bytes], Key]) -> Callable[[bytes], Key]:
    def key_of(row: bytes) -> Key:
        try:
            return read(row)
        except (ValueError, ArithmeticError) as error:
            raise CanonicalError(f"the key of a row cannot be read: {error}") from error

    return key_of


def _weigh(tally: Tally, rows: RowForm, mismatch: Mismatch) -> bool:
    """Whether two unlike rows are equal after all; everything else is suspect."""
    ours, theirs = mismatch.source, mismatch.target
    if (
        ours is not None
        and theirs is not None
        and rows.alike(ours, theirs, tally.accepted, tally.reductions)
    ):
        return True
    tally.suspect([mismatch.key])
    return False


def _count_reductions(tally: Tally, rows: RowForm, source: Connection) -> None:
    """Values that an agreed conversion made less exact, counted by PostgreSQL
    in the same snapshot.
    """
    if not rows.reductions:
        return
    with readable(source):
        counts = source.exec_driver_sql(rows.reductions_sql.replace("%", "%%")).one()
    tally.reductions.update(
        {name: count for name, count in zip(rows.reductions, counts, strict=True) if count}
    )
