"""Numbers. Expected values are decimal arithmetic: floats stand for their shortest decimal, steps
are one unit in the last place (``math.nextafter`` for 64 bits, the next 24-bit mantissa for 32).
"""

from __future__ import annotations

import math
from decimal import Decimal

from tests.type_pairs.case import Case, Column, columns, eq, ne, step

D = Decimal
_SHORT = ("VARCHAR2(80 CHAR)", "NVARCHAR2(80)", "CLOB", "NCLOB")
_PADDED = ("CHAR(80)", "NCHAR(80)")
_INTEGERS = {"int2": 16, "int4": 32, "int8": 64}


def _whole(bits: int) -> list[Case]:
    low, high = -(2 ** (bits - 1)), 2 ** (bits - 1) - 1
    return [
        step(str(high), D(high - 1)),
        eq(str(high), D(high)),
        eq(str(low), D(low)),
        step(str(low), D(low + 1)),
        eq("0", D(0)),
        eq("-1", D(-1)),
        ne("1", D("1.000000000000000000000000000001")),
        eq("100", D("100.0")),
        ne("0", D("1E-130")),
    ]


def _whole_as_float(bits: int, mantissa: int) -> list[Case]:
    largest = 2 ** min(bits - 1, mantissa) - 1
    return [
        step(str(largest), float(largest - 1)),
        eq(str(largest), float(largest)),
        eq("0", 0.0),
        eq("-1", -1.0),
        ne("1", 1.5),
        ne("0", math.nan),
        ne("1", math.inf),
    ]


#: 38 digits that only their last tells apart, beyond the 40 characters Oracle writes without an
#: exponent
_TINY = "0.0000000000000000000000000000012345678901234567890123456789012345678"
_NINES = "9" * 38
_NUMERIC = [
    step(_NINES, D(int(_NINES) - 1)),
    eq(_NINES, D(_NINES)),
    eq("-" + _NINES, D("-" + _NINES)),
    eq("0", D(0)),
    eq("-0.50", D("-.5")),
    eq("0.05", D("0.0500")),
    eq("1e-20", D("1E-20")),
    eq("1e125", D("1E125")),
    step("1e-130", D("2E-130")),
    eq("1e-130", D("1E-130")),
    eq("-1e-130", D("-1E-130")),
    eq(_TINY, D(_TINY)),
    step(_TINY, D(_TINY[:-1] + "9")),
    eq("-" + _TINY, D("-" + _TINY)),
    step("-" + _TINY, D(f"-{_TINY[:-1]}9")),
    eq("12345678901234567890.123456789", D("12345678901234567890.123456789")),
    step("9" * 40, D("9" * 39 + "8")),
    eq("9" * 40, D("9" * 40)),
    ne("NaN", D(0)),
]
_SCALED = [
    eq("1234567.891", D("1234567.891")),
    step("0.000001", D("0.000002")),
    eq("-0.000001", D("-0.000001")),
    eq("10.50", D("10.5")),
]

_NUMERIC_AS_FLOAT = [
    eq("0.1", 0.1),
    step("0.1", math.nextafter(0.1, 1)),
    eq("1.5", 1.5),
    eq("0", 0.0),
    eq("NaN", math.nan),
    ne("0", math.inf),
    eq("100000000000000000000", 1e20),
    eq("5e-324", 5e-324),
    ne("0.1000000000000000055511151231257827", 0.1),
]
_NUMERIC_AS_SINGLE = [
    eq("0.5", 0.5),
    step("0.5", 0.5 + 2**-24),
    eq("16777216", 16777216.0),
    ne("0.1", 0.1),
]

_AFTER = math.nextafter(0.1, 1)
_DOUBLE_AS_NUMBER = [
    step("0.1", D(repr(_AFTER))),
    eq("0.1", D("0.1")),
    eq("0.1", D("0.10000000000000000555"), reduced=True),
    eq("-0", D(0)),
    eq("1e+125", D("1E125")),
    eq("1e-130", D("1E-130")),
    eq("1.5", D("1.50")),
    eq("123456789012345.6", D("123456789012345.6")),
    eq("9007199254740993", D("9007199254740992")),
    eq("1e+22", D("1E22")),
    ne("NaN", D(0)),
    ne("Infinity", D("9E125")),
    ne("-Infinity", D("-9E125")),
]
_DOUBLE = [
    step("0.1", _AFTER),
    eq("0.1", 0.1),
    eq("1.7976931348623157e308", 1.7976931348623157e308),
    eq("-0", 0.0),
    eq("5e-324", 5e-324),
    step("5e-324", 1e-323),
    eq("NaN", math.nan),
    eq("Infinity", math.inf),
    eq("-Infinity", -math.inf),
    ne("0", math.nan),
    ne("0", 5e-324),
    eq("1e15", 1e15),
    eq("1e16", 1e16),
]
_DOUBLE_AS_SINGLE = [step("0.5", 0.5 + 2**-24), eq("0.5", 0.5), ne("0.1", 0.1), eq("NaN", math.nan)]

