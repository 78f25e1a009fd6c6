"""What expressions and queries mean, in Oracle's sense, through the driver."""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from decimal import Decimal

import oracledb
import pytest

from tests.oracle.conftest import WireServer

LEAP = datetime.datetime(2024, 2, 29)


@pytest.fixture(scope="module")
def cursor(oracle_server: WireServer) -> Iterator[oracledb.Cursor]:
    with oracle_server.connect() as connection, connection.cursor() as cursor:
        cursor.execute(
            "create table words (id number primary key, word varchar2(20), code char(5), amount "
            "number(8,2), born date)"
        )
        cursor.executemany(
            "insert into words values (:1, :2, :3, :4, :5)",
            [
                (n, f"w{n}", "ab" if n % 2 else None, n / 4, LEAP + datetime.timedelta(n))
                for n in range(1, 11)
            ],
        )
        connection.commit()
        yield cursor
        cursor.execute("drop table words")


def one(cursor: oracledb.Cursor, text: str, *binds: object) -> object:
    """The only value of a query."""
    [(value,)] = cursor.execute(text, binds).fetchall()
    return value


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        # the empty string is NULL
        ("''", None),
        ("nvl('', 'none')", "none"),
        ("'a' || '' || null", "a"),
        ("'' || null", None),
        ("length('')", None),
        ("replace('aaa', 'a')", None),
        ("substr('abc', 4)", None),
        ("trim('  ')", None),
        ("case when '' is null then 'null' else 'text' end", "null"),
        ("decode('', null, 'same', 'other')", "same"),
        ("nvl2('', 1, 2)", 2),
        # text
        ("substr('hello', -3, 2)", "ll"),
        ("substr('hello', 0, 2)", "he"),
        ("instr('banana', 'an', 1, 2)", 4),
        ("instr('banana', 'a', -1)", 6),
        ("upper('é') || lower('É')", "Éé"),
        ("length('한글')", 2),
        ("lengthb('한글')", 6),
        ("lpad('7', 3, '0')", "007"),
        ("rtrim('axx', 'x')", "a"),
        ("trim(both 'x' from 'xax')", "a"),
        ("initcap('big ben')", "Big Ben"),
        ("q'[it's]'", "it's"),
        ("'it''s'", "it's"),
        ("to_char(1234.5, '9,990.00')", " 1,234.50"),
        ("to_char(0.5)", ".5"),
        ("to_char(-0.25)", "-.25"),
        ("to_char(12)", "12"),
        # numbers
        ("7 / 2", 3.5),
        ("to_char(1 / 3)", "." + "3" * 40),
        ("mod(-7, 3)", -1),
        ("mod(7, 0)", 7),
        ("round(2.5) + round(-2.5)", 0),
        ("round(1234.567, -2)", 1200),
        ("trunc(-1.7)", -1),
        ("'5' * 2", 10),
        ("'1' + '2'", 3),
        ("to_number(' -12.50 ')", -12.5),
        ("greatest(1, 2, null)", None),
        ("coalesce(null, 2, 3)", 2),
        # dates
        ("date '2024-02-29'", LEAP),
        ("date '2024-02-29' + 1.5", datetime.datetime(2024, 3, 1, 12)),
        ("date '2024-03-01' - date '2024-02-28'", 2),
        ("date '2024-02-29' + 1/86400", datetime.datetime(2024, 2, 29, 0, 0, 1)),
        ("add_months(date '2024-01-31', 1)", LEAP),
        ("last_day(date '2024-02-01')", LEAP),
        ("months_between(date '2024-03-31', date '2024-02-29')", 1),
        ("trunc(date '2024-02-29', 'YYYY')", datetime.datetime(2024, 1, 1)),
        ("to_date('29.02.24 13:05', 'DD.MM.RR HH24:MI')", datetime.datetime(2024, 2, 29, 13, 5)),
        ("to_char(date '2024-02-29', 'FMDay, DD Month YYYY')", "Thursday, 29 February 2024"),
        (
            "to_char(to_timestamp('2024-02-29 1:2:3.0405', 'YYYY-MM-DD HH24:MI:SS.FF'), 'SS.FF3')",
            "03.040",
        ),
        ("extract(month from date '2024-02-29')", 2),
        (
            "timestamp '2024-02-29 00:00:00' - timestamp '2024-02-28 23:00:00'",
            datetime.timedelta(hours=1),
        ),
        (
            "to_char(timestamp '2024-02-29 01:00:00 +09:00', 'YYYY-MM-DD HH24:MI TZH:TZM')",
            "2024-02-29 01:00 +09:00",
        ),
        ("to_char(sysdate, 'YYYY') - to_char(systimestamp, 'YYYY')", 0),
    ],
)
def test_an_expression_means_what_oracle_means(
    cursor: oracledb.Cursor, expression: str, value: object
) -> None:
    assert one(cursor, f"select {expression} from dual") == value


