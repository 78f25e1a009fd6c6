"""Interval literals: their fields, precisions and sign (SQL Language Reference, "Interval
Literals").
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from sqlglot import exp

from lab.oracle.engine.translate.dialect import unsupported
from lab.oracle.interface import OracleError

_DAY_FIELDS = ("DAY", "HOUR", "MINUTE", "SECOND")
_SECONDS = {"DAY": 86_400, "HOUR": 3_600, "MINUTE": 60, "SECOND": 1}
_LIMITS = {
    "HOUR": (23, 1850, "hour must be between 0 and 23"),
    "MINUTE": (59, 1851, "minutes must be between 0 and 59"),
    "SECOND": (59, 1852, "seconds must be between 0 and 59"),
    "MONTH": (11, 1843, "not a valid month"),
}
_BEFORE = {"HOUR": r" +", "MINUTE": ":", "SECOND": ":"}


@dataclass(frozen=True)
class IntervalLiteral:
    """A literal's value, in months or in microseconds, and what its type says of its digits."""

    fields: tuple[str, ...]
    amount: int
    leading: int
    fraction: int

    @property
    def is_months(self) -> bool:
        """Whether it is an INTERVAL YEAR TO MONTH."""
        return self.fields[0] in ("YEAR", "MONTH")

    def sql(self) -> str:
        """The value for the store."""
        if self.is_months:
            return f"({self.amount})::int4::ora.iym"
        days, micros = divmod(abs(self.amount), 86_400_000_000)
        sign = "-" if self.amount < 0 else ""
        return f"interval '{sign}{days} days {sign}{micros} microseconds'"

    def text(self) -> str:
        """As TO_CHAR writes it. Raises ORA-03001 for forms whose number of
        digits is not certain.
        """
        sign, rest = "-" if self.amount < 0 else "+", abs(self.amount)
        if self.is_months and self.fields[0] == "YEAR":
            return f"{sign}{rest // 12:0{self.leading}}-{rest % 12:02}"
        if (self.fields[0], self.fields[-1]) != ("DAY", "SECOND"):
            raise unsupported(
                "TO_CHAR of an interval literal but YEAR [TO MONTH] and DAY TO SECOND"
            )
        seconds, micros = divmod(rest, 1_000_000)
        days, seconds = divmod(seconds, 86_400)
        clock = f"{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}"
        digits = f"{micros:06}"[: self.fraction]
        return f"{sign}{days:0{self.leading}} {clock}" + (f".{digits}" if digits else "")


def read_interval(node: exp.Expression) -> IntervalLiteral:
    """``INTERVAL '...' field [TO field]``. Raises ORA-01867, ORA-01873 and those of fields out of
    their range.
    """
    if not isinstance(node.this, exp.Literal):
        raise unsupported("INTERVAL of anything but a literal")
    unit = node.args.get("unit")
    ends = (unit.this, unit.expression) if isinstance(unit, exp.IntervalSpan) else (unit,)
    (first, digits), (last, fraction) = _field(ends[0]), _field(ends[-1])
    leading, seconds = _precisions(first, last, digits, fraction, is_span=len(ends) == 2)
    fields = ("YEAR", "MONTH") if first in ("YEAR", "MONTH") else _DAY_FIELDS
    if first not in fields or last not in fields[fields.index(first) :]:
        raise unsupported(f"INTERVAL {first or '?'} TO {last or '?'}")
    chosen = fields[fields.index(first) : fields.index(last) + 1]
    sign, values = _values(str(node.this.this).strip(), chosen)
    if len(str(_whole(values[0]))) > max(leading, 1):
        raise OracleError(1873, "the leading precision of the interval is too small")
    for name, value in zip(chosen[1:], values[1:], strict=True):
        limit, code, message = _LIMITS[name]
        if _whole(value) > limit:
            raise OracleError(code, message)
    return IntervalLiteral(chosen, sign * _amount(chosen, values, node, seconds), leading, seconds)


def _field(unit: exp.Expression | None) -> tuple[str, list[int]]:
    if isinstance(unit, exp.Anonymous) and all(
        isinstance(part, exp.Literal) for part in unit.expressions
    ):
        return str(unit.this).upper(), [int(part.this) for part in unit.expressions]
    return (str(unit.this).upper() if isinstance(unit, exp.Var) else ""), []


def _precisions(
    first: str, last: str, digits: list[int], fraction: list[int], *, is_span: bool
) -> tuple[int, int]:
    """Digits of the leading field (2 when nothing is said) and of the fraction of a second (6)."""
    leading = digits[0] if digits else 2
    seconds = 6
    if last == "SECOND":
        parts = fraction if is_span else digits[1:]
        seconds = parts[0] if parts else 6
    if not 0 <= leading <= 9 or not 0 <= seconds <= 9:
        raise OracleError(30088, "datetime/interval precision is out of range")
    if seconds > 6:
        raise unsupported("fractions finer than a microsecond")
    return leading, seconds


def _values(text: str, fields: tuple[str, ...]) -> tuple[int, list[str]]:
    pattern = r"([+-]?)(\d+)"
    for name in fields[1:]:
        pattern += (r"-" if name == "MONTH" else _BEFORE[name]) + r"(\d{1,2})"
    if fields[-1] == "SECOND":
        pattern = pattern[:-1] + r"(?:\.\d+)?)"
    match = re.fullmatch(pattern, text)
    if match is None:
        raise OracleError(1867, "the interval is invalid")
    sign, *values = match.groups()
    if len(values[0].partition(".")[0]) > 9:
        raise OracleError(1873, "the leading precision of the interval is too small")
    return -1 if sign == "-" else 1, values


def _whole(value: str) -> int:
    return int(value.partition(".")[0])


def _amount(fields: tuple[str, ...], values: list[str], node: exp.Expression, seconds: int) -> int:
    whole = [_whole(value) for value in values]
    if fields[0] in ("YEAR", "MONTH"):
        return sum(
            value * {"YEAR": 12, "MONTH": 1}[name]
            for name, value in zip(fields, whole, strict=True)
        )
    fraction = values[-1].partition(".")[2]
    if fraction[6:].strip("0"):
        raise unsupported(f"fractions finer than a microsecond in INTERVAL {node.this}")
    unit = 10 ** (6 - seconds)
    micros = (int(fraction[:6].ljust(6, "0")) + unit // 2) // unit * unit if fraction else 0
    return (
        1_000_000 * sum(value * _SECONDS[name] for name, value in zip(fields, whole, strict=True))
        + micros
    )