#: 0.1 as 32-bit float, and the next one
_TENTH, _AFTER_TENTH = 13421773 / 2**27, 13421774 / 2**27
_SINGLE_AS_NUMBER = [
    step("0.1", D("0.10000001")),
    eq("0.1", D("0.1")),
    eq("0.1", D("0.10000000149011612"), reduced=True),
    eq("-0", D(0)),
    eq("16777216", D(16777216)),
    step("16777216", D(16777218)),
    ne("NaN", D(0)),
    eq("1e+20", D("1E20")),
]
_SINGLE = [
    step("0.1", _AFTER_TENTH),
    eq("0.1", _TENTH),
    eq("3.4028235e38", (2 - 2**-23) * 2.0**127),
    eq("1e-45", 2.0**-149),
    step("1e-45", 2.0**-148),
    eq("-0", 0.0),
    eq("NaN", math.nan),
    eq("-Infinity", -math.inf),
    eq("1e6", 1e6),
]
_SINGLE_AS_DOUBLE = [
    step("0.1", _AFTER_TENTH),
    eq("0.1", 0.1),
    eq("0.1", _TENTH, reduced=True),
    eq("0.5", 0.5),
    eq("Infinity", math.inf),
]


def _spelled(cases: list[tuple[str, str, bool, bool]]) -> list[Case]:
    """Source, target, equal, reduced; the first that differs is the smallest step."""
    first = next(case for case in cases if not case[2])
    return [Case(*case, step=case is first) for case in cases]


def _texts(source: str) -> list[Case]:
    """Numbers kept as text; the first differs by one in its last digit."""
    if source in _INTEGERS:
        high = 2 ** (_INTEGERS[source] - 1) - 1
        return _spelled(
            [
                (str(high), str(high - 1), False, False),
                (str(high), str(high), True, False),
                ("1", "1.0", True, True),
                ("0", "-0", True, True),
                ("1", "one", False, False),
            ]
        )
    if source == "numeric":
        return _spelled(
            [
                ("0.71", "0.72", False, False),
                ("0.71", "0.71", True, False),
                ("0.71", ".71", True, True),
                ("0.710", "0.710", True, False),
                ("0.00000001", "0.00000001", True, False),
                (_TINY, _TINY, True, False),
                ("NaN", "NaN", True, False),
            ]
        )
    if source == "float4":
        return _spelled(
            [
                ("0.1", "0.2", False, False),
                ("0.1", "0.1", True, False),
                ("1e+06", "1e+06", True, False),
                ("1e+06", "1000000.00", True, True),
                ("1e-05", "1e-05", True, False),
            ]
        )
    return _spelled(
        [
            ("0.1", repr(_AFTER), False, False),
            ("0.1", "0.1", True, False),
            ("0.1", ".1", True, True),
            ("1e+20", "1e+20", True, False),
            ("1e+20", "1" + "0" * 20, True, True),
            ("1e-05", "1e-05", True, False),
            ("1e+15", "1e+15", True, False),
        ]
    )


def _padded(cases: list[Case]) -> list[Case]:
    """The blanks of a CHAR are a spelling, too."""
    return [Case(case.source, case.target, case.equal, case.equal, case.step) for case in cases]


def all_columns() -> list[Column]:
    """Every pair of numbers."""
    found: list[Column] = []
    for source, bits in _INTEGERS.items():
        exact = ["NUMBER", f"NUMBER({len(str(2**bits))})", "FLOAT"]
        found += columns(source, exact[:1], _whole(bits))
        whole = [case for case in _whole(bits) if case.target == int(case.target)]
        found += columns(source, exact[1:], whole)
        found += columns(source, ["BINARY_FLOAT"], _whole_as_float(bits, 24))
        found += columns(source, ["BINARY_DOUBLE"], _whole_as_float(bits, 53))
    found += columns("numeric", ["NUMBER"], _NUMERIC)
    found += columns("numeric", ["NUMBER(20,6)", "FLOAT"], _SCALED)
    found += columns("numeric", ["BINARY_DOUBLE"], _NUMERIC_AS_FLOAT)
    found += columns("numeric", ["BINARY_FLOAT"], _NUMERIC_AS_SINGLE)
    found += columns("float8", ["NUMBER"], _DOUBLE_AS_NUMBER)
    found += columns("float8", ["FLOAT"], _DOUBLE_AS_NUMBER[:2])
    found += columns("float8", ["BINARY_DOUBLE"], _DOUBLE)
    found += columns("float8", ["BINARY_FLOAT"], _DOUBLE_AS_SINGLE)
    found += columns("float4", ["NUMBER", "FLOAT"], _SINGLE_AS_NUMBER[:2])
    found += columns("float4", ["NUMBER"], _SINGLE_AS_NUMBER)
    found += columns("float4", ["BINARY_FLOAT"], _SINGLE)
    found += columns("float4", ["BINARY_DOUBLE"], _SINGLE_AS_DOUBLE)
    found += columns(
        "money",
        ["NUMBER", "NUMBER(38,4)", "FLOAT"],
        [
            step("92233720368547758.07", D("92233720368547758.06")),
            eq("-0.01", D("-0.0100")),
            eq("92233720368547758.07", D("92233720368547758.07")),
            eq("0", D(0)),
        ],
    )
    for source in (*_INTEGERS, "numeric", "float4", "float8"):
        cases = _texts(source)
        found += columns(source, _SHORT[:2], cases) + columns(source, _SHORT, cases, "number_text")
        found += columns(source, _PADDED, _padded(cases)) + columns(
            source, _PADDED, _padded(cases), "number_text"
        )
    return found