@pytest.mark.parametrize(
    ("condition", "rows"),
    [
        ("word = 'w3'", 1),
        ("id = '3'", 1),
        ("word = ''", 0),
        ("word <> ''", 0),
        ("word in ('w1', 'w2', 'nope')", 2),
        ("id in ('1', '2')", 2),
        ("word not like 'w1%'", 8),
        ("word like 'w!_' escape '!'", 0),
        ("word like 'w\\'", 0),
        ("id between 2 and '4'", 3),
        ("id not between 2 and 9", 2),
        ("not (id > 3 or word = 'w1')", 2),
        ("code = 'ab'", 5),
        ("code = 'ab '", 5),
        ("trim(code) = 'ab'", 5),
        ("length(code) = 5", 5),
        ("code is not null and id > 4", 3),
        ("rownum <= 4", 4),
        ("rownum < 4", 3),
        ("rownum = 1", 1),
        ("3 >= rownum and id > 5", 3),
        ("rownum = 2", 0),
        ("rownum > 1", 0),
        ("rownum > 0.5", 10),
        ("rownum >= 1 and rownum <= 3", 3),
        ("rownum between 2 and 3", 0),
        ("rownum <> 4", 3),
        ("rownum <> 4.5", 10),
        ("rownum <> null", 0),
        ("(rownum < 4 and rownum < 3)", 2),
        ("exists (select 1 from dual where words.id = 2)", 1),
        ("(id, word) in ((1, 'w1'), (2, 'w9'))", 1),
        ("id = any (select 3 from dual)", 1),
        ("id > all (7, 8)", 2),
        ("born > to_date('2024-03-05', 'YYYY-MM-DD')", 5),
        ("born = '01-MAR-24'", 1),
    ],
)
def test_a_condition_picks_the_rows_oracle_picks(
    cursor: oracledb.Cursor, condition: str, rows: int
) -> None:
    assert len(cursor.execute(f"select 'x' from words where {condition}").fetchall()) == rows


def test_a_char_bind_is_compared_without_padding_as_a_varchar2(cursor: oracledb.Cursor) -> None:
    assert one(cursor, "select count(*) from words where code = :1", "ab") == 0
    assert one(cursor, "select count(*) from words where code = :1", "ab   ") == 5


