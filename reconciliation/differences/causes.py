"""A guess, by the shape of two differing values, at what happened to one of them; for grouping
only.

What one cell cannot tell (a constant that all cells of a column are off by) is found over all of
them: group_causes.
"""

from __future__ import annotations

import datetime as dt
import unicodedata
from decimal import Decimal
from fractions import Fraction
from typing import TypeGuard

from reconciliation.canonical.charsets import REPLACEMENTS
from reconciliation.model import Value

_QUARTER = dt.timedelta(minutes=15)
FARTHEST_ZONE = dt.timedelta(hours=26)  # from UTC-12 to UTC+14
#: character sets UTF-8 is mistaken for: the western ones, and the Korean one of Windows
_MISTAKEN = ("latin-1", "cp1252", "cp949")
#: units a moment may be cut or rounded to, the coarsest first
UNITS = (
    ("days", dt.timedelta(days=1)),
    ("hours", dt.timedelta(hours=1)),
    ("minutes", dt.timedelta(minutes=1)),
    ("seconds", dt.timedelta(seconds=1)),
    *(
        (
            f"{10 ** (6 - digits)} microseconds" if digits != 3 else "milliseconds",
            dt.timedelta(microseconds=10 ** (6 - digits)),
        )
        for digits in range(1, 6)
    ),
)

#: cause -> the same in words
WORDS = {
    "truncated": "truncated",
    "blank_for_null": "blank instead of NULL",
    "null_for_blank": "NULL instead of blank",
    "null_for_value": "NULL instead of a value",
    "value_for_null": "a value instead of NULL",
    "blank_for_value": "blank instead of a value",
    "case": "upper and lower case",
    "padding": "trailing blanks",
    "whitespace": "white space",
    "unicode_form": "composed and decomposed characters",
    "mojibake": "UTF-8 taken for another character set",
    "characters_lost": "characters lost",
    "rounding": "rounded",
    "shifted": "shifted",
    "scaled": "multiplied",
    "other": "other",
}


def cause(source: Value, target: Value, rule: str = "") -> str:
    """The key of WORDS that fits; ``other`` when none does.

    ``source`` and ``target`` are canonical or driver values; ``rule`` is the name of the canonical
    rule, which tells an epoch number from any other.
    """
    if source is None or target is None or _is_blank(source) or _is_blank(target):
        return _nothing_cause(source, target)
    if isinstance(source, str) and isinstance(target, str):
        return _text_cause(source, target)
    if isinstance(source, (bytes, memoryview)) and isinstance(target, (bytes, memoryview)):
        return "truncated" if bytes(source).startswith(bytes(target)) else "other"
    if isinstance(source, dt.datetime) and isinstance(target, dt.datetime):
        return _moment_cause(source, target)
    if is_number(source) and is_number(target):
        return _number_cause(Decimal(str(source)), Decimal(str(target)), rule)
    return "other"


def is_number(value: Value) -> TypeGuard[float | Decimal]:
    """A number one can calculate with; True and False are none."""
    return isinstance(value, (int, float, Decimal)) and not isinstance(value, bool)


def _is_blank(value: Value) -> bool:
    """Nothing but blanks, or nothing at all; NULL is not blank."""
    return value == b"" or (isinstance(value, str) and not value.strip(" "))


def _nothing_cause(source: Value, target: Value) -> str:
    if target is None:
        return "null_for_blank" if _is_blank(source) else "null_for_value"
    if source is None:
        return "blank_for_null" if _is_blank(target) else "value_for_null"
    # Oracle keeps '' as NULL: one blank is what some write instead
    if _is_blank(source) and _is_blank(target):
        return "blank_for_null" if not source else "padding"
    if _is_blank(target) and isinstance(source, str | bytes):
        return "blank_for_value"
    return "other"


def _text_cause(source: str, target: str) -> str:
    if source.rstrip(" ") == target.rstrip(" "):
        return "padding"
    if source.startswith(target):
        return "truncated"
    if unicodedata.normalize("NFC", source) == unicodedata.normalize("NFC", target):
        return "unicode_form"
    if "".join(source.split()) == "".join(target.split()):
        return "whitespace"
    if source.casefold() == target.casefold():
        return "case"
    if mistaken_for(source, target):
        return "mojibake"
    return "characters_lost" if _characters_lost(source, target) else "other"


