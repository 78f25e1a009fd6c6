"""What else changed in Oracle, asked of two real databases: exactly what strangers did there is
told, and nothing that PostgreSQL explains.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping
from dataclasses import replace

import oracledb
import psycopg2
import pytest

from reconciliation.collateral import Beforehand, Collateral, key_sets, opened, whole
from reconciliation.collateral.scn import Scn
from reconciliation.compare.checksums.forms import DigestForms, counting_forms
from reconciliation.compare.streams.row_form import RowForm
from reconciliation.databases.connections import Credentials, target_engine
from reconciliation.model import Key
from reconciliation.parallel_run import ParallelRun
from tests.oracle.fake_engine import PASSWORD, SERVICE, USER
from tests.waiting import wait_for

from .hand_made import HandMade, hand_made

ROWS = 12
READER = "READER"
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
        self.agree_lag(0.4)

    def agree_lag(self, seconds: float) -> None:
        """From the next opening on."""
        profile = self.judge.profile
        self.judge.profile = replace(
            profile, replication=replace(profile.replication, agreed_lag_seconds=seconds)
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

    def touched(self, *numbers: int) -> Mapping[str, list[Key]]:
        return {self.source: [self.key(number) for number in numbers]}

    def open(self, *numbers: int, run: ParallelRun | None = None) -> Beforehand:
        touched = self.touched(*numbers)
        return Beforehand.open(run or self.judge.run, [self.source], touched)

    def told(self, before: Beforehand, *numbers: int, deleted: bool = False) -> Collateral:
        touched = self.touched(*numbers)
        found = before.collateral([self.source], touched, deleted=deleted)[self.source]
        assert found.trouble is None
        return found

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


@pytest.fixture(params=["by SCN", "whole"])
def look(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """By which look a table is judged; where Oracle shows no SCN of rows, small ones whole."""
    if request.param == "whole":
        monkeypatch.setattr(opened, "of_table", lambda *_: Scn(None, "no ORA_ROWSCN"))
        return "compared whole: "
    return "rows beyond SCN "


def words(table: Table, found: Collateral) -> list[str]:
    """Each change without the name of the table."""
    return [str(one).split(f"{table.name.upper()} ", 1)[1] for one in found.changes]


def test_what_strangers_did_in_oracle_is_told_row_by_row(table: Table, look: str) -> None:
    table.there(table.delete(11))
    before = table.open(5, 6)
    table.here(table.change(5, "meant"))
    table.there(table.change(5, "another"))  # whoever touched it says what is wrong with it
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
    assert found.look.startswith(look)
    four, seven = (
        shown if len(table.key(1)) == 1 else f"({shown})" for shown in map(table.shown, (4, 7))
    )
    assert found.look.endswith(f"neighbours {four}, {seven}")


def test_what_postgresql_explains_is_not_told(table: Table, look: str) -> None:
    before = table.open(5)
    table.both(table.change(2))
    table.both(table.insert(20))
    table.both(table.delete(9))
    found = table.told(before, 5, deleted=True)
    assert found.changes == ()
    assert found.look.startswith(look)


def test_what_differed_before_is_left_to_the_whole_tables(table: Table, look: str) -> None:
    table.there(table.delete(3), table.change(4), table.insert(30))
    before = table.open(5)
    table.both(table.change(5))
    assert table.told(before, 5, deleted=True).changes == ()
    table.there(table.delete(30), table.change(4, "y"))
    assert words(table, table.told(before, 5, deleted=True)) == [
        f"{table.shown(4)}  V  was 'x', is 'y'"
    ]


def test_neighbours_alone_are_looked_at_where_nothing_else_can_be(
    table: Table, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(opened, "of_table", lambda *_: Scn(None, "no ORA_ROWSCN"))
    monkeypatch.setattr(whole, "SMALL_ROWS", 5)
    before = table.open(3, 8)
    table.there(table.change(2), table.delete(7), table.change(11))
    table.both(table.delete(8))
    found = table.told(before, 3, 8)
    assert words(table, found) == [
        f"{table.shown(2)}  V  was 'v2', is 'x'",
        f"{table.shown(7)}  the row went",
    ]
    assert found.look.startswith("left to the whole tables: no ORA_ROWSCN, more than 5 rows; ")


def test_what_is_on_its_way_gets_the_agreed_time(table: Table) -> None:
    table.agree_lag(60)
    before = table.open(5)
    table.both(table.change(2, "first"))
    table.both(table.insert(20))
    table.here(table.change(2, "last"), table.delete(20))
    arriving = threading.Timer(4, table.there, [table.change(2, "last"), table.delete(20)])
    arriving.start()
    found = table.told(before, 5, deleted=True)
    arriving.join()
    assert found.changes == ()


def test_keys_of_a_large_table_are_counted_where_they_add_up(
    table: Table, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[RowForm] = []

    def forms(rows: RowForm) -> DigestForms:
        asked.append(rows)
        return counting_forms(rows)

    monkeypatch.setattr(key_sets, "COUNTED_ROWS", 5)
    monkeypatch.setattr(key_sets, "counting_forms", forms)
    before = table.open(5)
    table.there(table.delete(9), table.insert(20))
    found = table.told(before, 5, deleted=True)
    assert {*words(table, found)} == {
        f"{table.shown(20)}  the row came",
        f"{table.shown(9)}  the row went",
    }
    # once to see whether they do, and again for each look
    assert (len(asked) > 1) == table.name.endswith("number")


def test_named_rows_are_looked_at_wherever_they_stand(table: Table, look: str) -> None:
    before = table.open(5)
    table.there(table.change(5), table.insert(20))
    named = table.touched(5, 20)
    found = before.collateral([table.source], {}, named=named)[table.source]
    assert words(table, found) == [
        f"{table.shown(5)}  V  was 'v5', is 'x'",
        f"{table.shown(20)}  the row came",
    ]


class Traffic:
    """Somebody who writes to PostgreSQL all the time, one row again and again; every change arrives
    in Oracle a moment later.
    """

    def __init__(self, table: Table) -> None:
        self._table, self._stopped, self.changes = table, threading.Event(), 0
        url = table.judge.source.url
        self._here = psycopg2.connect(
            host=url.host, port=url.port, dbname=url.database, user=url.username, password="any"
        )
        self._here.autocommit = True
        port = table.judge.target.url.port
        self._there = oracledb.connect(
            user=USER, password=PASSWORD, dsn=f"127.0.0.1:{port}/{SERVICE}"
        )
        self._thread = threading.Thread(target=self._write)

    def __enter__(self) -> Traffic:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stopped.set()
        self._thread.join()
        self._here.close()
        self._there.close()

    def _write(self) -> None:
        while not self._stopped.is_set():
            number = 100 + self.changes % 40
            for statement in (
                self._table.insert(number),
                self._table.change(number, f"{self.changes}"),
                self._table.change(1, f"hot {self.changes}"),
                self._table.delete(100 + (self.changes + 20) % 40),
            ):
                self._both(statement)
            self.changes += 1

    def _both(self, statement: str) -> None:
        with self._here.cursor() as cursor:
            cursor.execute(statement.format(t=self._table.source))
        self._stopped.wait(0.02)
        with self._there.cursor() as cursor:
            cursor.execute(statement.format(t=self._table.name))
        self._there.commit()


def test_beside_others_who_write_all_the_time_exactly_what_is_wrong_is_told(
    table: Table, look: str
) -> None:
    with Traffic(table) as traffic:
        before = table.open(5)
        table.there(table.change(2), table.delete(9), table.insert(20))
        wait_for(lambda: traffic.changes > 25)
        found = table.told(before, 5, deleted=True)
        nothing = table.told(table.open(5), 5, deleted=True)
    assert sorted(words(table, found)) == sorted(
        [
            f"{table.shown(2)}  V  was 'v2', is 'x'",
            f"{table.shown(9)}  the row went",
            f"{table.shown(20)}  the row came",
        ]
    )
    assert nothing.changes == ()


# ---------------------------------------------------------------- what is not granted


@pytest.fixture
def denied(table: Table) -> Iterator[ParallelRun]:
    """The run of an account that may read the table, and nothing else."""
    port = table.judge.target.url.port or 0
    table.there(
        f"CREATE USER {READER} IDENTIFIED BY secret",
        f"GRANT CREATE SESSION TO {READER}",
        f"GRANT SELECT ON {{t}} TO {READER}",
    )
    engine = target_engine(Credentials("Oracle", "127.0.0.1", port, SERVICE, READER, "secret"))
    yield replace(table.judge.run, target=engine)
    engine.dispose()
    table.there(f"DROP USER {READER}")


def test_without_grants_the_same_rows_are_told_and_the_grants_named(
    table: Table, denied: ParallelRun, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(whole, "SMALL_ROWS", 5)
    before = table.open(5, run=denied)
    table.there(table.change(2), table.insert(20), table.delete(9), table.change(6))
    found = table.told(before, 5, deleted=True)
    unknown = "what it was before the change is not known"
    assert sorted(words(table, found)) == sorted(
        [
            f"{table.shown(2)}  V  is 'x', PostgreSQL holds 'v2'; {unknown}",
            f"{table.shown(6)}  V  was 'v6', is 'x'",
            f"{table.shown(9)}  the row is missing, PostgreSQL holds it; {unknown}",
            f"{table.shown(20)}  the row is not in PostgreSQL; {unknown}",
        ]
    )
    assert (
        f"(no current SCN: GRANT EXECUTE ON SYS.DBMS_FLASHBACK TO {READER} or "
        f"GRANT SELECT ON SYS.V_$DATABASE TO {READER})"
    ) in found.look
    assert f"GRANT FLASHBACK ON {USER}.{table.name.upper()} TO {READER}" in found.look


def test_without_grants_a_small_table_is_compared_whole(table: Table, denied: ParallelRun) -> None:
    table.there(table.delete(11))
    before = table.open(5, run=denied)
    table.there(table.change(2), table.delete(9))
    table.both(table.change(3, "meant"))
    found = table.told(before, 5)
    assert words(table, found) == [
        f"{table.shown(2)}  V  was 'v2', is 'x'",
        f"{table.shown(9)}  the row went",
    ]
    assert found.look.startswith("compared whole: 10 rows (nothing can be read AS OF SCN ")
