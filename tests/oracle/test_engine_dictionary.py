"""The data dictionary beyond what SQLAlchemy reflects: sources, dependencies, views' columns, the
instance.
"""

from __future__ import annotations

from collections.abc import Iterator

import oracledb
import pytest

from tests.oracle.conftest import WireServer


@pytest.fixture(scope="module")
def cursor(oracle_server: WireServer) -> Iterator[oracledb.Cursor]:
    with oracle_server.connect() as connection, connection.cursor() as opened:
        for statement in (
            "create table dd_doc (id number(9) primary key, body varchar2(20 char) default 'x' "
            "not null, "
            "price number(8, 2), made date, long_text clob)",
            (
                "create table dd_child (id number primary key, doc number(9) references dd_doc "
                "(id), "
                "note nvarchar2(5))"
            ),
            "create view dd_view as select d.id, d.body, d.price * 2 as twice, c.note "
            "from dd_doc d join dd_child c on c.doc = d.id",
            (
                "create view dd_outer as select d.id, c.id as child from dd_doc d left join "
                "dd_child "
                "c on c.doc = d.id"
            ),
            "create or replace trigger dd_touch\nbefore insert on dd_doc\nfor each row\n"
            "begin\n  :new.price := 1;\nend;",
        ):
            opened.execute(statement)
        yield opened
        for name in ("view dd_outer", "view dd_view", "table dd_child", "table dd_doc"):
            opened.execute(f"drop {name}")


def test_every_view_of_the_dictionary_can_be_read(cursor: oracledb.Cursor) -> None:
    names = [name for (name,) in cursor.execute("select table_name from dictionary").fetchall()]
    assert len(names) > 120
    for name in names:
        cursor.execute(f'select * from "{name}"')
        assert cursor.fetchmany(3) is not None, name


@pytest.mark.parametrize(
    "name",
    [
        # what AWS DMS asks to be granted on a target, and what it looks at
        *(
            "V$NLS_PARAMETERS",
            "V$TIMEZONE_NAMES",
            "ALL_INDEXES",
            "ALL_OBJECTS",
            "DBA_OBJECTS",
            "ALL_TABLES",
        ),
        *(
            "ALL_USERS",
            "ALL_CATALOG",
            "ALL_CONSTRAINTS",
            "ALL_CONS_COLUMNS",
            "ALL_TAB_COLS",
            "ALL_IND_COLUMNS",
        ),
        *(
            "V$DATABASE",
            "V$PARAMETER",
            "V$TRANSACTION",
            "V$INSTANCE",
            "V$VERSION",
            "V$SESSION",
            "V$MYSTAT",
            "DUAL",
        ),
        *(
            "ALL_TRIGGERS",
            "ALL_LOG_GROUPS",
            "USER_TABLES",
            "NLS_DATABASE_PARAMETERS",
            "NLS_INSTANCE_PARAMETERS",
        ),
        *(
            "NLS_SESSION_PARAMETERS",
            "ALL_TAB_COLUMNS",
            "ALL_SEQUENCES",
            "ALL_SYNONYMS",
            "ALL_DEPENDENCIES",
        ),
        *("ALL_ENCRYPTED_COLUMNS", "USER_ERRORS", "ALL_SOURCE", "ALL_LOBS", "TAB", "CAT"),
    ],
)
def test_views_that_tools_ask_for(cursor: oracledb.Cursor, name: str) -> None:
    cursor.execute(f"select * from {name}")
    assert len(cursor.description) >= 1


@pytest.mark.parametrize(
    "name", ["all_nothing", "dba_segments", "v$log", "user_segments", "sys.nothing"]
)
def test_views_that_are_not_there_do_not_exist(cursor: oracledb.Cursor, name: str) -> None:
    with pytest.raises(oracledb.DatabaseError, match="ORA-00942"):
        cursor.execute(f"select * from {name}")


def test_columns_of_a_table(cursor: oracledb.Cursor) -> None:
    cursor.execute(
        "select column_name, data_type, data_length, data_precision, data_scale, nullable, "
        "char_length, char_used, "
        "data_default, identity_column, virtual_column, hidden_column from all_tab_cols "
        "where table_name = 'DD_DOC' order by column_id"
    )
    rest = ("NO", "NO", "NO")
    assert cursor.fetchall() == [
        ("ID", "NUMBER", 22, 9, 0, "N", 0, None, None, *rest),
        ("BODY", "VARCHAR2", 80, None, None, "N", 20, "C", "'x'", *rest),
        ("PRICE", "NUMBER", 22, 8, 2, "Y", 0, None, None, *rest),
        ("MADE", "DATE", 7, None, None, "Y", 0, None, None, *rest),
        ("LONG_TEXT", "CLOB", 4000, None, None, "Y", 0, None, None, *rest),
    ]


