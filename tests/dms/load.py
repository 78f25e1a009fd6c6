"""Random transactions on a few tables, with a model of what has been committed. One seed, one
sequence.
"""

from __future__ import annotations

import datetime as dt
import random
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

SCHEMA = "travelbuddy"
SOURCE_DDL = (
    f"CREATE SCHEMA {SCHEMA}",
    f"CREATE TABLE {SCHEMA}.account (id bigint PRIMARY KEY, name varchar(60) NOT NULL, balance "
    f"numeric(12,2), "
    "active boolean, note varchar(200), touched timestamptz, born date)",
    f"CREATE TABLE {SCHEMA}.line (account_id bigint REFERENCES {SCHEMA}.account, place int, "
    f"label char(10), "
    "amount numeric, PRIMARY KEY (account_id, place))",
    (
        f"CREATE TABLE {SCHEMA}.tag (code varchar(12) PRIMARY KEY, weight double precision, "
        f"payload "
        f"bytea, body text)"
    ),
)
#: LINE refers to ACCOUNT, so their changes keep their order; those of TAG may be put together
TARGET_DDL = (
    "CREATE TABLE TRAVELBUDDY.ACCOUNT (ID NUMBER(19) PRIMARY KEY, NAME VARCHAR2(60 CHAR) NOT NULL, "
    "BALANCE NUMBER(12,2), ACTIVE VARCHAR2(5), NOTE VARCHAR2(200 CHAR), TOUCHED TIMESTAMP(6), "
    "BORN DATE)",
    "CREATE TABLE TRAVELBUDDY.LINE (ACCOUNT_ID NUMBER(19), PLACE NUMBER(10), LABEL VARCHAR2(10), "
    "AMOUNT NUMBER(28,6), "
    "PRIMARY KEY (ACCOUNT_ID, PLACE), FOREIGN KEY (ACCOUNT_ID) REFERENCES TRAVELBUDDY.ACCOUNT "
    "(ID))",
    (
        "CREATE TABLE TRAVELBUDDY.TAG (CODE VARCHAR2(12) PRIMARY KEY, WEIGHT FLOAT(126), PAYLOAD "
        "BLOB, BODY CLOB)"
    ),
)
MAPPINGS = {
    "rules": [
        {
            "rule-type": "selection",
            "rule-id": "1",
            "rule-name": "all",
            "object-locator": {"schema-name": SCHEMA, "table-name": "%"},
            "rule-action": "include",
        },
        *(
            {
                "rule-type": "transformation",
                "rule-id": str(number),
                "rule-name": f"upper-{target}",
                "rule-target": target,
                "object-locator": {"schema-name": SCHEMA} | more,
                "rule-action": "convert-uppercase",
            }
            for number, target, more in (
                (2, "schema", {}),
                (3, "table", {"table-name": "%"}),
                (4, "column", {"table-name": "%", "column-name": "%"}),
            )
        ),
    ]
}
#: table -> its columns, the key's first, and how many those are
COLUMNS: Mapping[str, tuple[tuple[str, ...], int]] = {
    "account": (("id", "name", "balance", "active", "note", "touched", "born"), 1),
    "line": (("account_id", "place", "label", "amount"), 2),
    "tag": (("code", "weight", "payload", "body"), 1),
}
_TEXTS = (
    "plain",
    "",
    "café",
    "서울 😀",
    'it\'s "quoted"',
    "two\nlines",
    " blank ",
    "\\N \\x00 {}",
    "%s ? :1",
    "ß" * 40,
)
_OPERATIONS = ("insert", "update", "delete")

Key = tuple[Any, ...]
Row = tuple[Any, ...]


@dataclass
class Work:
    """One transaction: its statements, what it makes of the model, what the statistics count for
    it.
    """

    steps: list[tuple[str, tuple[Any, ...]]] = field(default_factory=list)
    tables: dict[str, dict[Key, Row]] = field(default_factory=dict)
    counts: Counter[tuple[str, str]] = field(default_factory=Counter)
    commits: bool = True


