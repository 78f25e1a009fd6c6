"""Changes that could not be applied, put down to the rows they were about: statements as the DMS
stand-in spells them, for every kind of key, and the other spellings Oracle has for the same.
"""

from __future__ import annotations

import datetime as dt
import random
import uuid
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

import pytest

from lab.dms.ground.changes import DELETE, INSERT, UPDATE
from lab.dms.ground.statements import statement_text
from reconciliation.canonical import rules_for, source_key
from reconciliation.model import (
    CatalogueColumn,
    CatalogueTable,
    ColumnPair,
    ColumnType,
    Contract,
    TableContract,
)
from reconciliation.replication import ApplyException
from reconciliation.replication.statements import key_of, keys_of, taken_apart

UTC = dt.UTC
MOMENT = dt.datetime(2026, 1, 31, 10, 20, 30, 123456)
UUID = uuid.UUID("a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11")


def run_of(*columns: tuple[str, ColumnType, ColumnType, str | None], key: int = 1) -> Any:
    """A run with one table, pay.line -> PAY.LINE; the first ``key`` columns are its key."""
    names = [name for name, *_ in columns]
    here, there = (
        CatalogueTable(
            schema,
            table,
            {
                named(name): CatalogueColumn(named(name), kinds[side], True)
                for name, *kinds in columns
            },
            tuple(map(named, names[:key])),
        )
        for side, (schema, table, named) in enumerate(
            (("pay", "line", str), ("PAY", "LINE", str.upper))
        )
    )
    contract = TableContract(
        "pay.line",
        "PAY.LINE",
        tuple(names[:key]),
        tuple(ColumnPair(name, name.upper(), how) for name, _, _, how in columns),
        None,
    )
    return SimpleNamespace(
        contract=Contract((contract,)),
        table=lambda _: contract,
        rules=lambda _: rules_for(contract, here, there),
    )


def dropped(statement: str, owner: str = "PAY", table: str = "LINE") -> ApplyException:
    return ApplyException("task", owner, table, MOMENT, statement, "0 rows affected")


NOTE = ("note", ColumnType("text"), ColumnType("VARCHAR2", length=400), None)
NUMBER, VARCHAR2 = ColumnType("NUMBER"), ColumnType("VARCHAR2", length=40)
#: types of a key column, what PostgreSQL's driver gives, and what the stand-in sends to Oracle
KEYS = {
    "smallint": ("int2", NUMBER, None, -7, -7),
    "bigint": ("int8", NUMBER, None, 2**62, 2**62),
    "numeric": ("numeric", NUMBER, None, Decimal("10.50"), Decimal("10.5")),
    "tiny numeric": ("numeric", NUMBER, None, Decimal("1E-7"), Decimal("1E-7")),
    "float": ("float8", ColumnType("BINARY_DOUBLE"), None, 1e-07, 1e-07),
    "number as text": ("int4", VARCHAR2, None, 12, "12"),
    "text": ("varchar", VARCHAR2, None, 'it\'s WHERE "ID"=7, (x)', 'it\'s WHERE "ID"=7, (x)'),
    "digits": ("text", VARCHAR2, None, "007", "007"),
    "korean": ("text", ColumnType("NVARCHAR2", length=9), None, "서울 ;", "서울 ;"),
    "padded": ("bpchar", ColumnType("CHAR", length=6), None, "ab    ", "ab"),
    "boolean": ("bool", ColumnType("CHAR", length=1), "boolean_text:Y/N", True, "Y"),
    "date": ("date", ColumnType("DATE"), None, dt.date(2026, 1, 31), dt.datetime(2026, 1, 31)),
    "timestamp": ("timestamp", ColumnType("TIMESTAMP", scale=6), None, MOMENT, MOMENT),
    "instant": ("timestamptz", ColumnType("TIMESTAMP"), None, MOMENT.replace(tzinfo=UTC), MOMENT),
    "zoned": (
        "timestamptz",
        ColumnType("TIMESTAMP WITH TIME ZONE"),
        None,
        MOMENT.replace(tzinfo=UTC),
        MOMENT,
    ),
    "millis": (
        "timestamptz",
        NUMBER,
        "epoch_millis",
        MOMENT.replace(tzinfo=UTC),
        1769854830123,
    ),
    "bytes": ("bytea", ColumnType("RAW", length=16), None, b"\x00\xff", b"\x00\xff"),
    "uuid": ("uuid", VARCHAR2, None, UUID, str(UUID)),
    "uuid in RAW": ("uuid", ColumnType("RAW", length=16), "uuid_raw", str(UUID), UUID.bytes),
    "uuid as text in RAW": ("uuid", ColumnType("RAW", length=16), "uuid_raw", str(UUID), str(UUID)),
    "uuid in digits": ("uuid", VARCHAR2, "uuid_hex", str(UUID), UUID.hex.upper()),
    "address": ("inet", VARCHAR2, None, "10.0.0.1", "10.0.0.1"),
}


