"""CREATE, ALTER, DROP; the dictionary tells what came of it."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

import oracledb
import pytest

from tests.oracle.conftest import WireServer


@pytest.fixture(scope="module")
def session(oracle_server: WireServer) -> Iterator[oracledb.Connection]:
    with oracle_server.connect() as connection:
        yield connection


@pytest.fixture
def cursor(session: oracledb.Connection) -> Iterator[oracledb.Cursor]:
    with session.cursor() as cursor:
        yield cursor
        for kind in ("table", "sequence"):
            names = cursor.execute(
                f"select {kind}_name from user_{kind}s where {kind}_name like 'D\\_%' escape '\\'"
            )
            for (name,) in names.fetchall():
                cursor.execute(
                    f"drop {kind} {name}"
                    + (" cascade constraints purge" if kind == "table" else "")
                )


def refused(cursor: oracledb.Cursor, code: int, statement: str, *binds: object) -> None:
    """Asserts that a statement is refused with this code."""
    with pytest.raises(oracledb.DatabaseError) as caught:
        cursor.execute(statement, binds)
    assert caught.value.args[0].code == code


def test_the_dictionary_tells_every_declared_type(cursor: oracledb.Cursor) -> None:
    cursor.execute(
        """create table d_types (
            n number, n5 number(5), n52 number(5,2), ns number(*,3), neg number(5,-2), i integer,
              f float,
            v varchar2(20), vc varchar2(20 char), c char(3), d date, t timestamp, t3 timestamp(3),
            z timestamp(0) with time zone, r raw(16), cl clob, bl blob, bd binary_double,
            dv varchar2(5) default 'x' not null)"""
    )
    rows = cursor.execute(
        "select column_name, data_type, data_length, data_precision, data_scale, char_length, "
        "char_used, nullable "
        "from user_tab_columns where table_name = 'D_TYPES' order by column_id"
    ).fetchall()
    assert rows == [
        ("N", "NUMBER", 22, None, None, 0, None, "Y"),
        ("N5", "NUMBER", 22, 5, 0, 0, None, "Y"),
        ("N52", "NUMBER", 22, 5, 2, 0, None, "Y"),
        ("NS", "NUMBER", 22, None, 3, 0, None, "Y"),
        ("NEG", "NUMBER", 22, 5, -2, 0, None, "Y"),
        ("I", "NUMBER", 22, None, 0, 0, None, "Y"),
        ("F", "FLOAT", 22, 126, None, 0, None, "Y"),
        ("V", "VARCHAR2", 20, None, None, 20, "B", "Y"),
        ("VC", "VARCHAR2", 80, None, None, 20, "C", "Y"),
        ("C", "CHAR", 3, None, None, 3, "B", "Y"),
        ("D", "DATE", 7, None, None, 0, None, "Y"),
        ("T", "TIMESTAMP(6)", 11, None, 6, 0, None, "Y"),
        ("T3", "TIMESTAMP(3)", 11, None, 3, 0, None, "Y"),
        ("Z", "TIMESTAMP(0) WITH TIME ZONE", 13, None, 0, 0, None, "Y"),
        ("R", "RAW", 16, None, None, 0, None, "Y"),
        ("CL", "CLOB", 4000, None, None, 0, None, "Y"),
        ("BL", "BLOB", 4000, None, None, 0, None, "Y"),
        ("BD", "BINARY_DOUBLE", 8, None, None, 0, None, "Y"),
        ("DV", "VARCHAR2", 5, None, None, 5, "B", "N"),
    ]
    cursor.execute(
        "select data_default from all_tab_cols where table_name = 'D_TYPES' and column_name = 'DV'"
    )
    assert cursor.fetchone() == ("'x'",)


def test_a_negative_scale_rounds_before_the_point(cursor: oracledb.Cursor) -> None:
    cursor.execute("create table d_neg (n number(3, -2))")
    cursor.execute("insert into d_neg values (12350)")
    assert cursor.execute("select n from d_neg").fetchone() == (12400,)
    refused(cursor, 1438, "insert into d_neg values (99950)")


def test_constraints_are_kept_and_told(cursor: oracledb.Cursor) -> None:
    cursor.execute(
        "create table d_parent (id number constraint d_parent_pk primary key, code varchar2(5) "
        "unique, "
        "size_ number, constraint d_size_ck check (size_ > 0 and code <> 'no'))"
    )
    cursor.execute(
        "create table d_child (id number, parent number not null, "
        "constraint d_child_fk foreign key (parent) references d_parent (id) on delete cascade)"
    )
    rows = cursor.execute(
        "select constraint_name, constraint_type, search_condition, r_constraint_name, "
        "delete_rule, index_name "
        "from user_constraints where table_name like 'D@_%' escape '@' and generated = 'USER "
        "NAME' order by 1"
    ).fetchall()
    assert rows == [
        ("D_CHILD_FK", "R", None, "D_PARENT_PK", "CASCADE", None),
        ("D_PARENT_PK", "P", None, None, None, "D_PARENT_PK"),
        ("D_SIZE_CK", "C", "size_ > 0 and code <> 'no'", None, None, None),
    ]
    made_up = cursor.execute(
        "select constraint_type, search_condition from user_constraints "
        "where table_name like 'D@_%' escape '@' and generated = 'GENERATED NAME' order by 1"
    ).fetchall()
    assert made_up == [("C", '"PARENT" IS NOT NULL'), ("U", None)]
    columns = cursor.execute(
        "select column_name, position from user_cons_columns where constraint_name in "
        "('D_CHILD_FK', 'D_PARENT_PK')"
    )
    assert sorted(columns.fetchall()) == [("ID", 1), ("PARENT", 1)]
    refused(cursor, 2449, "drop table d_parent")
    refused(cursor, 2266, "truncate table d_parent")
    cursor.execute("drop table d_parent cascade constraints")
    cursor.execute("insert into d_child values (1, 99)")


@pytest.mark.parametrize(
    ("statement", "code"),
    [
        ("create table d_x (a number, a number)", 957),
        ("create table d_x (a nothing)", 902),
        ("create table d_x (a number(39))", 1727),
        ("create table d_x (a varchar2(4001))", 910),
        ("create table d_x (a varchar2)", 906),
        ("create table d_x (a number", 907),
        ("create table nobody.d_x (a number)", 1918),
        ("create table sys.d_x (a number)", 1031),
        ("create table d_x (a urowid)", 3001),
        ("create table d_x (a timestamp(9) with time zone)", 3001),
        ("create table d_x (a number) partition by hash (a)", 3001),
        (f"create table d_{'x' * 70} (a number)", 972),
        ("create materialized view d_v as select 1 a from dual", 3001),
        ("create tablespace t datafile 'x'", 1031),
        ("drop table d_nothing", 942),
        ("drop sequence d_nothing", 2289),
        ("drop trigger d_nothing", 4080),
        ("drop index d_nothing", 1418),
        ("alter trigger d_nothing disable", 4080),
        ("alter table d_nothing add (a number)", 942),
        ("truncate table d_nothing", 942),
        ("create something", 3001),
        ("begin dbms_output.put_line('x'); end;", 3001),
    ],
)
def test_what_cannot_be_created_is_refused(
    cursor: oracledb.Cursor, statement: str, code: int
) -> None:
    refused(cursor, code, statement)
    assert cursor.execute(
        "select count(*) from user_tables where table_name like 'D@_%' escape '@'"
    ).fetchone() == (0,)


def test_a_name_is_taken_once(cursor: oracledb.Cursor) -> None:
    cursor.execute("create table d_one (a number)")
    refused(cursor, 955, "create table d_one (b number)")
    refused(cursor, 955, "create sequence d_one")


def test_quoted_names_keep_their_case(cursor: oracledb.Cursor) -> None:
    columns = '"TASK_NAME" VARCHAR2(128) NOT NULL, "ERROR" CLOB'
    cursor.execute(f'create table "TRAVELBUDDY"."awsdms_apply_exceptions" ({columns})')
    try:
        refused(cursor, 942, "select * from awsdms_apply_exceptions")
        cursor.execute(
            'insert into "TRAVELBUDDY"."awsdms_apply_exceptions" values (:1, :2)', ["t", "e" * 9000]
        )
        assert cursor.execute('select task_name from "awsdms_apply_exceptions"').fetchall() == [
            ("t",)
        ]
        assert cursor.execute(
            "select table_name from user_tables where table_name like 'aws%'"
        ).fetchall() == [("awsdms_apply_exceptions",)]
    finally:
        cursor.execute('drop table "awsdms_apply_exceptions" purge')


def test_alter_table(cursor: oracledb.Cursor) -> None:
    cursor.execute("create table d_alter (a varchar2(5), b number(5, 2))")
    cursor.execute("insert into d_alter values ('abc', 1.25)")
    cursor.execute("alter table d_alter add (c varchar2(3) default 'new' not null, d date)")
    assert cursor.execute("select * from d_alter").fetchall() == [("abc", 1.25, "new", None)]
    refused(cursor, 1430, "alter table d_alter add c number")
    refused(cursor, 1758, "alter table d_alter add e number not null")
    refused(cursor, 12899, "update d_alter set a = 'abcdef'")
    cursor.execute("alter table d_alter modify (a varchar2(6))")
    cursor.execute("update d_alter set a = 'abcdef'")
    refused(cursor, 1441, "alter table d_alter modify a varchar2(5)")
    refused(cursor, 1440, "alter table d_alter modify b number(4, 1)")
    refused(cursor, 1439, "alter table d_alter modify b varchar2(10)")
    cursor.execute("alter table d_alter modify d varchar2(2)")
    cursor.execute("alter table d_alter rename column a to first_")
    with pytest.raises(
        oracledb.DatabaseError, match=r'"D_ALTER"\."FIRST_" \(actual: 7, maximum: 6\)'
    ):
        cursor.execute("update d_alter set first_ = 'abcdefg'")
    cursor.execute("alter table d_alter drop column b")
    cursor.execute("alter table d_alter modify c null")
    refused(cursor, 1451, "alter table d_alter modify c null")
    cursor.execute("alter table d_alter add constraint d_alter_pk primary key (first_)")
    refused(cursor, 1, "insert into d_alter (first_) values ('abcdef')")
    cursor.execute("alter table d_alter drop constraint d_alter_pk")
    cursor.execute("alter table d_alter rename to d_renamed")
    with pytest.raises(oracledb.DatabaseError, match=r'"D_RENAMED"\."FIRST_"'):
        cursor.execute("update d_renamed set first_ = 'abcdefg'")
    cursor.execute(
        "select column_name from user_tab_columns where table_name = 'D_RENAMED' order by column_id"
    )
    assert cursor.fetchall() == [("FIRST_",), ("C",), ("D",)]


def test_indexes(cursor: oracledb.Cursor) -> None:
    cursor.execute("create table d_index (a varchar2(5), b number primary key)")
    cursor.execute("create unique index d_ix on d_index (a, b desc)")
    cursor.execute("create index d_fx on d_index (upper(a))")
    indexes = cursor.execute(
        "select index_name, uniqueness, index_type from user_indexes where index_name like "
        "'D@_%' escape '@' order by 1"
    )
    # SQL Language Reference, CREATE INDEX: descending indexes are treated as if they were
    # function-based
    kind = "FUNCTION-BASED NORMAL"
    assert indexes.fetchall() == [("D_FX", "NONUNIQUE", kind), ("D_IX", "UNIQUE", kind)]
    keys = (
        "select column_name, descend from user_ind_columns where index_name = 'D_IX' order by "
        "column_position"
    )
    assert [(name[:6], descend) for name, descend in cursor.execute(keys)] == [
        ("A", "ASC"),
        ("SYS_NC", "DESC"),
    ]
    cursor.execute(
        "select index_name from user_constraints where table_name = 'D_INDEX' and "
        "constraint_type = 'P'"
    )
    refused(cursor, 2429, f"drop index {cursor.fetchone()[0]}")
    cursor.execute("drop index d_ix")
    refused(cursor, 904, "create index d_jx on d_index (nope)")


def test_sequences(cursor: oracledb.Cursor) -> None:
    cursor.execute("create sequence d_seq start with 10 increment by 5 nocache")
    refused(cursor, 8002, "select d_seq.currval from dual")
    assert [cursor.execute("select d_seq.nextval from dual").fetchone()[0] for _ in range(3)] == [
        10,
        15,
        20,
    ]
    assert cursor.execute("select d_seq.currval from dual").fetchone() == (20,)
    told = (
        "select last_number, increment_by, cache_size from user_sequences where sequence_name "
        "= 'D_SEQ'"
    )
    assert cursor.execute(told).fetchone() == (25, 5, 0)
    cursor.execute("alter sequence d_seq restart start with 100")
    assert cursor.execute("select d_seq.nextval from dual").fetchone() == (100,)
    refused(cursor, 2283, "alter sequence d_seq start with 1")
    cursor.execute("create sequence d_cached")
    last = "select last_number from user_sequences where sequence_name = 'D_CACHED'"
    assert cursor.execute(last).fetchone() == (1,)
    cursor.execute("select d_cached.nextval from dual").fetchone()
    assert cursor.execute(last).fetchone() == (21,)


def test_comments(cursor: oracledb.Cursor) -> None:
    cursor.execute("create table d_said (a number)")
    cursor.execute("comment on table d_said is 'it''s a table'")
    cursor.execute("comment on column d_said.a is 'a column'")
    for view, text in (("user_tab_comments", "it's a table"), ("user_col_comments", "a column")):
        assert cursor.execute(
            f"select comments from {view} where table_name = 'D_SAID'"
        ).fetchone() == (text,)


def test_another_session_sees_a_changed_table_at_once(
    oracle_server: WireServer, cursor: oracledb.Cursor
) -> None:
    cursor.execute("create table d_seen (a number)")
    with oracle_server.connect(user="DMSUSER") as other, other.cursor() as reader:
        for column in ("b", "c"):
            cursor.execute("insert into d_seen (a) values (1)")
            cursor.connection.commit()
            first = reader.execute("select * from travelbuddy.d_seen").fetchall()
            cursor.execute(f"alter table d_seen add ({column} varchar2(3) default 'xyz')")
            reader.execute("select * from travelbuddy.d_seen")
            assert [len(row) + 1 for row in first] == [len(row) for row in reader.fetchall()]
        reader.execute("insert into travelbuddy.d_seen values (2, 'b', 'c')")
        other.commit()


def test_ddl_commits_what_was_open(oracle_server: WireServer, cursor: oracledb.Cursor) -> None:
    cursor.execute("create table d_open (a number)")
    cursor.execute("insert into d_open values (1)")
    with contextlib.suppress(oracledb.DatabaseError):
        cursor.execute("drop table d_nothing")
    cursor.connection.rollback()
    assert cursor.execute("select count(*) from d_open").fetchone() == (1,)


def test_the_instance_introduces_itself(cursor: oracledb.Cursor) -> None:
    assert cursor.execute("select instance_name, status from v$instance").fetchone() == (
        "XE",
        "OPEN",
    )
    cursor.execute("select value from nls_database_parameters where parameter = 'NLS_CHARACTERSET'")
    assert cursor.fetchone() == ("AL32UTF8",)
    first, second = (
        cursor.execute("select current_scn from v$database").fetchone()[0] for _ in range(2)
    )
    assert second >= first > 0
    cursor.execute("alter session set nls_date_format = 'YYYY-MM-DD'")
    assert cursor.execute("select to_char(date '2024-02-29') from dual").fetchone() == (
        "2024-02-29",
    )
    cursor.execute("alter session set nls_date_format = 'DD-MON-RR'")
    refused(cursor, 3001, "alter session set nls_sort = german")


def test_changed_rows_are_counted(cursor: oracledb.Cursor) -> None:
    cursor.execute("create table d_count (a number)")
    cursor.executemany("insert into d_count values (:1)", [(1,), (2,)])
    cursor.connection.commit()
    told = (
        "select inserts, updates, deletes from user_tab_modifications where table_name = 'D_COUNT'"
    )
    # the store's counters lag up to a second
    assert cursor.execute(told).fetchone() in ((2, 0, 0), (0, 0, 0))
