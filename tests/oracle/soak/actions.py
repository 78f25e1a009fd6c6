"""What a session does with its private table and with what is shared; each action checks what it
gets.
"""

from __future__ import annotations

import contextlib
import threading
import time

import oracledb

from tests.oracle.soak import shared
from tests.oracle.soak.slot import CALL_TIMEOUT, Slot, code_of, must

_TOO_LONG, _DUPLICATE, _NULL_KEY, _TOO_LARGE = 12899, 1, 1400, 1438
CANCELLED, _LOCKED, _DEADLOCK = "ORA-01013", "ORA-00054", "ORA-00060"
#: hours of work for the store
SLOW = (
    "select count(*) from numbers a, numbers b, numbers c, numbers d where a.n + b.n + c.n + "
    "d.n = -1"
)


def transfer(slot: Slot) -> None:
    """Moves an amount between two accounts, locking them in one of several ways."""
    chance = slot.chance
    source, target = chance.sample(range(shared.ACCOUNTS), 2)
    amount = chance.randrange(1, 100)
    txn = f"{slot.name}-{chance.getrandbits(60)}"
    with slot.connection.cursor() as cursor:
        try:
            if not _locked(slot, cursor, source, target):
                return slot.rollback()
            cursor.execute("insert into ledger values (:1, :2, :3)", (txn, source, -amount))
            cursor.execute(
                "update accounts set balance = balance - :1 where id = :2", (amount, source)
            )
            must(cursor.rowcount == 1, f"{cursor.rowcount} accounts were updated")
            if chance.random() < 0.3:
                time.sleep(chance.random() * 0.03)
            cursor.execute(
                "update accounts set balance = balance + :1 where id = :2", (amount, target)
            )
            cursor.execute("insert into ledger values (:1, :2, :3)", (txn, target, amount))
        except oracledb.DatabaseError as error:
            if code_of(error) not in (_LOCKED, _DEADLOCK):
                raise
            slot.desk.counts[code_of(error)] += 1
            return slot.rollback()
    return slot.finish()


def _locked(slot: Slot, cursor: oracledb.Cursor, source: int, target: int) -> bool:
    """Locks both accounts, or none at all when the updates are to do it."""
    way = slot.chance.choice(("", "", "for update", "for update nowait", "for update skip locked"))
    if not way:
        return True
    query = f"select id from accounts where id in (:1, :2) order by id {way}"
    found = cursor.execute(query, (source, target)).fetchall()
    slot.desk.counts[way] += 1
    must({row[0] for row in found} <= {source, target}, f"{way}: {found}")
    must("skip" in way or len(found) == 2, f"{way}: {found}")
    return len(found) == 2


def audit(slot: Slot) -> None:
    """The shared tables add up within one statement, whatever the others are doing."""
    with slot.connection.cursor() as cursor:
        must(
            not (wrong := shared.faults(cursor.execute(shared.BALANCE).fetchone())),
            "; ".join(wrong),
        )


def read_only(slot: Slot) -> None:
    """Two reads of a read-only transaction see the same."""
    slot.rollback()
    with slot.connection.cursor() as cursor:
        cursor.execute("set transaction read only")
        first = cursor.execute("select id, balance from accounts order by id").fetchall()
        time.sleep(slot.chance.random() * 0.02)
        must(
            first == cursor.execute("select id, balance from accounts order by id").fetchall(),
            "two states seen",
        )
        must(
            sum(row[1] for row in first) == shared.ACCOUNTS * shared.OPENING,
            "the accounts do not add up",
        )
    slot.rollback()