def mistaken_for(source: str, target: str) -> str | None:
    """The character set in which the UTF-8 of ``source`` reads like ``target``, which may be cut;
    None if none does.
    """
    if source.isascii() or target.isascii():
        return None
    octets = source.encode("utf-8", "surrogatepass")
    for name in _MISTAKEN:
        read = octets.decode(name, "replace")
        # cut within the damage: what is left must show some of it
        if read == target or (read.startswith(target) and not source.startswith(target)):
            return name
    return None


def _characters_lost(source: str, target: str) -> bool:
    """Characters outside ASCII were dropped or replaced, everything else arrived."""
    if source.isascii() or _skeleton(source) != _skeleton(target):
        return False
    kept = [
        character
        for character in target
        if not character.isascii() and character not in REPLACEMENTS
    ]
    rest = iter(source)
    return all(character in rest for character in kept) and len(kept) < sum(
        not each.isascii() for each in source
    )


def _skeleton(text: str) -> str:
    return "".join(
        character for character in text if character.isascii() and character not in REPLACEMENTS
    )


def same_clock(source: dt.datetime, target: dt.datetime) -> tuple[dt.datetime, dt.datetime]:
    """Both as wall clocks when only one of them knows its zone, so that they can be subtracted."""
    if (source.tzinfo is None) != (target.tzinfo is None):
        return source.replace(tzinfo=None), target.replace(tzinfo=None)
    return source, target


def _moment_cause(source: dt.datetime, target: dt.datetime) -> str:
    source, target = same_clock(source, target)
    gap = abs(source - target)
    if gap <= FARTHEST_ZONE and not gap % _QUARTER:
        return "shifted"
    return "rounding" if moment_unit(source, target) else "other"


def moment_unit(source: dt.datetime, target: dt.datetime) -> str | None:
    """The unit ``target`` is ``source`` rounded or cut to, in words; None when it is not."""
    source, target = same_clock(source, target)
    start = dt.datetime(1, 1, 1, tzinfo=target.tzinfo)
    for name, unit in UNITS:
        if not (target - start) % unit:
            return name if abs(source - target) < unit else None
    return None


def _number_cause(source: Decimal, target: Decimal, rule: str) -> str:
    if not (source.is_finite() and target.is_finite()):
        return "other"
    gap = abs(Fraction(source) - Fraction(target))
    if rule.startswith("epoch_"):
        per_second = {"epoch_seconds": 1, "epoch_millis": 1000}.get(rule, 1_000_000)
        if (
            0 < gap <= FARTHEST_ZONE // dt.timedelta(seconds=1) * per_second
            and gap % (900 * per_second) == 0
        ):
            return "shifted"
        # the next unit is what rounding gives where cutting was agreed
        return "rounding" if gap == 1 or rounded_to(source, target) is not None else "other"
    # beyond what a 64-bit float can tell apart, any change of digits is one of precision
    return (
        "rounding"
        if rounded_to(source, target) is not None or gap * 2**52 <= abs(Fraction(source))
        else "other"
    )


def rounded_to(source: Decimal, target: Decimal) -> int | None:
    """The power of ten of the last digit ``target`` shows when it is ``source`` rounded or cut to
    it, otherwise None.

    Nothing is rounded to 0 here, and nothing that had no more digits than ``target`` has. A whole
    number counts as rounded only when six digits are left of it: prices go from 15 to 20 without
    anybody's rounding.
    """
    if not target:
        return None
    kept = last_digit(target)
    if kept > 0 and target.adjusted() - kept < 5:
        kept = 0
    return kept if abs(Fraction(source) - Fraction(target)) < Fraction(10) ** kept else None


def last_digit(number: Decimal) -> int:
    """The power of ten of the last digit that is not 0: -2 of 1.25, 2 of 1300."""
    _, digits, exponent = number.as_tuple()
    significant = "".join(map(str, digits)).rstrip("0")
    return int(exponent) + len(digits) - len(significant)