class Load:
    """``next`` gives a transaction, ``committed`` is told which of them are. ``rows`` and
    ``counts`` are the model.
    """

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)
        self._made = 0
        self.rows: dict[str, dict[Key, Row]] = {name: {} for name in COLUMNS}
        self.counts: Counter[tuple[str, str]] = Counter()

    def next(self) -> Work:
        """A transaction on the rows as they are; nothing changes here until it is ``committed``."""
        work = Work(tables={name: dict(rows) for name, rows in self.rows.items()})
        chance = self._random.random()
        if chance < 0.02:
            self._many(work)
        else:
            for _ in range(1 if chance < 0.6 else self._random.randint(2, 8)):
                self._one(work)
        if self._random.random() < 0.1:
            self._take_back(work)
        work.commits = self._random.random() > 0.1
        return work

    def committed(self, work: Work) -> None:
        self.rows = work.tables
        self.counts.update(work.counts)

    # ------------------------------------------------------------------ one change

    def _one(self, work: Work) -> None:
        choices: tuple[Callable[[Work], None], ...] = (self._insert, self._update, self._delete)
        self._random.choices(choices, (5, 5, 3))[0](work)

    def _insert(self, work: Work) -> None:
        table = self._random.choice(tuple(COLUMNS))
        # few keys, so that deleted ones come again
        number = self._random.randint(1, 400)
        if table == "line":
            if not work.tables["account"]:
                return
            key: Key = (
                self._random.choice(tuple(work.tables["account"]))[0],
                self._random.randint(1, 5),
            )
        else:
            key = (number,) if table == "account" else (f"T{number:06d}",)
        if key not in work.tables[table]:
            self._write(work, table, key)

    def _update(self, work: Work) -> None:
        table = self._random.choice(tuple(COLUMNS))
        if not work.tables[table]:
            return
        key = self._random.choice(tuple(work.tables[table]))
        names, width = COLUMNS[table]
        row = key + self._values(table)
        assigned = ", ".join(f"{name} = %s" for name in names[width:])
        where = " AND ".join(f"{name} = %s" for name in names[:width])
        work.steps.append(
            (f"UPDATE {SCHEMA}.{table} SET {assigned} WHERE {where}", (*row[width:], *key))
        )
        work.tables[table][key] = row
        work.counts[table, "updates"] += 1

    def _delete(self, work: Work) -> None:
        table = self._random.choice(tuple(COLUMNS))
        if not work.tables[table]:
            return
        key = self._random.choice(tuple(work.tables[table]))
        if table == "account":
            for line in [line for line in work.tables["line"] if line[0] == key[0]]:
                self._remove(work, "line", line)
        self._remove(work, table, key)

    def _remove(self, work: Work, table: str, key: Key) -> None:
        names, width = COLUMNS[table]
        where = " AND ".join(f"{name} = %s" for name in names[:width])
        work.steps.append((f"DELETE FROM {SCHEMA}.{table} WHERE {where}", key))
        del work.tables[table][key]
        work.counts[table, "deletes"] += 1

    def _write(self, work: Work, table: str, key: Key) -> None:
        row = key + self._values(table)
        names, _ = COLUMNS[table]
        marks = ", ".join("%s" for _ in names)
        work.steps.append(
            (f"INSERT INTO {SCHEMA}.{table} ({', '.join(names)}) VALUES ({marks})", row)
        )
        work.tables[table][key] = row
        work.counts[table, "inserts"] += 1

    # ---------------------------------------------------------- larger transactions

    def _many(self, work: Work) -> None:
        """A few hundred rows in one statement each: new ones, and all of them once more."""
        self._made += 1
        keys = [
            (f"M{self._made:04d}{number:05d}",) for number in range(self._random.randint(50, 400))
        ]
        row = self._values("tag")
        prefix = keys[0][0][:5]
        work.steps.append(
            (
                f"INSERT INTO {SCHEMA}.tag SELECT '{prefix}' || to_char(g, 'FM00000'), %s, %s, %s "
                f"FROM generate_series(0, {len(keys) - 1}) g",
                row,
            )
        )
        second = self._values("tag")
        work.steps.append(
            (
                (
                    f"UPDATE {SCHEMA}.tag SET weight = %s, payload = %s, body = %s WHERE code LIKE "
                    f"'{prefix}%%'"
                ),
                second,
            )
        )
        for key in keys:
            work.tables["tag"][key] = key + second
        work.counts["tag", "inserts"] += len(keys)
        work.counts["tag", "updates"] += len(keys)

    def _take_back(self, work: Work) -> None:
        """Some more changes, taken back to a savepoint."""
        undone = Work(tables={name: dict(rows) for name, rows in work.tables.items()})
        for _ in range(3):
            self._one(undone)
        work.steps += [("SAVEPOINT here", ()), *undone.steps, ("ROLLBACK TO here", ())]

    # --------------------------------------------------------------------- values

    def _values(self, table: str) -> Row:
        return getattr(self, f"_{table}_values")()

    def _maybe(self, value: Any) -> Any:
        return None if self._random.random() < 0.15 else value

    def _account_values(self) -> Row:
        pick = self._random
        moment = dt.datetime(1969, 1, 1, tzinfo=dt.UTC) + dt.timedelta(
            microseconds=pick.randrange(10**16)
        )
        return (
            pick.choice(_TEXTS)[:60] or "-",
            self._maybe(Decimal(pick.randrange(-(10**12) + 1, 10**12)) / 100),
            self._maybe(pick.random() < 0.5),
            self._maybe(pick.choice(_TEXTS)),
            self._maybe(moment),
            self._maybe(dt.date(1900, 1, 1) + dt.timedelta(days=pick.randrange(60000))),
        )

    def _line_values(self) -> Row:
        amount = Decimal(self._random.randrange(-(10**15), 10**15)).scaleb(
            -self._random.randrange(12)
        )
        return (self._maybe(self._random.choice(("a", "b  ", "naïve"))), self._maybe(amount))

    def _tag_values(self) -> Row:
        pick = self._random
        return (
            self._maybe(pick.choice((0.1, -2.5e-7, 1e15, 3.0))),
            self._maybe(pick.randbytes(pick.randrange(1, 200))),
            self._maybe(pick.choice(_TEXTS) * pick.choice((1, 1, 1, 30))),
        )


# ------------------------------------------------------------- as the two sides hold it


def as_postgres(table: str, row: Row) -> Row:
    """A row of the model as psycopg2 gives it back."""
    if table == "line" and row[2] is not None:
        return (*row[:2], row[2].ljust(10), row[3])
    return row


def as_oracle(table: str, row: Row) -> Row:
    """A row of the model as DMS brings it to Oracle with alwaysReplaceEmptyString=false."""
    if table == "account":
        key, name, balance, active, note, touched, born = row
        return (
            key,
            name,
            balance,
            None if active is None else str(active).lower(),
            note or None,
            touched and touched.astimezone(dt.UTC).replace(tzinfo=None),
            born and dt.datetime(born.year, born.month, born.day),
        )
    if table == "line":
        account, place, label, amount = row
        rounded = amount if amount is None else amount.quantize(Decimal("0.000001"), ROUND_HALF_UP)
        return account, place, label and label.rstrip(), rounded
    code, weight, payload, body = row
    return code, weight, payload, body or None