def array_insert(slot: Slot) -> None:
    """Rows of which some must fail, with batch errors: the right ones fail,
    with the right codes.
    """
    rows, errors = [], []
    model = slot.change()
    taken = list(model)
    for place in range(slot.chance.choice((2, 30, 400))):
        number = slot.next_id()
        name, cents = f"n{number}", slot.chance.randrange(-(10**6), 10**6)
        fault = slot.chance.choices(
            (0, _TOO_LONG, _DUPLICATE, _NULL_KEY, _TOO_LARGE), (60, 1, 1, 1, 1)
        )[0]
        if fault == _DUPLICATE and not taken:
            fault = 0
        row: list[object] = [number, name, cents / 100]
        if fault == _TOO_LONG:
            row[1] = "é" * 11
        elif fault == _DUPLICATE:
            row[0] = slot.chance.choice(taken)
        elif fault == _NULL_KEY:
            row[0] = None
        elif fault == _TOO_LARGE:
            row[2] = 10**10
        else:
            model[number] = (name, cents, None, None)
            taken.append(number)
        if fault:
            errors.append((place, fault))
        rows.append(row)
    with slot.connection.cursor() as cursor:
        cursor.executemany(
            f"insert into {slot.table} (id, name, amount) values (:1, :2, :3)",
            rows,
            batcherrors=True,
            arraydmlrowcounts=True,
        )
        found = [(error.offset, error.code) for error in cursor.getbatcherrors()]
        must(found == errors, f"batch errors {found}, expected {errors}")
        failed = {place for place, _ in errors}
        counts = [0 if place in failed else 1 for place in range(len(rows))]
        must(cursor.getarraydmlrowcounts() == counts, "the row counts are wrong")
        must(cursor.rowcount == sum(counts), f"{cursor.rowcount} rows inserted")
    slot.finish()


def change(slot: Slot) -> None:
    """Updates and deletes with RETURNING, a savepoint, and a failing statement between."""
    if not slot.rows:
        return None
    model = slot.change()
    with slot.connection.cursor() as cursor:
        for number in slot.chance.sample(sorted(model), min(5, len(model))):
            out = cursor.var(str, arraysize=1)
            cursor.execute(
                f"update {slot.table} set name = :name where id = :id returning name into :out",
                {"name": f"u{number}", "id": number, "out": out},
            )
            must(out.getvalue() == [f"u{number}"], f"RETURNING gave {out.getvalue()}")
            model[number] = (f"u{number}", *model[number][1:])
        cursor.execute("savepoint half")
        doomed = slot.chance.choice(sorted(model))
        cursor.execute(f"delete from {slot.table} where id = :1", (doomed,))
        must(cursor.rowcount == 1, f"{cursor.rowcount} rows deleted")
        if slot.chance.random() < 0.5:
            cursor.execute("rollback to savepoint half")
        else:
            del model[doomed]
        if model:
            taken = slot.chance.choice(sorted(model))
            refused(slot, cursor, "ORA-00001", f"insert into {slot.table} (id) values (:1)", taken)
    if len(model) > 600:
        return forget_all(slot)
    slot.check()
    return slot.finish()


def refused(slot: Slot, cursor: oracledb.Cursor, code: str, statement: str, *binds: object) -> None:
    """Executes what has to end in this error."""
    try:
        cursor.execute(statement, binds)
    except oracledb.DatabaseError as error:
        if slot.lost(error):
            raise
        must(code_of(error) == code, f"{code_of(error)} instead of {code}")
        slot.desk.counts[code] += 1
    else:
        must(False, f"{statement} was not refused")


def forget_all(slot: Slot) -> None:
    """Empties the private table."""
    count = len(slot.rows)
    slot.change().clear()
    with slot.connection.cursor() as cursor:
        cursor.execute(f"delete from {slot.table}")
        must(cursor.rowcount == count, f"{cursor.rowcount} of {count} rows deleted")
    slot.commit()


def read_all(slot: Slot) -> None:
    """The private table is what the model says."""
    slot.check()