@pytest.mark.parametrize("kind", KEYS)
@pytest.mark.parametrize("operation", [INSERT, UPDATE, DELETE])
def test_statements_of_the_stand_in_with_every_kind_of_key(kind: str, operation: str) -> None:
    source, target, how, value, sent = KEYS[kind]
    run = run_of(("id", ColumnType(source), target, how), NOTE)
    columns = () if operation == DELETE else ("NOTE", "ID")
    values = {INSERT: ("a,'b", sent), UPDATE: ("a,'b", sent, sent), DELETE: (sent,)}[operation]
    key = () if operation == INSERT else ("ID",)
    one = dropped(statement_text(operation, "PAY", "LINE", columns, key, values))
    contract = run.table("")
    expected = source_key(contract, run.rules(""), {"id": value})
    assert keys_of(run, "pay.line", [one]) == ({expected: [one]}, [])
    assert key_of(one, contract, run.rules("")) == expected


def test_a_key_of_several_columns_in_any_order() -> None:
    text, number = ColumnType("text"), ColumnType("int4")
    run = run_of(("merchant", number, NUMBER, None), ("no", text, VARCHAR2, None), NOTE, key=2)
    statements = [
        statement_text(DELETE, "PAY", "LINE", (), ("NO", "MERCHANT"), ("a'1", 5)),
        statement_text(INSERT, "PAY", "LINE", ("NOTE", "NO", "MERCHANT"), (), (None, "a'1", 5)),
        """delete from pay.line t where (t.merchant = 5) and (t.no = 'a''1') and rownum <= 1""",
    ]
    for statement in statements:
        assert set(keys_of(run, "pay.line", [dropped(statement)])[0]) == {(5, "a'1")}, statement
    # half a key is none
    half = dropped(statement_text(DELETE, "PAY", "LINE", (), ("NO",), ("a'1",)))
    assert keys_of(run, "pay.line", [half]) == ({}, [half])


def test_a_change_of_the_key_stands_under_both() -> None:
    run = run_of(("id", ColumnType("int8"), NUMBER, None), NOTE)
    moved = dropped(statement_text(UPDATE, "PAY", "LINE", ("ID", "NOTE"), ("ID",), (8, "x", 7)))
    assert keys_of(run, "pay.line", [moved]) == ({(7,): [moved], (8,): [moved]}, [])
    assert key_of(moved, run.table(""), run.rules("")) == (7,)


