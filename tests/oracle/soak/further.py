"""More of what a session does: changes that are cancelled, packed reads under writers, scrolling,
LOBs written by their locators, temporary tables, privileges that come and go, sessions that are
killed.
"""

from __future__ import annotations

import threading
from collections.abc import Callable

import oracledb

from tests.oracle.fake_engine import PASSWORD, SERVICE
from tests.oracle.soak import shared
from tests.oracle.soak.actions import CANCELLED, SLOW, break_off, refused
from tests.oracle.soak.slot import Slot, code_of, must

#: some dozens of milliseconds for the store, so that a cancel comes before its end or behind it
_BUSY = "(select count(*) from numbers a, numbers b where b.n < 40 and a.n + b.n + {} = -1) = 0"


def cancel_change(slot: Slot) -> None:
    """An update is cancelled somewhere: its row is as before or as after, and which of the two is
    read back.
    """
    if not slot.rows:
        return None
    model = slot.change()
    number = slot.chance.choice(sorted(model))
    name = f"x{slot.next_id()}"

    def update(cursor: oracledb.Cursor) -> None:
        cursor.execute(
            f"update {slot.table} set name = :1 where id = :2 and {_BUSY.format(0)}", (name, number)
        )
        must(cursor.rowcount == 1, f"{cursor.rowcount} rows were updated")

    is_done = _broken_off(slot, update)
    query = f"select name from {slot.table} where id = :1"
    (found,) = slot.connection.cursor().execute(query, (number,)).fetchone()
    must(
        found == name if is_done else found in (name, model[number][0]),
        f"the name is {found!r}, done: {is_done}",
    )
    model[number] = (found, *model[number][1:])
    slot.check()
    return slot.finish()


def cancel_array(slot: Slot) -> None:
    """An array insert is cancelled: what is there is its beginning, and all of it when it was not
    too late.
    """
    numbers = [slot.next_id() for _ in range(slot.chance.choice((3, 400)))]
    model = slot.change()
    insert = (
        f"insert into {slot.table} (id, name) select :1, 'array' from dual where "
        f"{_BUSY.format(':1')}"
    )

    is_done = _broken_off(
        slot, lambda cursor: cursor.executemany(insert, [{"1": n} for n in numbers])
    )
    query = f"select id from {slot.table} where id >= :1 order by id"
    found = [row[0] for row in slot.connection.cursor().execute(query, (numbers[0],))]
    must(
        found == numbers[: len(found)], f"{len(found)} of {len(numbers)} rows are there, with gaps"
    )
    must(
        not is_done or len(found) == len(numbers), f"{len(found)} of {len(numbers)} rows are there"
    )
    model |= dict.fromkeys(found, ("array", None, None, None))
    slot.finish()


def _broken_off(slot: Slot, action: Callable[[oracledb.Cursor], None]) -> bool:
    """Runs the action under a cancel that comes soon; whether it got to its end all the same."""
    delay = slot.chance.choice((0.01, 0.03, 0.1, 0.5)) * slot.chance.random()
    timer = threading.Timer(delay, break_off, [slot.connection])
    with slot.connection.cursor() as cursor:
        timer.start()
        try:
            action(cursor)
        except oracledb.DatabaseError as error:
            if code_of(error) != CANCELLED:
                raise
            slot.desk.counts["changes cancelled"] += 1
            return False
        finally:
            # a cancel that is already under way meets the statement behind, see below
            timer.cancel()
            timer.join()
    slot.desk.counts["changes done before their cancel"] += 1
    for _ in range(3):
        try:
            slot.connection.ping()
        except oracledb.DatabaseError as error:
            if code_of(error) != CANCELLED:
                raise
            slot.desk.counts["cancels that came too late"] += 1
        else:
            return True
    must(False, "one cancel breaks off several calls")
    return True


def write_wide(slot: Slot) -> None:
    """Changes every row of the wide table at once."""
    slot.rollback()
    stamp = slot.chance.randrange(1, 10**6)
    with slot.connection.cursor() as cursor:
        cursor.execute("lock table wide in exclusive mode")
        cursor.execute(shared.STAMP, {"stamp": stamp})
        must(cursor.rowcount == shared.WIDE, f"{cursor.rowcount} rows were stamped")
    slot.finish()


