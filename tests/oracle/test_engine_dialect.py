"""Virtual columns, row limits in per cent, descending keys, the session's isolation level."""

from __future__ import annotations

from collections.abc import Iterator

import oracledb
import pytest

from tests.oracle.conftest import WireServer


@pytest.fixture
def session(oracle_server: WireServer) -> Iterator[oracledb.Connection]:
    """A session with the table V_SQUARE, whose AREA is SIDE * SIDE, for the sides 1 to 5."""
    with oracle_server.connect() as connection:
        cursor = connection.cursor()
        cursor.execute(
            "create table v_square (side number(5), name varchar2(9), area number generated "
            "always as (side * side) "
            "virtual, title varchar2(9) as (upper(name)))"
        )
        cursor.executemany(
            "insert into v_square (side, name) values (:1, :2)", [(n, f"n{n}") for n in range(1, 6)]
        )
        connection.commit()
        yield connection
        connection.rollback()
        cursor.execute("drop table v_square")


def rows(connection: oracledb.Connection, query: str) -> list[tuple[object, ...]]:
    return connection.cursor().execute(query).fetchall()


def refused(connection: oracledb.Connection, statement: str) -> str:
    with pytest.raises(oracledb.DatabaseError) as caught:
        connection.cursor().execute(statement)
    return caught.value.args[0].full_code


def test_a_virtual_column_follows_the_others(session: oracledb.Connection) -> None:
    session.cursor().execute("insert into v_square values (12, 'x', default, default)")
    session.cursor().execute("update v_square set side = 7 where side = 1")
    query = "select side, area, title from v_square where side > 5 order by side"
    assert rows(session, query) == [(7, 49, "N1"), (12, 144, "X")]


@pytest.mark.parametrize(
    ("statement", "code"),
    [
        ("insert into v_square (side, area) values (1, 1)", "ORA-54013"),
        ("update v_square set area = 1", "ORA-54017"),
        ("insert into v_square values (1, 'x')", "ORA-00947"),
        ("create table v_bad (a number, b as (a + 1))", "ORA-03001"),
    ],
)
def test_what_virtual_columns_refuse(
    session: oracledb.Connection, statement: str, code: str
) -> None:
    assert refused(session, statement) == code


def test_the_dictionary_knows_virtual_columns(session: oracledb.Connection) -> None:
    query = (
        "select column_name, virtual_column, data_default from user_tab_cols where table_name = "
        "'V_SQUARE' "
        "and virtual_column = 'YES' order by column_id"
    )
    assert rows(session, query) == [
        ("AREA", "YES", '"SIDE"*"SIDE"'),
        ("TITLE", "YES", 'UPPER("NAME")'),
    ]


@pytest.mark.parametrize(
    ("clause", "expected"),
    [
        ("fetch first 20 percent rows only", [1]),
        ("fetch first 21 percent rows only", [1, 2]),
        ("fetch next 10 * 2 + 1 percent rows only", [1, 2]),
        ("offset 1 rows fetch first 40 percent rows only", [2, 3]),
        ("offset 1 + 1 rows fetch first 1 + 1 rows only", [3, 4]),
        ("fetch first 0 percent rows only", []),
        ("fetch first 200 percent rows only", [1, 2, 3, 4, 5]),
    ],
)
def test_row_limits_are_expressions_and_per_cent_round_up(
    session: oracledb.Connection, clause: str, expected: list[int]
) -> None:
    assert rows(session, f"select side from v_square order by side {clause}") == [
        (side,) for side in expected
    ]


def test_per_cent_with_ties_takes_equals_along(session: oracledb.Connection) -> None:
    session.cursor().execute("update v_square set side = 1 where side < 4")
    query = "select side from v_square order by side fetch first 20 percent rows with ties"
    assert rows(session, query) == [(1,), (1,), (1,)]


def test_a_part_of_a_union_is_not_sorted(session: oracledb.Connection) -> None:
    """SQL Language Reference, "The Set Operators": no order_by_clause in the subquery of these
    operators.
    """
    one = "select side from v_square"
    assert refused(session, f"({one} order by side) union ({one})") == "ORA-00907"
    assert refused(session, f"({one}) union all ({one} order by side)") == "ORA-00907"
    cut = (
        f"select * from ((({one} order by side fetch first 1 rows only)) union all ({one} "
        f"where side = 5))"
    )
    assert sorted(rows(session, cut)) == [(1,), (5,)]


def test_a_descending_key_is_an_expression_to_the_dictionary(session: oracledb.Connection) -> None:
    session.cursor().execute("create index v_index on v_square (side desc, lower(name), area)")
    columns = (
        "select column_name, descend from user_ind_columns where index_name = 'V_INDEX' "
        "order by column_position"
    )
    names = [(name[:6], descend) for name, descend in rows(session, columns)]
    assert names == [("SYS_NC", "DESC"), ("SYS_NC", "ASC"), ("AREA", "ASC")]
    expressions = (
        "select column_expression from user_ind_expressions where index_name = "
        "'V_INDEX' order by column_position"
    )
    assert rows(session, expressions) == [('"SIDE"',), ('LOWER("NAME")',)]
    assert rows(session, "select index_type from user_indexes where index_name = 'V_INDEX'") == [
        ("FUNCTION-BASED NORMAL",)
    ]


def test_the_sessions_isolation_level_is_that_of_its_transactions(
    oracle_server: WireServer, session: oracledb.Connection
) -> None:
    count = "select count(*) from v_square"
    session.cursor().execute("alter session set isolation_level = serializable")
    with oracle_server.connect() as other:
        for expected in (5, 6):  # the second transaction is serializable as well
            assert rows(session, count) == [(expected,)]
            other.cursor().execute("insert into v_square (side) values (9)")
            other.commit()
            assert rows(session, count) == [(expected,)]
            session.commit()
        other.cursor().execute("update v_square set name = 'o' where side = 1")
        session.cursor().execute("update v_square set name = 's' where side = 2")
        other.commit()
        assert refused(session, "update v_square set name = 's' where side = 1") == "ORA-08177"
        session.rollback()
        session.cursor().execute("alter session set isolation_level = read committed")
        assert rows(session, count) == [(7,)]
        other.cursor().execute("delete from v_square where side = 9")
        other.commit()
        assert rows(session, count) == [(5,)]
    assert refused(session, "alter session set isolation_level = chaos") == "ORA-02248"


def test_views_have_comments_to_ask_for(session: oracledb.Connection) -> None:
    session.cursor().execute("create view v_view as select side from v_square")
    query = "select table_type, comments from user_tab_comments where table_name = 'V_VIEW'"
    assert rows(session, query) == [("VIEW", None)]
    session.cursor().execute("drop view v_view")
