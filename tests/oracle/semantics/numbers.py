"""NUMBER, FLOAT, BINARY_FLOAT, BINARY_DOUBLE.

Sources: Oracle Database SQL Language Reference, "Data Types" (NUMBER, FLOAT, Floating-Point
Numbers, Numeric Precedence), with its tables "Storage of Scale and Precision" and the FLOAT(5)
example; Database Concepts, "Internal Numeric Format" (20 base-100 digits).
"""

from __future__ import annotations

import math
import struct
from decimal import ROUND_HALF_UP, Context, Decimal

from tests.oracle.semantics import Refusal

#: absolute values reach from 1E-130 to just below 1E126
LARGEST, SMALLEST = Decimal("1E126"), Decimal("1E-130")
#: digits that arithmetic guarantees, and the most it may give
GUARANTEED_DIGITS, MOST_DIGITS = 38, 40
_WIDE = Context(prec=700, rounding=ROUND_HALF_UP, Emax=9999, Emin=-9999)


def number(value: Decimal) -> Decimal:
    """NUMBER without precision: exact up to 38 digits and beyond, as long as 20 base-100 digits
    hold it.
    """
    if abs(value) >= LARGEST:
        raise Refusal(1426)
    return value if abs(value) >= SMALLEST else Decimal(0)


def scaled(value: Decimal, precision: int, scale: int) -> Decimal:
    """NUMBER(p,s): rounded half away from zero at the scale, then at most p
    digits, else ORA-01438.
    """
    rounded = _WIDE.quantize(value, Decimal((0, (1,), -scale)))
    if abs(rounded) >= Decimal((0, (1,), precision - scale)):
        raise Refusal(1438)
    return rounded


def float_digits(bits: int) -> int:
    """Decimal digits of FLOAT(b): b times 0.30103, rounded up."""
    return math.ceil(bits * 0.30103)


def floating(value: Decimal, bits: int) -> Decimal:
    """FLOAT(b): rounded half away from zero to its decimal digits; the magnitude is not limited
    further.
    """
    return number(significant(value, float_digits(bits)))


def significant(value: Decimal, digits: int) -> Decimal:
    """Rounded half away from zero to so many significant digits."""
    return Context(prec=digits, rounding=ROUND_HALF_UP, Emax=9999, Emin=-9999).plus(value)


def binary_double(value: float) -> float:
    """BINARY_DOUBLE: IEEE double; there is no negative zero and one NaN only."""
    return 0.0 if value == 0 else value


def binary_float(value: float) -> float:
    """BINARY_FLOAT: the nearest IEEE single, ties to even, beyond its range infinity."""
    try:
        return binary_double(struct.unpack(">f", struct.pack(">f", value))[0])
    except OverflowError:
        return math.copysign(math.inf, value)


def float_key(value: float) -> tuple[int, float]:
    """Sorts binary floats as Oracle does: NaN is greater than everything, infinity included."""
    return (1, 0.0) if math.isnan(value) else (0, value)


def exact(sign: str, left: Decimal, right: Decimal) -> Decimal:
    """The result of an operator, to some hundreds of digits."""
    operations = {"+": _WIDE.add, "-": _WIDE.subtract, "*": _WIDE.multiply, "/": _WIDE.divide}
    return operations[sign](left, right)


def is_result(found: Decimal, true: Decimal) -> bool:
    """Whether a computed NUMBER is what arithmetic promises.

    Exact when 38 digits hold the true value; else right to 38 digits and no longer than 40.
    """
    if len(_digits(true)) <= GUARANTEED_DIGITS:
        return found == true
    error = abs(_WIDE.subtract(found, true))
    unit = Decimal((0, (1,), true.adjusted() - GUARANTEED_DIGITS))
    return len(_digits(found)) <= MOST_DIGITS and error <= unit


def _digits(value: Decimal) -> str:
    return "".join(map(str, value.as_tuple().digits)).strip("0")


def plain_text(value: Decimal) -> str:
    """TO_CHAR without a format: all significant digits, no zero before the
    point, none at the end.
    """
    text = format(value, "f")
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    sign, text = ("-", text[1:]) if text.startswith("-") else ("", text)
    text = text.lstrip("0") or "0"
    return "0" if text == "0" else sign + text


def fixed_format(value: Decimal, whole: int, places: int) -> str:
    """TO_CHAR with FM0.. (``whole`` digits, at least one shown) and ``places`` decimals; # when it
    does not fit.

    Without FM the text has one more place at the left, for the sign, and blanks up to the full
    width. The sign is that of the value, also where what is shown is zero.
    """
    rounded = _WIDE.quantize(value, Decimal((0, (1,), -places)))
    if abs(rounded) >= 10**whole:
        return "#" * (whole + places + (places > 0) + 1)
    text = format(abs(rounded), "f")
    return ("-" + text if value < 0 else text).rjust(whole + places + (places > 0) + 1)
