"""What drivers do with values: empty LOBs, casts, columns that change their type, binds too small
for a result.
"""

from __future__ import annotations

import datetime
import math
from collections.abc import Iterator
from decimal import Decimal

import oracledb
import pytest

from tests.oracle.conftest import WireServer


@pytest.fixture(scope="module")
def session(oracle_server: WireServer) -> Iterator[oracledb.Connection]:
    with oracle_server.connect() as connection:
        cursor = connection.cursor()
        cursor.execute(
            "create table valued (id number(9), text clob, bytes blob, national nclob, word "
            "varchar2(30))"
        )
        cursor.execute("create table valued_long (id number(9), note long)")
        yield connection
        cursor.execute("drop table valued")
        cursor.execute("drop table valued_long")


@pytest.fixture
def cursor(session: oracledb.Connection) -> Iterator[oracledb.Cursor]:
    with session.cursor() as cursor:
        yield cursor
    session.rollback()


def one(cursor: oracledb.Cursor, statement: str, *binds: object) -> object:
    (row,) = cursor.execute(statement, binds).fetchall()
    return row[0] if len(row) == 1 else row


def code_of(cursor: oracledb.Cursor, statement: str, *binds: object) -> int:
    with pytest.raises(oracledb.DatabaseError) as caught:
        cursor.execute(statement, binds).fetchall()
    return caught.value.args[0].code


def described(cursor: oracledb.Cursor, expression: str) -> tuple[object, ...]:
    cursor.execute(f"select {expression} from dual")
    column = cursor.description[0]
    return column.type_code, column.display_size, column.internal_size


# -- LOBs that are empty
# ----------------------------------------------------------------------------------------------


def test_an_empty_lob_is_not_null(session: oracledb.Connection, cursor: oracledb.Cursor) -> None:
    given = session.createlob(oracledb.DB_TYPE_CLOB), session.createlob(oracledb.DB_TYPE_BLOB)
    cursor.execute("insert into valued (id, text, bytes) values (1, :1, :2)", given)
    cursor.execute("insert into valued (id, text, bytes) values (2, empty_clob(), empty_blob())")
    cursor.execute("insert into valued (id, text, bytes) values (3, '', null)")
    assert cursor.execute(
        "select id from valued where text is not null order by id"
    ).fetchall() == [(1,), (2,)]
    for text, binary in cursor.execute("select text, bytes from valued where id < 3").fetchall():
        assert (text.size(), text.read(), binary.size(), binary.read()) == (0, "", 0, b"")
    lengths = cursor.execute(
        "select length(text), length(bytes), dbms_lob.getlength(text) from valued order by id"
    )
    assert lengths.fetchall() == [(0, 0, 0), (0, 0, 0), (None, None, None)]


def test_an_empty_lob_is_null_as_text_and_raw(cursor: oracledb.Cursor) -> None:
    cursor.execute(
        "insert into valued (id, text, bytes, word) values (1, empty_clob(), empty_blob(), 'x')"
    )
    assert one(cursor, "select nvl(to_char(text), 'nothing') || word from valued") == "nothingx"
    assert one(cursor, "select rawtohex(utl_raw.cast_to_raw(text)) from valued") is None


def test_array_inserts_keep_empty_and_null_lobs_apart(
    session: oracledb.Connection, cursor: oracledb.Cursor
) -> None:
    lobs = [
        session.createlob(oracledb.DB_TYPE_CLOB),
        None,
        session.createlob(oracledb.DB_TYPE_CLOB, "x"),
    ]
    cursor.executemany(
        "insert into valued (id, text) values (:1, :2)", list(enumerate(lobs, start=1))
    )
    rows = cursor.execute("select id, length(text) from valued order by id").fetchall()
    assert rows == [(1, 0), (2, None), (3, 1)]


def test_batches_of_lobs_begin_with_rows(
    session: oracledb.Connection, cursor: oracledb.Cursor
) -> None:
    """The call that brings the defines of a LOB is answered with rows: a data frame of none would
    end the batches.
    """
    cursor.executemany(
        "insert into valued (id, text) values (:1, :2)", [(n, "x" * 9000) for n in range(5)]
    )
    batches = session.fetch_df_batches("select id, text from valued", size=2)
    assert [batch.num_rows() for batch in batches] == [2, 2, 1]


# -- conversions
# --------------------------------------------------------------------------------------------------


def test_lobs_are_made_of_text_and_raw(cursor: oracledb.Cursor) -> None:
    cursor.execute(
        "select to_clob('é'), to_nclob('é'), to_blob(hextoraw('00ff')), to_clob(n'é') from dual"
    )
    assert [column.type_code for column in cursor.description] == [
        oracledb.DB_TYPE_CLOB,
        oracledb.DB_TYPE_NCLOB,
        oracledb.DB_TYPE_BLOB,
        oracledb.DB_TYPE_CLOB,
    ]
    assert [lob.read() for lob in cursor.fetchone()] == ["é", "é", b"\0\xff", "é"]