@pytest.mark.parametrize(
    ("query", "rows"),
    [
        (
            "select count(*), count(code), sum(amount), avg(id), min(word), max(born) from words",
            [(10, 5, 13.75, 5.5, "w1", LEAP + datetime.timedelta(10))],
        ),
        ("select count(*) / 4 from words", [(2.5,)]),
        (
            (
                "select mod(id, 2), count(*) from words group by mod(id, 2) having count(*) > 1 "
                "order by 1 desc"
            ),
            [(1, 5), (0, 5)],
        ),
        (
            "select listagg(word, ',') within group (order by id) from words where id < 4",
            [("w1,w2,w3",)],
        ),
        ("select id from words order by code, id desc fetch first 2 rows only", [(9,), (7,)]),
        ("select id from words order by code desc, id fetch first 1 row only", [(2,)]),
        ("select id from words order by id offset 8 rows fetch next 5 rows only", [(9,), (10,)]),
        ("select id from words where rownum <= 3 order by id desc", [(3,), (2,), (1,)]),
        ("select count(*) from words where rownum <= 3", [(3,)]),
        (
            "select * from (select a.id, rownum n from (select id from words order by id desc) a "
            "where rownum <= 4)"
            " where n >= 3",
            [(8, 3), (7, 4)],
        ),
        (
            (
                "select a.id, b.id from words a left join words b on b.id = a.id + 9 where a.id "
                "< 3 "
                "order by 1"
            ),
            [(1, 10), (2, None)],
        ),
        (
            "select a.id, b.id from words a, words b where a.id = b.id(+) - 9 and b.word(+) like "
            "'w1%' and a.id < 3"
            " order by 1",
            [(1, 10), (2, None)],
        ),
        (
            "select a.id, b.id, c.id from words a, words b, words c where a.id < 2 and b.id(+) = "
            "a.id + 20"
            " and c.id(+) = nvl(b.id, 5)",
            [(1, None, 5)],
        ),
        ("with big as (select id from words where id > 8) select count(*) from big", [(2,)]),
        ("select 1 from dual union all select 2 from dual minus select 1 from dual", [(2,)]),
        ("select 1 a from dual union select null from dual order by 1", [(1,), (None,)]),
        ("select word from words where id = (select max(id) from words)", [("w10",)]),
        (
            "select row_number() over (order by id desc) from words where id in (1, 2) order by id",
            [(2,), (1,)],
        ),
        ("select /*+ full(words) */ id -- the first\n from words where id = 1 /* only */", [(1,)]),
        (
            "select w.*, w.id + 1 as next from words w where id = 1",
            [(1, "w1", "ab   ", 0.25, datetime.datetime(2024, 3, 1), 2)],
        ),
    ],
)
def test_a_query_gives_the_rows_oracle_gives(
    cursor: oracledb.Cursor, query: str, rows: list[tuple]
) -> None:
    assert cursor.execute(query).fetchall() == rows


def test_columns_are_named_and_typed(cursor: oracledb.Cursor) -> None:
    cursor.execute(
        "select id, word w, amount * 2, count(*) over (), 'x' \"Mixed\", born, to_char( id , "
        "'99' ) from words"
    )
    assert [column.name for column in cursor.description] == [
        "ID",
        "W",
        "AMOUNT*2",
        "COUNT(*)OVER()",
        "Mixed",
        "BORN",
        "TO_CHAR(ID,'99')",
    ]
    assert [column.type_code for column in cursor.description][4:6] == [
        oracledb.DB_TYPE_CHAR,
        oracledb.DB_TYPE_DATE,
    ]
    cursor.execute("select amount, code, systimestamp, born + 1, max(born) over () from words")
    described = [
        (column.type_code.name, column.precision, column.scale) for column in cursor.description
    ]
    assert described[0] == ("DB_TYPE_NUMBER", 8, 2)
    assert [name for name, _, _ in described[1:]] == [
        "DB_TYPE_CHAR",
        "DB_TYPE_TIMESTAMP_TZ",
        "DB_TYPE_DATE",
        "DB_TYPE_DATE",
    ]


def test_numbers_keep_all_their_digits(cursor: oracledb.Cursor) -> None:
    value = Decimal("12345678901234567890.123456789012345678")
    assert one(cursor, "select to_char(:1) from dual", value) == str(value)


