"""Constraints of every kind: what is made is accepted, and what cannot be made says so by name."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import Engine, event

from reconciliation.errors import Unmakeable
from reconciliation.model import Excuse

from .making_world import MakingWorld

THING = "travelbuddy.thing"
ID_THERE = "id NUMBER(10) PRIMARY KEY"


def written_and_changed(world: MakingWorld, table: str = THING, count: int = 5) -> list[Any]:
    """Rows of a table, full and bare, are taken by both sides, and so is every change of them."""
    maker = world.maker()
    assert maker.hindrance(table) is None
    full, bare = maker.rows(table, count), maker.rows(table, 2, bare=True)
    world.write(*full, *bare)
    for own in (full[-1], bare[-1]):
        changed = maker.change(own)
        assert all(value != own.row[name] for name, value in changed.items())
        for values in (changed, maker.change(own, turn=1), maker.emptied(own)):
            if values:
                world.update(own, values)
        world.update(own, maker.anew(own).row)
    return [*full, *bare]


def test_a_foreign_key_to_itself(world: MakingWorld) -> None:
    world.create(
        "CREATE TABLE thing (id int4 PRIMARY KEY, above int4 REFERENCES thing);"
        "CREATE TABLE strict (id int4 PRIMARY KEY, above int4 NOT NULL REFERENCES strict)",
        f"CREATE TABLE thing ({ID_THERE}, above NUMBER(10))",
        f"CREATE TABLE strict ({ID_THERE}, above NUMBER(10) NOT NULL)",
    )
    world.agree("thing")
    world.agree("strict")
    assert {own.row["above"] for own in written_and_changed(world)} == {None}
    own = written_and_changed(world, "travelbuddy.strict")[0]
    assert own.row["above"] == own.row["id"]
    assert world.maker().changeable(THING) == ()


def test_a_ring_of_tables_is_cut_where_a_link_may_be_null(world: MakingWorld) -> None:
    world.create(
        "CREATE TABLE egg (id int4 PRIMARY KEY, hen_id int4);"
        "CREATE TABLE hen (id int4 PRIMARY KEY, egg_id int4 NOT NULL REFERENCES egg);"
        "ALTER TABLE egg ADD FOREIGN KEY (hen_id) REFERENCES hen",
        f"CREATE TABLE egg ({ID_THERE}, hen_id NUMBER(10))",
        f"CREATE TABLE hen ({ID_THERE}, egg_id NUMBER(10) NOT NULL)",
    )
    world.agree("hen")
    world.agree("egg")
    maker = world.maker()
    assert maker.tables == ("travelbuddy.egg", "travelbuddy.hen")
    world.write(*maker.foundation(maker.tables), *maker.rows("travelbuddy.hen", 2))
    assert [own.row["hen_id"] for own in maker.rows("travelbuddy.egg", 1)] == [None]


def test_a_ring_of_nothing_but_needs_is_told(world: MakingWorld) -> None:
    world.create(
        "CREATE TABLE egg (id int4 PRIMARY KEY, hen_id int4 NOT NULL);"
        "CREATE TABLE hen (id int4 PRIMARY KEY, egg_id int4 NOT NULL REFERENCES egg);"
        "ALTER TABLE egg ADD FOREIGN KEY (hen_id) REFERENCES hen",
        f"CREATE TABLE egg ({ID_THERE}, hen_id NUMBER(10) NOT NULL)",
        f"CREATE TABLE hen ({ID_THERE}, egg_id NUMBER(10) NOT NULL)",
    )
    world.agree("hen")
    world.agree("egg")
    maker = world.maker()
    assert maker.tables == ()
    assert "travelbuddy.hen: a row needs one of travelbuddy.egg" in str(
        maker.hindrance("travelbuddy.hen")
    )
    with pytest.raises(Unmakeable, match="no column of that ring may be NULL"):
        maker.rows("travelbuddy.egg", 1)
    assert maker.foundation(["travelbuddy.hen"]) == ()


def test_one_to_one_and_many_to_many(world: MakingWorld) -> None:
    world.create(
        "CREATE TABLE person (id int4 PRIMARY KEY, name text);"
        "CREATE TABLE passport (person_id int4 PRIMARY KEY REFERENCES person, no text);"
        "CREATE TABLE stay (id int4 PRIMARY KEY, guest int4 UNIQUE REFERENCES person);"
        "CREATE TABLE trip (id int4 PRIMARY KEY);"
        "CREATE TABLE thing (trip_id int4 REFERENCES trip, person_id int4 REFERENCES person,"
        " seat text, PRIMARY KEY (trip_id, person_id))",
        f"CREATE TABLE person ({ID_THERE}, name VARCHAR2(40))",
        "CREATE TABLE passport (person_id NUMBER(10) PRIMARY KEY, no VARCHAR2(40))",
        f"CREATE TABLE stay ({ID_THERE}, guest NUMBER(10))",
        f"CREATE TABLE trip ({ID_THERE})",
        "CREATE TABLE thing (trip_id NUMBER(10), person_id NUMBER(10), seat VARCHAR2(40), "
        "PRIMARY KEY (trip_id, person_id))",
    )
    for name, key in (
        ("thing", ("trip_id", "person_id")),
        ("stay", ("id",)),
        ("passport", ("person_id",)),
        ("trip", ("id",)),
        ("person", ("id",)),
    ):
        world.agree(name, key)
    maker = world.maker()
    rows = maker.rows("travelbuddy.passport", 3)
    assert [own.table for own in rows] == ["travelbuddy.person"] * 3 + ["travelbuddy.passport"] * 3
    world.write(*rows, *maker.rows("travelbuddy.stay", 2))
    several = maker.rows(THING, 4)
    assert len({own.key for own in several if own.table == THING}) == 4
    world.write(*several, *maker.rows(THING, 2))
    assert len(world.rows("thing")) == 6


def test_checks_over_one_and_two_columns(world: MakingWorld) -> None:
    world.create(
        """CREATE TABLE thing (id int4 PRIMARY KEY, low int4 NOT NULL, high int4 NOT NULL,
          state varchar(8) NOT NULL CHECK (state IN ('OPEN', 'CLOSED')), currency char(3)
          CHECK (currency ~ '^[A-Z]{3}$'), mail text NOT NULL CHECK (mail LIKE '%@%'),
          percent numeric(5,2) CHECK (percent BETWEEN 0.5 AND 0.75), born date NOT NULL
          CHECK (born > '2020-01-01'), closed timestamptz,
          CHECK (low < high), CHECK ((state = 'CLOSED') = (closed IS NOT NULL)))""",
        f"CREATE TABLE thing ({ID_THERE}, low NUMBER(10) NOT NULL, high NUMBER(10) NOT NULL, "
        "state VARCHAR2(8) NOT NULL, currency CHAR(3), mail VARCHAR2(40) NOT NULL, "
        "percent NUMBER(5,2), born DATE NOT NULL, closed TIMESTAMP(6))",
    )
    world.agree("thing")
    rows = written_and_changed(world)
    assert all(own.row["low"] < own.row["high"] for own in rows)
    maker = world.maker()
    assert set(maker.changeable(THING)) >= {"low", "high", "currency", "mail", "percent", "born"}
    (own,) = maker.rows(THING, 1)
    world.write(own)
    fitted = maker.fitted(own, {"low": 10**6, "percent": Decimal("0.7"), "currency": "eur"})
    assert fitted.row == {**own.row, "percent": Decimal("0.7")}
    world.update(own, {n: v for n, v in fitted.row.items() if n != "id"})
    for name in maker.changeable(THING):
        world.update(own, maker.change(own, [name]))


def test_a_check_nobody_can_guess_names_the_way_out(world: MakingWorld) -> None:
    world.create(
        "CREATE TABLE thing (id int4 PRIMARY KEY, iban text NOT NULL CHECK "
        "(md5(iban) = '4690077b4ad2d136cc66e7ee9b071aed'))",
        f"CREATE TABLE thing ({ID_THERE}, iban VARCHAR2(40) NOT NULL)",
    )
    world.agree("thing")
    told = str(world.maker().hindrance(THING))
    assert "no values were found for iban that CHECK thing_iban_check (" in told
    assert told.startswith(f"{THING}: ")
    assert told.endswith("give some as [values] in thing.toml")
    assert "\n" not in told
    (contract,) = world.contract.tables
    world.contract = replace(
        world.contract, tables=(replace(contract, values={"iban": ("Seoul 42",)}),)
    )
    (own,) = world.maker().rows(THING, 1)
    world.write(own)
    assert own.row["iban"] == "Seoul 42"


def test_unique_columns_beside_the_key(world: MakingWorld) -> None:
    world.create(
        "CREATE TABLE thing (id int4 PRIMARY KEY, code varchar(5) NOT NULL UNIQUE, "
        "number numeric(6) UNIQUE, part int2, day date, UNIQUE (part, day))",
        f"CREATE TABLE thing ({ID_THERE}, code VARCHAR2(5) NOT NULL UNIQUE, number_ NUMBER, "
        '"number" NUMBER(6), part NUMBER(5), day DATE)',
    )
    world.agree("thing")
    rows = written_and_changed(world, count=40)
    assert len({own.row["code"] for own in rows}) == len(rows)


def test_columns_are_searched_only_where_they_are_kept_unique(world: MakingWorld) -> None:
    """No index serves the search elsewhere, and every one would read the whole table."""
    world.create(
        "CREATE TABLE thing (id int4 PRIMARY KEY, code varchar(5) NOT NULL UNIQUE, part int4)",
        f"CREATE TABLE thing ({ID_THERE}, code VARCHAR2(5) NOT NULL, part NUMBER(10) UNIQUE)",
    )
    world.agree("thing")
    with counted(world.judge.source) as here, counted(world.judge.target) as there:
        written_and_changed(world)
    asked = [one for one in here if "EXISTS" in one]
    assert any('t."id"' in one for one in asked)
    assert any('t."code"' in one for one in asked)
    assert not any('t."part"' in one for one in asked)
    assert any('"ID" IN' in one for one in there)
    assert any('"PART" IN' in one for one in there)
    assert not any('"CODE" IN' in one for one in there)


def test_enums_domains_and_computed_columns(world: MakingWorld) -> None:
    world.create(
        """CREATE TYPE state AS ENUM ('new', 'done');
        CREATE DOMAIN share AS numeric(5,2) CHECK (VALUE > 0) CHECK (VALUE <= 1);
        CREATE DOMAIN half AS share CHECK (VALUE >= 0.5) NOT NULL;
        CREATE TABLE thing (id int4 PRIMARY KEY, state state NOT NULL, share share, half half,
          twice numeric GENERATED ALWAYS AS (half * 2) STORED CHECK (twice < 1.5),
          number int8 GENERATED BY DEFAULT AS IDENTITY)""",
        f"CREATE TABLE thing ({ID_THERE}, state VARCHAR2(10) NOT NULL, share NUMBER(5,2), "
        '"half" NUMBER(5,2) NOT NULL, twice NUMBER, "number" NUMBER(19))',
    )
    world.judge.there('ALTER TABLE thing RENAME COLUMN share TO "share"')
    world.agree("thing", without=["twice"])
    rows = written_and_changed(world)
    assert all(Decimal("0.5") <= own.row["half"] <= 1 for own in rows)
    assert "twice" not in rows[0].row


def test_sixty_columns_and_names_of_every_kind(world: MakingWorld) -> None:
    many = [f"c{place}" for place in range(56)]
    odd = ['"Select"', '"order"', '"이름"', '"a:b %s"']
    columns = ", ".join(f"{name} varchar(9)" for name in (*many, *odd))
    there = ", ".join(f"{name} VARCHAR2(9 CHAR)" for name in (*many, *odd))
    world.create(
        f'CREATE TABLE "Odd Name" ("Key" int4 PRIMARY KEY, {columns}, '
        """CHECK ("Select" <> "a:b %s"), CHECK ("이름" IN ('서울', 'a:b', '50%')))""",
        f'CREATE TABLE "Odd Name" ("Key" NUMBER(10) PRIMARY KEY, {there})',
    )
    world.agree("Odd Name", ["Key"], "Odd Name")
    rows = written_and_changed(world, "travelbuddy.Odd Name")
    assert rows[0].row["이름"] in ("서울", "a:b", "50%")
    values = [rows[0].row[name] for name in many]
    assert len(set(values)) == len(values)  # a column taken for another is noticed


def test_rows_fall_into_a_partition(world: MakingWorld) -> None:
    world.create(
        """CREATE TABLE thing (id int4, day date, area text NOT NULL, PRIMARY KEY (id, day))
          PARTITION BY RANGE (day);
        CREATE TABLE thing_26 PARTITION OF thing FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');
        CREATE TABLE listed (id int4, area text, PRIMARY KEY (id, area)) PARTITION BY LIST (area);
        CREATE TABLE listed_n PARTITION OF listed FOR VALUES IN ('north') PARTITION BY HASH (id);
        CREATE TABLE listed_n0 PARTITION OF listed_n FOR VALUES WITH (modulus 1, remainder 0);
        CREATE TABLE ranged (id int8 PRIMARY KEY, note text) PARTITION BY RANGE (id);
        CREATE TABLE ranged_1 PARTITION OF ranged FOR VALUES FROM (1) TO (500)""",
        "CREATE TABLE thing (id NUMBER(10), day DATE, area VARCHAR2(9) NOT NULL, "
        "PRIMARY KEY (id, day))",
        "CREATE TABLE listed (id NUMBER(10), area VARCHAR2(9), PRIMARY KEY (id, area))",
        "CREATE TABLE ranged (id NUMBER(10) PRIMARY KEY, note VARCHAR2(40))",
    )
    world.agree("thing", ["id", "day"])
    world.agree("listed", ["id", "area"])
    world.agree("ranged")
    rows = written_and_changed(world)
    assert {own.row["day"].year for own in rows} == {2026}
    assert written_and_changed(world, "travelbuddy.listed")[0].row["area"] == "north"
    assert all(own.row["id"] < 500 for own in written_and_changed(world, "travelbuddy.ranged"))


def test_parents_are_borrowed_where_none_can_be_made(world: MakingWorld) -> None:
    world.create(
        """CREATE TABLE country (code char(2) PRIMARY KEY);
        CREATE TABLE city (id int4 PRIMARY KEY);
        CREATE TABLE thing (id int4 PRIMARY KEY, country char(2) NOT NULL REFERENCES country,
          city int4 NOT NULL REFERENCES city, agent int4 NOT NULL)""",
        "CREATE TABLE country (code CHAR(2) PRIMARY KEY)",
        "CREATE TABLE agent (id NUMBER(10) PRIMARY KEY)",
        f"CREATE TABLE thing ({ID_THERE}, country CHAR(2) NOT NULL, city NUMBER(10) NOT NULL, "
        "agent NUMBER(10) NOT NULL REFERENCES agent (id))",
    )
    world.agree("thing")
    excuse = Excuse("read only", "the owner", dt.date(2099, 1, 1))
    world.agree("country", ["code"], write=False, excuse=excuse)
    maker = world.maker()
    assert "city must refer to travelbuddy.city, of which" in str(maker.hindrance(THING))
    assert "write = false: read only (the owner, until 2099-01-01)" in str(
        maker.hindrance("travelbuddy.country")
    )
    world.judge.here("INSERT INTO country VALUES ('AA'), ('KR'); INSERT INTO city VALUES (7)")
    world.judge.there(
        "INSERT INTO country VALUES ('KR')", "INSERT INTO agent VALUES (11)"
    )  # only one of the countries is in both
    maker = world.maker()
    assert maker.tables == (THING,)
    assert maker.foundation(maker.tables) == ()
    rows = maker.rows(THING, 2)
    world.write(*rows)
    row = rows[0].row
    assert (row["country"], row["city"], row["agent"]) == ("KR", 7, 11)
    assert {table for table, _ in world.noted} == {THING}


def test_borrowed_parents_of_single_rows(world: MakingWorld) -> None:
    world.create(
        "CREATE TABLE city (id int4 PRIMARY KEY); INSERT INTO city SELECT generate_series(1, 4);"
        "CREATE TABLE thing (city int4 PRIMARY KEY REFERENCES city, note text)",
        "CREATE TABLE thing (city NUMBER(10) PRIMARY KEY, note VARCHAR2(40))",
    )
    world.agree("thing", ["city"])
    maker = world.maker()
    world.write(*maker.rows(THING, 2), *maker.rows(THING, 1))
    with pytest.raises(Unmakeable, match="1 rows of the 2 needed"):
        maker.rows(THING, 2)


def test_what_only_oracle_asks_for(world: MakingWorld) -> None:
    world.create(
        "CREATE TABLE thing (id int4 PRIMARY KEY, name text, amount int4, state text, code text)",
        f"CREATE TABLE thing ({ID_THERE}, name VARCHAR2(10) NOT NULL, amount NUMBER(3) "
        "CHECK (amount > 500), state VARCHAR2(9) CHECK (state IN ('GOOD', 'BAD')), "
        "code VARCHAR2(9) UNIQUE)",
    )
    world.agree("thing")
    rows = written_and_changed(world)
    assert all(own.row["name"] for own in rows)
    assert len({own.row["code"] for own in rows[:5]}) == 5


def test_the_contracts_filter_values_and_reserved_keys(world: MakingWorld) -> None:
    world.create(
        "CREATE TABLE thing (id int4, part text, kind text NOT NULL, own text DEFAULT 'x', "
        "needed int4 NOT NULL, PRIMARY KEY (id, part))",
        "CREATE TABLE thing (id NUMBER(10), part VARCHAR2(9), kind VARCHAR2(9) NOT NULL, "
        "PRIMARY KEY (id, part))",
    )
    world.agree(
        "thing",
        ["id", "part"],
        without=["own", "needed"],
        source_filter="kind = 'seen' AND own = 'x'",
        target_filter="KIND = 'seen'",
        reserved={"id": (70, 72)},
        values={"part": ("left",)},
    )
    maker = world.maker()
    rows = maker.rows(THING, 3)
    world.write(*rows)
    assert [own.key for own in rows] == [(70, "left"), (71, "left"), (72, "left")]
    assert {own.row["kind"] for own in rows} == {"seen"}
    assert "own" not in rows[0].row
    assert rows[0].row["needed"] is not None
    with pytest.raises(Unmakeable, match="are used up; widen reserved_keys in the profile"):
        maker.rows(THING, 1)


def test_a_live_system_gets_zeros_and_dates_that_are_over(world: MakingWorld) -> None:
    world.create(
        "CREATE TABLE thing (id int4 PRIMARY KEY, cost numeric(9,2) NOT NULL, stars int4 "
        "CHECK (stars > 0), expiry date, header text)",
        f"CREATE TABLE thing ({ID_THERE}, cost NUMBER(9,2) NOT NULL, stars NUMBER(3), "
        "expiry DATE, header VARCHAR2(40))",
    )
    world.agree("thing", mark_column="header")
    world.judge.profile = replace(world.judge.profile, kind="live")
    try:
        (own,) = world.maker("seen by all").rows(THING, 1)
    finally:
        world.judge.profile = replace(world.judge.profile, kind="lab")
    world.write(own)
    assert own.row["cost"] == 0
    assert own.row["stars"] > 0
    assert own.row["expiry"].year < 2020
    assert own.row["header"].startswith("seen by all")


def test_hundreds_of_wished_rows_cost_a_few_statements(world: MakingWorld) -> None:
    world.create(
        "CREATE TABLE thing (id int4 PRIMARY KEY, low int4 NOT NULL, high int4 NOT NULL "
        "CHECK (low < high), name varchar(9) UNIQUE, note text)",
        f"CREATE TABLE thing ({ID_THERE}, low NUMBER NOT NULL, high NUMBER NOT NULL, "
        "name VARCHAR2(9), note VARCHAR2(90))",
    )
    world.agree("thing")
    maker = world.maker()
    owns = maker.rows(THING, 400)
    wishes = [
        {"id": 1, "low": number, "high": 200, "name": "same", "note": f"wish {number}"}
        for number in range(400)
    ]
    with counted(world.judge.source) as statements:
        fitted = maker.fitted_all(owns, wishes)
    assert len(statements) < 10
    world.write(*fitted)
    assert [own.row["note"] for own in fitted] == [wish["note"] for wish in wishes]
    assert all(own.row["low"] == place for place, own in enumerate(fitted[:200]))
    assert {own.row["high"] for own in fitted[:200]} == {200}
    with counted(world.judge.source) as statements:
        maker.rows(THING, 400)
    assert len(statements) < 10


@contextmanager
def counted(engine: Engine) -> Iterator[list[str]]:
    found: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        found.append(statement)

    event.listen(engine, "before_cursor_execute", note)
    try:
        yield found
    finally:
        event.remove(engine, "before_cursor_execute", note)


def test_a_parent_that_may_not_be_read_is_told(world: MakingWorld) -> None:
    world.create(
        "CREATE TABLE city (id int4 PRIMARY KEY); INSERT INTO city VALUES (1);"
        "CREATE TABLE thing (id int4 PRIMARY KEY, city int4 NOT NULL REFERENCES city)",
        f"CREATE TABLE thing ({ID_THERE}, city NUMBER(10) NOT NULL)",
    )
    world.agree("thing")
    maker = world.maker()
    world.judge.here("ALTER TABLE city RENAME TO gone")  # to a reader it is as if it were not there
    told = str(maker.hindrance(THING))
    assert told.startswith(f"{THING}: what a row of it needs is not known; PostgreSQL ")
    assert "city" in told


def test_a_parent_that_only_lies_far_behind_is_found(world: MakingWorld) -> None:
    world.create(
        "CREATE TABLE city (id int4 PRIMARY KEY); INSERT INTO city SELECT generate_series(1, 900);"
        "CREATE TABLE thing (id int4 PRIMARY KEY, city int4 NOT NULL REFERENCES city)",
        "CREATE TABLE city (id NUMBER(10) PRIMARY KEY)",
        "INSERT INTO city VALUES (850)",
        f"CREATE TABLE thing ({ID_THERE}, city NUMBER(10) NOT NULL REFERENCES city (id))",
    )
    world.agree("thing")
    (own,) = world.maker().rows(THING, 1)
    world.write(own)
    assert own.row["city"] == 850


def test_two_links_to_one_parent_and_links_that_exclude_each_other(world: MakingWorld) -> None:
    world.create(
        "CREATE TABLE account (id int4 PRIMARY KEY);"
        "CREATE TABLE card (id int4 PRIMARY KEY);"
        "CREATE TABLE thing (id int4 PRIMARY KEY, from_id int4 NOT NULL REFERENCES account,"
        " to_id int4 NOT NULL REFERENCES account, CHECK (from_id <> to_id),"
        " card int4 REFERENCES card, cash int4 REFERENCES account,"
        " CHECK ((card IS NULL) <> (cash IS NULL)), CHECK (id <> from_id))",
        f"CREATE TABLE account ({ID_THERE})",
        f"CREATE TABLE card ({ID_THERE})",
        f"CREATE TABLE thing ({ID_THERE}, from_id NUMBER(10) NOT NULL, to_id NUMBER(10) NOT NULL, "
        "card NUMBER(10), cash NUMBER(10))",
    )
    for name in ("thing", "card", "account"):
        world.agree(name)
    for own in written_and_changed(world):
        if own.table == THING:
            assert own.row["from_id"] != own.row["to_id"]
            assert (own.row["card"] is None) != (own.row["cash"] is None)


def test_keys_that_a_pattern_or_a_divisor_asks_for(world: MakingWorld) -> None:
    world.create(
        "CREATE TABLE thing (code varchar(12) PRIMARY KEY CHECK (code ~ '^INV-[0-9]{6}[A-F]$'), "
        "part int4 NOT NULL UNIQUE CHECK (part % 7 = 0), name text);"
        "CREATE TABLE listed (code char(3) PRIMARY KEY CHECK (code IN ('EUR', 'KRW', 'USD')), "
        "rate numeric(5,2) UNIQUE CHECK (rate BETWEEN 0.01 AND 0.05))",
        "CREATE TABLE thing (code VARCHAR2(12) PRIMARY KEY, part NUMBER(10) NOT NULL, "
        "name VARCHAR2(40))",
        "CREATE TABLE listed (code CHAR(3) PRIMARY KEY, rate NUMBER(5,2))",
    )
    world.agree("thing", ["code"])
    world.agree("listed", ["code"])
    rows = written_and_changed(world, count=40)
    assert len({own.key for own in rows}) == 42
    maker = world.maker()
    listed = maker.rows("travelbuddy.listed", 3)
    world.write(*listed)
    with pytest.raises(Unmakeable, match="that its CHECK accepts are used up"):
        maker.rows("travelbuddy.listed", 1)
    for turn in range(2):
        world.update(listed[0], maker.change(listed[0], turn=turn))
    assert maker.change(listed[0]) == {}  # no further rate is free


def test_columns_compared_with_each_other_move_together(world: MakingWorld) -> None:
    world.create(
        "CREATE TABLE thing (id int4 PRIMARY KEY, starts timestamptz NOT NULL "
        "CHECK (starts > '2030-01-01'), ends timestamptz NOT NULL, CHECK (starts < ends), "
        "low varchar(4) NOT NULL UNIQUE, high varchar(4) NOT NULL UNIQUE, CHECK (low < high))",
        f"CREATE TABLE thing ({ID_THERE}, starts TIMESTAMP(6) NOT NULL, ends TIMESTAMP(6) "
        "NOT NULL, low VARCHAR2(4) NOT NULL, high VARCHAR2(4) NOT NULL)",
    )
    world.agree("thing")
    written_and_changed(world)