def test_text_and_raw_share_bytes(cursor: oracledb.Cursor) -> None:
    assert one(cursor, "select utl_raw.cast_to_raw(:1) from dual", "aé") == "aé".encode()
    assert one(cursor, "select utl_raw.cast_to_varchar2(:1) from dual", "aé".encode()) == "aé"
    assert one(cursor, "select utl_raw.length(hextoraw('010203')) from dual") == 3


def test_binary_floats_of_text_and_numbers(cursor: oracledb.Cursor) -> None:
    cursor.execute(
        "select to_binary_double('1.5'), to_binary_float(0.1), to_binary_double('-INF') from dual"
    )
    assert [column.type_code for column in cursor.description] == [
        oracledb.DB_TYPE_BINARY_DOUBLE,
        oracledb.DB_TYPE_BINARY_FLOAT,
        oracledb.DB_TYPE_BINARY_DOUBLE,
    ]
    double, single, infinite = cursor.fetchone()
    assert (double, infinite) == (1.5, -math.inf)
    assert single == pytest.approx(0.1, abs=2**-28)
    assert single != 0.1
    assert math.isnan(one(cursor, "select to_binary_double('nan') from dual"))
    assert code_of(cursor, "select to_binary_double('x') from dual") == 1722


@pytest.mark.parametrize(
    ("text", "value"),
    [
        (
            "1 02:03:04.5",
            datetime.timedelta(days=1, hours=2, minutes=3, seconds=4, microseconds=500_000),
        ),
        (
            "-1 02:03:04.000001",
            -datetime.timedelta(days=1, hours=2, minutes=3, seconds=4, microseconds=1),
        ),
        ("+0 00:00:1", datetime.timedelta(seconds=1)),
        (
            "999999999 23:59:59",
            datetime.timedelta(days=999_999_999, hours=23, minutes=59, seconds=59),
        ),
    ],
)
def test_text_becomes_an_interval(
    cursor: oracledb.Cursor, text: str, value: datetime.timedelta
) -> None:
    assert one(cursor, "select to_dsinterval(:1) from dual", text) == value


@pytest.mark.parametrize(
    ("text", "code"),
    [("1 24:00:00", 1850), ("1 00:60:00", 1851), ("1 00:00:60", 1852), ("1 day", 1867)],
)
def test_text_that_is_no_interval(cursor: oracledb.Cursor, text: str, code: int) -> None:
    assert code_of(cursor, "select to_dsinterval(:1) from dual", text) == code


def test_a_year_of_two_digits_may_have_four(cursor: oracledb.Cursor) -> None:
    cursor.execute("alter session set nls_date_format = 'DD-MON-RR'")
    assert one(cursor, "select to_date('04-JAN-1822') from dual") == datetime.datetime(1822, 1, 4)
    assert one(cursor, "select to_date('04-JAN-22') from dual") == datetime.datetime(2022, 1, 4)
    assert one(cursor, "select to_date('220104', 'RRMMDD') from dual") == datetime.datetime(
        2022, 1, 4
    )
    assert code_of(cursor, "select to_date('20220104', 'RRMMDD') from dual") in (1830, 1843, 1861)


@pytest.mark.parametrize("sign", [1, -1])
def test_the_smallest_number(cursor: oracledb.Cursor, sign: int) -> None:
    value = sign * Decimal("1e-130")
    cursor.setinputsizes(oracledb.DB_TYPE_NUMBER)
    assert one(cursor, "select to_char(:1 * 1e100 * 1e30) from dual", value) == str(sign)
    got = cursor.execute("select :1 from dual", [value], fetch_decimals=True).fetchone()[0]
    assert got == value


# -- describe
# --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("expression", "kind", "characters", "size"),
    [
        ("'abc'", oracledb.DB_TYPE_CHAR, 3, 3),
        ("'é'", oracledb.DB_TYPE_CHAR, 2, 2),
        ("n'é'", oracledb.DB_TYPE_NCHAR, 1, 2),
        ("cast('x' as varchar2(7))", oracledb.DB_TYPE_VARCHAR, 7, 7),
        ("cast('x' as varchar2(7 char))", oracledb.DB_TYPE_VARCHAR, 7, 28),
        ("cast('x' as char(5))", oracledb.DB_TYPE_CHAR, 5, 5),
        ("cast('x' as nvarchar2(7))", oracledb.DB_TYPE_NVARCHAR, 7, 14),
        ("cast('x' as nchar(3))", oracledb.DB_TYPE_NCHAR, 3, 6),
        ("cast(hextoraw('ff') as raw(9))", oracledb.DB_TYPE_RAW, 9, 9),
    ],
)
def test_literals_and_casts_are_described_with_their_sizes(
    cursor: oracledb.Cursor, expression: str, kind: object, characters: int, size: int
) -> None:
    assert described(cursor, expression) == (kind, characters, size)


def test_an_expression_is_named_by_its_text_in_capitals_without_blanks(
    cursor: oracledb.Cursor,
) -> None:
    cursor.execute("select 'Hello, World', 1 + 1, 'x' || 'y' from dual")
    assert [column.name for column in cursor.description] == ["'HELLO,WORLD'", "1+1", "'X'||'Y'"]


