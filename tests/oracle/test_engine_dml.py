"""INSERT, UPDATE, DELETE, MERGE: types on the way in, errors with their names and sizes, arrays,
RETURNING.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from decimal import Decimal

import oracledb
import pytest

from tests.oracle.conftest import WireServer

MOMENT = datetime.datetime(2024, 2, 29, 23, 59, 58, 123456)


@pytest.fixture(scope="module")
def session(oracle_server: WireServer) -> Iterator[oracledb.Connection]:
    with oracle_server.connect() as connection:
        cursor = connection.cursor()
        cursor.execute(
            "create table things (id number constraint things_pk primary key, name varchar2(10) "
            "not null, "
            "wide varchar2(10 char), code char(4), price number(5, 2), whole number(4), "
            "any_number number, "
            "born date, seen timestamp(3), zoned timestamp with time zone, raw_data raw(4), text "
            "clob, data blob, "
            "double binary_double, constraint price_ck check (price <> 13))"
        )
        cursor.execute(
            "create table parts (id number primary key, thing number references things (id))"
        )
        yield connection
        cursor.execute("drop table parts")
        cursor.execute("drop table things")


@pytest.fixture
def cursor(session: oracledb.Connection) -> Iterator[oracledb.Cursor]:
    with session.cursor() as cursor:
        yield cursor
    session.rollback()


def stored(cursor: oracledb.Cursor, column: str, value: object) -> object:
    """What comes back for a value put into a column."""
    cursor.execute("delete from things where id = 1")
    cursor.execute(f"insert into things (id, name, {column}) values (1, 'n', :1)", [value])
    cursor.execute(
        f"select {column} from things where id = 1", fetch_lobs=False, fetch_decimals=True
    )
    return cursor.fetchone()[0]


@pytest.mark.parametrize(
    ("column", "value", "kept"),
    [
        ("price", Decimal("1.005"), Decimal("1.01")),
        ("price", Decimal("-1.005"), Decimal("-1.01")),
        ("price", "12.345", Decimal("12.35")),
        ("whole", Decimal("0.5"), Decimal("1")),
        ("any_number", Decimal("0." + "1" * 38), Decimal("0." + "1" * 38)),
        ("any_number", 1e100, Decimal(10) ** 100),
        ("wide", "한글" * 5, "한글" * 5),
        ("wide", "", None),
        ("wide", 12.5, "12.5"),
        ("code", "ab", "ab  "),
        ("code", "", None),
        ("born", MOMENT, MOMENT.replace(microsecond=0)),
        ("seen", MOMENT, MOMENT.replace(microsecond=0)),
        ("raw_data", b"\x00\xff", b"\x00\xff"),
        ("raw_data", "0aff", b"\x0a\xff"),
        ("text", "é" * 40_000, "é" * 40_000),
        ("data", b"\x00" * 70_000, b"\x00" * 70_000),
        ("double", 0.1, 0.1),
        ("zoned", None, None),
    ],
)
def test_a_value_is_kept_as_its_column_declares(
    cursor: oracledb.Cursor, column: str, value: object, kept: object
) -> None:
    assert stored(cursor, column, value) == kept


def test_a_timestamp_is_rounded_to_its_digits(cursor: oracledb.Cursor) -> None:
    cursor.setinputsizes(oracledb.DB_TYPE_TIMESTAMP)
    cursor.execute("insert into things (id, name, seen) values (1, 'n', :1)", [MOMENT])
    assert cursor.execute("select seen from things").fetchone() == (
        MOMENT.replace(microsecond=123000),
    )


def test_a_zoned_timestamp_keeps_its_offset(cursor: oracledb.Cursor) -> None:
    cursor.execute(
        "insert into things (id, name, zoned) values (1, 'n', timestamp '2024-02-29 01:02:03.5 "
        "+09:00')"
    )
    assert cursor.execute("select zoned from things").fetchone() == (
        datetime.datetime(2024, 2, 29, 1, 2, 3, 500000),
    )
    same = "select count(*) from things where zoned = timestamp '2024-02-28 16:02:03.5 +00:00'"
    assert cursor.execute(same).fetchone() == (1,)


@pytest.mark.parametrize(
    ("statement", "binds", "code", "text"),
    [
        (
            "insert into things (id, name) values (7, 'twice')",
            (),
            1,
            "unique constraint (TRAVELBUDDY.THINGS_PK) violated",
        ),
        (
            "insert into things (id) values (2)",
            (),
            1400,
            'cannot insert NULL into ("TRAVELBUDDY"."THINGS"."NAME")',
        ),
        (
            "insert into things (id, name) values (2, :1)",
            ("",),
            1400,
            'cannot insert NULL into ("TRAVELBUDDY"."THINGS"."NAME")',
        ),
        (
            "update things set name = :1",
            (None,),
            1407,
            'cannot update ("TRAVELBUDDY"."THINGS"."NAME") to NULL',
        ),
        (
            "update things set name = :1",
            ("한글한글",),
            12899,
            'value too large for column "TRAVELBUDDY"."THINGS"."NAME" (actual: 12, maximum: 10)',
        ),
        (
            "update things set wide = :1",
            ("x" * 11,),
            12899,
            'value too large for column "TRAVELBUDDY"."THINGS"."WIDE" (actual: 11, maximum: 10)',
        ),
        (
            "update things set code = 'abcde'",
            (),
            12899,
            'value too large for column "TRAVELBUDDY"."THINGS"."CODE" (actual: 5, maximum: 4)',
        ),
        (
            "update things set raw_data = :1",
            (b"12345",),
            12899,
            'value too large for column "TRAVELBUDDY"."THINGS"."RAW_DATA" (actual: 5, maximum: 4)',
        ),
        (
            "update things set price = 1000",
            (),
            1438,
            "value larger than specified precision allowed for this column",
        ),
        (
            "update things set price = 999.995",
            (),
            1438,
            "value larger than specified precision allowed for this column",
        ),
        (
            "update things set price = 13",
            (),
            2290,
            "check constraint (TRAVELBUDDY.PRICE_CK) violated",
        ),
        ("update things set price = 'much'", (), 1722, "invalid number"),
        (
            "update things set any_number = :1",
            (MOMENT,),
            932,
            "inconsistent datatypes: expected NUMBER got DATE",
        ),
        ("update things set born = 5", (), 932, "inconsistent datatypes: expected DATE got NUMBER"),
        (
            "update things set born = 'soon'",
            (),
            1858,
            "a non-numeric character was found where a numeric was expected",
        ),
        ("update things set nope = 1", (), 904, '"NOPE": invalid identifier'),
        ("insert into nowhere values (1)", (), 942, "table or view does not exist"),
        ("insert into things (id, name) values (1)", (), 947, "not enough values"),
        ("insert into things (id) values (1, 2)", (), 913, "too many values"),
        ("insert into things (id, id) values (1, 2)", (), 957, "duplicate column name"),
        (
            "insert into things (id, name) values (1, 'a'), (2, 'b')",
            (),
            933,
            "SQL command not properly ended",
        ),
        ("insert things values (1)", (), 925, "missing INTO keyword"),
        ("update things name = 'x'", (), 971, "missing SET keyword"),
        ("insert into user_tables (table_name) values ('x')", (), 1031, "insufficient privileges"),
        ("update dual set dummy = 'Y'", (), 1031, "insufficient privileges"),
        ("delete from things t using parts p where 1 = 1", (), 3001, "unimplemented feature"),
    ],
)
def test_an_error_names_what_is_wrong(
    cursor: oracledb.Cursor, statement: str, binds: tuple, code: int, text: str
) -> None:
    cursor.execute("insert into things (id, name) values (7, 'seven')")
    with pytest.raises(oracledb.DatabaseError) as caught:
        cursor.execute(statement, binds)
    [error] = caught.value.args
    assert (error.code, error.message.splitlines()[0][: 11 + len(text)]) == (
        code,
        f"ORA-{code:05}: {text}",
    )
    assert cursor.execute("select id, name from things").fetchall() == [(7, "seven")]


def test_foreign_keys_are_kept(cursor: oracledb.Cursor) -> None:
    with pytest.raises(
        oracledb.IntegrityError, match=r"ORA-02291: integrity constraint \(TRAVELBUDDY\.SYS_C\d+\)"
    ):
        cursor.execute("insert into parts values (1, 99)")
    cursor.execute("insert into things (id, name) values (1, 'n')")
    cursor.execute("insert into parts values (1, 1)")
    with pytest.raises(oracledb.IntegrityError, match=r"ORA-02292: .*child record found"):
        cursor.execute("delete from things")


def test_insert_from_a_query_converts_too(cursor: oracledb.Cursor) -> None:
    cursor.execute(
        "insert into things (id, name, born, code) select level_id, 'n' || level_id, "
        "'01-MAR-24', 'x' from "
        "(select 1 level_id from dual union all select 2 from dual)"
    )
    assert cursor.rowcount == 2
    assert cursor.execute("select id, name, born, code from things order by id").fetchall() == [
        (number, f"n{number}", datetime.datetime(2024, 3, 1), "x   ") for number in (1, 2)
    ]


def test_update_from_a_query_and_default(cursor: oracledb.Cursor) -> None:
    cursor.execute("insert into things (id, name) values (1, 'n')")
    cursor.execute(
        "update things t set (wide, price) = (select 'w' || t.id, 2 from dual), code = default "
        "where id = 1"
    )
    assert cursor.execute("select wide, price, code from things").fetchone() == ("w1", 2.0, None)


def test_update_and_delete_with_rownum_change_so_many_rows(cursor: oracledb.Cursor) -> None:
    cursor.executemany(
        "insert into things (id, name) values (:1, 'n')", [(number,) for number in range(10)]
    )
    cursor.execute("update things set name = 'changed' where rownum <= 3")
    assert cursor.rowcount == 3
    cursor.execute("delete from things where name = 'changed' and rownum < 3")
    assert cursor.rowcount == 2


def test_merge_updates_what_is_there_and_inserts_what_is_not(cursor: oracledb.Cursor) -> None:
    cursor.execute("insert into things (id, name) values (1, 'old')")
    merge = (
        "merge into things t using (select :1 id, :2 name from dual) s on (t.id = s.id) "
        "when matched then update set t.name = s.name when not matched then insert (id, name) "
        "values (s.id, s.name)"
    )
    cursor.executemany(merge, [(1, "new"), (2, "two")])
    assert cursor.execute("select id, name from things order by id").fetchall() == [
        (1, "new"),
        (2, "two"),
    ]


def test_returning_gives_the_values_asked_for(cursor: oracledb.Cursor) -> None:
    number, text, born = cursor.var(int), cursor.var(str), cursor.var(oracledb.DB_TYPE_DATE)
    cursor.execute(
        "insert into things (id, name, price, born) values (1, :1, 2.555, sysdate) "
        "returning id, price, trunc(born) into :2, :3, :4",
        ["n", number, text, born],
    )
    today = datetime.datetime.now(datetime.UTC).replace(tzinfo=None)
    assert (number.getvalue(), text.getvalue()) == ([1], ["2.56"])
    assert today - born.getvalue()[0] < datetime.timedelta(hours=25)
    cursor.executemany("insert into things (id, name) values (:1, 'n')", [(2,), (3,)])
    gone = cursor.var(int, arraysize=3)
    cursor.execute("delete from things where id > :1 returning id into :2", [1, gone])
    assert sorted(gone.getvalue()) == [2, 3]


def test_returning_into_of_an_array(cursor: oracledb.Cursor) -> None:
    ids = cursor.var(int, arraysize=3)
    cursor.setinputsizes(None, ids)
    cursor.executemany(
        "insert into things (id, name) values (:1, 'n') returning id * 10 into :2",
        [(1,), (2,), (3,)],
    )
    assert [ids.getvalue(place) for place in range(3)] == [[10], [20], [30]]


def test_binds_are_counted_by_their_occurrences(cursor: oracledb.Cursor) -> None:
    cursor.execute(
        "insert into things (id, name, wide, code) values (:id, :name, :name, ':id')",
        id=5,
        name="a:b",
    )
    cursor.execute("select id, name, wide, code from things /* :no */ where id = :id -- :no", id=5)
    assert cursor.fetchone() == (5, "a:b", "a:b", ":id ")


@pytest.mark.parametrize("rows", [1, 2, 1500])
def test_an_array_arrives_whole_and_in_order(cursor: oracledb.Cursor, rows: int) -> None:
    values = [(n, f"n{n}", None if n % 2 else 1) for n in range(rows)]
    cursor.executemany("insert into things (id, name, price) values (:1, :2, :3)", values)
    assert cursor.rowcount == rows
    assert cursor.execute("select count(*), count(price), max(id) from things").fetchone() == (
        rows,
        (rows + 1) // 2,
        rows - 1,
    )
    cursor.executemany(
        "update things set name = :1 where id = :2", [(f"m{n}", n) for n in range(rows)]
    )
    assert cursor.rowcount == rows
    cursor.executemany("delete from things where id = :1", [(n,) for n in range(rows)])
    assert cursor.rowcount == rows


def test_an_array_of_updates_stops_at_its_first_error(cursor: oracledb.Cursor) -> None:
    cursor.executemany("insert into things (id, name) values (:1, 'n')", [(n,) for n in range(5)])
    with pytest.raises(oracledb.DatabaseError, match="ORA-12899"):
        cursor.executemany(
            "update things set name = :1 where id = :2",
            [("a", 0), ("b", 1), ("c" * 11, 2), ("d", 3)],
        )
    assert cursor.rowcount == 2
    assert cursor.execute("select name from things order by id").fetchall() == [
        ("a",),
        ("b",),
        ("n",),
        ("n",),
        ("n",),
    ]


def test_batch_errors_name_their_rows_and_the_others_are_done(cursor: oracledb.Cursor) -> None:
    rows = [(1, "a"), (1, "twice"), (2, "x" * 11), (3, None), (4, "d")]
    cursor.executemany(
        "insert into things (id, name) values (:1, :2)",
        rows,
        batcherrors=True,
        arraydmlrowcounts=True,
    )
    assert [(error.offset, error.code) for error in cursor.getbatcherrors()] == [
        (1, 1),
        (2, 12899),
        (3, 1400),
    ]
    assert (cursor.rowcount, cursor.getarraydmlrowcounts()) == (2, [1, 0, 0, 0, 1])
    assert cursor.execute("select id from things order by id").fetchall() == [(1,), (4,)]


def test_the_statement_of_a_replication_goes_through(cursor: oracledb.Cursor) -> None:
    table = '"TRAVELBUDDY"."THINGS"'
    cursor.execute(
        f'INSERT INTO {table} ("ID","NAME","PRICE") VALUES (:1,:2,:3)', ["1", "n", "5.10"]
    )
    cursor.execute(f'UPDATE {table} SET "ID"=:1,"NAME"=:2 WHERE "ID"=:3', [2, "m", "1"])
    assert cursor.rowcount == 1
    cursor.execute(f'DELETE FROM {table} WHERE "ID"=:1', [1])
    assert cursor.rowcount == 0
