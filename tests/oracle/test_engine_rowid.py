"""ROWID: what identifies a row from its INSERT to its DELETE, and is no column."""

from __future__ import annotations

from collections.abc import Iterator

import oracledb
import pytest

from tests.oracle.conftest import WireServer
from tests.oracle.semantics.texts import rowid, rowid_of


@pytest.fixture
def cursor(oracle_server: WireServer) -> Iterator[oracledb.Cursor]:
    with oracle_server.connect() as connection, connection.cursor() as cursor:
        cursor.execute("create table ri_t (id number primary key, v varchar2(10))")
        cursor.executemany(
            "insert into ri_t values (:1, :2)", [(n, f"v{n % 3}") for n in range(1, 11)]
        )
        connection.commit()
        yield cursor
        connection.rollback()
        cursor.execute("drop table ri_t")


def rowids(cursor: oracledb.Cursor) -> dict[int, str]:
    """The ROWID of each row by its key."""
    return {
        number: value
        for value, number in cursor.execute("select rowid, id from ri_t order by rowid")
    }


def test_every_row_has_one_of_its_own_in_oracles_shape(cursor: oracledb.Cursor) -> None:
    found = rowids(cursor)
    [(number,)] = cursor.execute(
        "select data_object_id from user_objects where object_name = 'RI_T'"
    )
    assert list(found) == list(range(1, 11))
    assert len(set(found.values())) == 10
    assert all(
        rowid(value) == value and value[:6] == rowid_of(number, 0, 0, 0)[:6]
        for value in found.values()
    )
    cursor.execute("select rowid, t.* from ri_t t")
    assert [(column[0], column[1]) for column in cursor.description] == [
        ("ROWID", oracledb.DB_TYPE_ROWID),
        ("ID", oracledb.DB_TYPE_NUMBER),
        ("V", oracledb.DB_TYPE_VARCHAR),
    ]


def test_it_stays_over_updates_and_is_not_given_again(cursor: oracledb.Cursor) -> None:
    before = rowids(cursor)
    for _ in range(3):
        cursor.execute("update ri_t set v = v || 'x'")
    cursor.execute("update ri_t set id = id + 100 where id = 1")
    cursor.execute(
        "merge into ri_t using (select 2 k from dual) s on (id = s.k) when matched then update "
        "set v = 'm'"
    )
    assert rowids(cursor) == {**{n: before[n] for n in range(2, 11)}, 101: before[1]}
    cursor.execute("delete from ri_t")
    cursor.executemany("insert into ri_t (id) values (:1)", [(n,) for n in range(20)])
    assert not set(rowids(cursor).values()) & set(before.values())


def test_a_rollback_does_not_free_it(cursor: oracledb.Cursor) -> None:
    cursor.execute("insert into ri_t values (50, 'a')")
    lost = cursor.lastrowid
    cursor.connection.rollback()
    cursor.execute("insert into ri_t values (50, 'a')")
    assert cursor.lastrowid not in (None, lost)


def test_lastrowid_is_that_of_the_changed_row(cursor: oracledb.Cursor) -> None:
    known = rowids(cursor)
    cursor.execute("insert into ri_t values (11, 'new')")
    inserted = cursor.lastrowid
    assert cursor.execute("select id from ri_t where rowid = :1", [inserted]).fetchall() == [(11,)]
    cursor.execute("update ri_t set v = 'u' where id = 3")
    assert (cursor.lastrowid, cursor.rowcount) == (known[3], 1)
    cursor.execute("update ri_t set v = 'all'")
    assert (cursor.lastrowid in {*known.values(), inserted}, cursor.rowcount) == (True, 11)
    cursor.execute("delete from ri_t where id = 4")
    assert (cursor.lastrowid, cursor.rowcount) == (known[4], 1)
    cursor.execute("delete from ri_t where id = 4")
    assert (cursor.lastrowid, cursor.rowcount) == (None, 0)


@pytest.mark.parametrize("kind", [str, oracledb.ROWID])
def test_returning_gives_it(cursor: oracledb.Cursor, kind: object) -> None:
    known = rowids(cursor)
    one, other = cursor.var(kind), cursor.var(int)
    cursor.execute(
        "update ri_t t set v = 'r' where id = 5 returning t.rowid, id into :1, :2", [one, other]
    )
    assert (one.getvalue(), other.getvalue(), cursor.lastrowid) == ([known[5]], [5], known[5])
    cursor.execute(
        "insert into ri_t values (12, 'r') returning rowid, id into :1, :2", [one, other]
    )
    inserted = cursor.lastrowid
    assert (one.getvalue(), other.getvalue()) == ([inserted], [12])
    assert rowids(cursor)[12] == inserted
    cursor.execute("delete from ri_t where id < 3 returning rowid, id into :1, :2", [one, other])
    assert sorted(one.getvalue()) == sorted([known[1], known[2]])