def read_wide(slot: Slot) -> None:
    """Reads the wide table in large batches: all rows of one moment, whatever
    is written meanwhile.
    """
    with slot.connection.cursor() as cursor:
        cursor.arraysize = slot.chance.choice((700, 5000))
        cursor.prefetchrows = slot.chance.choice((0, 2, 5000))
        cursor.execute("select * from wide order by id")
        rows = cursor.fetchmany(slot.chance.choice((1, 500, 1500)))
        if slot.chance.random() < 0.5:
            stamp = rows[0][1]
            with slot.connection.cursor() as other:
                (newest,) = other.execute("select max(stamp) from wide").fetchone()
            slot.desk.counts["wide tables changed under a reader"] += newest != stamp
        rows += cursor.fetchall()
    must(len(rows) == shared.WIDE, f"the wide table has {len(rows)} rows")
    expected = [shared.wide_row(n, rows[0][1]) for n in range(shared.WIDE)]
    wrong = [(row, good) for row, good in zip(rows, expected, strict=True) if row != good]
    must(not wrong, f"{len(wrong)} rows of the wide table are wrong: {wrong[:1]}")


def scroll(slot: Slot) -> None:
    """Moves about in a result, with other statements between."""
    with slot.connection.cursor(scrollable=True) as cursor:
        cursor.arraysize, cursor.prefetchrows = (
            slot.chance.choice((3, 60)),
            slot.chance.choice((0, 2, 90)),
        )
        cursor.execute("select n, squared, name from numbers order by n")
        for _ in range(8):
            kind = slot.chance.choice(("absolute", "first", "last", "other"))
            row = {"first": 1, "last": shared.NUMBERS}.get(
                kind, slot.chance.randrange(1, shared.NUMBERS + 1)
            )
            if kind == "other":
                slot.check()
                continue
            cursor.scroll(row if kind == "absolute" else 0, kind)
            taken = cursor.fetchmany(slot.chance.randrange(1, 9))
            expected = [
                shared.number(n) for n in range(row - 1, min(row - 1 + len(taken), shared.NUMBERS))
            ]
            must(taken and taken == expected, f"{kind} to row {row} gave {taken}")


def write_lob(slot: Slot) -> None:
    """A LOB of a locked row is written to by its locator, in pieces."""
    number, size = slot.next_id(), slot.chance.choice((10, 5000, 90_000))
    body, raw = ("añ한" * size)[:size], slot.chance.randbytes(size)
    model = slot.change()
    with slot.connection.cursor() as cursor:
        cursor.setinputsizes(None, oracledb.DB_TYPE_CLOB, oracledb.DB_TYPE_BLOB)
        cursor.execute(
            f"insert into {slot.table} (id, body, raw_body) values (:1, :2, :3)",
            (number, body, raw),
        )
        model[number] = (None, None, body, raw)
        slot.finish()
        cursor.setinputsizes()
        query = f"select body, raw_body from {slot.table} where id = :1 for update"
        if number not in slot.rows:
            must(
                cursor.execute(query, (number,)).fetchall() == [],
                "a row that was rolled back is there",
            )
            return
        model = slot.change()
        clob, blob = cursor.execute(query, (number,)).fetchone()
        for _ in range(3):
            start, piece = slot.chance.randrange(size), "é" * slot.chance.choice((1, 300))
            octets = slot.chance.randbytes(len(piece))
            clob.write(piece, start + 1)
            blob.write(octets, start + 1)
            body = body[:start] + piece + body[start + len(piece) :]
            raw = raw[:start] + octets + raw[start + len(octets) :]
            model[number] = (None, None, body, raw)
            must(clob.read() == body and blob.read() == raw, "a LOB is not what was written to it")
    slot.check()
    slot.finish()


