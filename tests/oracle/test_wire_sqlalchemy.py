"""SQLAlchemy's dialect over the wire, unmodified."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import sqlalchemy as sa

from tests.oracle.conftest import WireServer
from tests.oracle.fake_engine import LOB_TEXT, PASSWORD, SERVICE, USER


@pytest.fixture
def engine(wire_server: WireServer) -> Iterator[sa.Engine]:
    url = sa.URL.create(
        "oracle+oracledb",
        USER,
        PASSWORD,
        "127.0.0.1",
        wire_server.port,
        query={"service_name": SERVICE},
    )
    engine = sa.create_engine(url)
    yield engine
    engine.dispose()


def test_the_dialect_initialises_and_selects(engine: sa.Engine) -> None:
    with engine.connect() as connection:
        rows = connection.execute(sa.text("select five 250 from t")).all()
    assert [row.id for row in rows] == list(range(250))
    assert engine.dialect.default_schema_name == USER.lower()
    assert engine.dialect.server_version_info == (19, 3, 0, 0, 0)


def test_text_is_bound_and_lobs_are_read_as_values(engine: sa.Engine) -> None:
    echo = sa.text("select echo :a, :b from dual").bindparams(
        sa.bindparam("a", type_=sa.Unicode()), sa.bindparam("b", type_=sa.String())
    )
    with engine.connect() as connection:
        assert tuple(connection.execute(echo, {"a": "Zürich 東", "b": "plain"}).one()) == (
            "Zürich 東",
            "plain",
        )
        row = connection.execute(sa.text("select lobs 1 from t")).one()
    assert (row.text, row.national) == (LOB_TEXT, LOB_TEXT)


def test_an_inserted_key_comes_back_in_the_type_asked_for(engine: sa.Engine) -> None:
    table = sa.Table(
        "t",
        sa.MetaData(),
        sa.Column("id", sa.String(20), sa.Identity(), primary_key=True),
        sa.Column("name", sa.Unicode),
    )
    with engine.begin() as connection:
        assert connection.execute(table.insert(), {"name": "x"}).inserted_primary_key == ("got 0",)


def test_errors_arrive_as_sqlalchemys(engine: sa.Engine) -> None:
    with engine.connect() as connection, pytest.raises(sa.exc.DatabaseError, match="ORA-00942"):
        connection.execute(sa.text("select fail from t"))
