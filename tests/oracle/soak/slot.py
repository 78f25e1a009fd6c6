"""One session's place in a client process: its connection, its private table, and the model of what
that holds.
"""

from __future__ import annotations

import random
import threading
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

import oracledb

from tests.oracle.fake_engine import PASSWORD, SERVICE, USER
from tests.oracle.soak.gate import Gate, Link, random_cut
from tests.oracle.soak.watch import Backends
from tests.waiting import LONG_SECONDS, comes_true

_LOST = ("DPY-4011", "DPY-1001", "DPY-4005", "DPY-4007", "DPY-6005", "DPY-6000")
CALL_TIMEOUT = "DPY-4024"

#: id -> (name, amount in hundredths, CLOB, BLOB)
Row = tuple[str | None, int | None, str | None, bytes | None]
_connecting = threading.Lock()


class WrongError(Exception):
    """A result that the model does not explain."""


@dataclass
class Desk:
    """What the slots of one client process share."""

    port: int
    gate: Gate | None
    backends: Backends
    lock: threading.Lock
    report: Callable[[str], None]
    counts: Counter[str]
    is_over: Callable[[], bool]

    def alive(self, sid: int) -> bool:
        """Whether the store still has this backend."""
        with self.lock:
            return self.backends.alive(sid)

    def doing(self, sid: int) -> str:
        """What the backend is at."""
        with self.lock:
            return self.backends.doing(sid)


def code_of(error: oracledb.Error) -> str:
    """``ORA-nnnnn`` or ``DPY-nnnn``."""
    return str(getattr(error.args[0], "full_code", error))


@dataclass
class Slot:
    """Connects, works, loses the connection, comes back and compares."""

    name: str
    desk: Desk
    chance: random.Random
    connection: oracledb.Connection = field(init=False)
    sid: int = 0
    link: Link | None = None
    committed: dict[int, Row] = field(default_factory=dict)
    pending: dict[int, Row] | None = None
    is_committing: bool = False
    may_end: bool = False
    serial: int = 0

    @property
    def table(self) -> str:
        """The private table."""
        return f"p_{self.name}"

    @property
    def rows(self) -> dict[int, Row]:
        """What this session must see now."""
        return self.committed if self.pending is None else self.pending

    def change(self) -> dict[int, Row]:
        """The rows to change, in the transaction that is open from here on."""
        if self.pending is None:
            self.pending = dict(self.committed)
        return self.pending

    def next_id(self) -> int:
        """An id never used before in the private table."""
        self.serial += 1
        return self.serial

    # -- connection
    # ----------------------------------------------------------------------------------------------

    def connect(self) -> None:
        """A new session, through the gate where the process has one."""
        gate = self.desk.gate
        port = gate.port if gate else self.desk.port
        with _connecting:
            before = gate.known() if gate else set()
            self.connection = oracledb.connect(
                user=USER, password=PASSWORD, dsn=f"127.0.0.1:{port}/{SERVICE}"
            )
            self.link = gate.newest(before) if gate else None
        self.may_end = False
        with self.connection.cursor() as cursor:
            self.sid = int(
                cursor.execute("select sys_context('userenv', 'sid') from dual").fetchone()[0]
            )
        self.desk.counts["connections"] += 1

    def direct(self) -> oracledb.Connection:
        """A second session, past the gate."""
        return oracledb.connect(
            user=USER, password=PASSWORD, dsn=f"127.0.0.1:{self.desk.port}/{SERVICE}"
        )

    def create(self) -> None:
        """Makes the private table."""
        with self.connection.cursor() as cursor:
            cursor.execute(
                f"create table {self.table} (id number(10) primary key, name varchar2(20), "
                f"amount number(12,2), "
                "body clob, raw_body blob)"
            )

    def arm(self) -> None:
        """From now on the link ends at some point."""
        if self.link is not None:
            count, abrupt = random_cut(self.chance)
            self.link.cut_after(count, abrupt=abrupt)
            self.desk.counts["cuts armed"] += 1

    def lost(self, error: oracledb.Error) -> bool:
        """Whether the error means that the connection is gone."""
        return code_of(error) in _LOST or (
            code_of(error) == CALL_TIMEOUT and not self.connection.is_healthy()
        )

    @property
    def is_cut(self) -> bool:
        """Whether the link was cut on purpose."""
        return self.link is not None and self.link.is_cut

    def recover(self, error: oracledb.Error) -> None:
        """After a lost connection: its session must go, a new one must see what was committed."""
        if not self.is_cut and not self.may_end:
            self.desk.report(f"{self.name}: the connection was lost though nobody cut it: {error}")
        self.desk.counts[
            "sessions ended by a time limit or killed" if self.may_end else "connections lost"
        ] += 1
        # a session whose client is gone has to be gone from PostgreSQL as well
        if not comes_true(lambda: not self.desk.alive(self.sid)):
            doing = self.desk.doing(self.sid)
            self.desk.report(
                f"{self.name}: a session outlived its client by {LONG_SECONDS:.0f} s: {doing}"
            )
        self.connect()
        possible = [self.committed]
        if self.is_committing and self.pending is not None:
            possible.append(self.pending)
            self.desk.counts["commits of unknown outcome"] += 1
        found = self.read()
        if found not in possible:
            raise WrongError(f"after a lost connection: {difference(self.committed, found)}")
        self.committed, self.pending, self.is_committing = found, None, False

    # -- transaction
    # ---------------------------------------------------------------------------------------------

    def commit(self) -> None:
        """Commits; the model knows that the outcome is open meanwhile."""
        self.is_committing = True
        self.connection.commit()
        if self.pending is not None:
            self.committed, self.pending = self.pending, None
        self.is_committing = False

    def rollback(self) -> None:
        """Rolls back."""
        self.connection.rollback()
        self.pending, self.is_committing = None, False

    def finish(self) -> None:
        """Commits mostly, rolls back sometimes."""
        if self.chance.random() < 0.75:
            self.commit()
        else:
            self.rollback()

    # -- reading
    # ----------------------------------------------------------------------------------------------

    def read(self) -> dict[int, Row]:
        """The whole private table."""
        with self.connection.cursor() as cursor:
            cursor.arraysize = self.chance.choice((1, 7, 100, 1000))
            cursor.execute(f"select id, name, amount * 100, body, raw_body from {self.table}")
            return {
                number: (name, None if amount is None else int(amount), text(body), text(raw))
                for number, name, amount, body, raw in cursor
            }

    def check(self) -> None:
        """The private table against the model. Raises WrongError."""
        found = self.read()
        if found != self.rows:
            raise WrongError(f"{self.table}: {difference(self.rows, found)}")


