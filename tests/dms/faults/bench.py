"""A running task between a real PostgreSQL and a target, whose faults are
switched while it runs.
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

from lab.dms.faults import FAULTS, switch_all_off, switch_on
from lab.dms.ground.catalogue import TargetColumn, TargetTable
from lab.dms.ground.lsn import parse_lsn
from tests.clusters import Cluster
from tests.dms.fake_target import FakeDatabase
from tests.dms.replication import Replication, Run, wait_for
from tests.dms.worlds import spec_content

DATABASE = "dso"
SAMPLE = "travelbuddy.sample"
SOURCE_DDL = f"""
CREATE SCHEMA travelbuddy;
CREATE TABLE {SAMPLE} (id bigint PRIMARY KEY, name varchar(255), note varchar(255),
  code varchar(20), big text,
    data jsonb, flag boolean, price numeric(38,20), amount bigint, moment timestamp(6), day date);
ALTER TABLE {SAMPLE} ALTER big SET STORAGE EXTERNAL;
CREATE TABLE travelbuddy.other (id bigint PRIMARY KEY, name varchar(255));
CREATE TABLE travelbuddy.keyless (id bigint, name varchar(255));
CREATE TABLE travelbuddy.marker (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY)
"""
_KINDS = {
    "ID": "NUMBER",
    "NAME": "VARCHAR2",
    "NOTE": "VARCHAR2",
    "CODE": "VARCHAR2",
    "BIG": "NCLOB",
    "DATA": "NCLOB",
    "FLAG": "VARCHAR2",
    "PRICE": "NUMBER",
    "AMOUNT": "NUMBER",
    "MOMENT": "TIMESTAMP(6)",
    "DAY": "DATE",
    "ONLY_HERE": "VARCHAR2",
}


def _table(name: str, columns: tuple[str, ...], key: tuple[str, ...] = ("ID",)) -> TargetTable:
    described = tuple(TargetColumn(column, _KINDS[column], 255) for column in columns)
    return TargetTable("TRAVELBUDDY", name, described, key)


def upper_case_mapping() -> dict[str, Any]:
    """Every table of travelbuddy under the same names in upper case."""
    upper = {"rule-type": "transformation", "rule-action": "convert-uppercase"}
    locators = {
        "schema": {"schema-name": "travelbuddy"},
        "table": {"schema-name": "travelbuddy", "table-name": "%"},
        "column": {"schema-name": "travelbuddy", "table-name": "%", "column-name": "%"},
    }
    rules = [
        upper
        | {
            "rule-id": str(number),
            "rule-name": str(number),
            "rule-target": target,
            "object-locator": locator,
        }
        for number, (target, locator) in enumerate(locators.items(), 2)
    ]
    selection = {
        "rule-type": "selection",
        "rule-id": "1",
        "rule-name": "1",
        "rule-action": "include",
    }
    return {"rules": [selection | {"object-locator": locators["table"]}, *rules]}


class Bench(Replication):
    """One task that is started once; every test writes rows of its own."""

    def __init__(self, cluster: Cluster, directory: Path) -> None:
        self.cluster = cluster
        self.state_dir = directory
        self.directory = directory / "dms" / "TASK"
        self.directory.mkdir(parents=True)
        self.target = FakeDatabase()
        for table in (
            _table("SAMPLE", tuple(_KINDS)),
            _table("OTHER", ("ID", "NAME")),
            _table("KEYLESS", ("ID", "NAME"), ()),
            _table("MARKER", ("ID",)),
        ):
            self.target.add(table)
        login = {
            "host": cluster.host,
            "port": cluster.port,
            "user": cluster.user,
            "password": cluster.password,
        }
        self.content = spec_content(
            source=login | {"database": DATABASE},
            table_mappings=upper_case_mapping(),
            settings={"ChangeProcessingTuning": {"CommitTimeout": 0}},
            switches={"recoverable_interval_seconds": 0.1},
        )
        self.runs: list[Run] = []
        self._next = 0
        self._session = cluster.connect(DATABASE)

    def close(self) -> None:
        """Stop the task and end the bench's own session."""
        self.run.stop()
        self._session.close()

    def execute(self, statement: str, *parameters: Any) -> None:
        with self._session.cursor() as cursor:
            cursor.execute(statement, parameters or None)

    def query(self, statement: str) -> list[tuple[Any, ...]]:
        with self._session.cursor() as cursor:
            cursor.execute(statement)
            return cursor.fetchall()

    # ------------------------------------------------------------- the task

    @property
    def run(self) -> Run:
        """The run that is under way."""
        return self.runs[-1]

    def restart(self, start_type: str, *while_stopped: str) -> None:
        """Stop the task, write, and start it again."""
        self.run.stop()
        for statement in while_stopped:
            self.execute(statement)
        self.start(start_type)

    # ------------------------------------------------------------- faults

    def on(self, name: str, **options: Any) -> None:
        """Switch a fault on; it concerns the table of samples where it can be told so."""
        known = FAULTS[name].options
        where = {"table": SAMPLE} if "table" in known and "table" not in options else {}
        switch_on(self.state_dir, name, where | options)

    def off(self) -> None:
        """Switch every fault off."""
        switch_all_off(self.state_dir)

    def both(self, name: str, scenario: Callable[[int], Any], **options: Any) -> tuple[Any, Any]:
        """What a scenario sees with the fault on and with it off; it is given the first of ten ids
        of its own.
        """
        self.on(name, **options)
        try:
            on = scenario(self.new_id())
        finally:
            self.off()
        return on, scenario(self.new_id())

    # ------------------------------------------------------------- rows

    def new_id(self) -> int:
        """The first of ten ids nobody has used."""
        self._next += 10
        return self._next

    def write(self, *statements: str) -> None:
        """Run each statement (or statements, with semicolons) in a transaction; all have been
        applied afterwards.
        """
        for statement in statements:
            self.execute(statement)
        [(behind,)] = self.query("SELECT pg_current_wal_insert_lsn()::text")
        self.execute("INSERT INTO travelbuddy.marker DEFAULT VALUES")
        wait_for(
            lambda: (
                self.run.failure or int(self.run.state.get("applied_lsn") or 0) > parse_lsn(behind)
            )
        )
        assert self.run.failure is None

    def insert(self, number: int, **values: str) -> None:
        """Write one sample; the values are SQL."""
        self.write(inserted(number, **values))

    def row(self, number: int, table: str = "SAMPLE") -> dict[str, Any] | None:
        """A row of the target, None when it is not there."""
        return next(
            (row for row in self.target.committed("TRAVELBUDDY", table) if row["ID"] == number),
            None,
        )

    def value(self, number: int, column: str) -> Any:
        """A value of the target, or the error with which its row was refused."""
        row = self.row(number)
        return self.refusals(number)[-1] if row is None else row[column]

    def refusals(self, number: int) -> list[str]:
        """The errors of the exceptions table whose statement names a row."""
        return [
            row["ERROR"]
            for row in self.target.committed("TRAVELBUDDY", "awsdms_apply_exceptions")
            if f"({number}," in row["STATEMENT"] or f'"ID"={number}' in row["STATEMENT"]
        ]

    def counters(self) -> tuple[int, int]:
        """How many inserts of samples the statistics count as captured and as applied."""
        [row] = [row for row in self.run.state.statistics() if row["table_name"] == "sample"]
        return int(str(row["inserts"])), int(str(row["applied_inserts"]))

    def table_state(self) -> str:
        """The state of the table of samples."""
        [row] = [row for row in self.run.state.statistics() if row["table_name"] == "sample"]
        return str(row["table_state"])

    def confirmed(self) -> int:
        """The slot's confirmed position."""
        [(position,)] = self.query(
            "SELECT confirmed_flush_lsn::text FROM pg_replication_slots WHERE database = "
            "current_database()"
        )
        return parse_lsn(position)


def inserted(number: int, **values: str) -> str:
    """An INSERT of one sample; the values are SQL."""
    names, given = ", ".join(("id", *values)), ", ".join((str(number), *values.values()))
    return f"INSERT INTO {SAMPLE} ({names}) VALUES ({given})"


def decimal(text: str) -> Decimal:
    """A number written out."""
    return Decimal(text)
