"""Acts in a real PostgreSQL: any key, any type, any name; and tables that refuse are left out by
name, with the reason.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterator
from contextlib import closing
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

import pytest

from reconciliation.errors import EnvironmentFault
from reconciliation.making.model import Delete, Update
from reconciliation.model import ForeignKey, Key
from reconciliation.session import acts as room
from reconciliation.session import pace
from reconciliation.session.acts import act
from reconciliation.session.pace import Pace
from reconciliation.session.statements import together
from tests.clusters import Cluster

from .acting import Acting, acting

LINE = uuid.UUID("00000000-0000-4000-8000-00000000000a")
ODD = 'Sett"lement: %s Line'
KEYS: dict[str, tuple[str, ...]] = {
    "payment": ("merchant_id", "payment_no"),
    "line": ("line_id",),
    "category": ("id",),
    "numbered": ("always_id",),
    "kinds": ("day",),
    ODD: ("sélect: %d", "한글"),
    "forbidden": ("id",),
    "late": ("id",),
}
FOREIGN = {
    "line": ForeignKey("line_payment", KEYS["payment"], "pay.payment", KEYS["payment"]),
    "late": ForeignKey("late_category", ("category",), "pay.category", ("id",)),
}
DDL = f"""
CREATE ROLE writer LOGIN;
CREATE SCHEMA pay;
CREATE TYPE pay.state AS ENUM ('open', 'settled');
CREATE TABLE pay.payment (merchant_id int4, payment_no varchar(20), amount numeric(18,4) NOT NULL,
  low int4, high int4, PRIMARY KEY (merchant_id, payment_no), UNIQUE (high), CHECK (low < high));
CREATE TABLE pay.line (line_id uuid PRIMARY KEY, merchant_id int4 NOT NULL,
  payment_no varchar(20) NOT NULL,
  FOREIGN KEY (merchant_id, payment_no) REFERENCES pay.payment);
CREATE TABLE pay.category (id char(3) PRIMARY KEY, parent char(3) REFERENCES pay.category);
CREATE TABLE pay.numbered (always_id int8 GENERATED ALWAYS AS IDENTITY PRIMARY KEY, name text);
CREATE TABLE pay.kinds (day date PRIMARY KEY, document jsonb, address inet, status pay.state,
  span interval, numbers int4[], content bytea, token uuid, seen timestamptz, price money,
  yes bool);
CREATE TABLE pay."{ODD.replace('"', '""')}" ("sélect: %d" int2, "한글" bytea, "order" text,
  PRIMARY KEY ("sélect: %d", "한글"));
CREATE TABLE pay.forbidden (id int4 PRIMARY KEY);
CREATE TABLE pay.late (id int4 PRIMARY KEY,
  category char(3) REFERENCES pay.category DEFERRABLE INITIALLY DEFERRED);
