"""Rows of a table that is not mapped are found in Oracle by what they hold, wherever they stand."""

from __future__ import annotations

import itertools
import uuid
from collections.abc import Callable, Iterator
from types import SimpleNamespace
from typing import Any

import pytest

from fixtures.scenario import outside
from fixtures.scenario.outside import Outside, Sought
from reconciliation.databases.catalogue import read_target_catalogue
from reconciliation.databases.connections import Credentials, target_engine
from reconciliation.errors import Unseen
from reconciliation.model import CatalogueColumn, CatalogueTable, ColumnType
from tests.clusters import Cluster
from tests.oracle.conftest import WireServer
from tests.oracle.fake_engine import PASSWORD, SERVICE, USER

#: one row by a number, the other one by a text; nothing of them is anywhere yet
TOKENS = ("0badcafe0badcafe", "feedc0defeedc0de")
ROWS = [Sought(900_000_001 + n, (one,)) for n, one in enumerate(TOKENS)]
UUID = "0a1b2c3d-0000-4000-8000-00000000abcd"


@pytest.fixture
def oracle(
    two_databases: tuple[Cluster, WireServer, Any],
) -> Iterator[Callable[..., Outside]]:
    """Makes tables as told (name: columns), and gives who looks for rows of ``s.hotel``."""
    _, server, connection = two_databases
    engine = target_engine(Credentials("Oracle", "127.0.0.1", server.port, SERVICE, USER, PASSWORD))
    made = list[str]()

    def outside_of(mapped: tuple[str, ...] = (), kind: str = "int8", **tables: str) -> Outside:
        with connection.cursor() as cursor:
            for name, columns in tables.items():
                cursor.execute(f'CREATE TABLE "{name}" ({columns})')
                made.append(name)
        run: Any = SimpleNamespace(
            target=engine,
            target_catalogue=read_target_catalogue(engine, (USER,)),
            contract=SimpleNamespace(
                tables=[SimpleNamespace(target=f"{USER}.{name}") for name in mapped]
            ),
            profile=SimpleNamespace(target=SimpleNamespace(schemas=(USER,))),
        )
        key = CatalogueColumn("hotel_id", ColumnType(kind), False)
        return Outside(run, CatalogueTable("s", "hotel", {"hotel_id": key}, ("hotel_id",)))

    yield outside_of
    with connection.cursor() as cursor:
        for name in made:
            cursor.execute(f'DROP TABLE "{name}"')
    engine.dispose()


@pytest.fixture
def fill(two_databases: tuple[Cluster, WireServer, Any]) -> Callable[..., None]:
    connection = two_databases[2]

    def insert(table: str, *values: object) -> None:
        binds = ", ".join(f":{number}" for number in range(1, len(values) + 1))
        with connection.cursor() as cursor:
            cursor.execute(f'INSERT INTO "{table}" VALUES ({binds})', list(values))
        connection.commit()

    return insert


@pytest.mark.parametrize(
    ("table", "columns", "values"),
    [
        ("HOTEL", "HOTEL_ID NUMBER(12), NAME VARCHAR2(80)", (900_000_002, "x")),
        ("hotel", '"hotelId" NUMBER(12), NAME VARCHAR2(80)', (900_000_002, "x")),
        ("HOTEL", "ID VARCHAR2(20) PRIMARY KEY, NAME VARCHAR2(80)", ("900000002", "x")),
        ("HOTEL", "HOTEL_ID NUMBER(12), NAME CHAR(40)", (5, TOKENS[1].upper())),
        ("HOTEL", "HOTEL_ID NUMBER(12), NAME NVARCHAR2(40)", (5, TOKENS[1])),
        ("HOTEL", "HOTEL_ID NUMBER(12), NAME CLOB", (5, f"a {TOKENS[1]}")),
        ("X_HOTEL_COPY", "K NUMBER(12), V VARCHAR2(40)", (5, TOKENS[1])),
    ],
    ids=["key", "spelling", "as text", "padded", "national", "lob", "another name"],
)
def test_a_row_is_found_where_it_stands(
    oracle: Callable[..., Outside],
    fill: Callable[..., None],
    table: str,
    columns: str,
    values: tuple[object, ...],
) -> None:
    looking = oracle(**{table: columns})
    fill(table, 7, "somebody else's")
    assert looking.search(ROWS).standing == []
    fill(table, *values)
    found = looking.search(ROWS)
    assert found.standing == [(1, f"{USER}.{table}")]
    assert found.searched == [f"{USER}.{table}"]


