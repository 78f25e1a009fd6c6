"""What SQL computes from generated values, compared with Python's arithmetic on the documented
rules.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from decimal import Context, Decimal
from functools import partial
from typing import Any

import oracledb
import pytest
from hypothesis import strategies as st

from tests.counts import count
from tests.oracle.conftest import WireServer
from tests.oracle.generated_rows import numbers_of, pool
from tests.oracle.semantics import numbers, texts, times

SEED = 20240229
ROWS = count(100, 400)
#: in minutes; the first three are also those of the writing session, the fourth that of the reading
#: one
ZONES = (5, 60, -9, -187, 540, 765, -720, 0, -1, -210)


@pytest.fixture(scope="module")
def connection(oracle_server: WireServer) -> Iterator[oracledb.Connection]:
    old, oracledb.defaults.fetch_decimals = oracledb.defaults.fetch_decimals, True
    with oracle_server.connect() as connection:
        yield connection
    oracledb.defaults.fetch_decimals = old


@pytest.fixture
def cursor(connection: oracledb.Connection) -> Iterator[oracledb.Cursor]:
    with connection.cursor() as cursor:
        yield cursor
        names = cursor.execute(
            "select table_name from user_tables where table_name like 'X#_%' escape '#'"
        ).fetchall()
        for (name,) in names:
            cursor.execute(f"drop table {name}")


def fill(
    cursor: oracledb.Cursor,
    table: str,
    declared: str,
    rows: list[tuple[Any, ...]],
    kinds: list[Any],
) -> None:
    """A table with an id and the rows."""
    cursor.execute(f"create table {table} (id number(6) primary key, {declared})")
    places = ", ".join(f":{place + 1}" for place in range(len(rows[0]) + 1))
    cursor.setinputsizes(None, *kinds)
    cursor.executemany(
        f"insert into {table} values ({places})", [(n, *row) for n, row in enumerate(rows)]
    )
    cursor.connection.commit()


def pairs(strategy: st.SearchStrategy[Any], number: int) -> list[tuple[Any, Any]]:
    """Pairs of generated values, some of them equal."""
    values = pool(strategy, SEED + number, ROWS)
    others = random.Random(number).sample(values, len(values))
    both = enumerate(zip(values, others, strict=True))
    return [(left, left if place % 20 == 0 else right) for place, (left, right) in both]


def near(true: Decimal, relative: str) -> Callable[[Decimal], bool]:
    """Whether a value is as close as that."""
    return lambda got: abs(got - true) <= abs(true) * Decimal(relative)


def agree(
    found: list[tuple[Any, ...]],
    expected: list[tuple[Any, ...]],
    names: tuple[str, ...],
    given: list[Any],
) -> None:
    """All values are the same; those that are not are listed with what they were computed from."""
    wrong = [
        f"{name} of {values}: {got!r} instead of {true!r}"
        for row, true_row, values in zip(found, expected, given, strict=True)
        for name, got, true in zip(names, row, true_row, strict=True)
        if not (true(got) if callable(true) else got == true)
    ]
    assert not wrong, f"{len(wrong)} results are wrong (seed {SEED}):\n" + "\n".join(wrong[:10])


NUMBERS = numbers_of(38, -45, 20) | numbers_of(4, -4, 4) | st.integers(-1000, 1000).map(Decimal)


def test_arithmetic_of_numbers(cursor: oracledb.Cursor) -> None:
    given = [(a, b or Decimal(7)) for a, b in pairs(NUMBERS, 1)]
    fill(cursor, "x_numbers", "a number, b number", given, [oracledb.DB_TYPE_NUMBER] * 2)
    found = cursor.execute(
        "select a + b, a - b, a * b, a / b, -a, abs(b) from x_numbers order by id"
    ).fetchall()
    expected = [
        (
            *(partial(numbers.is_result, true=numbers.exact(sign, a, b)) for sign in "+-*/"),
            -a,
            abs(b),
        )
        for a, b in given
    ]
    agree(found, expected, ("a + b", "a - b", "a * b", "a / b", "-a", "abs(b)"), given)


#: products of two have up to 76 digits, of three they stay within NUMBER
_LONG = numbers_of(38, -45, -18)


def within(true: Decimal, *parts: Decimal) -> Callable[[Decimal], bool]:
    """Whether a value is right to 38 digits of the largest of what it was computed from."""
    limit = max(abs(part) for part in (true, *parts)) * Decimal("4E-38")
    return lambda got: abs(numbers.exact("-", got, true)) <= limit


def test_products_within_longer_expressions(cursor: oracledb.Cursor) -> None:
    given = [(a or Decimal(3), b or Decimal(7)) for a, b in pairs(_LONG, 12)]
    fill(cursor, "x_numbers", "a number, b number", given, [oracledb.DB_TYPE_NUMBER] * 2)
    found = cursor.execute(
        "select a * b * a, a * b / (a * a), a * b + a * a, (a + b) * (a - b), abs(-(a * b)) / b, "
        "a * b - b * a, "
        "case when a * b = b * a then 1 else 0 end, nvl(a * b, 0) * 2 - a * b, power(a, 2) - a * "
        "a, "
        "(select max(y.a * y.b) from x_numbers y where y.id = x.id) / a, to_number(to_char(abs(a "
        "* b))) - abs(a * b) "
        "from x_numbers x order by id"
    ).fetchall()
    exact = numbers.exact
    expected = []
    for a, b in given:
        ab, aa = exact("*", a, b), exact("*", a, a)
        expected.append(
            (
                within(exact("*", ab, a)),
                within(exact("/", ab, aa)),
                within(exact("+", ab, aa), ab, aa),
                within(exact("*", exact("+", a, b), exact("-", a, b)), aa, exact("*", b, b)),
                within(abs(a) if b > 0 else -abs(a)),
                0,
                True,
                within(ab),
                within(Decimal(0), aa),
                within(b),
                # what needs an exponent has at least 33 digits within the 40 characters
                within(Decimal(0), ab * 10**5),
            )
        )
    names = (
        "aba",
        "ab/aa",
        "ab+aa",
        "(a+b)(a-b)",
        "|ab|/b",
        "ab-ba",
        "ab=ba",
        "2ab-ab",
        "power",
        "scalar",
        "to_char",
    )
    agree(found, expected, names, given)
    every, small = cursor.execute(
        "select sum(a * b), sum(a * b) / count(*) from x_numbers"
    ).fetchone()
    total = _sum([exact("*", a, b) for a, b in given])
    largest = max(abs(exact("*", a, b)) for a, b in given) * ROWS
    assert within(total, largest)(every)
    assert within(exact("/", total, Decimal(len(given))), largest)(small)


def test_powers_and_logarithms_keep_their_digits_when_small(cursor: oracledb.Cursor) -> None:
    small = numbers_of(20, -40, -15).map(abs)
    given = [
        (a or Decimal(3), Decimal(place % 7 - 3))
        for place, a in enumerate(pool(small, SEED + 14, ROWS))
    ]
    fill(cursor, "x_numbers", "a number, n number", given, [oracledb.DB_TYPE_NUMBER] * 2)
    found = cursor.execute(
        "select power(a, n), power(3, -n * 20), power(2, n + 0.5), exp(-a * 1E20), exp(n * 40), "
        "ln(1 + round(a, 38)), ln(a), log(2, 1 + round(a, 38)), log(a, 7) "
        "from x_numbers where abs(n * log(10, a)) < 120 order by id"
    ).fetchall()
    wide = Context(prec=150)
    expected, kept = [], []
    for a, n in given:
        if abs(n * wide.log10(a)) < 120:
            kept.append((a, n))
            close = wide.add(1, numbers.scaled(a, 76, 38))
            true = [
                wide.power(a, n),
                wide.power(3, -n * 20),
                wide.power(2, n + Decimal("0.5")),
                wide.exp(-a * 10**20),
                wide.exp(n * 40),
                wide.ln(close),
                wide.ln(a),
                wide.divide(wide.ln(close), wide.ln(2)),
                wide.divide(wide.ln(7), wide.ln(a)),
            ]
            expected.append(
                tuple(
                    near(value, "1E-37") if abs(value) >= Decimal("1E-130") else 0 for value in true
                )
            )
    names = (
        "power",
        "3 ** -20n",
        "2 ** (n + 1/2)",
        "exp(-a)",
        "exp(40n)",
        "ln(1 + a)",
        "ln",
        "log(2, 1 + a)",
        "log",
    )
    assert len(kept) > ROWS / 2
    agree(found, expected, names, kept)


def test_comparisons_and_order_of_numbers(cursor: oracledb.Cursor) -> None:
    given = pairs(NUMBERS, 2)
    fill(cursor, "x_numbers", "a number, b number", given, [oracledb.DB_TYPE_NUMBER] * 2)
    signs = {"<": 1, "<=": 2, "=": 3, ">=": 4, ">": 5, "<>": 6}
    cases = ", ".join(f"case when a {sign} b then 1 else 0 end" for sign in signs)
    cursor.execute(
        f"select {cases}, greatest(a, b), least(a, b), sign(a) from x_numbers order by id"
    )
    found = cursor.fetchall()
    expected = [
        (a < b, a <= b, a == b, a >= b, a > b, a != b, max(a, b), min(a, b), (a > 0) - (a < 0))
        for a, b in given
    ]
    agree(found, expected, (*signs, "greatest", "least", "sign"), given)
    ordered = [row[0] for row in cursor.execute("select a from x_numbers order by a desc")]
    assert ordered == sorted((a for a, _ in given), reverse=True)
    total = cursor.execute(
        "select sum(a), count(distinct a), max(a) from x_numbers where abs(a) < 1000000"
    ).fetchone()
    small = [a for a, _ in given if abs(a) < 1_000_000]
    assert numbers.is_result(total[0], _sum(small))
    assert total[1:] == (len(set(small)), max(small))


def _sum(values: list[Decimal]) -> Decimal:
    total = Decimal(0)
    for value in values:
        total = numbers.exact("+", total, value)
    return total


def test_numbers_as_text(cursor: oracledb.Cursor) -> None:
    short = numbers_of(15, -15, 5) | st.integers(-(10**9), 10**9).map(Decimal)
    given = [(a, b) for a, b in pairs(short, 3) if abs(b) < 10**8 - 1]
    fill(cursor, "x_numbers", "a number, b number", given, [oracledb.DB_TYPE_NUMBER] * 2)
    found = cursor.execute(
        "select to_char(a), a || '', to_char(b, 'FM999999990.00'), to_char(b, '99999990.000'), "
        "to_number(to_char(a)), "
        "round(a, 3), trunc(a, 2), floor(b), ceil(b) from x_numbers order by id"
    ).fetchall()
    expected = [
        (
            numbers.plain_text(a),
            numbers.plain_text(a),
            numbers.fixed_format(b, 9, 2).strip(),
            numbers.fixed_format(b, 8, 3),
            a,
            numbers.scaled(a, 38, 3),
            a.quantize(Decimal("0.01"), "ROUND_DOWN"),
            b.to_integral_value("ROUND_FLOOR"),
            b.to_integral_value("ROUND_CEILING"),
        )
        for a, b in given
    ]
    names = (
        "to_char",
        "||",
        "FM..90.00",
        "..90.000",
        "to_number",
        "round",
        "trunc",
        "floor",
        "ceil",
    )
    agree(found, expected, names, given)


MOMENTS = st.datetimes(datetime(1600, 1, 1), datetime(9000, 12, 31)).map(
    times.date
) | st.sampled_from(
    [
        datetime(2024, 2, 29),
        datetime(2023, 2, 28, 12),
        datetime(2000, 12, 31, 23, 59, 59),
        datetime(1900, 3, 1),
    ]
)


def test_dates_as_text_and_truncated(cursor: oracledb.Cursor) -> None:
    given = [(value,) for value in pool(MOMENTS, SEED + 4, ROWS)]
    fill(cursor, "x_dates", "d date", given, [oracledb.DB_TYPE_DATE])
    shown = ", ".join(f"to_char(d, '{model}')" for model in times.FORMATS)
    found = cursor.execute(f"select {shown} from x_dates order by id").fetchall()
    agree(
        found,
        [tuple(show(d) for show in times.FORMATS.values()) for (d,) in given],
        tuple(times.FORMATS),
        given,
    )
    cut = ", ".join(f"trunc(d, '{unit}')" for unit in times.TRUNCATED)
    found = cursor.execute(f"select {cut} from x_dates order by id").fetchall()
    agree(
        found,
        [tuple(cut(d) for cut in times.TRUNCATED.values()) for (d,) in given],
        tuple(times.TRUNCATED),
        given,
    )


def test_arithmetic_of_dates(cursor: oracledb.Cursor) -> None:
    days = numbers_of(9, -5, -5).map(lambda value: value / 10)
    chance = random.Random(SEED)
    months = [chance.randrange(-600, 600) for _ in range(ROWS)]
    moved = pool(days, SEED + 5, ROWS)
    given = [(*pair, *rest) for *rest, pair in zip(moved, months, pairs(MOMENTS, 6), strict=True)]
    kinds = [
        oracledb.DB_TYPE_DATE,
        oracledb.DB_TYPE_DATE,
        oracledb.DB_TYPE_NUMBER,
        oracledb.DB_TYPE_NUMBER,
    ]
    fill(cursor, "x_dates", "d date, e date, n number, m number(4)", given, kinds)
    found = cursor.execute(
        "select d + n, d - n, d - e, add_months(d, m), last_day(d), months_between(d, e), "
        "case when d < e then 1 else 0 end, extract(year from d), "
        "cast(d as timestamp) - cast(e as timestamp) from x_dates order by id"
    ).fetchall()
    expected = [
        (
            times.plus_days(d, n),
            times.plus_days(d, -n),
            near(times.days_between(d, e), "1E-37"),
            times.add_months(d, m),
            times.last_day(d),
            near(times.months_between(d, e), "1E-36"),
            d < e,
            d.year,
            d - e,
        )
        for d, e, n, m in given
    ]
    names = (
        "d + n",
        "d - n",
        "d - e",
        "add_months",
        "last_day",
        "months_between",
        "<",
        "year",
        "interval",
    )
    agree(found, expected, names, given)


def test_text_is_measured_compared_and_sorted(cursor: oracledb.Cursor) -> None:
    letters = st.text("aAbé한😀 z", min_size=1, max_size=8)
    given = pairs(letters, 7)
    fill(
        cursor,
        "x_texts",
        "a varchar2(40), b varchar2(40), c char(40), n nvarchar2(20)",
        [(a, b, a, a) for a, b in given],
        [None, None, None, oracledb.DB_TYPE_NVARCHAR],
    )
    found = cursor.execute(
        "select length(a), lengthb(a), length(c), lengthb(n), a || b, case when a < b then 1 "
        "else 0 end, "
        "case when a = b then 1 else 0 end, substr(a, 2, 3), instr(a, 'é'), upper('x' || b), "
        "nvl(rtrim(a), '-'), "
        "replace(a, 'a', '') from x_texts order by id"
    ).fetchall()
    expected = [
        (
            len(a),
            texts.octets(a),
            len(texts.char_bytes(a, 40)),
            2 * texts.units(a),
            a + b,
            a.encode() < b.encode(),
            a == b,
            a[1:4] or None,
            a.find("é") + 1,
            ("x" + b).upper(),
            a.rstrip(" ") or "-",
            a.replace("a", "") or None,
        )
        for a, b in given
    ]
    names = (
        "length",
        "lengthb",
        "char",
        "national",
        "||",
        "<",
        "=",
        "substr",
        "instr",
        "upper",
        "rtrim",
        "replace",
    )
    agree(found, expected, names, given)
    ordered = [row[0] for row in cursor.execute("select a from x_texts order by a")]
    assert ordered == sorted((a for a, _ in given), key=str.encode)


def test_binary_floats_are_sorted_with_nan_last(cursor: oracledb.Cursor) -> None:
    given = [(value,) for value in pool(st.floats(), SEED + 8, ROWS)]
    fill(cursor, "x_floats", "f binary_double", given, [oracledb.DB_TYPE_BINARY_DOUBLE])
    found = [float(row[0]) for row in cursor.execute("select f from x_floats order by f")]
    expected = sorted((value for (value,) in given), key=numbers.float_key)
    assert [numbers.float_key(value) for value in found] == [
        numbers.float_key(value) for value in expected
    ]


def test_times_with_zones(cursor: oracledb.Cursor) -> None:
    moments = pool(st.datetimes(datetime(2, 1, 1), datetime(9998, 1, 1)), SEED + 9, ROWS)
    chance = random.Random(9)
    given = [(moment, chance.choice(ZONES)) for moment in moments]
    cursor.execute(
        "create table x_zones (id number(6), tz timestamp with time zone, l timestamp with local "
        "time zone)"
    )
    try:
        for written in ZONES[:3]:
            cursor.execute(f"alter session set time_zone = '{times.zone_text(written)}'")
            cursor.execute("delete from x_zones")
            cursor.setinputsizes(None, oracledb.DB_TYPE_TIMESTAMP, None, oracledb.DB_TYPE_TIMESTAMP)
            cursor.executemany(
                "insert into x_zones values (:1, from_tz(:2, :3), :4)",
                [
                    (n, moment, times.zone_text(zone), moment)
                    for n, (moment, zone) in enumerate(given)
                ],
            )
            for read in (ZONES[3], written):
                cursor.execute(f"alter session set time_zone = '{times.zone_text(read)}'")
                found = cursor.execute(
                    "select tz, to_char(tz, 'TZH:TZM'), sys_extract_utc(tz), l, "
                    "to_char(l, 'YYYY-MM-DD HH24:MI:SS TZH:TZM'), extract(timezone_hour from tz) "
                    "from x_zones order by id"
                ).fetchall()
                expected = [
                    (
                        moment,
                        times.zone_text(zone),
                        times.in_zone(moment, zone, 0),
                        # the drivers are given the moment in the database's time zone and leave it
                        # there
                        times.in_zone(moment, written, 0),
                        (
                            f"{times.in_zone(times.date(moment), written, read).isoformat(' ')} "
                            f"{times.zone_text(read)}"
                        ),
                        int(zone / 60),
                    )
                    for moment, zone in given
                ]
                agree(
                    found,
                    expected,
                    ("tz", "offset", "utc", "local", "local text", "zone hour"),
                    given,
                )
    finally:
        cursor.execute("alter session set time_zone = '+00:00'")


def test_intervals(cursor: oracledb.Cursor) -> None:
    spans = st.timedeltas(timedelta(-90_000), timedelta(90_000))
    given = [
        (a, b, d)
        for (a, b), d in zip(pairs(spans, 10), pool(MOMENTS, SEED + 11, ROWS), strict=True)
    ]
    kind = oracledb.DB_TYPE_INTERVAL_DS
    fill(
        cursor,
        "x_spans",
        "a interval day(9) to second, b interval day(9) to second, d timestamp",
        given,
        [kind, kind, oracledb.DB_TYPE_TIMESTAMP],
    )
    found = cursor.execute(
        "select a + b, a - b, a * 3, d + a, d - a, case when a < b then 1 else 0 end, "
        "extract(day from a), "
        "extract(hour from a), extract(second from a) from x_spans order by id"
    ).fetchall()
    expected = []
    for a, b, d in given:
        sign = -1 if a < timedelta(0) else 1
        seconds = (
            Decimal(sign * (abs(a).seconds % 60)) + Decimal(sign * abs(a).microseconds) / 1_000_000
        )
        expected.append(
            (
                a + b,
                a - b,
                a * 3,
                d + a,
                d - a,
                a < b,
                sign * abs(a).days,
                sign * (abs(a).seconds // 3600),
                seconds,
            )
        )
    names = ("a + b", "a - b", "a * 3", "d + a", "d - a", "<", "day", "hour", "second")
    agree(found, expected, names, given)


def test_intervals_of_hundreds_of_thousands_of_years(cursor: oracledb.Cursor) -> None:
    spans = st.timedeltas(timedelta(-300_000_000), timedelta(300_000_000)) | st.sampled_from(
        [timedelta(sign * 300_000_000, 86_399, 999_999) for sign in (-1, 1)]
    )
    given = pairs(spans, 13)
    kind = oracledb.DB_TYPE_INTERVAL_DS
    fill(
        cursor,
        "x_spans",
        "a interval day(9) to second, b interval day(9) to second",
        given,
        [kind, kind],
    )
    found = cursor.execute(
        "select a + b, a - b, a * 3, -a, case when a < b then 1 else 0 end, extract(day from a), "
        "case when a + b - b = a then 1 else 0 end, a - a * 2, greatest(a, b) from x_spans order "
        "by id"
    ).fetchall()
    expected = [
        (
            a + b,
            a - b,
            a * 3,
            -a,
            a < b,
            (abs(a).days if a >= timedelta(0) else -abs(a).days),
            True,
            -a,
            max(a, b),
        )
        for a, b in given
    ]
    names = ("a + b", "a - b", "a * 3", "-a", "<", "day", "there and back", "a - 2a", "greatest")
    agree(found, expected, names, given)
    ordered = [row[0] for row in cursor.execute("select a from x_spans order by a")]
    assert ordered == sorted(a for a, _ in given)