CREATE TABLE pay.application (category char(3) REFERENCES pay.category);
GRANT USAGE ON SCHEMA pay TO writer;
GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA pay TO writer;
REVOKE ALL ON pay.forbidden FROM writer;
"""
PAYMENT: Key = (7, "x'1")


@pytest.fixture
def acting_on(cluster: Cluster) -> Iterator[Acting]:
    tables = ", ".join(f'pay."{name}"'.replace(ODD, ODD.replace('"', '""')) for name in KEYS)
    cluster.execute(f"TRUNCATE {tables}, pay.application")
    with acting(cluster, KEYS, FOREIGN) as made:
        yield made


def _payment(on: Acting, key: Key = PAYMENT, **more: Any) -> Any:
    row = {"merchant_id": key[0], "payment_no": key[1], "amount": Decimal("1.5000"), **more}
    return on.insert("payment", key, row)


def _line(on: Acting, payment: Key = PAYMENT, line: uuid.UUID = LINE) -> Any:
    row = {"line_id": line, "merchant_id": payment[0], "payment_no": payment[1]}
    return on.insert("line", (str(line),), row)


# ------------------------------------------------------------------ any row, any key


def test_rows_with_every_kind_of_key_come_change_and_go(acting_on: Acting) -> None:
    day = dt.date(2900, 1, 1)
    comes = [
        _payment(acting_on, low=1, high=2),
        _line(acting_on),
        acting_on.insert("category", ("zz",), {"id": "zz", "parent": "zz"}),
        acting_on.insert("numbered", (900,), {"always_id": 900, "name": "n"}),
        acting_on.insert("kinds", (dt.datetime(2900, 1, 1),), {"day": day}),
        acting_on.insert(
            ODD, (3, b"\x00:a"), {"sélect: %d": 3, "한글": b"\x00:a", "order": "by : %s"}
        ),
    ]
    done = act(acting_on.session, comes)
    assert (dict(done.rows), done.refused) == ({one.table: 1 for one in comes}, {})
    changes = [
        Update("pay.payment", (PAYMENT,), {"amount": Decimal("-2.25"), "low": None}),
        Update("pay.category", (("zz",),), {"parent": None}),
        Update("pay.numbered", ((900,),), {"name": "other"}),
        Update(f"pay.{ODD}", ((3, b"\x00:a"),), {"order": "100 %"}),
    ]
    assert sum(act(acting_on.session, changes).rows.values()) == 4
    assert acting_on.rows("SELECT amount, low FROM pay.payment") == [(Decimal("-2.25"), None)]
    assert acting_on.rows("SELECT name FROM pay.numbered") == [("other",)]
    goes = [Delete(one.table, (one.own.key,)) for one in reversed(comes)]
    assert dict(act(acting_on.session, goes).rows) == {one.table: 1 for one in comes}
    for name in KEYS:
        quoted = name.replace('"', '""')
        assert acting_on.rows(f'SELECT count(*) FROM pay."{quoted}"') == [(0,)]


def test_values_are_written_as_the_column_has_them(acting_on: Acting) -> None:
    row = {
        "day": dt.date(2900, 1, 1),
        "document": '{"a": [1, null]}',
        "address": "10.0.0.1/8",
        "status": "settled",
        "span": "1 mon 2 days",
        "numbers": "{1,2}",
        "content": b"\x00\xff",
        "token": LINE,
        "seen": dt.datetime(2026, 3, 1, tzinfo=dt.UTC),
        "price": Decimal("1.25"),
        "yes": False,
    }
    act(acting_on.session, [acting_on.insert("kinds", (dt.datetime(2900, 1, 1),), row)])
    found = acting_on.rows(
        "SELECT document->'a'->>0, host(address), status::text, span::text, numbers, content, "
        "token::text, seen AT TIME ZONE 'UTC', price::numeric, yes FROM pay.kinds"
    )
    assert [tuple(bytes(v) if isinstance(v, memoryview) else v for v in row) for row in found] == [
        (
            "1",
            "10.0.0.1",
            "settled",
            "1 mon 2 days",
            [1, 2],
            b"\x00\xff",
            str(LINE),
            dt.datetime(2026, 3, 1),
            Decimal("1.25"),
            False,
        )
    ]


def test_one_statement_changes_many_rows_and_nobody_elses(acting_on: Acting) -> None:
    keys = [(number, f"n{number}") for number in range(1200)]
    act(acting_on.session, [_payment(acting_on, key) for key in keys])
    acting_on.cluster.execute("INSERT INTO pay.payment VALUES (1, 'theirs', 1)")
    own = tuple(keys)
    assert act(acting_on.session, [Update("pay.payment", own, {"low": 4})]).rows == {
        "pay.payment": 1200
    }
    act(acting_on.session, [Delete("pay.payment", own)])
    assert acting_on.rows("SELECT payment_no, low FROM pay.payment") == [("theirs", None)]


def test_rows_that_come_one_behind_the_other_come_by_one_statement(acting_on: Acting) -> None:
    a, b, c, d = ((number, "n") for number in range(4))
    comes = [
        *(_payment(acting_on, key) for key in (a, b)),
        _payment(acting_on, c, low=1, high=2),
        _line(acting_on, a),
        _payment(acting_on, d),
    ]
    assert [len(one) for one in together(comes)] == [2, 1, 1, 1]
    assert [len(one) for one in together(comes[:1] * 250)] == [100, 100, 50]
    assert [one for some in together(comes) for one in some] == comes
    gone = [Delete("pay.payment", (key,)) for key in (a, b)]
    assert [len(one) for one in together(gone)] == [1, 1]
    assert act(acting_on.session, comes).rows == {"pay.payment": 4, "pay.line": 1}


def test_the_next_transaction_waits_until_the_rows_before_it_are_paid_for(
    acting_on: Acting, monkeypatch: pytest.MonkeyPatch
) -> None:
    slept = list[float]()
    clock = SimpleNamespace(monotonic=lambda: sum(slept), sleep=slept.append)
    monkeypatch.setattr(pace, "time", clock)
    acting_on.session.pace = Pace(2)
    act(acting_on.session, [_payment(acting_on), _line(acting_on), _payment(acting_on, (8, "2"))])
    assert slept == []
    act(acting_on.session, [Delete("pay.line", ((str(LINE),),))])
    assert slept == [0.5, 0.5, 0.5]
    act(acting_on.session, [])
    assert slept[3:] == [0.5]


def test_what_is_rolled_back_was_done_and_is_gone(acting_on: Acting) -> None:
    done = act(acting_on.session, [_payment(acting_on), _line(acting_on)], roll_back=True)
    assert done.rows == {"pay.payment": 1, "pay.line": 1}
    assert acting_on.rows("SELECT count(*) FROM pay.payment") == [(0,)]


@pytest.mark.parametrize("kind", ["update", "delete", "insert"])
def test_a_row_the_journal_does_not_know_is_not_touched(acting_on: Acting, kind: str) -> None:
    acting_on.cluster.execute("INSERT INTO pay.category VALUES ('app')")
    own = _payment(acting_on)
    foreign: Any = {
        "update": Update("pay.category", (("app",),), {"parent": "app"}),
        "delete": Delete("pay.category", (("app",),)),
        "insert": acting_on.insert("category", ("new",), {"id": "new"}),
    }[kind]
    acting_on.session.journal.keys["pay.category"].clear()
    with pytest.raises(EnvironmentFault, match=r"nothing was written: the journal has no key \("):
        act(acting_on.session, [own, foreign])
    assert acting_on.rows("SELECT id, parent FROM pay.category") == [("app", None)]
    assert acting_on.rows("SELECT count(*) FROM pay.payment") == [(0,)]


# ------------------------------------------------------------------ tables that refuse


def _refusal(acting_on: Acting, acts: list[Any], table: str, *words: str) -> dict[str, str]:
    """Does all of it; only ``table`` (and what refers to it) is refused, in one line with these
    words.
    """
    done = act(acting_on.session, acts)
    line = done.refused[table]
    assert line.startswith(f"{table}: ")
    assert "\n" not in line
    for word in words:
        assert word in line
    assert set(done.rows) == {one.table for one in acts} - set(done.refused)
    return dict(done.refused)


def test_a_check_keeps_its_table_out_and_no_other(acting_on: Acting) -> None:
    acts = [
        acting_on.insert("category", ("zz",), {"id": "zz"}),
        _payment(acting_on, low=9, high=1),
        acting_on.insert("numbered", (900,), {"always_id": 900}),
    ]
    refused = _refusal(
        acting_on, acts, "pay.payment", "23514", "payment_check", "[values]", "write = false"
    )
    assert set(refused) == {"pay.payment"}
    assert acting_on.rows("SELECT count(*) FROM pay.numbered") == [(1,)]
    # nobody reads what the row holds
    assert "1.5" not in refused["pay.payment"]


def test_a_child_is_refused_with_its_parent_s_reason(acting_on: Acting) -> None:
    acts = [_payment(acting_on, low=9, high=1), _line(acting_on)]
    refused = _refusal(
        acting_on, acts, "pay.line", "23503", "the rows it refers to are missing, since pay.payment"
    )
    assert set(refused) == {"pay.payment", "pay.line"}
    assert "payment_check" in refused["pay.line"]


def test_a_table_that_refuses_late_takes_its_earlier_acts_with_it(acting_on: Acting) -> None:
    other: Key = (8, "y")
    acts = [
        _payment(acting_on, low=1, high=5),
        _line(acting_on),
        acting_on.insert("numbered", (900,), {"always_id": 900}),
        _payment(acting_on, other, low=2, high=5),  # the UNIQUE beside the key
    ]
    refused = _refusal(acting_on, acts, "pay.payment", "23505", "Key (high)=(5) already exists")
    assert "pay.payment" in refused["pay.line"]
    assert acting_on.rows("SELECT always_id FROM pay.numbered") == [(900,)]
    assert acting_on.rows("SELECT count(*) FROM pay.payment") == [(0,)]


def test_every_table_that_refuses_is_told_at_once(acting_on: Acting) -> None:
    acts = [
        acting_on.insert("forbidden", (1,), {"id": 1}),
        _payment(acting_on, low=9, high=1),
        acting_on.insert("numbered", (900,), {"always_id": 900, "name": "a\0b"}),
        acting_on.insert("kinds", (dt.datetime(2900, 1, 1),), {"day": dt.date(2900, 1, 1)}),
        acting_on.insert("gone", (1,), {"id": 1}),
        acting_on.insert("kept", (1,), {"id": 1}),
    ]
    refused = _refusal(
        acting_on,
        acts,
        "pay.forbidden",
        "42501",
        "GRANT SELECT, INSERT ON pay.forbidden TO writer",
    )
    assert set(refused) == {"pay.forbidden", "pay.payment", "pay.numbered", "pay.gone", "pay.kept"}
    assert "NUL" in refused["pay.numbered"]
    assert refused["pay.kept"] == "pay.kept may not be removed"
    assert "there is no such table in PostgreSQL" in refused["pay.gone"]


@pytest.mark.parametrize("roll_back", [False, True])
def test_a_constraint_that_is_looked_at_late_is_its_table_s(
    acting_on: Acting, roll_back: bool
) -> None:
    acts = [
        acting_on.insert("late", (1,), {"id": 1, "category": "no"}),
        acting_on.insert("numbered", (900,), {"always_id": 900}),
    ]
    done = act(acting_on.session, acts, roll_back)
    assert "(no ) is not present" in done.refused["pay.late"]
    assert (set(done.refused), dict(done.rows)) == ({"pay.late"}, {"pay.numbered": 1})


def test_a_row_somebody_refers_to_stays_and_is_told(acting_on: Acting) -> None:
    act(acting_on.session, [acting_on.insert("category", ("zz",), {"id": "zz"})])
    acting_on.cluster.execute("INSERT INTO pay.application VALUES ('zz')")
    _refusal(
        acting_on,
        [Delete("pay.category", (("zz",),))],
        "pay.category",
        'still referenced from table "application"',
        "a row that is not this run's refers to it",
    )


def test_a_locked_table_is_left_out_and_its_holder_named(acting_on: Acting) -> None:
    with closing(acting_on.cluster.connect()) as holder, holder.cursor() as cursor:
        holder.autocommit = False
        cursor.execute("LOCK TABLE pay.numbered IN ACCESS EXCLUSIVE MODE")
        acts = [acting_on.insert("numbered", (900,), {"always_id": 900}), _payment(acting_on)]
        _refusal(acting_on, acts, "pay.numbered", "55P03", "is locked by PostgreSQL session")
    assert acting_on.rows("SELECT count(*) FROM pay.payment") == [(1,)]


def test_what_comes_to_refuse_after_the_rehearsal_is_left_out_as_well(
    acting_on: Acting, monkeypatch: pytest.MonkeyPatch
) -> None:
    acts = [
        _payment(acting_on, low=9, high=1),
        acting_on.insert("category", ("zz",), {"id": "zz"}),
        acting_on.insert("numbered", (900,), {"always_id": 900}),
    ]
    rehearsed = room._rehearsed

    def meanwhile(*arguments: Any) -> dict[str, str]:
        found = rehearsed(*arguments)
        if not found:
            acting_on.cluster.execute("INSERT INTO pay.category VALUES ('zz')")
        return found

    monkeypatch.setattr(room, "_rehearsed", meanwhile)
    done = act(acting_on.session, acts)
    assert set(done.refused) == {"pay.payment", "pay.category"}
    assert dict(done.rows) == {"pay.numbered": 1}