@pytest.mark.parametrize(
    ("columns", "value"),
    [("HOTEL_ID VARCHAR2(36)", UUID.upper()), ("HOTEL_ID RAW(16)", uuid.UUID(UUID).bytes)],
)
def test_a_uuid_is_found_as_a_text_and_as_bytes(
    oracle: Callable[..., Outside], fill: Callable[..., None], columns: str, value: object
) -> None:
    looking = oracle(kind="uuid", HOTEL=columns)
    rows = [Sought(one, (one,)) for one in (UUID, str(uuid.UUID(int=1)))]
    assert looking.search(rows).standing == []
    fill("HOTEL", value)
    assert looking.search(rows).standing == [(0, f"{USER}.HOTEL")]


def test_rows_of_others_are_no_concern(
    oracle: Callable[..., Outside], fill: Callable[..., None]
) -> None:
    looking = oracle(HOTEL="HOTEL_ID NUMBER(12), NAME VARCHAR2(80)", OTHER="ID NUMBER(12)")
    fill("HOTEL", 900_000_000, "x")
    fill("OTHER", 900_000_001)
    found = looking.search(ROWS)
    assert (found.standing, found.searched) == ([], [f"{USER}.HOTEL"])
    assert list(found.left) == [f"{USER}.OTHER"]


def test_where_mapped_rows_stand_a_reserved_key_says_nothing(
    oracle: Callable[..., Outside], fill: Callable[..., None]
) -> None:
    columns = "HOTEL_ID NUMBER(12), NAME VARCHAR2(80)"
    looking = oracle(mapped=("HOTEL", "MAPPED"), HOTEL=columns, MAPPED=columns)
    fill("HOTEL", 900_000_001, "a row of this run")
    fill("MAPPED", 900_000_001, TOKENS[0])
    assert looking.search(ROWS).standing == []
    fill("HOTEL", 5, TOKENS[0])
    assert looking.search(ROWS).standing == [(0, f"{USER}.HOTEL")]
    assert not looking.is_namesake(USER, "HOTEL")


def test_a_number_is_free_where_oracle_holds_no_higher_one(
    oracle: Callable[..., Outside], fill: Callable[..., None]
) -> None:
    looking = oracle(HOTEL="HOTEL_ID NUMBER(12), NAME VARCHAR2(80)")
    fill("HOTEL", 5, "x")
    assert looking.highest(900, 999) == 899
    fill("HOTEL", 950, "x")
    assert looking.highest(900, 999) == 950


def test_what_is_too_much_to_search_is_named(
    oracle: Callable[..., Outside], fill: Callable[..., None]
) -> None:
    looking = oracle(HOTEL="HOTEL_ID NUMBER(12)", OTHER="V VARCHAR2(40)")
    clock = itertools.count(step=outside.SEARCH_SECONDS * 2)
    found = looking.search(ROWS, clock=lambda: float(next(clock)))
    assert (found.searched, found.left) == (
        [f"{USER}.HOTEL"],
        {f"{USER}.OTHER": "not within 20 s"},
    )


def test_a_table_of_the_name_that_may_not_be_seen_is_named_with_its_grant(
    oracle: Callable[..., Outside], monkeypatch: pytest.MonkeyPatch
) -> None:
    looking = oracle()
    looking.require_seen()
    asked = list[str]()

    def require_seen(engine: object, table: str) -> None:
        asked.append(table)
        raise Unseen(f"GRANT SELECT ON {table} TO VERIFIER")

    monkeypatch.setattr(outside.oracle, "require_seen", require_seen)
    with pytest.raises(Unseen, match=f"GRANT SELECT ON {USER}.HOTEL TO VERIFIER"):
        looking.require_seen()
    assert asked == [f"{USER}.HOTEL"]