def fetch_half(slot: Slot) -> None:
    """A large result, another one beside it, both left at some point."""
    with slot.connection.cursor() as cursor, slot.connection.cursor() as other:
        cursor.arraysize = cursor.prefetchrows = slot.chance.choice((10, 500, 5000))
        cursor.execute(
            "select a.n, b.n, b.squared, b.name from numbers a, numbers b order by a.n, b.n"
        )
        seen = 0
        for _ in range(slot.chance.randrange(1, 5)):
            for row in cursor.fetchmany(slot.chance.randrange(1, 3000)):
                outer, inner = divmod(seen, shared.NUMBERS)
                must(
                    row == (outer, *shared.number(inner)),
                    f"row {seen} of the large result is {row}",
                )
                seen += 1
            limit = slot.chance.randrange(2, shared.NUMBERS)
            other.execute("select n, squared, name from numbers where n < :1 order by n", (limit,))
            taken = other.fetchmany(slot.chance.randrange(1, limit))
            must(
                taken == [shared.number(n) for n in range(len(taken))], "the small result is wrong"
            )


def lobs(slot: Slot) -> None:
    """LOBs bound inline and as temporary LOBs, read again in pieces by locator."""
    size = slot.chance.choice((0, 1, 3000, 40_000, 200_000))
    body, raw = ("añ😀" * size)[:size] or None, slot.chance.randbytes(size) or None
    number = slot.next_id()
    with slot.connection.cursor() as cursor:
        if size and slot.chance.random() < 0.5:
            clob = slot.connection.createlob(oracledb.DB_TYPE_CLOB)
            blob = slot.connection.createlob(oracledb.DB_TYPE_BLOB, raw)
            clob.write(body)
            cursor.execute(
                f"insert into {slot.table} (id, body, raw_body) values (:1, :2, :3)",
                (number, clob, blob),
            )
        else:
            cursor.setinputsizes(None, oracledb.DB_TYPE_CLOB, oracledb.DB_TYPE_BLOB)
            cursor.execute(
                f"insert into {slot.table} (id, body, raw_body) values (:1, :2, :3)",
                (number, body, raw),
            )
        slot.change()[number] = (None, None, body, raw)
        cursor.setinputsizes()
        row = cursor.execute(
            f"select body, raw_body from {slot.table} where id = :1", (number,)
        ).fetchone()
        if size:
            _in_pieces(slot, row[0], body or "", row[1], raw or b"")
        else:
            must(row == (None, None), "an empty LOB bound is NULL")
    slot.finish()


