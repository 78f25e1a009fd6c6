"""Views: created, replaced, read, described, told by the dictionary, dropped."""

from __future__ import annotations

from collections.abc import Iterator

import oracledb
import pytest
import sqlalchemy as sa

from tests.oracle.conftest import WireServer
from tests.oracle.fake_engine import PASSWORD, SERVICE, USER


@pytest.fixture
def cursor(oracle_server: WireServer) -> Iterator[oracledb.Cursor]:
    with oracle_server.connect() as connection, connection.cursor() as cursor:
        cursor.execute(
            "create table w_base (id number(5), name varchar2(20 char), nn nvarchar2(5), at "
            "timestamp(3))"
        )
        cursor.executemany(
            "insert into w_base (id, name) values (:1, :2)", [(1, "a"), (2, ""), (3, "c")]
        )
        connection.commit()
        yield cursor
        for (name,) in cursor.execute(
            "select view_name from user_views order by 1 desc"
        ).fetchall():
            cursor.execute(f'drop view "{name}"')
        cursor.execute("drop table w_base")


def refused(cursor: oracledb.Cursor, code: int, statement: str) -> None:
    with pytest.raises(oracledb.DatabaseError) as caught:
        cursor.execute(statement)
    assert caught.value.args[0].code == code, caught.value


def test_a_view_is_read_and_described_like_its_query(cursor: oracledb.Cursor) -> None:
    cursor.execute(
        "create view w_v as select b.*, nvl(name, 'none') as shown, id / 2 half from w_base b "
        "where id > 1"
    )
    plain = cursor.execute(
        "select b.*, nvl(name, 'none') as shown, id / 2 half from w_base b where id > 1 order by id"
    )
    rows, description = plain.fetchall(), plain.description
    cursor.execute("select * from w_v order by id")
    assert (
        cursor.fetchall()
        == rows
        == [(2, None, None, None, "none", 1), (3, "c", None, None, "c", 1.5)]
    )
    assert cursor.description == description
    cursor.execute(
        "create or replace view w_v (a, b) as select id, upper(name) from w_base with read only"
    )
    assert cursor.execute(
        "select b from w_v v join w_base t on t.id = v.a where v.a = '3'"
    ).fetchall() == [("C",)]
    listed = (
        "select column_name, data_type, data_precision from user_tab_columns where "
        "table_name = 'W_V'"
    )
    cursor.execute(f"{listed} order by column_id")
    assert cursor.fetchall() == [("A", "NUMBER", 5), ("B", "VARCHAR2", None)]
    cursor.execute("select text from user_views where view_name = 'W_V'")
    assert cursor.fetchone() == ("select id, upper(name) from w_base",)


def test_what_a_view_does_not_do_is_refused(cursor: oracledb.Cursor) -> None:
    cursor.execute("create view w_v as select id from w_base")
    refused(cursor, 955, "create view w_v as select 1 a from dual")
    refused(cursor, 955, "create or replace view w_base as select 1 a from dual")
    refused(cursor, 998, "create view w_x as select id + 1 from w_base")
    refused(cursor, 1730, "create view w_x (a, b) as select id from w_base")
    refused(cursor, 942, "create view w_x as select id from w_nothing")
    refused(cursor, 1027, "create view w_x as select id from w_base where id = :1")
    refused(cursor, 3001, "insert into w_v values (1)")
    refused(cursor, 3001, "delete from w_v")
    refused(cursor, 3001, "drop table w_base")
    refused(cursor, 942, "drop table w_v")
    refused(cursor, 942, "drop view w_base")
    refused(cursor, 942, "drop view w_nothing")
    refused(cursor, 3001, "create view w_x as select id from w_base with check option")
    assert cursor.execute("select count(*) from w_v").fetchone() == (3,)


def test_sqlalchemy_reflects_a_view(oracle_server: WireServer, cursor: oracledb.Cursor) -> None:
    cursor.execute("create view w_v as select id, name from w_base")
    url = sa.URL.create(
        "oracle+oracledb",
        USER,
        PASSWORD,
        "127.0.0.1",
        oracle_server.port,
        query={"service_name": SERVICE},
    )
    engine = sa.create_engine(url)
    inspector = sa.inspect(engine)
    assert inspector.get_view_names() == ["w_v"]
    assert [column["name"] for column in inspector.get_columns("w_v")] == ["id", "name"]
    assert inspector.get_view_definition("w_v") == "select id, name from w_base"
    engine.dispose()