@pytest.mark.parametrize(
    ("said", "kind"),
    [
        ("TO_DATE('2026-01-31 10:20:30', 'YYYY-MM-DD HH24:MI:SS')", "DATE"),
        (
            "TO_TIMESTAMP('2026-01-31 10:20:30.000000000', 'SYYYY-MM-DD HH24:MI:SS.FF9')",
            "TIMESTAMP",
        ),
        ("TIMESTAMP '2026-01-31 10:20:30'", "TIMESTAMP"),
        ("TIMESTAMP'2026-01-31 19:20:30 +09:00'", "TIMESTAMP WITH TIME ZONE"),
        ("TO_TIMESTAMP_TZ('2026-01-31 12:20:30+02')", "TIMESTAMP WITH LOCAL TIME ZONE"),
        ("CAST('2026-01-31T10:20:30Z' AS TIMESTAMP(6))", "TIMESTAMP"),
        ("'2026-01-31 10:20:30+00'", "DATE"),
    ],
)
def test_moments_as_oracle_spells_them(said: str, kind: str) -> None:
    run = run_of(("at", ColumnType("timestamptz"), ColumnType(kind), None))
    (key,) = keys_of(run, "pay.line", [dropped(f'DELETE FROM "PAY"."LINE" WHERE "AT"={said}')])[0]
    assert key == (dt.datetime(2026, 1, 31, 10, 20, 30, tzinfo=UTC),)


@pytest.mark.parametrize(
    ("said", "value"),
    [
        ("HEXTORAW('00FF')", b"\x00\xff"),
        ("x'00ff'", b"\x00\xff"),
        ("'0x00ff'", b"\x00\xff"),
        ("EMPTY_BLOB()", b""),
    ],
)
def test_bytes_as_oracle_spells_them(said: str, value: bytes) -> None:
    run = run_of(("id", ColumnType("bytea"), ColumnType("RAW", length=9), None))
    one = dropped(f'INSERT INTO "PAY"."LINE" ("ID") VALUES ({said})')
    assert set(keys_of(run, "pay.line", [one])[0]) == {(value,)}


@pytest.mark.parametrize(
    "statement",
    [
        'MERGE INTO "PAY"."LINE" T USING (SELECT 7 AS "ID", N\'x\' AS "NOTE" FROM DUAL) S '
        'ON (T."ID" = S."ID") WHEN MATCHED THEN UPDATE SET T."NOTE" = S."NOTE" '
        'WHEN NOT MATCHED THEN INSERT ("ID","NOTE") VALUES (S."ID",S."NOTE")',
        "merge into pay.line using dual on (id = 7) when matched then update set note = 'x'",
        'UPDATE /*+ INDEX(t) */ "PAY"."LINE" SET "NOTE" = \'x\' , "ID" = 7 WHERE "ID" = +7.0 ;',
        'update "PAY"."LINE" set "NOTE" = RTRIM(\'x, "ID" = 8\', \' \') where "ID"=7',
        'INSERT INTO "PAY"."LINE" ( "NOTE" , "ID" )  VALUES ( EMPTY_CLOB() , TO_NUMBER(\'7\') )',
        'INSERT INTO "PAY"."LINE" ("NOTE","ID") VALUES (<digest 0123456789ab, 5 characters>,7)',
        # cut where the exceptions table holds no more
        "INSERT INTO PAY.LINE (ID,NOTE) VALUES (7,'xxxxxx",
        "DELETE FROM PAY.LINE WHERE ID=7 AND NOTE='x''",
    ],
)
def test_other_ways_to_say_the_same(statement: str) -> None:
    run = run_of(("id", ColumnType("int8"), NUMBER, None), NOTE)
    assert set(keys_of(run, "pay.line", [dropped(statement)])[0]) == {(7,)}


