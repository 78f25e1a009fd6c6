"""NUMBER <-> binary numeric by tables, for the many values that are whole or short.

PostgreSQL's numeric has base-10000 digits, a NUMBER has base-100 digits: two of these are one of
those, so a value is a concatenation of table entries. What the tables do not cover goes the general
way of ``pgcodec``.
"""

from __future__ import annotations

from collections.abc import Callable

from lab.oracle.engine.pgcodec import MEMO_LIMIT, number_from_numeric, numeric_from_number

_HEADER = 8
#: groups of four decimal digits: a NUMBER of as many fits without rounding
_MOST_GROUPS = 9
_NO_DIGIT = b"\x01"

#: a base-10000 digit of PostgreSQL, two bytes -> two base-100 digits of a positive NUMBER
_DIGITS = {
    value.to_bytes(2, "big"): bytes((value // 100 + 1, value % 100 + 1)) for value in range(10_000)
}
_GROUPS = {digits: group for group, digits in _DIGITS.items()}


class Memo(dict):
    """A bounded memory of a conversion, to be asked with ``[]``; NULL stays NULL.

    ``map(memo.__getitem__, column)`` converts a column without a call of Python code for what is
    remembered.
    """

    def __init__(self, convert: Callable[[bytes], bytes]) -> None:
        super().__init__()
        self._convert = convert

    def __missing__(self, raw: bytes | None) -> bytes | None:
        if len(self) >= MEMO_LIMIT:
            self.clear()
        found = self[raw] = None if raw is None else self._convert(raw)
        return found


def _beginning(raw: bytes) -> bytes:
    """The NUMBER of a numeric whose last digits are cut off; empty when it
    needs the general way.
    """
    groups, weight = raw[1], int.from_bytes(raw[2:4], "big", signed=True)
    if (
        len(raw) < _HEADER + 2
        or raw[0]
        or raw[4]
        or groups > _MOST_GROUPS
        or abs(weight) > _MOST_GROUPS
    ):
        return b""
    if len(raw) > _HEADER + 2:
        return _beginnings[raw[:-2]] + _DIGITS[raw[-2:]]
    digits = _DIGITS[raw[_HEADER:]]
    exponent = 193 + 2 * weight + 1
    return bytes((exponent, *digits)) if digits[0] > 1 else bytes((exponent - 1, digits[1]))


_beginnings = Memo(_beginning)
_small = Memo(number_from_numeric)


def number_of_numeric(raw: bytes) -> bytes:
    """Binary numeric as NUMBER; see ``pgcodec.number_from_numeric``."""
    if len(raw) <= _HEADER + 2:
        return _small[raw]
    # beginnings have to repeat to be remembered: those of long values are taken one digit shorter
    if len(raw) > _HEADER + 4:
        beginning, last = _beginnings[raw[:-4]], _DIGITS[raw[-4:-2]] + _DIGITS[raw[-2:]]
    else:
        beginning, last = _beginnings[raw[:-2]], _DIGITS[raw[-2:]]
    if not beginning:
        return number_from_numeric(raw)
    return (beginning + last).rstrip(_NO_DIGIT)


def _header(groups: int, weight: int) -> bytes:
    return groups.to_bytes(2, "big") + weight.to_bytes(2, "big") + bytes(4)


#: exponent byte of a positive NUMBER of 1 to 36 decimal digits -> weight of its first base-10000
#: digit
_WEIGHTS = {193 + exponent: exponent // 2 for exponent in range(2 * _MOST_GROUPS)}
_HEADERS = {
    (groups, weight): _header(groups, weight) for groups in range(10) for weight in range(10)
}


def numeric_of_number(wire: bytes) -> bytes:
    """NUMBER as binary numeric; see ``pgcodec.numeric_from_number``."""
    head = wire[0]
    weight = _WEIGHTS.get(head)
    # one base-100 digit more than the exponent is a whole number
    if weight is None or not 1 < len(wire) <= head - 191:
        return numeric_from_number(wire)
    digits = wire[1:] if head % 2 == 0 else _NO_DIGIT + wire[1:]
    if len(digits) % 2:
        digits += _NO_DIGIT
    try:
        groups = [_GROUPS[digits[at : at + 2]] for at in range(0, len(digits), 2)]
    except KeyError:
        return numeric_from_number(wire)
    return _HEADERS[len(groups), weight] + b"".join(groups)
