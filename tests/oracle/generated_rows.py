"""Tables over all types, random values for their columns, and what each value must have become.

Values come from hypothesis, drawn from a seed: the same seed gives the same rows.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from functools import partial
from typing import Any

import oracledb
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st

from tests.counts import count
from tests.oracle.semantics import Refusal, numbers, texts, times

#: fractions of a second that a TIMESTAMP is declared with and that are checked
TIMESTAMP_DIGITS = (0, 1, 3, 6, 7, 8, 9)
_SHAPES = (
    *((1, 0), (9, None), (38, 0), (5, 2), (12, 6), (38, 10), (7, -2)),
    *((4, 5), (2, 7), (38, -84), (38, 127), (3, 40)),
)
_FLOAT_BITS = (1, 5, 24, 63, 126)
_POOL = 300
#: one row in so many is refused
_REFUSED_SHARE = 0.04


@dataclass(frozen=True)
class Spec:
    """A column: its declaration, its values, and what a value is once it is stored."""

    declared: str
    values: st.SearchStrategy[Any]
    stored: Callable[[Any], Any]
    bind: oracledb.DbType | int | None = None


def numbers_of(digits: int, lowest: int, highest: int) -> st.SearchStrategy[Decimal]:
    """Decimals of up to so many digits whose last digit has an exponent in the given range."""
    return st.builds(
        lambda whole, exponent: Decimal(whole).scaleb(exponent),
        st.integers(-(10**digits) + 1, 10**digits - 1),
        st.integers(lowest, highest),
    )


def _number_column(precision: int, scale: int | None) -> Spec:
    declared = f"number({precision})" if scale is None else f"number({precision}, {scale})"
    shown = precision - (scale or 0)
    low, high = max(-127, -(scale or 0) - 3), max(-127, -(scale or 0))
    values = numbers_of(min(precision, 35), low, high) | numbers_of(2, shown - 2, shown)
    return Spec(
        declared,
        values,
        lambda value: numbers.scaled(value, precision, scale or 0),
        oracledb.DB_TYPE_NUMBER,
    )


#: 38 digits fit at any exponent; of 40 digits only those whose base-100 digits start at an even
#: place
_ANY_NUMBER = numbers_of(38, -127, 80) | numbers_of(20, -125, 80).map(lambda value: value * 1)
_FORTY_DIGITS = st.integers(10**39, 10**40 - 1).map(lambda whole: Decimal(whole).scaleb(-20))
_EDGES = st.sampled_from(
    [Decimal(text) for text in ("0", "1E-130", "-1E-130", "1E125", "-1E125", f"{'9' * 38}E87")]
)
_FLOATS = st.floats() | st.sampled_from(
    [
        0.0,
        -0.0,
        5e-324,
        -5e-324,
        1e-45,
        7e-46,
        3.4028235e38,
        3.4028236e38,
        1e39,
        float("nan"),
        float("inf"),
    ]
)
_LETTERS = st.characters(codec="utf-8", exclude_characters="\0", exclude_categories=("Cs",))
_MOMENTS = st.datetimes(datetime(1, 1, 2), datetime(9999, 12, 30))


def _sized_text(size: int) -> st.SearchStrategy[str]:
    return (
        st.text(_LETTERS, max_size=size + 1) | st.text("aé한😀 ", max_size=size + 1) | st.just("")
    )


def _at_the_limit(measure: Callable[[str], int], limit: int) -> st.SearchStrategy[str]:
    """Texts that are as long as may be, by a measure of them, or one more; their characters have
    several widths.
    """

    def made(start: str, fill: str, over: int) -> str:
        count = (limit + over - measure(start)) // measure(fill)
        text = start + fill * count
        return text + "z" * (limit + over - measure(text))

    return st.builds(
        made,
        st.text(_LETTERS, max_size=9),
        st.sampled_from("zé한😀"),
        st.sampled_from((0, 0, 0, 0, 1)),
    )


_ROWIDS = st.builds(
    texts.rowid_of,
    st.integers(1, 2**32 - 1),
    st.integers(0, 2**10 - 1),
    st.integers(0, 2**22 - 1),
    st.integers(0, 2**16 - 1),
)
_NEARLY_ROWIDS = st.sampled_from(
    ["AAAR3sAAEAAAACXAA", "AAAR3sAAEAAAACXAA!", "E" + "A" * 17, "A" * 15 + "QAA", "x"]
)

NUMBERS = {
    "n": Spec(
        "number", _ANY_NUMBER | _FORTY_DIGITS | _EDGES, numbers.number, oracledb.DB_TYPE_NUMBER
    ),
    **{f"n{place}": _number_column(*shape) for place, shape in enumerate(_SHAPES)},
    **{
        f"f{bits}": Spec(
            f"float({bits})",
            numbers_of(38, -60, 40),
            partial(numbers.floating, bits=bits),
            oracledb.DB_TYPE_NUMBER,
        )
        for bits in _FLOAT_BITS
    },
    "bd": Spec("binary_double", _FLOATS, numbers.binary_double, oracledb.DB_TYPE_BINARY_DOUBLE),
    "bf": Spec(
        "binary_float",
        st.floats(width=32) | _FLOATS,
        numbers.binary_float,
        oracledb.DB_TYPE_BINARY_DOUBLE,
    ),
}
TEXTS = {
    "vb": Spec("varchar2(12)", _sized_text(9), partial(texts.varchar_bytes, size=12)),
    "vc": Spec("varchar2(12 char)", _sized_text(12), partial(texts.varchar_chars, size=12)),
    "v4": Spec(
        "varchar2(4000)",
        st.text(_LETTERS, max_size=40).map(lambda t: t * 90) | _at_the_limit(texts.octets, 4000),
        partial(texts.varchar_bytes, size=4000),
        oracledb.DB_TYPE_VARCHAR,
    ),
    "nv": Spec(
        "nvarchar2(12)",
        _sized_text(10),
        partial(texts.nvarchar, size=12),
        oracledb.DB_TYPE_NVARCHAR,
    ),
    "n2": Spec(
        "nvarchar2(2000)",
        _at_the_limit(texts.units, 2000),
        partial(texts.nvarchar, size=2000),
        oracledb.DB_TYPE_NVARCHAR,
    ),
    "cb": Spec("char(9)", _sized_text(5), partial(texts.char_bytes, size=9)),
    "cc": Spec("char(9 char)", _sized_text(9), partial(texts.char_chars, size=9)),
    "nc": Spec("nchar(9)", _sized_text(7), partial(texts.nchar, size=9), oracledb.DB_TYPE_NVARCHAR),
    "c2": Spec(
        "char(2000)", _at_the_limit(texts.octets, 2000), partial(texts.char_bytes, size=2000)
    ),
    "r": Spec("raw(16)", st.binary(max_size=17), partial(texts.raw, size=16), oracledb.DB_TYPE_RAW),
    "r2": Spec(
        "raw(2000)",
        st.binary(max_size=20).map(lambda b: b * 100),
        partial(texts.raw, size=2000),
        oracledb.DB_TYPE_RAW,
    ),
    "ri": Spec("rowid", _ROWIDS | _ROWIDS | _NEARLY_ROWIDS, texts.rowid, oracledb.DB_TYPE_ROWID),
}
TIMES = {
    "d": Spec("date", _MOMENTS, times.date, oracledb.DB_TYPE_DATE),
    "dt": Spec("date", _MOMENTS, times.date, oracledb.DB_TYPE_TIMESTAMP),
    **{
        f"t{digits}": Spec(
            f"timestamp({digits})",
            _MOMENTS,
            partial(times.timestamp, digits=digits),
            oracledb.DB_TYPE_TIMESTAMP,
        )
        for digits in TIMESTAMP_DIGITS
    },
    **{
        f"ds{days}{digits}": Spec(
            f"interval day({days}) to second({digits})",
            st.timedeltas(*(timedelta(sign * limit * 10**days) for sign in (-1, 1))),
            partial(times.day_interval, days=days, digits=digits),
            oracledb.DB_TYPE_INTERVAL_DS,
        )
        for days, digits, limit in ((2, 6, 1.1), (0, 0, 1.1), (9, 3, 0.999), (4, 1, 1.1))
    },
    **{
        f"ym{years}": Spec(
            f"interval year({years}) to month",
            st.integers(-round(13.2 * 10**years), round(13.2 * 10**years)),
            partial(times.year_interval, years=years),
            oracledb.DB_TYPE_INTERVAL_YM,
        )
        for years in (0, 2, 4)
    },
}


def _large(letters: str | bytes) -> st.SearchStrategy[Any]:
    """Mostly short, some beyond what fits inline."""
    sizes = st.integers(0, 20) | st.sampled_from([0, 1, 3999, 4000, 4001, 32_767, 32_768, 70_000])
    starts = st.integers(0, 3)
    return st.builds(
        lambda size, at: (letters[at:] + letters * (size // len(letters) + 1))[:size], sizes, starts
    )


_BYTES = bytes(range(256))
LOBS = {
    "c": Spec("clob", _large("añ한😀z"), texts.lob, oracledb.DB_TYPE_CLOB),
    "nl": Spec("nclob", _large("añ한😀z"), texts.lob, oracledb.DB_TYPE_NCLOB),
    "b": Spec("blob", _large(_BYTES), texts.lob, oracledb.DB_TYPE_BLOB),
    "l": Spec("long", _large("añ한😀z"), texts.lob, oracledb.DB_TYPE_LONG),
}
LONG_RAWS = {"lr": Spec("long raw", _large(_BYTES), texts.lob, oracledb.DB_TYPE_LONG_RAW)}

#: table -> columns and rows; 10,000 rows in all
FAMILIES = {
    "g_numbers": (NUMBERS, count(400, 4000)),
    "g_texts": (TEXTS, count(250, 2500)),
    "g_times": (TIMES, count(250, 2500)),
    "g_lobs": (LOBS, count(70, 700)),
    "g_long_raws": (LONG_RAWS, count(30, 300)),
}


def pool(strategy: st.SearchStrategy[Any], number: int, size: int = _POOL) -> list[Any]:
    """So many values of a strategy, always the same for a seed."""
    found: list[Any] = []

    @seed(number)
    @settings(
        max_examples=size,
        phases=[Phase.generate],
        database=None,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(strategy)
    def take(value: Any) -> None:
        found.append(value)

    take()
    return found


@dataclass(frozen=True)
class Row:
    """What is written, and what must be read or how it must be refused."""

    number: int
    written: tuple[Any, ...]
    stored: tuple[Any, ...] | None
    refusal: Refusal | None = None


def rows(columns: dict[str, Spec], count: int, number: int) -> list[Row]:
    """Rows of a table; about one in 25 has a value that its column refuses."""
    chance = random.Random(number)
    good, bad = [], []
    for place, spec in enumerate(columns.values()):
        outcomes = [
            (value, _outcome(spec, value)) for value in pool(spec.values, number * 100 + place)
        ]
        good.append(
            [(value, found) for value, found in outcomes if not isinstance(found, Refusal)]
            + [(None, None)]
        )
        bad.append([(value, found) for value, found in outcomes if isinstance(found, Refusal)])
    refusing = [place for place, values in enumerate(bad) if values]
    made = []
    for row in range(count):
        picked = [values[row] if row < len(values) else chance.choice(values) for values in good]
        refusal = None
        if refusing and chance.random() < _REFUSED_SHARE:
            place = chance.choice(refusing)
            picked[place] = chance.choice(bad[place])
            refusal = picked[place][1]
        written = tuple(value for value, _ in picked)
        made.append(
            Row(row, written, None if refusal else tuple(found for _, found in picked), refusal)
        )
    return made


def _outcome(spec: Spec, value: Any) -> Any:
    try:
        return spec.stored(value)
    except Refusal as refusal:
        return refusal


def batches(made: list[Row], size: int) -> Iterable[list[Row]]:
    """The rows in groups."""
    return (made[start : start + size] for start in range(0, len(made), size))