def test_a_views_columns_are_nullable_where_their_source_is(cursor: oracledb.Cursor) -> None:
    query = (
        "select column_name, nullable from user_tab_columns where table_name = :1 order by "
        "column_id"
    )
    assert cursor.execute(query, ["DD_VIEW"]).fetchall() == [
        ("ID", "N"),
        ("BODY", "N"),
        ("TWICE", "Y"),
        ("NOTE", "Y"),
    ]
    # an outer join may leave anything empty
    assert cursor.execute(query, ["DD_OUTER"]).fetchall() == [("ID", "Y"), ("CHILD", "Y")]


def test_comments_on_views(cursor: oracledb.Cursor) -> None:
    cursor.execute("comment on table dd_view is 'what is shown'")
    cursor.execute("comment on column dd_view.body is 'it''s shown'")
    cursor.execute(
        "select table_type, comments from user_tab_comments where table_name = 'DD_VIEW'"
    )
    assert cursor.fetchall() == [("VIEW", "what is shown")]
    cursor.execute(
        "select column_name, comments from user_col_comments where table_name = 'DD_VIEW' and "
        "comments is not null"
    )
    assert cursor.fetchall() == [("BODY", "it's shown")]
    with pytest.raises(oracledb.DatabaseError, match="ORA-00904"):
        cursor.execute("comment on column dd_view.nothing is 'x'")


def test_a_triggers_source_by_lines(cursor: oracledb.Cursor) -> None:
    cursor.execute("select line, text from user_source where name = 'DD_TOUCH' order by line")
    lines = [
        "trigger dd_touch",
        "before insert on dd_doc",
        "for each row",
        "begin",
        "  :new.price := 1;",
        "end;",
    ]
    expected = [line + "\n" for line in lines[:-1]] + lines[-1:]
    assert cursor.fetchall() == list(enumerate(expected, start=1))
    assert cursor.execute("select count(*) from user_errors").fetchone() == (0,)


def test_dependencies(cursor: oracledb.Cursor) -> None:
    cursor.execute(
        "select name, type, referenced_name, referenced_type from user_dependencies where name "
        "like 'DD%' order by 1, 3"
    )
    assert cursor.fetchall() == [
        ("DD_OUTER", "VIEW", "DD_CHILD", "TABLE"),
        ("DD_OUTER", "VIEW", "DD_DOC", "TABLE"),
        ("DD_TOUCH", "TRIGGER", "DD_DOC", "TABLE"),
        ("DD_VIEW", "VIEW", "DD_CHILD", "TABLE"),
        ("DD_VIEW", "VIEW", "DD_DOC", "TABLE"),
    ]


def test_the_session_finds_itself(cursor: oracledb.Cursor) -> None:
    cursor.execute(
        "select username from v$session where sid = (select sid from v$mystat where rownum = 1)"
    )
    assert cursor.fetchall() == [("TRAVELBUDDY",)]
    mine = (
        "select count(*) from v$transaction t join v$session s on t.ses_addr = s.saddr "
        "where s.sid = sys_context('USERENV', 'SID')"
    )
    cursor.execute(mine)
    assert cursor.fetchone() == (0,)
    cursor.execute("insert into dd_doc (id) values (1)")
    cursor.execute(mine)
    assert cursor.fetchone() == (1,)
    cursor.connection.rollback()


def test_settings_that_tools_look_at(cursor: oracledb.Cursor) -> None:
    cursor.execute("select log_mode, supplemental_log_data_min, open_mode from v$database")
    assert cursor.fetchone() == ("ARCHIVELOG", "NO", "READ WRITE")
    cursor.execute(
        "select name, value from v$parameter where name in ('compatible', 'sql92_security') "
        "order by 1"
    )
    assert cursor.fetchall() == [("compatible", "19.0.0"), ("sql92_security", "TRUE")]
    cursor.execute("select value from nls_database_parameters where parameter = 'NLS_CHARACTERSET'")
    assert cursor.fetchone() == ("AL32UTF8",)