def test_casts_cut_pad_and_refuse(cursor: oracledb.Cursor) -> None:
    assert one(cursor, "select cast('añb' as nvarchar2(2)) from dual") == "añ"
    assert one(cursor, "select cast('a' as nchar(3)) from dual") == "a  "
    assert one(cursor, "select cast('😀b' as nvarchar2(1)) from dual") is None
    assert one(cursor, "select cast(:1 as raw(2)) from dual", b"\1\2") == b"\1\2"
    assert code_of(cursor, "select cast(:1 as raw(2)) from dual", b"\1\2\3") == 25137
    assert described(cursor, "cast(1.5 as binary_float)")[0] is oracledb.DB_TYPE_BINARY_FLOAT
    assert described(cursor, "cast(1.5 as float)")[0] is oracledb.DB_TYPE_NUMBER
    assert one(
        cursor, "select cast('1 02:00:00' as interval day to second) from dual"
    ) == datetime.timedelta(hours=26)
    years = one(cursor, "select cast('2-3' as interval year to month) from dual")
    assert years == oracledb.IntervalYM(years=2, months=3)
    moment = datetime.datetime(2024, 5, 6, 7, 8, 9)
    assert (
        one(cursor, "select cast(:1 as timestamp with local time zone) from dual", moment) == moment
    )


# -- a cursor whose columns change
# ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("before", "first", "after", "second"),
    [
        ("cast('a' as varchar2(9))", "a", "to_clob('é')", "é"),
        ("cast('a' as nvarchar2(9))", "a", "to_clob('é')", "é"),
        ("cast('a' as varchar2(9))", "a", "to_nclob('é')", "é"),
        ("cast(hextoraw('01') as raw(9))", b"\1", "to_blob(hextoraw('02'))", b"\2"),
        ("note", "long text", "to_clob('é')", "é"),
        ("1", 1, "to_date('2024-01-02', 'YYYY-MM-DD')", datetime.datetime(2024, 1, 2)),
        ("to_date('2024-01-02', 'YYYY-MM-DD')", datetime.datetime(2024, 1, 2), "'text'", "text"),
    ],
)
def test_a_cached_statement_meets_another_type(
    session: oracledb.Connection, before: str, first: object, after: str, second: object
) -> None:
    """Where text becomes a CLOB the driver goes on reading a LONG, in the character set it knew."""
    with session.cursor() as cursor:
        cursor.execute("delete from valued_long")
        cursor.execute("insert into valued_long values (1, 'long text')")
        source = "valued_long" if before == "note" else "dual"
        cursor.execute(
            f"create or replace view valued_view as select {before} as value from {source}"
        )
        assert one(cursor, "select * from valued_view") == first
        cursor.execute(f"create or replace view valued_view as select {after} as value from dual")
        for _ in range(2):
            assert one(cursor, "select * from valued_view") == second
        cursor.execute("drop view valued_view")


def test_long_columns_are_read_through_views(cursor: oracledb.Cursor) -> None:
    cursor.execute("create or replace view valued_view as select id, note from valued_long")
    cursor.execute(
        "select data_type from user_tab_columns where table_name = 'VALUED_VIEW' order by column_id"
    )
    assert cursor.fetchall() == [("NUMBER",), ("LONG",)]
    cursor.execute("drop view valued_view")


# -- RETURNING INTO
# --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", [oracledb.DB_TYPE_VARCHAR, oracledb.DB_TYPE_NVARCHAR])
def test_a_returned_value_that_is_too_long_is_told(cursor: oracledb.Cursor, kind: object) -> None:
    small = cursor.var(kind, 2)
    with pytest.raises(oracledb.DatabaseError, match="DPY-4002"):
        cursor.execute(
            "insert into valued (id, word) values (1, 'longer than two') returning word into :1",
            [small],
        )
    fitting = cursor.var(kind, 4)
    cursor.execute(
        "insert into valued (id, word) values (1, 'four') returning word into :1", [fitting]
    )
    assert fitting.getvalue() == ["four"]


def test_several_rows_and_lobs_are_returned(cursor: oracledb.Cursor) -> None:
    cursor.executemany(
        "insert into valued (id, text) values (:1, :2)", [(n, f"text {n}") for n in range(3)]
    )
    key, text = cursor.var(int), cursor.var(oracledb.DB_TYPE_CLOB)
    cursor.execute(
        "update valued set word = 'w' where id > 0 returning id, text into :1, :2", [key, text]
    )
    returned = dict(zip(key.getvalue(), (lob.read() for lob in text.getvalue()), strict=True))
    assert returned == {1: "text 1", 2: "text 2"}
    gone = cursor.var(int, arraysize=2)
    cursor.executemany(
        "delete from valued where id = :1 returning id into :2", [(0, gone), (9, gone)]
    )
    assert gone.values == [[0], []]


def test_reserved_words_name_no_binds(cursor: oracledb.Cursor) -> None:
    assert code_of(cursor, "select * from valued where id = :level", 1) == 1745
    assert (
        cursor.execute('select id from valued where id = :"LEVEL"', {'"LEVEL"': 1}).fetchall() == []
    )
