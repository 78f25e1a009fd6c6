"""The tables that all sessions work on, and what must hold of them at any moment."""

from __future__ import annotations

import oracledb

ACCOUNTS = 30
OPENING = 1000
#: rows of NUMBERS, each (n, n * n, a text of n letters at most 40)
NUMBERS = 400

#: in one statement, hence of one moment: what is there, what was there at first, what the ledger says has moved
BALANCE = (
    "select (select sum(balance) from accounts), (select count(*) from accounts), "
    "(select nvl(sum(amount), 0) from ledger), "
    "(select count(*) from accounts a where balance <> "
    f"{OPENING} + (select nvl(sum(l.amount), 0) from ledger l where l.account = a.id)), "
    "(select count(*) from (select txn from ledger group by txn having count(*) <> 2 or sum(amount) <> 0)) from dual"
)


def create(connection: oracledb.Connection) -> None:
    """Accounts, a ledger with two lines per transfer, and a table of known numbers to read."""
    cursor = connection.cursor()
    cursor.execute("create table accounts (id number(5) primary key, balance number(12) not null)")
    cursor.execute(
        "create table ledger (txn varchar2(40) not null, account number(5) not null references accounts, "
        "amount number(12) not null, constraint ledger_pk primary key (txn, account))"
    )
    cursor.execute("create table numbers (n number(5) primary key, squared number(12), name varchar2(40))")
    cursor.executemany("insert into accounts values (:1, :2)", [(n, OPENING) for n in range(ACCOUNTS)])
    cursor.executemany("insert into numbers values (:1, :2, :3)", [number(n) for n in range(NUMBERS)])
    connection.commit()


def number(n: int) -> tuple[int, int, str | None]:
    """The row of NUMBERS with this n."""
    return n, n * n, ("é" * (n % 20)) or None


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
