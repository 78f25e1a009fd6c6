"""The legacy tables of TravelBuddy, created through the wire as their owner would create them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import oracledb

OWNER = "TRAVELBUDDY"


@dataclass(frozen=True)
class LegacyTable:
    """One table with the sequence and the trigger that number its rows."""

    name: str
    columns: tuple[tuple[str, str], ...]

    @property
    def sequence(self) -> str:
        """Hands out the ids."""
        return f"{self.name}_SEQ"

    @property
    def trigger(self) -> str:
        """Puts the next id over whatever id a row is inserted with."""
        return f"{self.name}_TRIGGER"

    def create_table(self) -> str:
        """The CREATE TABLE statement."""
        lines = ",\n".join(f"  {name} {kind}" for name, kind in self.columns)
        return (
            f"CREATE TABLE {OWNER}.{self.name} (\n{lines},\n  CONSTRAINT {self.name}_PK "
            f"PRIMARY KEY (ID)\n)"
        )

    def create_trigger(self) -> str:
        """The unconditional BEFORE INSERT trigger."""
        return (
            f"CREATE OR REPLACE TRIGGER {OWNER}.{self.trigger}\nBEFORE INSERT ON "
            f"{OWNER}.{self.name}\nFOR EACH ROW\n"
            f"BEGIN\n  SELECT {OWNER}.{self.sequence}.NEXTVAL INTO :new.id FROM dual;\nEND;"
        )

    def insert(self) -> str:
        """An INSERT with one bind per column, named after it."""
        names = [name for name, _ in self.columns]
        binds = ", ".join(f":{name}" for name in names)
        return f"INSERT INTO {OWNER}.{self.name} ({', '.join(names)}) VALUES ({binds})"


FLIGHTSPECIAL = LegacyTable(
    "FLIGHTSPECIAL",
    (
        ("ID", "NUMBER NOT NULL"),
        ("HEADER", "VARCHAR2(255) DEFAULT '' NOT NULL"),
        ("BODY", "VARCHAR2(255)"),
        ("ORIGIN", "VARCHAR2(255)"),
        ("ORIGINCODE", "VARCHAR2(6)"),
        ("DESTINATION", "VARCHAR2(255)"),
        ("DESTINATIONCODE", "VARCHAR2(6)"),
        ("COST", "NUMBER NOT NULL"),
        ("EXPIRYDATE", "NUMBER"),
    ),
)
HOTELSPECIAL = LegacyTable(
    "HOTELSPECIAL",
    (
        ("ID", "NUMBER NOT NULL"),
        ("HOTEL", "VARCHAR2(255) DEFAULT '' NOT NULL"),
        ("DESCRIPTION", "VARCHAR2(255)"),
        ("LOCATION", "VARCHAR2(255)"),
        ("COST", "NUMBER NOT NULL"),
        ("EXPIRYDATE", "NUMBER"),
    ),
)


def create_legacy(
    connection: oracledb.Connection,
    *,
    flights: Sequence[Mapping[str, Any]],
    hotels: Sequence[Mapping[str, Any]],
    trigger_enabled: bool,
) -> None:
    """Creates both tables and fills them; ``connection`` belongs to TRAVELBUDDY.

    Rows are mappings from column names (upper case) to values and keep the ids they bring: they are
    inserted while the trigger is off, and the sequence goes on behind the largest id. EXPIRYDATE is
    in epoch milliseconds.
    """
    with closing(connection.cursor()) as cursor:
        for table, rows in ((FLIGHTSPECIAL, flights), (HOTELSPECIAL, hotels)):
            _create(cursor, table, rows, trigger_enabled=trigger_enabled)
    connection.commit()


def _create(
    cursor: oracledb.Cursor,
    table: LegacyTable,
    rows: Sequence[Mapping[str, Any]],
    *,
    trigger_enabled: bool,
) -> None:
    cursor.execute(table.create_table())
    if rows:
        names = [name for name, _ in table.columns]
        cursor.executemany(table.insert(), [[row.get(name) for name in names] for row in rows])
    behind = max((int(row["ID"]) for row in rows), default=0) + 1
    cursor.execute(f"CREATE SEQUENCE {OWNER}.{table.sequence} START WITH {behind} INCREMENT BY 1")
    cursor.execute(table.create_trigger())
    cursor.execute(
        f"ALTER TRIGGER {OWNER}.{table.trigger} {'ENABLE' if trigger_enabled else 'DISABLE'}"
    )
