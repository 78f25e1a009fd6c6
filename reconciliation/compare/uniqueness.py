"""Keys that are none: once a comparison has met one, the databases are asked how many there are,
and on which side.
"""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import Connection, text

from reconciliation.databases.quoting import text_quoted, text_quoted_table
from reconciliation.databases.rows import Side, source_side, target_side
from reconciliation.describe import digest, show
from reconciliation.errors import EnvironmentFault
from reconciliation.model import TableContract
from reconciliation.parallel_run import ParallelRun


def key_trouble(run: ParallelRun, table: TableContract) -> str | None:
    """What is wrong with the contract's key on either side, in one line; None when every key stands
    once.

    Counted by the databases within the row filters; a database that does not answer in time has
    nothing to say.
    """
    here = source_side(table, run.source_catalogue[table.source])
    there = target_side(table, run.target_catalogue[table.target])
    found: list[str] = []
    for engine, side, name in (
        (run.source, here, table.sides[0]),
        (run.target, there, table.sides[1]),
    ):
        try:
            with engine.connect() as connection:
                found += [
                    *_nulls(connection, side, name),
                    *_repeated(connection, side, name, table),
                ]
        except EnvironmentFault:
            continue
    if not found:
        return None
    return (
        f"{'; '.join(found)}. Rows cannot be paired by ({', '.join(table.key)}): "
        "name columns that are unique and filled on both sides, "
        'mend the rows, or compare the table with rows = "multiset"'
    )


def _nulls(connection: Connection, side: Side, name: str) -> Iterator[str]:
    anywhere = " OR ".join(f"{text_quoted(column)} IS NULL" for column in side.key)
    rows = connection.execute(text(f"SELECT COUNT(*) FROM {_within(side, anywhere)}")).scalar_one()
    if rows:
        yield f"{int(rows)} rows have NULL in their key in {name}"


def _repeated(connection: Connection, side: Side, name: str, table: TableContract) -> Iterator[str]:
    names = ", ".join(map(text_quoted, side.key))
    filled = " AND ".join(f"{text_quoted(column)} IS NOT NULL" for column in side.key)
    groups = (
        f"SELECT {names}, COUNT(*) AS n FROM {_within(side, filled)} GROUP BY {names} "
        f"HAVING COUNT(*) > 1"
    )
    keys = connection.execute(text(f"SELECT COUNT(*) FROM ({groups}) g")).scalar_one()
    order = (
        f"{len(side.key) + 1} DESC, "
        f"{', '.join(str(place) for place in range(1, len(side.key) + 1))}"
    )
    example = connection.execute(text(f"{groups} ORDER BY {order}")).first() if keys else None
    if example is None:
        return
    shown = (
        digest(value) if source in table.sensitive else show(value)
        for source, value in zip(table.key, example, strict=False)
    )
    key = " ".join(f"{column}={words}" for column, words in zip(side.key, shown, strict=True))
    more = f" ({int(keys) - 1} more keys repeat)" if keys > 1 else ""
    yield f"the key {key} stands {int(example[-1])} times in {name}{more}"


def _within(side: Side, condition: str) -> str:
    filtered = f" AND ({side.escaped_filter})" if side.filter else ""
    return f"{text_quoted_table(side.table)} WHERE ({condition}){filtered}"
