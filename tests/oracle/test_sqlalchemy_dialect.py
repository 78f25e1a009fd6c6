"""SQLAlchemy's oracle+oracledb dialect: reflection, the ORM, DDL."""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from decimal import Decimal

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column

from tests.oracle.conftest import WireServer
from tests.oracle.fake_engine import PASSWORD, SERVICE, USER


class Base(DeclarativeBase):
    pass


class Parent(Base):
    __tablename__ = "orm_parent"
    id: Mapped[int] = mapped_column(sa.Sequence("orm_parent_seq"), primary_key=True)
    name: Mapped[str] = mapped_column(sa.String(30), unique=True)
    amount: Mapped[Decimal | None] = mapped_column(sa.Numeric(10, 2))
    seen: Mapped[datetime.datetime | None] = mapped_column(sa.TIMESTAMP)
    text: Mapped[str | None] = mapped_column(sa.Text)
    raw: Mapped[bytes | None] = mapped_column(sa.LargeBinary)
    ratio: Mapped[float | None] = mapped_column(sa.Float)
    flag: Mapped[bool] = mapped_column(sa.Boolean, default=True)


class Child(Base):
    __tablename__ = "orm_child"
    __table_args__ = (sa.CheckConstraint("id > 0", name="orm_child_ck"), {"comment": "said"})
    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    parent_id: Mapped[int] = mapped_column(sa.ForeignKey("orm_parent.id", name="orm_child_fk"))
    note: Mapped[str | None] = mapped_column(sa.String(20), index=True, comment="a note")


@pytest.fixture(scope="module")
def engine(oracle_server: WireServer) -> Iterator[sa.Engine]:
    url = sa.URL.create(
        "oracle+oracledb",
        USER,
        PASSWORD,
        "127.0.0.1",
        oracle_server.port,
        query={"service_name": SERVICE},
    )
    made = sa.create_engine(url)
    Base.metadata.create_all(made)
    yield made
    Base.metadata.drop_all(made)
    made.dispose()


def test_reflection_finds_what_was_created(engine: sa.Engine) -> None:
    inspector = sa.inspect(engine)
    assert {"orm_parent", "orm_child"} <= set(inspector.get_table_names())
    assert inspector.has_table("orm_child")
    assert not inspector.has_table("orm_nothing")
    assert inspector.has_sequence("orm_parent_seq")
    columns = {column["name"]: column for column in inspector.get_columns("orm_parent")}
    assert (columns["amount"]["type"].precision, columns["amount"]["type"].scale) == (10, 2)
    assert columns["name"]["type"].length == 30
    assert not columns["name"]["nullable"]
    assert isinstance(columns["text"]["type"], sa.CLOB)
    assert isinstance(columns["seen"]["type"], sa.TIMESTAMP)
    assert inspector.get_pk_constraint("orm_child")["constrained_columns"] == ["id"]
    [key] = inspector.get_foreign_keys("orm_child")
    assert (key["name"], key["referred_table"], key["referred_columns"]) == (
        "orm_child_fk",
        "orm_parent",
        ["id"],
    )
    [index] = inspector.get_indexes("orm_child")
    assert (index["name"], index["column_names"], index["unique"]) == (
        "ix_orm_child_note",
        ["note"],
        False,
    )
    assert inspector.get_check_constraints("orm_child") == [
        {"name": "orm_child_ck", "sqltext": "id > 0"}
    ]
    assert [
        unique["column_names"] for unique in inspector.get_unique_constraints("orm_parent")
    ] == [["name"]]
    assert inspector.get_table_comment("orm_child") == {"text": "said"}
    assert inspector.get_columns("orm_child")[2]["comment"] == "a note"
    with pytest.raises(sa.exc.NoSuchTableError):
        inspector.get_columns("orm_nothing")


@pytest.mark.parametrize(
    "method",
    [
        "get_view_names",
        "get_materialized_view_names",
        "get_temp_table_names",
        "get_schema_names",
        "get_sequence_names",
    ],
)
def test_lists_of_names_can_be_asked_for(engine: sa.Engine, method: str) -> None:
    names = getattr(sa.inspect(engine), method)()
    expected = {"get_schema_names": "travelbuddy", "get_sequence_names": "orm_parent_seq"}.get(
        method
    )
    assert (expected in names) if expected else names == []


def test_a_whole_schema_is_reflected_by_another_user(
    oracle_server: WireServer, engine: sa.Engine
) -> None:
    url = sa.URL.create(
        "oracle+oracledb",
        "dmsuser",
        PASSWORD,
        "127.0.0.1",
        oracle_server.port,
        query={"service_name": SERVICE},
    )
    other = sa.create_engine(url)
    metadata = sa.MetaData(schema="travelbuddy")
    metadata.reflect(other, only=["orm_parent", "orm_child"])
    other.dispose()
    child = metadata.tables["travelbuddy.orm_child"]
    assert [key.target_fullname for key in child.foreign_keys] == ["travelbuddy.orm_parent.id"]


def test_objects_are_stored_changed_and_deleted(engine: sa.Engine) -> None:
    moment = datetime.datetime(2024, 2, 29, 1, 2, 3, 456000)
    with Session(engine) as session:
        parents = [
            Parent(
                name=f"n{n}",
                amount=Decimal("1.25"),
                seen=moment,
                text="é" * 5000,
                raw=b"\0\1",
                ratio=1.5,
            )
            for n in range(3)
        ]
        session.add_all(parents)
        session.flush()
        session.add(Child(id=1, parent_id=parents[1].id, note="x"))
        session.commit()
        found = session.scalars(sa.select(Parent).where(Parent.name == "n1")).one()
        assert (found.amount, found.seen, found.text, found.raw, found.ratio, found.flag) == (
            Decimal("1.25"),
            moment,
            "é" * 5000,
            b"\0\1",
            1.5,
            True,
        )
        counts = (
            sa.select(Parent.name, sa.func.count(Child.id))
            .outerjoin(Child)
            .group_by(Parent.name)
            .order_by(Parent.name)
            .limit(2)
            .offset(1)
        )
        assert session.execute(counts).all() == [("n1", 1), ("n2", 0)]
        found.amount = Decimal("7")
        session.execute(
            sa.update(Parent).values(name=Parent.name + "!").where(Parent.name.in_(["n0", "n2"]))
        )
        session.commit()
        assert session.scalars(sa.select(Parent.name).order_by(Parent.name)).all() == [
            "n0!",
            "n1",
            "n2!",
        ]
        session.execute(sa.delete(Child))
        session.execute(sa.delete(Parent))
        session.commit()
        assert session.scalar(sa.select(sa.func.count()).select_from(Parent)) == 0


def test_an_integrity_error_is_one(engine: sa.Engine) -> None:
    with Session(engine) as session:
        session.add(Child(id=1, parent_id=12345))
        with pytest.raises(sa.exc.IntegrityError, match="ORA-02291"):
            session.commit()