def test_duplicates_are_deleted_in_the_usual_ways(cursor: oracledb.Cursor) -> None:
    first = {1: "v1", 2: "v2", 3: "v0"}
    cursor.execute(
        "delete from ri_t a where a.rowid > (select min(b.rowid) from ri_t b where b.v = a.v)"
    )
    assert cursor.rowcount == 7
    assert dict(cursor.execute("select id, v from ri_t").fetchall()) == first
    cursor.connection.rollback()
    cursor.execute("delete from ri_t where rowid not in (select min(rowid) from ri_t group by v)")
    assert dict(cursor.execute("select id, v from ri_t").fetchall()) == first
    cursor.connection.rollback()
    cursor.execute("""delete from ri_t where rowid in (
        select rid from (select rowid rid, row_number() over (partition by v order by id) n from
          ri_t) where n > 1)""")
    assert dict(cursor.execute("select id, v from ri_t").fetchall()) == first


def test_rows_are_found_by_it(cursor: oracledb.Cursor) -> None:
    known = rowids(cursor)
    for query, binds, expected in (
        ("select id from ri_t where rowid = :1", [known[7]], [7]),
        (f"select id from ri_t where '{known[7]}' = rowid", [], [7]),
        ("select id from ri_t where rowid = chartorowid(:1)", [known[7]], [7]),
        ("select id from ri_t where rowidtochar(rowid) = :1", [known[7]], [7]),
        (
            "select id from ri_t where rowid in (:1, :2) order by rowid desc",
            [known[7], known[8]],
            [8, 7],
        ),
        (
            "select id from ri_t where rowid between :1 and :2 order by 1",
            [known[2], known[4]],
            [2, 3, 4],
        ),
        ("select a.id from ri_t a join ri_t b on a.rowid = b.rowid where b.id = 9", [], [9]),
        ("select id from (select rowid, id from ri_t) where rowid = :1", [known[6]], [6]),
        (
            "with w as (select rowid rid, t.* from ri_t t) select id from w where rid = :1",
            [known[6]],
            [6],
        ),
        (
            "select id from ri_t t where exists (select 1 from dual where t.rowid = :1)",
            [known[5]],
            [5],
        ),
        ("select count(distinct rowid) from ri_t", [], [10]),
        ("select length(rowid) from ri_t where id = 1", [], [18]),
        ("select id from ri_t where rowid = 'AAAAABAAAAAAAAAAAA'", [], []),
    ):
        assert [row[0] for row in cursor.execute(query, binds)] == expected, query
    cursor.execute("update ri_t set v = 'q' where rowid = :1", [known[10]])
    assert cursor.rowcount == 1


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("select id from ri_t where rowid = 'AAAR3sAAEAAAACXAA!'", 1410),
        ("select id from ri_t where rowid = 'AAAR3sAAEAAAACXAA'", 1410),
        ("select id from ri_t where rowid = :1", 1410),
        ("select chartorowid('E' || rpad('A', 17, 'A')) from dual", 1410),
        ("select rowid from ri_t a, ri_t b", 918),
        ("select x.rowid from ri_t", 904),
        ("select (select rowid from dual) from ri_t", 3001),
        ("select rowid from (select * from ri_t)", 3001),
        ("insert into ri_t (rowid) values (null)", 904),
    ],
)
def test_what_is_none_is_refused(cursor: oracledb.Cursor, query: str, code: int) -> None:
    with pytest.raises(oracledb.DatabaseError, match=f"ORA-{code:05}"):
        cursor.execute(query, ["no rowid"] if ":1" in query else [])


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("select * from ri_t", "ID V"),
        ("select t.* from ri_t t", "ID V"),
        ("select * from ri_t order by 1 for update", "ID V"),
        ("select * from ri_t a, ri_t b where a.id = b.id", "ID V ID V"),
        ("select * from ri_t a, ri_t b where a.id = b.id(+)", "ID V ID V"),
        ("select b.*, a.id from ri_t a left join ri_t b on a.id = b.id", "ID V ID"),
        ("select * from ri_t a natural join ri_t b", "ID V"),
        ("select * from ri_t a join ri_t b using (id)", "ID V V"),
        ("select * from (select * from ri_t)", "ID V"),
        ("select * from ri_t, (select 1 x from dual)", "ID V X"),
        ("select * from ri_t where rownum < 3 order by id", "ID V"),
        ("select * from ri_t union all select * from ri_t", "ID V"),
        ("select * from ri_t connect by prior id = id + 1", "ID V"),
        ("select * from ri_t pivot (count(id) for v in ('v0' as a, 'v1' as b))", "A B"),
        ("select * from (select * from ri_t) cross apply (select t.* from ri_t t)", "ID V ID V"),
        ("with w as (select * from ri_t) select * from w", "ID V"),
        ("select * from ri_t cross join dual", "ID V DUMMY"),
    ],
)
def test_an_asterisk_does_not_show_it(cursor: oracledb.Cursor, query: str, names: str) -> None:
    found = cursor.execute(query).fetchall()
    assert [column[0] for column in cursor.description] == names.split()
    assert found
    assert all(len(row) == len(names.split()) for row in found)


