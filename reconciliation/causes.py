"""A guess, by the shape of two differing values, at what happened to one of them; for grouping only."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from fractions import Fraction
from typing import Any

_QUARTER = dt.timedelta(minutes=15)
_FARTHEST_ZONE = dt.timedelta(hours=26)  # from UTC-12 to UTC+14


def cause(source: Any, target: Any, rule: str = "") -> str:
    """One of truncated, blank_for_null, null_for_value, value_for_null, case, padding, characters_lost, rounding,
    shifted, other.

    ``source`` and ``target`` are canonical or driver values; ``rule`` is the name of the canonical rule, which
    tells an epoch number from any other.
    """
    if target == " " and source in (None, ""):
        return "blank_for_null"
    if target is None:
        return "null_for_value"
    if source is None:
        return "value_for_null"
    if isinstance(source, str) and isinstance(target, str):
        return _text_cause(source, target)
    if isinstance(source, (bytes, memoryview)) and isinstance(target, (bytes, memoryview)):
        return "truncated" if bytes(source).startswith(bytes(target)) else "other"
    if isinstance(source, dt.datetime) and isinstance(target, dt.datetime):
        return _moment_cause(source, target)
    if isinstance(source, (int, float, Decimal)) and isinstance(target, (int, float, Decimal)):
        return _number_cause(Decimal(str(source)), Decimal(str(target)), rule)
    return "other"


def _text_cause(source: str, target: str) -> str:
    if source.rstrip(" ") == target.rstrip(" "):
        return "padding"
    if source.startswith(target):
        return "truncated"
    if source.casefold() == target.casefold():
        return "case"
    if _characters_lost(source, target):
        return "characters_lost"
    return "other"


def _characters_lost(source: str, target: str) -> bool:
    """Characters outside ASCII were dropped or replaced, everything else arrived."""
    kept = "".join(character for character in target if character not in "?\ufffd\u00bf")
    rest = iter(source.replace("?", ""))
    return any(ord(character) > 127 for character in source) and all(character in rest for character in kept)


def _moment_cause(source: dt.datetime, target: dt.datetime) -> str:
    if (source.tzinfo is None) != (target.tzinfo is None):
        source, target = source.replace(tzinfo=None), target.replace(tzinfo=None)
    gap = abs(source - target)
    if gap < dt.timedelta(seconds=1):
        return "rounding"
    return "shifted" if gap <= _FARTHEST_ZONE and not gap % _QUARTER else "other"


def _number_cause(source: Decimal, target: Decimal, rule: str) -> str:
    if not (source.is_finite() and target.is_finite()):
        return "other"
    gap = abs(Fraction(source) - Fraction(target))
    if rule.startswith("epoch_"):
        per_second = {"epoch_seconds": 1, "epoch_millis": 1000}.get(rule, 1_000_000)
        if 0 < gap <= _FARTHEST_ZONE // dt.timedelta(seconds=1) * per_second and gap % (900 * per_second) == 0:
            return "shifted"
        return "rounding" if gap < per_second else "other"
    # less than one unit of a digit the target still shows, or the same leading digits
    return "rounding" if gap < 1 or gap * 10**6 < abs(Fraction(source)) else "other"
