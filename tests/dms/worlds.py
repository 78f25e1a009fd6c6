"""The tables of the parallel run, specifications and changes for tests."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

from lab.dms.agreed.spec import TaskSpec, parse_spec
from lab.dms.apply.applier import Applier
from lab.dms.apply.control_tables import ControlTables
from lab.dms.apply.policies import policies_of
from lab.dms.faults import FaultBoard
from lab.dms.ground.catalogue import SourceColumn, SourceTable, TargetColumn, TargetTable
from lab.dms.ground.changes import Change, Transaction
from lab.dms.ground.logs import TaskLog
from lab.dms.transform.tables import Tables
from tests.dms.fake_target import FakeDatabase, FakeTarget

MAPPINGS = Path(__file__).resolve().parents[2] / "environments" / "mappings"
SOURCE = SourceTable(
    "travelbuddy",
    "flightspecial",
    (
        SourceColumn("id", "int8"),
        SourceColumn("header", "varchar", 259),
        SourceColumn("body", "varchar", 259),
        SourceColumn("origin", "varchar", 259),
        SourceColumn("origin_code", "varchar", 10),
        SourceColumn("destination", "varchar", 259),
        SourceColumn("destination_code", "varchar", 10),
        SourceColumn("cost", "int4"),
        SourceColumn("expiry_date", "timestamptz"),
    ),
    ("id",),
)
TARGET = TargetTable(
    "TRAVELBUDDY",
    "FLIGHTSPECIAL",
    (
        TargetColumn("ID", "NUMBER", 22, nullable=False),
        TargetColumn("HEADER", "VARCHAR2", 255, nullable=False),
        TargetColumn("BODY", "VARCHAR2", 255),
        TargetColumn("ORIGIN", "VARCHAR2", 255),
        TargetColumn("DESTINATION", "VARCHAR2", 255),
        TargetColumn("ORIGINCODE", "VARCHAR2", 6),
        TargetColumn("DESTINATIONCODE", "VARCHAR2", 6),
        TargetColumn("COST", "NUMBER", 22, nullable=False),
        TargetColumn("EXPIRYDATE", "NUMBER", 22),
    ),
    ("ID",),
)
ROW = {
    "id": 1,
    "header": "London to Busan",
    "body": "b",
    "origin": "London",
    "origin_code": "LHR",
    "destination": "Busan",
    "destination_code": "PUS",
    "cost": 50,
    "expiry_date": "2026-11-21T12:00:00.5+00:00",
}


def mapping(name: str = "corrected") -> dict[str, Any]:
    return json.loads((MAPPINGS / f"{name}.json").read_text("utf-8"))


def spec_content(**more: Any) -> dict[str, Any]:
    """A specification as the AWS API writes it; ``more`` replaces top-level entries."""
    return {
        "task_identifier": "rsync-task",
        "task_arn": "arn:aws:dms:ap-northeast-2:000000000000:task:ABCDEFGHIJKLMNOPQRSTUVWXYZ",
        "resource_id": "ABCDEFGHIJKLMNOPQRSTUVWXYZ",
        "replication_instance_identifier": "instance",
        "migration_type": "cdc",
        "table_mappings": mapping(),
        "settings": {},
        "source": {
            "host": "127.0.0.1",
            "port": 1,
            "database": "dso",
            "user": "dmsuser",
            "password": "s3cret",
        },
        "target": {
            "host": "127.0.0.1",
            "port": 1,
            "service": "XE",
            "user": "dmsuser",
            "password": "s3cret",
            "attributes": {"alwaysReplaceEmptyString": "false"},
        },
        "switches": {},
        "logs": None,
    } | more


def spec(**more: Any) -> TaskSpec:
    return parse_spec(spec_content(**more))


def insert(**values: Any) -> Change:
    return Change("I", SOURCE.schema, SOURCE.name, ROW | values)


def update(**values: Any) -> Change:
    return Change("U", SOURCE.schema, SOURCE.name, ROW | values)


def delete(number: int) -> Change:
    old = dict.fromkeys(ROW) | {"id": number}
    return Change("D", SOURCE.schema, SOURCE.name, {}, old)


def transaction(lsn: int, *changes: Change, **more: Any) -> Transaction:
    return Transaction(lsn, lsn, "2026-11-21 12:00:00+00", changes, **more)


class World:
    """An applier on a fake target with one flight-specials table on both sides."""

    def __init__(self, directory: Path, **spec_entries: Any) -> None:
        self.spec = spec(**spec_entries)
        self.database = FakeDatabase()
        self.database.add(TARGET)
        self.target = FakeTarget(self.database)
        self.written = io.StringIO()
        self.log = TaskLog(stream=self.written)
        self.source = SOURCE
        self.further_sources: tuple[SourceTable, ...] = ()
        self.tables = Tables(self.spec, lambda: (self.source, *self.further_sources), self.log)
        self.tables.load(self.target)
        self.control = ControlTables(
            "TRAVELBUDDY", self.spec.resource_id, self.spec.settings.control
        )
        self.control.create_missing(self.target)
        self.faults = FaultBoard(directory / "dms" / "faults.json")
        self.applier = Applier(
            self.tables,
            self.control,
            policies_of(self.spec),
            self.spec.switches,
            self.faults,
            self.log,
            self.spec.settings,
        )

    def apply(self, *changes: Change, lsn: int = 100) -> Any:
        done = self.applier.apply(self.target, [transaction(lsn, *changes)], lambda: None)
        self.target.commit()
        return done

    @property
    def rows(self) -> list[dict[str, Any]]:
        return self.database.rows("TRAVELBUDDY", "FLIGHTSPECIAL")

    @property
    def exceptions(self) -> list[dict[str, Any]]:
        return self.database.rows("TRAVELBUDDY", "awsdms_apply_exceptions")

    @property
    def log_lines(self) -> list[str]:
        return self.written.getvalue().splitlines()
