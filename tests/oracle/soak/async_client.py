"""Sessions of the asyncio driver: transfers, array inserts, LOBs, large results and time limits."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable, Coroutine

import oracledb

from tests.oracle.fake_engine import PASSWORD, SERVICE, USER
from tests.oracle.soak import actions, shared
from tests.oracle.soak.slot import CALL_TIMEOUT, Desk, WrongError, code_of, must

Action = Callable[["Task"], Coroutine[None, None, None]]


class Task:
    """One session and the committed rows of its private table (id -> CLOB)."""

    def __init__(self, desk: Desk, name: str, chance: random.Random) -> None:
        self.desk, self.name, self.chance = desk, name, chance
        self.table = f"p_{name}"
        self.rows: dict[int, str | None] = {}
        self.serial = 0
        self.connection: oracledb.AsyncConnection

    async def connect(self) -> None:
        """A new session."""
        dsn = f"127.0.0.1:{self.desk.port}/{SERVICE}"
        self.connection = await oracledb.connect_async(user=USER, password=PASSWORD, dsn=dsn)
        self.desk.counts["connections"] += 1

    async def work(self) -> None:
        """Random actions until the end."""
        await self.connect()
        await self.connection.execute(
            f"create table {self.table} (id number(9) primary key, body clob)"
        )
        while not self.desk.is_over():
            action = self.chance.choice(
                (transfer, insert, insert, read, read, fetch_half, time_out)
            )
            try:
                await action(self)
                self.desk.counts[f"asyncio {action.__name__}"] += 1
            except WrongError as wrong:
                self.desk.report(f"{self.name}: {action.__name__}: {wrong}")
                await self.connection.rollback()
            except oracledb.Error as error:
                if self.connection.call_timeout and not self.connection.is_healthy():
                    self.desk.counts["sessions ended by a time limit"] += 1
                    await self.connect()
                    continue
                self.desk.report(f"{self.name}: {action.__name__}: {error}")
                await self.connection.rollback()
        await self.connection.close()


async def run(desk: Desk, names: list[str], chances: list[random.Random]) -> None:
    """One task per name; all in one event loop."""
    tasks = [Task(desk, name, chance) for name, chance in zip(names, chances, strict=True)]
    await asyncio.gather(*(task.work() for task in tasks))


async def transfer(task: Task) -> None:
    """Moves an amount between accounts, as the threads do."""
    source, target = task.chance.sample(range(shared.ACCOUNTS), 2)
    amount, txn = task.chance.randrange(1, 100), f"{task.name}-{task.chance.getrandbits(60)}"
    with task.connection.cursor() as cursor:
        try:
            await cursor.executemany(
                "insert into ledger values (:1, :2, :3)",
                [(txn, source, -amount), (txn, target, amount)],
            )
            await cursor.executemany(
                "update accounts set balance = balance + :1 where id = :2",
                [(-amount, source), (amount, target)],
            )
        except oracledb.DatabaseError as error:
            if code_of(error) != "ORA-00060":
                raise
            task.desk.counts["ORA-00060"] += 1
            return await task.connection.rollback()
        row = await task.connection.fetchone(shared.BALANCE)
        must(not (wrong := shared.faults(row)), "; ".join(wrong))
    return await task.connection.commit()


async def insert(task: Task) -> None:
    """Rows with a CLOB; kept or rolled back."""
    rows: list[tuple[int, str | None]] = []
    for _ in range(task.chance.choice((1, 50))):
        task.serial += 1
        rows.append((task.serial, "ü" * task.chance.choice((0, 10, 5000)) or None))
    with task.connection.cursor() as cursor:
        cursor.setinputsizes(None, oracledb.DB_TYPE_CLOB)
        await cursor.executemany(f"insert into {task.table} values (:1, :2)", rows)
    if task.chance.random() < 0.7:
        await task.connection.commit()
        task.rows |= dict(rows)
    else:
        await task.connection.rollback()
    if len(task.rows) > 500:
        await task.connection.execute(f"delete from {task.table}")
        await task.connection.commit()
        task.rows = {}


async def read(task: Task) -> None:
    """The private table, its LOBs by locator."""
    size = task.chance.choice((3, 200))
    found = await task.connection.fetchall(f"select id, body from {task.table}", arraysize=size)
    must(
        {key: body and await body.read() for key, body in found} == task.rows,
        f"{task.table} is not what it was",
    )


async def fetch_half(task: Task) -> None:
    """A large result, left after some rows."""
    with task.connection.cursor() as cursor:
        cursor.arraysize = task.chance.choice((50, 2000))
        await cursor.execute(
            "select a.n, b.n, b.squared, b.name from numbers a, numbers b order by a.n, b.n"
        )
        for place, row in enumerate(await cursor.fetchmany(task.chance.randrange(1, 5000))):
            outer, inner = divmod(place, shared.NUMBERS)
            must(row == (outer, *shared.number(inner)), f"row {place} of the large result is {row}")


async def time_out(task: Task) -> None:
    """A call that takes too long; the session is usable afterwards."""
    task.connection.call_timeout = task.chance.choice((400, 800))
    try:
        await task.connection.fetchone(actions.SLOW)
        must(False, "the slow query was not broken off")
    except oracledb.DatabaseError as error:
        if code_of(error) != CALL_TIMEOUT or not task.connection.is_healthy():
            raise
        task.desk.counts[CALL_TIMEOUT] += 1
    task.connection.call_timeout = 0
    await read(task)
