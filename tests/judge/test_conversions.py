"""Conversions that a contract names: what is equal by each, and what is left out."""

from __future__ import annotations

import datetime as dt
import uuid
from decimal import Decimal
from typing import Any

import pytest

from reconciliation.canonical import CONVERSIONS
from reconciliation.errors import CanonicalError
from tests.judge.single_rules import equal, rule

UTC = dt.UTC
BEFORE_1970 = dt.datetime(1969, 12, 31, 23, 59, 59, 999_999, tzinfo=UTC)
SEOUL = dt.timezone(dt.timedelta(hours=9))
CONVERTED: list[tuple[str, str, str, Any, Any, bool, bool]] = [
    # conversion, source type, target type, source, target, equal, loses
    ("epoch_millis", "timestamptz", "NUMBER", dt.datetime(1970, 1, 1, tzinfo=UTC), 0, True, False),
    (
        "epoch_millis",
        "timestamptz",
        "NUMBER",
        dt.datetime(1970, 1, 1, 9, tzinfo=SEOUL),
        0,
        True,
        False,
    ),
    (
        "epoch_millis",
        "timestamptz",
        "NUMBER",
        dt.datetime(1970, 1, 1, 0, 0, 0, 1999, tzinfo=UTC),
        1,
        True,
        True,
    ),
    (
        "epoch_millis",
        "timestamptz",
        "NUMBER",
        dt.datetime(1970, 1, 1, 0, 0, 0, 1999, tzinfo=UTC),
        2,
        False,
        True,
    ),
    ("epoch_millis", "timestamptz", "NUMBER", BEFORE_1970, -1, True, True),
    ("epoch_millis", "timestamptz", "NUMBER", BEFORE_1970, 0, False, True),
    (
        "epoch_millis",
        "timestamptz",
        "NUMBER",
        dt.datetime(1, 1, 1, tzinfo=UTC),
        Decimal(-62135596800000),
        True,
        False,
    ),
    (
        "epoch_millis",
        "timestamptz",
        "NUMBER",
        dt.datetime(1970, 1, 1, tzinfo=UTC),
        Decimal("0.5"),
        False,
        False,
    ),
    ("epoch_millis", "timestamptz", "NUMBER", None, 0, False, False),
    (
        "epoch_seconds",
        "timestamp",
        "NUMBER",
        dt.datetime(1969, 12, 31, 23, 59, 59, 1),
        -1,
        True,
        True,
    ),
    (
        "epoch_micros",
        "timestamptz",
        "NUMBER",
        dt.datetime(1970, 1, 1, 0, 0, 0, 7, tzinfo=UTC),
        7,
        True,
        False,
    ),
    ("epoch_seconds", "date", "NUMBER", dt.date(1970, 1, 2), 86400, True, False),
    (
        "wall_clock:Asia/Seoul",
        "timestamptz",
        "DATE",
        dt.datetime(2026, 1, 1, tzinfo=UTC),
        dt.datetime(2026, 1, 1, 9),
        True,
        False,
    ),
    (
        "wall_clock:America/New_York",
        "timestamptz",
        "DATE",
        dt.datetime(2026, 11, 1, 6, 30, tzinfo=UTC),
        dt.datetime(2026, 11, 1, 1, 30),
        True,
        True,
    ),
    (
        "whole_seconds",
        "timestamp",
        "DATE",
        dt.datetime(2026, 1, 1, 0, 0, 0, 999_999),
        dt.datetime(2026, 1, 1),
        True,
        True,
    ),
    (
        "whole_seconds",
        "timestamptz",
        "DATE",
        dt.datetime(1969, 12, 31, 23, 59, 59, 999_999, tzinfo=UTC),
        dt.datetime(1969, 12, 31, 23, 59, 59),
        True,
        True,
    ),
    ("boolean_text", "bool", "CHAR", True, "true ", True, False),
    ("boolean_text:Y/N", "bool", "CHAR", True, "Y", True, False),
    ("boolean_text:Y/N", "bool", "CHAR", False, "Y", False, False),
    ("boolean_number", "bool", "NUMBER", True, Decimal(1), True, False),
    ("boolean_number", "bool", "NUMBER", False, None, False, False),
    ("uuid_raw", "uuid", "RAW", str(uuid.UUID(int=1)), b"\x00" * 15 + b"\x01", True, False),
    ("uuid_raw", "uuid", "RAW", str(uuid.UUID(int=1)), b"\x01" + b"\x00" * 15, False, False),
    ("uuid_hex", "uuid", "VARCHAR2", str(uuid.UUID(int=255)), "0" * 30 + "FF", True, True),
    ("number_text", "int4", "VARCHAR2", 7, "007", True, True),
    ("json", "jsonb", "VARCHAR2", "[1]", "[ 1 ]", True, True),
    ("text", "inet", "VARCHAR2", "::1", "::1", True, False),
]


@pytest.mark.parametrize("case", CONVERTED, ids=lambda case: f"{case[0]} {case[3]} {case[4]}")
def test_conversions(case: tuple) -> None:
    conversion, source_type, target_type, source, target, same, loses = case
    found = rule(source_type, target_type, conversion)
    assert equal(found, source, target) is same
    assert found.rule.loses(source, target) is loses
    assert not loses or found.rule.reduction


def test_every_conversion_is_tested() -> None:
    assert {case[0].partition(":")[0] for case in CONVERTED} == set(CONVERSIONS)


def test_a_conversion_between_other_types_is_refused() -> None:
    with pytest.raises(CanonicalError, match="epoch_millis does not lead from int4 to NUMBER"):
        rule("int4", "NUMBER", "epoch_millis")
