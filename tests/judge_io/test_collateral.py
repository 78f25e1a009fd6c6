"""What else changed in Oracle, asked of two real databases: exactly what strangers did there is
told, and nothing that PostgreSQL explains.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

import pytest

from reconciliation.collateral import Beforehand, Collateral
from reconciliation.model import Key

from .hand_made import HandMade, hand_made

ROWS = 12
#: key columns of PostgreSQL and of Oracle, and how the key of a row is written in SQL, and comes
KEYS: dict[str, tuple[str, str, tuple[str, ...]]] = {
    "number": ("k int8", "k NUMBER(19)", ("{0}",)),
    "text": ("k varchar(20)", "k VARCHAR2(20)", ("'k{0:03}'",)),
    "composite": ("k int4, l varchar(9)", "k NUMBER(10), l VARCHAR2(9)", ("{1}", "'l{0:03}'")),
}


class Table:
    """A table of both sides with ROWS rows in it."""

    def __init__(self, judge: HandMade, kind: str, name: str = "t") -> None:
        self.judge, self.name = judge, f"{name}_{kind}"
        here, there, self._key = KEYS[kind]
        self._columns = [part.split()[0] for part in here.split(", ")]
        key = ", ".join(self._columns)
        judge.here(
            f"CREATE TABLE travelbuddy.{self.name} ({here}, v varchar(40), PRIMARY KEY ({key}))"
        )
        judge.there(f"CREATE TABLE {self.name} ({there}, v VARCHAR2(40), PRIMARY KEY ({key}))")
        for number in range(1, ROWS + 1):
            self.both(f"INSERT INTO {{t}} VALUES ({self.values(number)}, 'v{number}')")
        judge.agree(self.name, self._columns, dict.fromkeys((*self._columns, "v")))
        judge.profile = replace(
            judge.profile, replication=replace(judge.profile.replication, agreed_lag_seconds=0.4)
        )

    @property
    def source(self) -> str:
        return f"travelbuddy.{self.name}"

    def values(self, number: int) -> str:
        """The key of a row as SQL."""
        return ", ".join(part.format(number, number // 3) for part in self._key)

    def key(self, number: int) -> Key:
        """The same as the judge has it."""
        parts = (part.format(number, number // 3) for part in self._key)
        return tuple(part.strip("'") if "'" in part else int(part) for part in parts)

    def where(self, number: int) -> str:
        pairs = zip(self._columns, self.values(number).split(", "), strict=True)
        return " AND ".join(f"{name} = {value}" for name, value in pairs)

    def here(self, *statements: str) -> None:
        for statement in statements:
            self.judge.here(statement.format(t=self.source))

    def there(self, *statements: str) -> None:
        self.judge.there(*(statement.format(t=self.name) for statement in statements))

    def both(self, statement: str) -> None:
        self.here(statement)
        self.there(statement)

    def delete(self, number: int) -> str:
        return f"DELETE FROM {{t}} WHERE {self.where(number)}"

    def change(self, number: int, value: str = "x") -> str:
        return f"UPDATE {{t}} SET v = '{value}' WHERE {self.where(number)}"

    def insert(self, number: int) -> str:
        return f"INSERT INTO {{t}} VALUES ({self.values(number)}, 'new')"

    def touched(self, *numbers: int) -> Mapping[str, Iterable[Key]]:
        return {self.source: [self.key(number) for number in numbers]}

    def open(self, *numbers: int) -> Beforehand:
        return Beforehand.open(self.judge.run, [self.source], self.touched(*numbers))  # type: ignore[arg-type]

    def told(self, before: Beforehand, *numbers: int, deleted: bool = False) -> Collateral:
        touched = self.touched(*numbers)
        found = before.collateral([self.source], touched, deleted=deleted)  # type: ignore[arg-type]
        assert found[self.source].trouble is None
        return found[self.source]

    def shown(self, number: int) -> str:
        return self.values(number)

    def close(self) -> None:
        self.judge.here(f"DROP TABLE {self.source}")
        self.judge.there(f"DROP TABLE {self.name} PURGE")


@pytest.fixture(scope="module")
def judge(tmp_path_factory: pytest.TempPathFactory) -> Iterator[HandMade]:
    with hand_made(tmp_path_factory.mktemp("collateral")) as made:
        yield made


@pytest.fixture(params=KEYS)
def table(judge: HandMade, request: pytest.FixtureRequest) -> Iterator[Table]:
    made = Table(judge, request.param)
    yield made
    made.close()


def words(table: Table, found: Collateral) -> list[str]:
    """Each change without the name of the table."""
    return [str(one).split(f"{table.name.upper()} ", 1)[1] for one in found.changes]


def test_what_strangers_did_in_oracle_is_told_row_by_row(table: Table) -> None:
    table.there(table.delete(11))
    before = table.open(5, 6)
    table.both(table.change(5, "meant"))
    table.both(table.delete(6))
    table.there(table.change(2), table.insert(20), table.delete(9))
    found = table.told(before, 5, 6, deleted=True)
    assert sorted(words(table, found)) == sorted(
        [
            f"{table.shown(2)}  V  was 'v2', is 'x'",
            f"{table.shown(9)}  the row went",
            f"{table.shown(20)}  the row came",
        ]
    )


def test_what_postgresql_explains_is_not_told(table: Table) -> None:
    before = table.open(5)
    table.both(table.change(2))
    table.both(table.insert(20))
    table.both(table.delete(9))
    assert table.told(before, 5, deleted=True).changes == ()


def test_what_differed_before_is_left_to_the_whole_tables(table: Table) -> None:
    table.there(table.delete(3), table.change(4), table.insert(30))
    before = table.open(5)
    table.both(table.change(5))
    assert table.told(before, 5, deleted=True).changes == ()
