"""The tables that all sessions work on, and what must hold of them at any moment."""

from __future__ import annotations

from decimal import Decimal

import oracledb

from tests.oracle.fake_engine import PASSWORD, USER

ACCOUNTS = 30
OPENING = 1000
#: rows of NUMBERS, each (n, n * n, a text of n letters at most 40)
NUMBERS = 400
#: rows of WIDE, all of one stamp
WIDE = 2000
OWNER, GUEST = USER, "GUEST"
#: sets everything in a row of WIDE that follows from the stamp
STAMP = (
    "update wide set stamp = :stamp, product = id * :stamp, label = 's' || :stamp || '-' || id, "
    "price = :stamp / 100, note = case when mod(id + :stamp, 3) = 0 then 'n' || :stamp end"
)

#: in one statement, hence of one moment: what is there, what was there at first, what the ledger
#: says has moved
BALANCE = (
    "select (select sum(balance) from accounts), (select count(*) from accounts), "
    "(select nvl(sum(amount), 0) from ledger), "
    "(select count(*) from accounts a where balance <> "
    f"{OPENING} + (select nvl(sum(l.amount), 0) from ledger l where l.account = a.id)), "
    "(select count(*) from (select txn from ledger group by txn having count(*) <> 2 or "
    "sum(amount) <> 0)) from dual"
)


def create(connection: oracledb.Connection) -> None:
    """Accounts, a ledger with two lines per transfer, and a table of known numbers to read."""
    cursor = connection.cursor()
    cursor.execute("create table accounts (id number(5) primary key, balance number(12) not null)")
    cursor.execute(
        "create table ledger (txn varchar2(40) not null, account number(5) not null references "
        "accounts, "
        "amount number(12) not null, constraint ledger_pk primary key (txn, account))"
    )
    cursor.execute(
        "create table numbers (n number(5) primary key, squared number(12), name varchar2(40))"
    )
    cursor.execute(
        "create table wide (id number(6) primary key, stamp number(9), product number(15), label "
        "varchar2(40), "
        "price number(12,2), note varchar2(20), town varchar2(60), street varchar2(60))"
    )
    for table, ending in (
        ("own_kept", "on commit preserve rows"),
        ("own_now", "on commit delete rows"),
    ):
        cursor.execute(
            f"create global temporary table {table} (id number(9), owner varchar2(40)) {ending}"
        )
    cursor.execute(f'create user {GUEST} identified by "{PASSWORD}"')
    cursor.execute(f"grant create session to {GUEST}")
    cursor.executemany(
        "insert into wide (id, town, street) values (:1, :2, :3)", [_place(n) for n in range(WIDE)]
    )
    cursor.execute(STAMP, {"stamp": 0})
    cursor.executemany(
        "insert into accounts values (:1, :2)", [(n, OPENING) for n in range(ACCOUNTS)]
    )
    cursor.executemany(
        "insert into numbers values (:1, :2, :3)", [number(n) for n in range(NUMBERS)]
    )
    connection.commit()


def number(n: int) -> tuple[int, int, str | None]:
    """The row of NUMBERS with this n."""
    return n, n * n, ("é" * (n % 20)) or None


def _place(n: int) -> tuple[int, str, str | None]:
    return n, f"Stadt {n} " + "ü" * (n % 20), None if n % 10 == 0 else f"Straße {n}"


def wide_row(n: int, stamp: int) -> tuple[object, ...]:
    """The row of WIDE with this id under a stamp, as the driver gives it."""
    price = Decimal(stamp) / 100
    note = f"n{stamp}" if (n + stamp) % 3 == 0 else None
    shown = int(price) if price == int(price) else float(price)
    return n, stamp, n * stamp, f"s{stamp}-{n}", shown, note, *_place(n)[1:]


def faults(row: tuple[int, ...]) -> list[str]:
    """What is wrong with a row that ``BALANCE`` gave."""
    total, count, moved, wrong, torn = row
    checks = {
        f"the accounts hold {total}": total == ACCOUNTS * OPENING,
        f"there are {count} accounts": count == ACCOUNTS,
        f"the ledger's lines add up to {moved}": moved == 0,
        f"{wrong} accounts disagree with the ledger": wrong == 0,
        f"{torn} transfers are in the ledger by half": torn == 0,
    }
    return [text for text, holds in checks.items() if not holds]
