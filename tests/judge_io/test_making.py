"""Rows for tables of every kind: PostgreSQL and the Oracle stand-in take what was made."""

from __future__ import annotations

import pytest

from .hand_made import SCHEMA
from .making_world import MakingWorld

#: key columns here and there, and whether a column beside it is needed to tell rows apart
KEYS = {
    "whole numbers": ("id int8", "id NUMBER(19)"),
    "smallint": ("id smallint", "id NUMBER(5)"),
    "a narrow number": ("id int4", "id NUMBER(3)"),
    "numeric": ("id numeric(18,4)", "id NUMBER(18,4)"),
    "a fraction": ("id numeric(4,4)", "id NUMBER(4,4)"),
    "text": ("id text", "id VARCHAR2(40)"),
    "short text": ("id varchar(6)", "id VARCHAR2(6)"),
    "char(3)": ("id char(3)", "id CHAR(3)"),
    "uuid": ("id uuid", "id VARCHAR2(36)"),
    "date": ("id date", "id DATE"),
    "timestamp": ("id timestamp(0)", "id TIMESTAMP(0)"),
    "timestamptz": ("id timestamptz", "id TIMESTAMP(6)"),
    "bytea": ("id bytea", "id RAW(16)"),
    "always identity": ("id int8 GENERATED ALWAYS AS IDENTITY", "id NUMBER(19)"),
    "boolean": ("id bool", "id VARCHAR2(5)"),
}


@pytest.mark.parametrize("kind", KEYS)
def test_a_key_of_any_kind(world: MakingWorld, kind: str) -> None:
    here, there = KEYS[kind]
    world.create(
        f"CREATE TABLE thing ({here} PRIMARY KEY, name text NOT NULL)",
        f"CREATE TABLE thing ({there} PRIMARY KEY, name VARCHAR2(40) NOT NULL)",
    )
    world.agree("thing")
    count = 1 if kind == "boolean" else 30
    first = world.maker().rows("travelbuddy.thing", count)
    world.write(*first)
    # the rows of a run before are there still
    again = world.maker().rows("travelbuddy.thing", 1 if kind == "boolean" else 40)
    world.write(*again)
    assert len({own.key for own in (*first, *again)}) == len(first) + len(again)
    assert len(world.rows("thing")) == len(first) + len(again)


def test_composite_keys_foreign_keys_and_what_they_refer_to(world: MakingWorld) -> None:
    world.create(
        """CREATE TABLE merchant (id int4 PRIMARY KEY, name varchar(20) NOT NULL);
        CREATE TABLE payment (merchant_id int4 REFERENCES merchant, payment_no varchar(12),
          amount numeric(18,4) NOT NULL, PRIMARY KEY (merchant_id, payment_no));
        CREATE TABLE line (line_id uuid PRIMARY KEY, merchant_id int4 NOT NULL,
          payment_no varchar(12) NOT NULL, text text,
          FOREIGN KEY (merchant_id, payment_no) REFERENCES payment,
          FOREIGN KEY (merchant_id) REFERENCES merchant)""",
        "CREATE TABLE merchant (id NUMBER(10) PRIMARY KEY, name VARCHAR2(20) NOT NULL)",
        "CREATE TABLE payment (merchant_id NUMBER(10), payment_no VARCHAR2(12), amount "
        "NUMBER(18,4) NOT NULL, PRIMARY KEY (merchant_id, payment_no))",
        "CREATE TABLE line (line_id VARCHAR2(36) PRIMARY KEY, merchant_id NUMBER(10) NOT NULL, "
        "payment_no VARCHAR2(12) NOT NULL, text CLOB)",
    )
    world.agree("line", ["line_id"])
    world.agree("payment", ["merchant_id", "payment_no"])
    world.agree("merchant")
    maker = world.maker()
    assert maker.tables == tuple(f"{SCHEMA}.{n}" for n in ("merchant", "payment", "line"))
    foundation = maker.foundation(maker.tables)
    assert [own.table for own in foundation] == [f"{SCHEMA}.merchant", f"{SCHEMA}.payment"]
    assert maker.foundation(maker.tables) == ()
    world.write(*foundation)
    for table in maker.tables:
        rows = maker.rows(table, 3)
        assert [own.table for own in rows] == [table] * 3
        world.write(*rows)
    line = maker.rows(f"{SCHEMA}.line", 1)[0]
    world.write(line)
    assert maker.changeable(f"{SCHEMA}.line") == ("text",)
    changed = maker.change(line)
    assert set(changed) == {"text"}
    assert changed["text"] != line.row["text"]
    assert maker.change(line, turn=1) not in ({}, changed)
    assert maker.emptied(line) == {"text": None}
    assert maker.anew(line).row["text"] != line.row["text"]
    assert maker.fitted(line, {"text": "wished", "merchant_id": 1}).row == {
        **line.row,
        "text": "wished",
    }