def temporary(slot: Slot) -> None:
    """Rows of temporary tables are the session's alone and end as they should."""
    with slot.connection.cursor() as cursor:
        cursor.execute("delete from own_kept")
        slot.commit()
        rows = [(n, slot.name) for n in range(slot.chance.choice((1, 40, 700)))]
        cursor.executemany("insert into own_kept values (:1, :2)", rows)
        cursor.executemany("insert into own_now values (:1, :2)", rows[:5])
        _own(cursor, "own_now", rows[:5])
        slot.commit()
        _own(cursor, "own_now", [])
        _own(cursor, "own_kept", rows)
        cursor.execute("delete from own_kept where mod(id, 2) = 0")
        _own(cursor, "own_kept", [row for row in rows if row[0] % 2])
        slot.rollback()
        _own(cursor, "own_kept", rows)


def _own(cursor: oracledb.Cursor, table: str, rows: list[tuple[int, str]]) -> None:
    found = cursor.execute(f"select id, owner from {table} order by id").fetchall()
    must(
        found == rows,
        f"{table} has {len(found)} rows {found[:2]} instead of {len(rows)} {rows[:2]}",
    )


def privileges(slot: Slot) -> None:
    """Another user may read the private table for a while; a result that is open may be read to its
    end.
    """
    dsn = f"127.0.0.1:{slot.desk.port}/{SERVICE}"
    query = f"select id from {shared.OWNER}.{slot.table} order by id"
    with (
        slot.connection.cursor() as cursor,
        oracledb.connect(user=shared.GUEST, password=PASSWORD, dsn=dsn) as guest,
    ):
        reading = guest.cursor()
        refused(slot, reading, "ORA-00942", query)
        _settled(slot, cursor, f"grant select on {slot.table} to {shared.GUEST}")
        reading.arraysize = reading.prefetchrows = 2
        found = reading.execute(query).fetchmany(1)
        _settled(slot, cursor, f"revoke select on {slot.table} from {shared.GUEST}")
        found += reading.fetchall()
        must(
            [row[0] for row in found] == sorted(slot.committed),
            "the guest does not see what is committed",
        )
        refused(slot, guest.cursor(), "ORA-00942", query)
        refused(slot, guest.cursor(), "ORA-00942", f"delete from {shared.OWNER}.{slot.table}")


def _settled(slot: Slot, cursor: oracledb.Cursor, statement: str) -> None:
    """DDL, which commits."""
    slot.is_committing = True
    cursor.execute(statement)
    if slot.pending is not None:
        slot.committed, slot.pending = slot.pending, None
    slot.is_committing = False


def kill(slot: Slot) -> None:
    """Another session kills this one, idle, in a transaction or in a statement."""
    numbers = f"{slot.connection.session_id},{slot.connection.serial_num}"
    slot.may_end = True
    told: list[oracledb.Error] = []

    def end() -> None:
        try:
            with slot.direct() as killer:
                killer.cursor().execute(f"alter system kill session '{numbers}'")
        except oracledb.Error as error:
            told.append(error)

    if slot.chance.random() < 0.5:
        with slot.connection.cursor() as cursor:
            cursor.execute(f"insert into {slot.table} (id) values (:1)", (slot.next_id(),))
    timer = threading.Timer(slot.chance.random() * 0.1, end)
    timer.start()
    try:
        if slot.chance.random() < 0.5:
            slot.connection.cursor().execute(SLOW).fetchone()
        timer.join()
        slot.connection.ping()
    except oracledb.Error as error:
        timer.join()
        must("ORA-00028" in str(error) or slot.is_cut, f"a killed session was told {error}")
        slot.desk.counts["sessions killed"] += 1
        raise
    must(bool(told), "a killed session goes on")
    slot.may_end = False
    slot.desk.report(f"{slot.name}: kill session: {told[0]}")


FURTHER_ACTIONS = [
    (cancel_change, 2.0),
    (cancel_array, 1.0),
    (write_wide, 0.7),
    (read_wide, 2.0),
    (scroll, 1.5),
    (write_lob, 2.0),
    (temporary, 2.0),
    (privileges, 0.7),
    (kill, 0.6),
]
