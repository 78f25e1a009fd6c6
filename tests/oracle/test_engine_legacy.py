"""The legacy tables as the lab creates them."""

from __future__ import annotations

from collections.abc import Iterator

import oracledb
import pytest

from tests.oracle.conftest import WireServer
from tests.travelbuddy import create_legacy


@pytest.fixture(params=[True, False], ids=["enabled", "disabled"])
def legacy(
    request: pytest.FixtureRequest, oracle_server: WireServer
) -> Iterator[tuple[oracledb.Cursor, bool]]:
    with oracle_server.connect() as connection:
        create_legacy(connection, trigger_enabled=request.param)
        cursor = connection.cursor()
        yield cursor, request.param
        connection.rollback()
        for table in ("FLIGHTSPECIAL", "HOTELSPECIAL"):
            cursor.execute(f"drop table {table} purge")
            cursor.execute(f"drop sequence {table}_SEQ")


def test_rows_keep_their_ids_and_the_sequences_go_on_behind(
    legacy: tuple[oracledb.Cursor, bool],
) -> None:
    cursor, enabled = legacy
    for table, rows in (("flightspecial", 11), ("hotelspecial", 5)):
        cursor.execute(f"select id from {table} order by id")
        assert cursor.fetchall() == [(number,) for number in range(1, rows + 1)]
    cursor.execute("insert into flightspecial (id, header, cost) values (77, 'new', 1)")
    cursor.execute("insert into hotelspecial (id, hotel, cost) values (77, 'new', 1)")
    expected = (100,) if enabled else (77,)
    flight = cursor.execute("select id from flightspecial where header = 'new'").fetchall()
    hotel = cursor.execute("select id from hotelspecial where hotel = 'new'").fetchall()
    assert flight == hotel == [expected]


def test_the_legacy_columns_are_those_of_the_schema(legacy: tuple[oracledb.Cursor, bool]) -> None:
    cursor, enabled = legacy
    cursor.execute(
        "select column_name, data_type, data_length, char_used, nullable, data_default from "
        "user_tab_columns "
        "where table_name = 'FLIGHTSPECIAL' order by column_id"
    )
    assert cursor.fetchall() == [
        ("ID", "NUMBER", 22, None, "N", None),
        ("HEADER", "VARCHAR2", 255, "B", "N", "''"),
        ("BODY", "VARCHAR2", 255, "B", "Y", None),
        ("ORIGIN", "VARCHAR2", 255, "B", "Y", None),
        ("ORIGINCODE", "VARCHAR2", 6, "B", "Y", None),
        ("DESTINATION", "VARCHAR2", 255, "B", "Y", None),
        ("DESTINATIONCODE", "VARCHAR2", 6, "B", "Y", None),
        ("COST", "NUMBER", 22, None, "N", None),
        ("EXPIRYDATE", "NUMBER", 22, None, "Y", None),
    ]
    cursor.execute(
        "select trigger_name, status from user_triggers where trigger_name like '%SPECIAL%' "
        "order by 1"
    )
    status = "ENABLED" if enabled else "DISABLED"
    assert cursor.fetchall() == [
        ("FLIGHTSPECIAL_TRIGGER", status),
        ("HOTELSPECIAL_TRIGGER", status),
    ]


@pytest.mark.parametrize(
    ("column", "value", "text"),
    [
        ("HEADER", "", 'ORA-01407: cannot update ("TRAVELBUDDY"."FLIGHTSPECIAL"."HEADER") to NULL'),
        ("HEADER", "한" * 86, '"FLIGHTSPECIAL"."HEADER" (actual: 258, maximum: 255)'),
        ("COST", None, 'ORA-01407: cannot update ("TRAVELBUDDY"."FLIGHTSPECIAL"."COST") to NULL'),
        ("COST", "cheap", "ORA-01722: invalid number"),
        ("ORIGINCODE", "한글글", "(actual: 9, maximum: 6)"),
        ("ID", 11, "ORA-00001: unique constraint (TRAVELBUDDY.FLIGHTSPECIAL_PK) violated"),
    ],
)
def test_what_the_legacy_schema_cannot_hold_is_refused(
    legacy: tuple[oracledb.Cursor, bool], column: str, value: object, text: str
) -> None:
    cursor, _ = legacy
    with pytest.raises(oracledb.DatabaseError) as caught:
        cursor.execute(
            f'UPDATE "TRAVELBUDDY"."FLIGHTSPECIAL" SET "{column}" = :1 WHERE "ID" = :2', [value, 1]
        )
    assert text in caught.value.args[0].message
