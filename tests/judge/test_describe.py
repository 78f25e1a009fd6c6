"""One difference in one line; what cannot be seen is made visible, what must not be seen is not
shown.
"""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest

from reconciliation.compare.rows import describe
from reconciliation.describe import digest, show
from reconciliation.differences.causes import cause
from reconciliation.model import Difference, DifferenceKind


def changed(source: Any, target: Any, **members: Any) -> Difference:
    return Difference(
        "clients",
        "CLIENTS",
        (1,),
        DifferenceKind.CHANGED,
        "name",
        "CLIENT_NAME",
        source,
        target,
        rule="text",
        cause="other",
        source_type="varchar(20)",
        target_type="VARCHAR2(20 BYTE)",
        key_columns=("id",),
        **members,
    )


def test_a_changed_cell() -> None:
    assert describe(changed("", None)) == (
        "clients id=1  name -> CLIENT_NAME  PostgreSQL '' (varchar(20))  Oracle NULL "
        "(VARCHAR2(20 BYTE))"
        "  rule text  other"
    )


def test_a_missing_and_an_extra_row() -> None:
    missing = Difference(
        "clients", "CLIENTS", (1, "서울"), DifferenceKind.MISSING, key_columns=("id", "city")
    )
    assert describe(missing) == "clients id=1 city='서울'  the row is missing in Oracle CLIENTS"
    extra = Difference("clients", "CLIENTS", (2,), DifferenceKind.EXTRA)
    assert describe(extra) == "clients key1=2  the row is extra in Oracle CLIENTS"


LOOKALIKES = [
    None,
    "",
    " ",
    "  ",
    "NULL",
    "a",
    "a ",
    "a\u00a0",
    "a\u200b",
    "\ufeffa",
    "a\n",
    "a\\n",
    "\u00e9",
    "e\u0301",
    "한",
    "\u1112\u1161\u11ab",
    "'",
    "\\",
    "\x00",
    "\x7f",
    "\u202ea",
    0,
    "0",
    b"",
    b"0",
    "\U000e0041",
]


def test_no_two_different_values_look_alike() -> None:
    shown = [show(value) for value in LOOKALIKES]
    assert len(set(shown)) == len(LOOKALIKES)
    assert all(line.isprintable() for line in shown)


def test_what_is_drawn_as_part_of_its_neighbour_is_written_out() -> None:
    assert show("e\u0301") == "'e\\u0301'"
    assert show("\u1112\u1161\u11ab") == "'\\u1112\\u1161\\u11ab'"
    assert show("\u00e9 한") == "'\u00e9 한'"


def test_ordinary_characters_stay_readable() -> None:
    assert show("서울 – Ñandú 🛫") == "'서울 – Ñandú 🛫'"
    assert show(dt.datetime(2026, 1, 1, 9, tzinfo=dt.UTC)) == "2026-01-01 09:00:00+00:00"
    assert show(Decimal("1.50")) == "1.50"


def test_a_long_text_is_shown_around_the_place_where_it_parts() -> None:
    left, right = "x" * 200 + "A" + "y" * 200, "x" * 200 + "B" + "y" * 200
    line = describe(changed(left, right))
    assert "A" in line
    assert "xxB" in line
    assert "(401 characters, 401 bytes)" in line
    assert len(line) < 400


def test_a_truncated_text_is_shown_with_both_lengths() -> None:
    line = describe(changed("가" * 300, "가" * 85))
    assert "(300 characters, 900 bytes)" in line
    assert "(85 characters, 255 bytes)" in line


def test_sensitive_values_appear_as_digests_only() -> None:
    for sensitive in ({"name"}, {"clients.name"}):
        line = describe(changed("secret one", "secret two"), sensitive=sensitive)
        assert "secret" not in line
        assert line.count("<digest ") == 2
    assert "secret" in describe(changed("secret one", None), sensitive={"other.name", "id"})


def test_a_sensitive_key_is_a_digest_too() -> None:
    line = describe(changed("a", "b"), sensitive=("id",))
    assert "id=<digest " in line
    assert "id=1" not in line


def test_equal_values_have_equal_digests_and_others_do_not() -> None:
    assert digest("a") == digest("a")
    assert digest("a") != digest("b")
    assert digest(b"x" * 99 + b"1") != digest(b"x" * 99 + b"2")
    assert digest(None) == "NULL"


@pytest.mark.parametrize(
    ("source", "target", "rule", "expected"),
    [
        ("", " ", "text", "blank_for_null"),
        (None, " ", "text", "blank_for_null"),
        ("🛫 Seoul", " Seoul", "text", "characters_lost"),
        ("🛫 Seoul", "? Seoul", "text", "characters_lost"),
        ("서울", "??", "text", "characters_lost"),
        ("Seoul", "Busan", "text", "other"),
        ("a?b", "ab", "text", "other"),
        ("ab", "a", "text", "truncated"),
        (b"ab", b"a", "bytes", "truncated"),
        (dt.datetime(2026, 1, 1), dt.datetime(2026, 1, 1, 9), "timestamp", "shifted"),
        (dt.datetime(2026, 1, 1, 0, 0, 0, 7), dt.datetime(2026, 1, 1), "timestamp", "rounding"),
        (dt.datetime(2026, 1, 1), dt.datetime(2027, 1, 1), "timestamp", "other"),
        (Decimal("0.611111104488373"), Decimal("0.611111"), "number", "rounding"),
        (10**30, 10**30 + 1000, "number", "rounding"),
        (5, 7, "number", "other"),
        ("NaN", 5, "number", "other"),
        (True, "t", "boolean_text", "other"),
    ],
)
def test_causes(source: Any, target: Any, rule: str, expected: str) -> None:
    assert cause(source, target, rule) == expected