def text(lob: oracledb.LOB | None) -> object:
    """A LOB's content, None for NULL."""
    return None if lob is None else lob.read()


def difference(expected: dict[int, Row], found: dict[int, Row]) -> str:
    """The first rows that differ."""
    wrong = [
        key for key in sorted(expected.keys() | found.keys()) if expected.get(key) != found.get(key)
    ]
    shown = [
        f"{key}: expected {expected.get(key)!r:.80}, found {found.get(key)!r:.80}"
        for key in wrong[:3]
    ]
    return f"{len(wrong)} rows differ: {'; '.join(shown)}"


def must(condition: object, what: str) -> None:
    """Raises WrongError unless the condition holds."""
    if not condition:
        raise WrongError(what)


def work(slot: Slot, actions: list[tuple[Callable[[Slot], None], float]]) -> None:
    """Random actions until the end; every failure that is not explained is reported, and the work
    goes on.
    """
    names = [action for action, _ in actions]
    weights = [weight for _, weight in actions]
    while not slot.desk.is_over():
        action = slot.chance.choices(names, weights)[0]
        if slot.chance.random() < 0.06:
            slot.arm()
        try:
            _one(slot, action)
            slot.desk.counts[action.__name__] += 1
        except WrongError as wrong:
            slot.desk.report(f"{slot.name}: {action.__name__}: {wrong}")
            _start_again(slot)


def _one(slot: Slot, action: Callable[[Slot], None]) -> None:
    try:
        try:
            action(slot)
        except oracledb.Error as error:
            if slot.lost(error):
                raise
            slot.desk.report(f"{slot.name}: {action.__name__}: {error}")
            slot.rollback()
    except oracledb.Error as error:
        slot.recover(error)


def _start_again(slot: Slot) -> None:
    """After a wrong result the model is of no use: what is there now becomes the model."""
    try:
        slot.connection.rollback()
        slot.committed = slot.read()
    except oracledb.Error:
        slot.connect()
        slot.committed = slot.read()
    slot.pending, slot.is_committing = None, False
