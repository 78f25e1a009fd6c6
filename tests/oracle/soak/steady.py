"""A session that does exactly the same over and over: its server process may not grow at all."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable

import oracledb

from tests.oracle.soak import actions, shared
from tests.oracle.soak.slot import Slot, must

#: more different statements than any cache of the server keeps
_TEXTS = 25


def repeat(slot: Slot, tell: Callable[[int], None]) -> None:
    """Cycles until the end, and once in 4 s at most a statement that is broken off."""
    slot.connect()
    slot.create()
    tell(slot.sid)
    number = broken = 0
    while not slot.desk.is_over():
        number += 1
        cycle(slot, number)
        slot.desk.counts["steady cycles"] += 1
        if time.monotonic() > broken + 4:
            broken = time.monotonic()
            _break_off(slot)
    slot.connection.close()


def cycle(slot: Slot, number: int) -> None:
    """Fresh statement texts, errors, LOBs, arrays and a result left half-way, all of it rolled
    back.
    """
    connection = slot.connection
    with connection.cursor() as cursor:
        for text in range(_TEXTS):
            cursor.execute(f"select n + {text} from numbers where n = :1 /* {number} */", (text,))
            must(cursor.fetchone() == (2 * text,), "a sum is wrong")
        with contextlib.suppress(oracledb.DatabaseError):
            cursor.execute(f"select nothing_{number} from numbers")
        cursor.executemany(
            f"insert into {slot.table} (id, name) values (:1, :2)",
            [(n % 90, f"n{n}") for n in range(100)],
            batcherrors=True,
        )
        must(
            [error.offset for error in cursor.getbatcherrors()] == list(range(90, 100)),
            "the batch errors are wrong",
        )
        lob = connection.createlob(oracledb.DB_TYPE_CLOB, "é" * 20_000)
        cursor.execute(f"update {slot.table} set body = :1, raw_body = :2", (lob, b"\0\1" * 1000))
        bodies = cursor.execute(f"select body, raw_body from {slot.table} where id < 20").fetchall()
        must({body.read() for body, _ in bodies} == {"é" * 20_000}, "a CLOB is wrong")
    with connection.cursor() as cursor:
        cursor.arraysize = 500
        cursor.execute(
            "select a.n, b.name from numbers a, numbers b where a.n < 40 order by a.n, b.n"
        )
        must(len(cursor.fetchmany(1200)) == 1200, "rows are missing")
    connection.rollback()


def _break_off(slot: Slot) -> None:
    actions.cancel(slot)
    found = slot.connection.cursor().execute("select n from numbers").fetchall()
    must(len(found) == shared.NUMBERS, "rows are missing")