def _in_pieces(slot: Slot, clob: oracledb.LOB, body: str, blob: oracledb.LOB, raw: bytes) -> None:
    units = body.encode("utf-16-be")
    must(clob.size() == len(units) // 2, f"the CLOB has {clob.size()} characters")
    offset = slot.chance.randrange(len(raw))
    amount = slot.chance.randrange(1, len(raw) + 1)
    must(
        blob.read(offset + 1, amount) == raw[offset : offset + amount],
        "a piece of the BLOB is wrong",
    )
    # the text repeats after four code units: an offset on that border cuts no character
    start = offset // 4 * 4
    piece = units[2 * start : 2 * (start + 8)].decode("utf-16-be", "ignore")
    must(clob.read(start + 1, 8).startswith(piece), "a piece of the CLOB is wrong")


def ddl(slot: Slot) -> None:
    """A table comes, changes and goes; DDL commits what was open."""
    name = f"d_{slot.name}_{slot.next_id()}"
    with slot.connection.cursor() as cursor:
        slot.is_committing = True
        cursor.execute(f"create table {name} (a number(5))")
        if slot.pending is not None:
            slot.committed, slot.pending = slot.pending, None
        slot.is_committing = False
        cursor.execute(f"insert into {name} values (7)")
        cursor.execute(f"alter table {name} add (b varchar2(10) default 'x')")
        must(
            cursor.execute(f"select a, b from {name}").fetchall() == [(7, "x")],
            "the altered table is wrong",
        )
        cursor.execute(f"drop table {name}")
        refused(slot, cursor, "ORA-00942", f"select * from {name}")
    slot.check()


def time_out(slot: Slot) -> None:
    """A call that takes too long is broken off; what was done before it in
    the transaction stays.
    """
    number = slot.next_id()
    with slot.connection.cursor() as cursor:
        cursor.execute(f"insert into {slot.table} (id, name) values (:1, 'kept')", (number,))
        slot.change()[number] = ("kept", None, None, None)
        slot.connection.call_timeout, slot.may_end = slot.chance.choice((400, 800)), True
        try:
            cursor.execute(SLOW).fetchone()
            must(False, "the slow query was not broken off")
        except oracledb.DatabaseError as error:
            if code_of(error) != CALL_TIMEOUT or slot.lost(error):
                raise
            slot.desk.counts[CALL_TIMEOUT] += 1
        slot.connection.call_timeout, slot.may_end = 0, False
    slot.check()
    slot.finish()


def cancel(slot: Slot) -> None:
    """A cancel from another thread: ORA-01013, and the session goes on."""
    timer = threading.Timer(0.03 + slot.chance.random() * 0.2, break_off, [slot.connection])
    with slot.connection.cursor() as cursor:
        timer.start()
        try:
            cursor.execute(SLOW).fetchone()
            must(False, "the slow query was not cancelled")
        except oracledb.DatabaseError as error:
            if code_of(error) != CANCELLED:
                raise
            slot.desk.counts[CANCELLED] += 1
        finally:
            timer.join()
    slot.check()


def deadlock(slot: Slot) -> None:
    """Two sessions wait for each other's row: one of them is told, its
    statement alone is undone.
    """
    slot.rollback()
    if len(slot.rows) < 2:
        return
    first, second = slot.chance.sample(sorted(slot.rows), 2)
    update = f"update {slot.table} set name = 'dead' where id = :1"
    told: list[str] = []
    with slot.direct() as other, slot.connection.cursor() as cursor:
        cursor.execute(update, (first,))
        other.cursor().execute(update, (second,))
        thread = threading.Thread(target=_blocked, args=(other, update, first, told))
        thread.start()
        try:
            cursor.execute(update, (second,))
        except oracledb.DatabaseError as error:
            if code_of(error) != _DEADLOCK:
                raise
            told.append(code_of(error))
        finally:
            if told == [_DEADLOCK] or not slot.connection.is_healthy():
                with contextlib.suppress(oracledb.Error):
                    slot.connection.rollback()
            thread.join()
        must(told.count(_DEADLOCK) == 1, f"of two sessions in a deadlock {told} were told")
        slot.desk.counts[_DEADLOCK] += 1
    slot.rollback()
    slot.check()


def _blocked(other: oracledb.Connection, update: str, row: int, told: list[str]) -> None:
    try:
        other.cursor().execute(update, (row,))
    except oracledb.DatabaseError as error:
        told.append(code_of(error))
    other.rollback()


def break_off(connection: oracledb.Connection) -> None:
    """Cancels what the session is at."""
    with contextlib.suppress(oracledb.Error):
        connection.cancel()


def settings(slot: Slot) -> None:
    """Settings of the session outlive a rollback and belong to it alone."""
    zone = f"{slot.chance.randrange(-11, 14):+03d}:00"
    with slot.connection.cursor() as cursor:
        cursor.execute(f"alter session set time_zone = '{zone}'")
        slot.rollback()
        must(
            cursor.execute("select sessiontimezone from dual").fetchone() == (zone,),
            "the time zone was lost",
        )


ACTIONS = [
    (transfer, 10.0),
    (audit, 2.0),
    (read_only, 2.0),
    (array_insert, 6.0),
    (change, 6.0),
    (forget_all, 0.5),
    (read_all, 3.0),
    (fetch_half, 1.5),
    (lobs, 4.0),
    (ddl, 0.7),
    (time_out, 1.0),
    (cancel, 1.0),
    (deadlock, 0.7),
    (settings, 1.0),
]