@pytest.mark.parametrize(
    "statement",
    [
        'DELETE FROM "PAY"."LINE" WHERE "ID"=?',
        'UPDATE "PAY"."LINE" SET "NOTE"=:1 WHERE "ID"=:2',
        'DELETE FROM "PAY"."LINE" WHERE "ID" IS NULL',
        'DELETE FROM "PAY"."LINE" WHERE "ID"=7 OR "ID"=8',
        'DELETE FROM "PAY"."LINE" WHERE "ID">7',
        'DELETE FROM "PAY"."LINE" WHERE "ID"=\'a\'',
        'DELETE FROM "PAY"."LINE" WHERE "ID"=<digest 0123456789ab>',
        'INSERT INTO "PAY"."LINE" ("NOTE","ID") VALUES (\'x\',7',
        'INSERT INTO "PAY"."LINE" ("NOTE","ID") VALUES (\'7,7)',
        'INSERT INTO "PAY"."LINE" VALUES (7)',
        'UPDATE "PAY"."LINE" SET "NOTE"=\'WHERE "ID"=7\'',
        "TRUNCATE TABLE PAY.LINE",
        "",
    ],
)
def test_a_statement_that_tells_no_key_is_given_as_such(statement: str) -> None:
    run = run_of(("id", ColumnType("int8"), NUMBER, None), NOTE)
    one = dropped(statement)
    assert keys_of(run, "pay.line", [one]) == ({}, [one])
    assert key_of(one, run.table(""), run.rules("")) is None


def test_a_cut_text_is_no_shorter_text() -> None:
    run = run_of(("id", ColumnType("text"), VARCHAR2, None))
    one = dropped('DELETE FROM "PAY"."LINE" WHERE "ID"=\'a\'\'b')
    assert keys_of(run, "pay.line", [one]) == ({}, [one])


def test_exceptions_of_other_tables_are_left_out() -> None:
    run = run_of(("id", ColumnType("int8"), NUMBER, None))
    statement = 'DELETE FROM "PAY"."LINE" WHERE "ID"=7'
    there, here, alike = (
        dropped(statement, *names) for names in (("PAY", "LINE"), ("pay", "line"), ("Pay", "Line"))
    )
    others = [dropped(statement, "PAY", "LINES"), dropped(statement, "", "LINE")]
    assert keys_of(run, "pay.line", [there, here, alike, *others]) == (
        {(7,): [there, here, alike]},
        [],
    )
    # a table of that very name is meant before one that is alike
    other = TableContract("x.y", "Pay.Line", ("id",), (), None)
    run.contract = Contract((*run.contract.tables, other))
    assert keys_of(run, "pay.line", [alike]) == ({}, [])


def test_a_row_is_found_by_what_nobody_may_see() -> None:
    run = run_of(("id", ColumnType("text"), VARCHAR2, None))
    hidden = ApplyException(
        "task", "PAY", "LINE", MOMENT, "DELETE ... <digest>", "no", "DELETE FROM LINE WHERE ID='a'"
    )
    assert set(keys_of(run, "pay.line", [hidden])[0]) == {("a",)}
    assert "'a'" not in repr(hidden)


def test_names_are_as_the_database_has_them() -> None:
    told = taken_apart("""update "Pay"."Li""ne" set a = null, "b" = -1.50 where "C" = 'x'""")
    assert told is not None
    assert (told.verb, told.owner, told.table) == ("UPDATE", "Pay", 'Li"ne')
    assert told.written == {"A": None, "b": Decimal("-1.50")}
    assert told.wanted == {"C": "x"}


def test_whatever_is_cut_or_mixed_up_ends_in_no_error() -> None:
    whole = (
        'MERGE INTO "PAY"."LINE" T USING (SELECT 7 AS "ID", TO_DATE(\'2026-01-31\') AS "NOTE" FROM '
        "DUAL) S ON (T.ID = S.ID) WHEN MATCHED THEN UPDATE SET NOTE = HEXTORAW('00'), X = (1) "
        "WHERE A IS NULL; INSERT INTO T (A, B) VALUES (NULL, 'x''y', -1, CAST(1 AS NUMBER))"
    )
    chance = random.Random(11)
    run = run_of(("id", ColumnType("int8"), NUMBER, None))
    for start in (whole, whole[whole.index("INSERT") :], "UPDATE T" + whole[whole.index(" SET") :]):
        for end in range(len(start)):
            keys_of(run, "pay.line", [dropped(start[:end])])
        for _ in range(500):
            mixed = start.split()
            chance.shuffle(mixed)
            keys_of(run, "pay.line", [dropped(f"{start.split()[0]} {' '.join(mixed)}")])