@pytest.mark.parametrize(
    ("query", "code", "text"),
    [
        ("selec 1 from dual", 900, "invalid SQL statement"),
        ("select 1", 923, "FROM keyword not found where expected"),
        ("select from dual", 936, "missing expression"),
        ("select (1 from dual", 907, "missing right parenthesis"),
        ("select 1 from dual nonsense words", 933, "SQL command not properly ended"),
        ("select 1 from dual limit 1", 933, "SQL command not properly ended"),
        ("select * from dual;", 933, "SQL command not properly ended"),
        ("select * from nowhere", 942, "table or view does not exist"),
        ("select * from pg_class", 942, "table or view does not exist"),
        ('select * from "ora"."users"', 942, "table or view does not exist"),
        ("select nothing from words", 904, '"NOTHING": invalid identifier'),
        ("select w.nothing from words w", 904, '"W"."NOTHING": invalid identifier'),
        ("select x.id from words", 904, '"X"."ID": invalid identifier'),
        ("select made_up(1) from dual", 904, '"MADE_UP": invalid identifier'),
        ("select id from words a, words b", 918, "column ambiguously defined"),
        ("select 1 / 0 from dual", 1476, "divisor is equal to zero"),
        ("select to_number('x') from dual", 1722, "invalid number"),
        ("select * from words where word = 5", 1722, "invalid number"),
        ("select to_date('2024-13-01', 'YYYY-MM-DD') from dual", 1843, "not a valid month"),
        (
            "select to_date('2023-02-29', 'YYYY-MM-DD') from dual",
            1839,
            "date not valid for month specified",
        ),
        (
            "select to_date('2024', 'YYYY-MM-DD') from dual",
            1840,
            "input value not long enough for date form",
        ),
        ("select to_char(sysdate, 'foo') from dual", 1821, "date format not recognized"),
        (
            "select sysdate + sysdate from dual",
            932,
            "inconsistent datatypes: expected DATE got DATE",
        ),
        ("select id, count(*) from words", 979, "not a GROUP BY expression"),
        (
            "select (select id from words) from dual",
            1427,
            "single-row subquery returns more than one row",
        ),
        ("select no_such_seq.nextval from dual", 2289, "sequence does not exist"),
        # what Oracle knows and this server does not
        (
            "select a.id from words a, words b where a.id = b.id(+) or b.id(+) = 1",
            1719,
            "outer join operator (+)",
        ),
        (
            "select a.id from words a, words b where a.id(+) = b.id and a.id = b.id(+)",
            1416,
            "two tables cannot be",
        ),
        (
            "select 1 from words a join words c on 1 = 1, words b where a.id = b.id(+)",
            25156,
            "old style outer",
        ),
        ("select id from words where id(+) = 1", 3001, "unimplemented feature"),
        (
            "select id from words start with id = 1 connect by prior id = id",
            1436,
            "CONNECT BY loop in user data",
        ),
        ("select id from words where rownum = 1 or id = 2", 3001, "unimplemented feature"),
        ("select id from words where rownum <= id", 3001, "unimplemented feature"),
        ("select id, word from words group by id", 979, "not a GROUP BY expression"),
        ("select 'a' || 1 + 2 from dual", 3001, "unimplemented feature"),
        ("select * from words as of timestamp sysdate", 3001, "unimplemented feature"),
        ("select * from words sample (5)", 3001, "unimplemented feature"),
    ],
)
def test_what_is_wrong_or_unknown_is_refused(
    cursor: oracledb.Cursor, query: str, code: int, text: str
) -> None:
    with pytest.raises(oracledb.DatabaseError) as caught:
        cursor.execute(query).fetchall()
    [error] = caught.value.args
    assert (error.code, error.message.splitlines()[0][: 11 + len(text)]) == (
        code,
        f"ORA-{code:05}: {text}",
    )


@pytest.mark.parametrize(
    ("query", "offset"),
    [
        ("select id, nothing from words", 11),
        ("select *\nfrom nowhere", 14),
        ("select id from words where nix = 1", 27),
    ],
)
def test_an_error_says_where_it_is(cursor: oracledb.Cursor, query: str, offset: int) -> None:
    with pytest.raises(oracledb.DatabaseError) as caught:
        cursor.execute(query)
    assert caught.value.args[0].offset == offset


@pytest.mark.parametrize("name", ["rowid", "DATE", "size", "Level"])
def test_key_words_name_binds_in_quotes_only(oracle_server: WireServer, name: str) -> None:
    with oracle_server.connect() as connection, connection.cursor() as cursor:
        with pytest.raises(oracledb.DatabaseError, match="ORA-01745") as caught:
            cursor.execute(f"select :{name} from dual", [1])
        assert caught.value.args[0].offset == len("select ")
        assert cursor.execute(f'select :"{name}" from dual', [1]).fetchone() == (1,)
