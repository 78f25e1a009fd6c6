"""NUMBER arithmetic: 39 or 40 digits, rounded half away from zero, from 1E-130 up to below 1E126.

The expected values come from Python's decimal arithmetic on the rule of the SQL Language Reference:
20 digits of base 100, of which the first may stand for one decimal digit or for two.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from decimal import ROUND_HALF_UP, Context, Decimal

import oracledb
import pytest

from tests.oracle.conftest import WireServer

EXACT = Context(prec=700, Emax=9999, Emin=-9999)
LIMIT = Decimal("1e126")


def kept(value: Decimal) -> Decimal:
    """What a NUMBER keeps of an exact value."""
    if not value or value.adjusted() < -130:
        return Decimal(0)
    digits = 39 if value.adjusted() % 2 == 0 else 40
    return Context(prec=digits, rounding=ROUND_HALF_UP, Emax=9999, Emin=-9999).plus(value)


@pytest.fixture
def cursor(oracle_server: WireServer, monkeypatch: pytest.MonkeyPatch) -> Iterator[oracledb.Cursor]:
    monkeypatch.setattr(oracledb.defaults, "fetch_decimals", True)
    with oracle_server.connect() as connection, connection.cursor() as cursor:
        yield cursor


def value(cursor: oracledb.Cursor, expression: str, *binds: object) -> object:
    return cursor.execute(f"select {expression} from dual", binds).fetchone()[0]


def refused(cursor: oracledb.Cursor, code: int, expression: str) -> None:
    with pytest.raises(oracledb.DatabaseError) as caught:
        value(cursor, expression)
    assert caught.value.args[0].code == code, caught.value


def number(source: random.Random) -> Decimal:
    digits = source.randint(1, 38)
    whole = Decimal(source.randint(-(10**digits), 10**digits))
    return kept(
        whole.scaleb(source.choice([0, 0, -digits, -digits // 2, source.randint(-90, 60)]), EXACT)
    )


def test_results_keep_as_many_digits_as_oracle_does(cursor: oracledb.Cursor) -> None:
    source = random.Random(1)
    compared = 0
    for _ in range(500):
        left, right = number(source), number(source) or Decimal(3)
        exact = [EXACT.add(left, right), EXACT.subtract(left, right), EXACT.multiply(left, right)]
        expected = [kept(result) for result in [*exact, EXACT.divide(left, right)]]
        if max(map(abs, expected)) < LIMIT:
            cursor.execute("select :1 + :2, :3 - :4, :5 * :6, :7 / :8 from dual", [left, right] * 4)
            assert list(cursor.fetchone()) == expected, (left, right)
            compared += 1
    assert compared > 400


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("1/3", "0." + "3" * 40),
        ("10/3", "3." + "3" * 38),
        ("2/3", "0." + "6" * 39 + "7"),
        ("1/3*3", "0." + "9" * 40),
        ("2/3*3", "2"),
        ("case when 2/3*3 = 2 then 1 else 0 end", "1"),
        ("123*1e20 + 123*1e-20", "12300000000000000000000"),
        ("12345678901234567890123456789012345678905", "12345678901234567890123456789012345678900"),
        (
            "1234567890123456789012345678901234567890 + 0.5",
            "1234567890123456789012345678901234567891",
        ),
        ("1e-130", "1e-130"),
        ("-7 * 1e-130", "-7e-130"),
        ("1e-131", "0"),
        ("1e-100 * 1e-100", "0"),
        ("9.9e125 + 9e123", "9.99e125"),
        ("to_number('1e-130')", "1e-130"),
    ],
)
def test_a_number_is_rounded_where_oracle_rounds(
    cursor: oracledb.Cursor, expression: str, expected: str
) -> None:
    assert value(cursor, expression) == Decimal(expected)


@pytest.mark.parametrize(
    ("expression", "code"),
    [
        ("1e126", 1426),
        ("9e125 * 2", 1426),
        ("1e100 * 1e100", 1426),
        ("1e100 / 1e-100", 1426),
        ("to_number('1e126')", 1426),
        ("case when 9e125 + 9e125 > 1 then 1 end", 1426),
        ("1 / 0", 1476),
        ("0 / 0", 1476),
        ("to_char(-1e50)", 3001),
    ],
)
def test_what_no_number_can_hold_is_an_error_of_that_statement_alone(
    cursor: oracledb.Cursor, expression: str, code: int
) -> None:
    refused(cursor, code, expression)
    assert value(cursor, "1") == 1


def test_a_sum_and_an_average_are_numbers_too(cursor: oracledb.Cursor) -> None:
    rows = "(select 1 x from dual union all select 2 from dual union all select 2 from dual)"
    assert cursor.execute(f"select avg(x), sum(x / 3) from {rows}").fetchone() == (
        kept(EXACT.divide(Decimal(5), Decimal(3))),
        kept(EXACT.add(kept(EXACT.divide(1, 3)), EXACT.multiply(2, kept(EXACT.divide(2, 3))))),
    )
    with pytest.raises(oracledb.DatabaseError, match="ORA-01426"):
        cursor.execute(
            "select sum(x) from (select 9e125 x from dual union all select 9e125 from dual)"
        ).fetchall()


@pytest.mark.parametrize(
    ("expression", "text"),
    [
        ("0.5", ".5"),
        ("-0.50", "-.5"),
        ("100", "100"),
        ("1/3", "." + "3" * 40),
        ("1e39", "1" + "0" * 39),
        ("1e-40", "." + "0" * 39 + "1"),
        ("1e40", "1." + "0" * 34 + "E+40"),
        ("1e125", "1." + "0" * 33 + "E+125"),
        ("1/300", "3." + "3" * 34 + "E-03"),
        ("99999999999999999999999999999999999999995e1", "1." + "0" * 34 + "E+42"),
    ],
)
def test_a_number_as_text(cursor: oracledb.Cursor, expression: str, text: str) -> None:
    assert value(cursor, f"to_char({expression})") == text
    assert value(cursor, f"'' || ({expression})") == text


def test_the_smallest_number_is_kept_in_a_table(cursor: oracledb.Cursor) -> None:
    cursor.execute("create table n_small (x number)")
    try:
        cursor.executemany(
            "insert into n_small values (:1)", [(Decimal("1e-130"),), (Decimal("-9.9e-129"),)]
        )
        assert [row[0] for row in cursor.execute("select x from n_small order by x")] == [
            Decimal("-9.9e-129"),
            Decimal("1e-130"),
        ]
    finally:
        cursor.execute("drop table n_small")


@pytest.mark.parametrize(
    ("text", "code"), [("'NaN'", 1426), ("'Infinity'", 1426), ("1d / 3", 3001)]
)
def test_a_double_that_is_no_exact_number_is_refused(
    cursor: oracledb.Cursor, text: str, code: int
) -> None:
    cursor.execute("create table n_double (x number, y binary_double)")
    try:
        special = {"'NaN'": float("nan"), "'Infinity'": float("inf")}.get(text, 1 / 3)
        cursor.setinputsizes(oracledb.DB_TYPE_BINARY_DOUBLE)
        cursor.execute("insert into n_double (y) values (:1)", (special,))
        with pytest.raises(oracledb.DatabaseError) as caught:
            cursor.execute("update n_double set x = y")
        assert caught.value.args[0].code == code
        cursor.execute("update n_double set y = 0.1")
        cursor.execute("update n_double set x = y")
        assert cursor.execute("select x from n_double").fetchone() == (Decimal("0.1"),)
    finally:
        cursor.execute("drop table n_double")