def test_definitions_and_the_dictionary_do_not_show_it(cursor: oracledb.Cursor) -> None:
    cursor.execute("alter table ri_t add (n number)")
    for view in ("user_tab_columns", "user_tab_cols", "user_col_comments"):
        found = cursor.execute(
            f"select column_name from {view} where table_name = 'RI_T'"
        ).fetchall()
        assert sorted(found) == [("ID",), ("N",), ("V",)]
    columns = cursor.execute(
        "select column_id, internal_column_id, segment_column_id from user_tab_cols where "
        "table_name = 'RI_T'"
    )
    assert sorted(columns) == [(1, 1, 1), (2, 2, 2), (3, 3, 3)]
    cursor.execute("create view ri_v as select * from ri_t")
    cursor.execute("create table ri_c as select rowid rid, t.* from ri_t t")
    try:
        assert cursor.execute("select * from ri_v where id = 1").fetchall() == [(1, "v1", None)]
        known = rowids(cursor)
        assert {row[1]: row[0] for row in cursor.execute("select * from ri_c")} == known
        assert cursor.execute(
            "select count(*) from ri_c c join ri_t t on c.rid = t.rowid"
        ).fetchall() == [(10,)]
        own = cursor.execute("select rowid from ri_c").fetchall()
        assert not {value for (value,) in own} & set(known.values())
    finally:
        cursor.execute("drop view ri_v")
        cursor.execute("drop table ri_c")


def test_temporary_tables_and_lobs_have_it(oracle_server: WireServer) -> None:
    with oracle_server.connect() as connection, connection.cursor() as cursor:
        cursor.execute(
            "create global temporary table ri_g (a number, b varchar2(5)) on commit preserve rows"
        )
        try:
            cursor.execute("alter table ri_g add (c clob)")
            cursor.execute("insert into ri_g values (1, 'b', 'text')")
            known = cursor.lastrowid
            cursor.execute("select rowid, t.*, c from ri_g t for update")
            [(found, number, text, lob, again)] = cursor.fetchall()
            assert (found, number, text, lob.read(), again.read()) == (
                known,
                1,
                "b",
                "text",
                "text",
            )
            cursor.execute("select * from ri_g")
            assert [column[:2] for column in cursor.description] == [
                ("A", oracledb.DB_TYPE_NUMBER),
                ("B", oracledb.DB_TYPE_VARCHAR),
                ("C", oracledb.DB_TYPE_CLOB),
            ]
            lob.write("TEXT")
            assert (
                cursor.execute("select c from ri_g where rowid = :1", [known]).fetchone()[0].read()
                == "TEXT"
            )
        finally:
            connection.commit()
            cursor.execute("truncate table ri_g")
            cursor.execute("drop table ri_g")


def test_it_is_read_beside_inline_lobs(oracle_server: WireServer) -> None:
    with oracle_server.connect() as connection, connection.cursor() as cursor:
        cursor.execute("create table ri_l (a number, c clob)")
        cursor.execute("insert into ri_l values (1, 'text')")
        known = cursor.lastrowid
        cursor.outputtypehandler = lambda cursor, column: (
            cursor.var(oracledb.DB_TYPE_LONG, arraysize=cursor.arraysize)
            if column.type_code is oracledb.DB_TYPE_CLOB
            else None
        )
        assert cursor.execute("select rowid, c, a from ri_l").fetchall() == [(known, "text", 1)]
        cursor.execute("drop table ri_l")


def test_a_limit_in_a_change_counts_the_rows_that_are_meant(cursor: oracledb.Cursor) -> None:
    """A condition with the table's alias belongs to the rows that are counted."""
    cursor.execute("delete from ri_t t where t.id > 5 and rownum <= 2")
    assert cursor.rowcount == 2
    assert len([number for number in rowids(cursor) if number > 5]) == 3
    assert {1, 2, 3, 4, 5} <= set(rowids(cursor))
