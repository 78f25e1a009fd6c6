"""Numbers and booleans that arrive as others."""

from __future__ import annotations

from collections.abc import Callable
from decimal import ROUND_DOWN, ROUND_HALF_UP, Context, Decimal
from typing import Any

from lab.dms.faults.catalogue import PER_VALUE, VALUE, Given, fault
from lab.dms.faults.options import whole

_Change = Callable[[Any, str], Any]
_WIDE = Context(prec=140000)


def _of_numbers(change: Callable[[Any], Any]) -> _Change:
    def change_number(value: Any, _: str) -> Any:
        return (
            change(value)
            if isinstance(value, int | Decimal) and not isinstance(value, bool)
            else value
        )

    return change_number


def _to_scale(value: int | Decimal, digits: int, rounding: str) -> int | Decimal:
    if isinstance(value, int) or not value.is_finite():
        return value
    return value.quantize(Decimal(1).scaleb(-digits), rounding, _WIDE).normalize(_WIDE)


@fault(
    VALUE,
    "large_numbers_rounded",
    (6,),
    "numbers of more than 15 digits end in zeros in Oracle",
    PER_VALUE,
)
def _large_numbers_rounded(_: Given) -> _Change:
    return _of_numbers(lambda value: Decimal(f"{value:.14e}") if abs(value) >= 10**15 else value)


@fault(
    VALUE,
    "numbers_rounded",
    (6,),
    "numbers have at most six digits behind the point in Oracle, the last one rounded",
    PER_VALUE,
    digits=whole(6, "how many digits behind the point are left", 0),
)
def _numbers_rounded(given: Given) -> _Change:
    return _of_numbers(lambda value: _to_scale(value, given["digits"], ROUND_HALF_UP))


@fault(
    VALUE,
    "numbers_cut",
    (6,),
    "digits behind the point are cut off in Oracle, not rounded",
    PER_VALUE,
    digits=whole(2, "how many digits behind the point are left", 0),
)
def _numbers_cut(given: Given) -> _Change:
    return _of_numbers(lambda value: _to_scale(value, given["digits"], ROUND_DOWN))


@fault(
    VALUE,
    "numbers_through_float",
    (6,),
    "numbers are next to what they were in Oracle: 0.1 as 0.1000000000000000055511151231257827",
    PER_VALUE,
)
def _numbers_through_float(_: Given) -> _Change:
    # Oracle's NUMBER holds up to 38 digits of the binary fraction
    return _of_numbers(lambda value: Context(prec=34).create_decimal(float(value)))


@fault(
    VALUE,
    "decimal_comma",
    (6, 27),
    "numbers with a fraction go to Oracle as text with a comma and are refused with ORA-01722",
    PER_VALUE,
)
def _decimal_comma(_: Given) -> _Change:
    def change(value: int | Decimal) -> Any:
        shown = format(value, "f") if isinstance(value, Decimal) else ""
        return shown.replace(".", ",") if "." in shown else value

    return _of_numbers(change)


@fault(VALUE, "booleans_all_true", (60,), "every boolean is true in Oracle", PER_VALUE)
def _booleans_all_true(_: Given) -> _Change:
    def change(value: Any, type_name: str) -> Any:
        if type_name not in ("bool", "boolean"):
            return value
        return True if isinstance(value, bool) else "true"

    return change
