"""Random expressions and conditions over two small tables, each with its text and its value."""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from tests.oracle.generated_conditions import NUMBERS, Conditions
from tests.oracle.semantics.queries import (
    Expression,
    Row,
    concatenated,
)

COLUMNS = ("id", "n", "s", "c", "d")
KINDS = dict(zip(COLUMNS, "nnscd", strict=True))
DECLARED = "id number(4) primary key, n number(6,2), s varchar2(5), c char(4), d date"
DAYS = [
    datetime(2024, 2, 28),
    datetime(2024, 2, 29, 12),
    datetime(2024, 3, 1),
    datetime(1999, 12, 31, 23, 59, 59),
]
TEXTS = ["a", "b", "a ", "ab", "B", "é", " "]
PADDED = ["a", "b", "ab", "B"]


def rows(source: random.Random, count: int) -> list[Row]:
    """As Oracle keeps them: the empty string as NULL, CHAR padded to four bytes."""
    return [
        (
            Decimal(number),
            source.choice([*NUMBERS, None]),
            source.choice([*TEXTS, None]),
            source.choice([*(text.ljust(4) for text in PADDED), None]),
            source.choice([*DAYS, None]),
        )
        for number in range(1, count + 1)
    ]


class Generator(Conditions):
    """Expressions over the tables with these aliases."""

    def __init__(self, source: random.Random, aliases: Sequence[str]) -> None:
        self.source = source
        self.aliases = list(aliases)

    def column(self, kind: str) -> Expression:
        alias = self.source.choice(self.aliases)
        name = self.source.choice([name for name, found in KINDS.items() if found == kind])
        place = COLUMNS.index(name)
        return Expression(
            f"{alias}.{name}", kind, lambda scope: row[place] if (row := scope[alias]) else None
        )

    def literal(self, kind: str) -> Expression:
        if self.source.random() < 0.1:
            # a bare NULL is a VARCHAR2 where it comes first
            untyped = {"n": "to_number(null)", "d": "to_date(null)", "s": "''", "c": "null"}[kind]
            return Expression(untyped, kind, lambda _scope: None)
        value: Any
        if kind == "n":
            value = self.source.choice(NUMBERS)
            return Expression(f"({value})", kind, lambda _scope: value)
        if kind == "d":
            value = self.source.choice(DAYS)
            return Expression(
                f"to_date('{value}', 'YYYY-MM-DD HH24:MI:SS')", kind, lambda _scope: value
            )
        value = self.source.choice(TEXTS if kind == "s" else PADDED)
        quoted = f"'{value}'" if kind == "c" else f"cast('{value}' as varchar2(5))"
        return Expression(quoted, kind, lambda _scope: value)

    def plain(self, kind: str) -> Expression:
        return self.column(kind) if self.source.random() < 0.7 else self.literal(kind)

    def expression(self, kind: str, depth: int = 2) -> Expression:
        """An expression of that kind; CHAR only as a column or a literal."""
        if depth == 0 or kind == "c" or self.source.random() < 0.3:
            return self.plain(kind)
        makers: list[Callable[[str, int], Expression]] = [
            self._nvl,
            self._coalesce,
            self._case,
            self._decode,
        ]
        makers += [self._nullif, self._extreme, self._simple_case]
        makers += {
            "n": [self._arithmetic, self._length, self._remainder, self._days],
            "s": [self._joined, self._part, self._blanks, self._as_text],
            "d": [self._shifted, self._midnight],
        }[kind]
        return self.source.choice(makers)(kind, depth - 1)

    def _two(self, kind: str, depth: int) -> tuple[Expression, Expression]:
        return self.expression(kind, depth), self.expression(kind, depth)

    def _arithmetic(self, kind: str, depth: int) -> Expression:
        left, right = self._two(kind, depth)
        sign, function = self.source.choice(
            [
                ("+", Decimal.__add__),
                ("-", Decimal.__sub__),
                ("*", Decimal.__mul__),
            ]  # exact in 28 digits
        )

        def value(scope: Any) -> Any:
            one, other = left.value(scope), right.value(scope)
            return None if one is None or other is None else function(one, other)

        return Expression(f"({left.text} {sign} {right.text})", kind, value)

    def _length(self, kind: str, depth: int) -> Expression:
        inner = self.expression(self.source.choice("sc"), depth)
        if inner.kind == "c":
            inner = self.column("c")
        return Expression(f"length({inner.text})", kind, lambda scope: len_of(inner.value(scope)))

    def _joined(self, kind: str, depth: int) -> Expression:
        left, right = self._two(kind, depth)
        return Expression(
            f"({left.text} || {right.text})",
            kind,
            lambda scope: concatenated(left.value(scope), right.value(scope)),
        )

    def _blanks(self, kind: str, depth: int) -> Expression:
        """CHAR as VARCHAR2: its blanks count from there on."""
        padded, other, number = self.column("c"), self.expression(kind, depth), self.column("n")
        shape = self.source.choice(["nvl", "decode", "coalesce", "concat"])
        if shape == "concat":
            return Expression(
                f"({padded.text} || {other.text})",
                kind,
                lambda scope: concatenated(padded.value(scope), other.value(scope)),
            )
        if shape == "decode":
            return Expression(
                f"decode({number.text}, 1, {padded.text}, {other.text})",
                kind,
                lambda scope: (padded if number.value(scope) == 1 else other).value(scope),
            )
        return Expression(
            f"{shape}({padded.text}, {other.text})",
            kind,
            lambda scope: (
                other.value(scope) if padded.value(scope) is None else padded.value(scope)
            ),
        )

    def _part(self, kind: str, depth: int) -> Expression:
        inner, start, size = (
            self.expression(kind, depth),
            self.source.randint(1, 3),
            self.source.randint(1, 3),
        )

        def value(scope: Any) -> Any:
            found = inner.value(scope)
            return None if found is None else found[start - 1 : start - 1 + size] or None

        return Expression(f"substr({inner.text}, {start}, {size})", kind, value)

    def _shifted(self, kind: str, depth: int) -> Expression:
        inner, days = self.expression(kind, depth), self.source.randint(-3, 3)

        def value(scope: Any) -> Any:
            found = inner.value(scope)
            return None if found is None else found + timedelta(days)

        return Expression(f"({inner.text} + ({days}))", kind, value)

    def _nvl(self, kind: str, depth: int) -> Expression:
        left, right = self._two(kind, depth)

        def value(scope: Any) -> Any:
            found = left.value(scope)
            return right.value(scope) if found is None else found

        return Expression(f"nvl({left.text}, {right.text})", kind, value)

    def _coalesce(self, kind: str, depth: int) -> Expression:
        parts = [self.column(kind), *self._two(kind, depth)]
        return Expression(
            f"coalesce({', '.join(part.text for part in parts)})",
            kind,
            lambda scope: next(
                (found for part in parts if (found := part.value(scope)) is not None), None
            ),
        )

    def _case(self, kind: str, depth: int) -> Expression:
        condition, (one, other) = self.condition(depth), self._two(kind, depth)
        return Expression(
            f"case when {condition.text} then {one.text} else {other.text} end",
            kind,
            lambda scope: (
                one.value(scope) if condition.value(scope) is True else other.value(scope)
            ),
        )

    def _decode(self, kind: str, depth: int) -> Expression:
        of = self.source.choice("nsd")
        subject, search = self.column(of), self.plain(of)
        one, other = self._two(kind, depth)
        return Expression(
            f"decode({subject.text}, {search.text}, {one.text}, {other.text})",
            kind,
            # two NULLs are equal here
            lambda scope: (one if subject.value(scope) == search.value(scope) else other).value(
                scope
            ),
        )

    def _nullif(self, kind: str, depth: int) -> Expression:
        left, right = self.column(kind), self.expression(kind, depth)

        def value(scope: Any) -> Any:
            found = left.value(scope)
            return None if found is not None and found == right.value(scope) else found

        return Expression(f"nullif({left.text}, {right.text})", kind, value)

    def _extreme(self, kind: str, depth: int) -> Expression:
        """GREATEST and LEAST are NULL as soon as one argument is."""
        parts = [self.column(kind), *self._two(kind, depth)]
        name, function = self.source.choice([("greatest", max), ("least", min)])

        def value(scope: Any) -> Any:
            found = [part.value(scope) for part in parts]
            return None if None in found else function(found)

        return Expression(f"{name}({', '.join(part.text for part in parts)})", kind, value)

    def _simple_case(self, kind: str, depth: int) -> Expression:
        """CASE with a subject never matches NULL."""
        of = self.source.choice("nsd")
        subject, search, (one, other) = (
            self.column(of),
            self.expression(of, depth),
            self._two(kind, depth),
        )

        def value(scope: Any) -> Any:
            found = subject.value(scope)
            return (one if found is not None and found == search.value(scope) else other).value(
                scope
            )

        text = f"case {subject.text} when {search.text} then {one.text} else {other.text} end"
        return Expression(text, kind, value)

    def _remainder(self, kind: str, depth: int) -> Expression:
        """MOD has the sign of the dividend; by zero it is the dividend."""
        left, right = self._two(kind, depth)

        def value(scope: Any) -> Any:
            one, other = left.value(scope), right.value(scope)
            if one is None or other is None:
                return None
            return one if other == 0 else one % other

        return Expression(f"mod({left.text}, {right.text})", kind, value)

    def _days(self, kind: str, depth: int) -> Expression:
        """Whole days between two dates; TRUNC cuts towards zero."""
        left, right = self.column("d"), self.expression("d", depth)

        def value(scope: Any) -> Any:
            one, other = left.value(scope), right.value(scope)
            if one is None or other is None:
                return None
            days = abs(one - other).days
            return Decimal(days if one >= other else -days)

        return Expression(f"trunc({left.text} - {right.text})", kind, value)

    def _midnight(self, kind: str, depth: int) -> Expression:
        inner = self.expression(kind, depth)

        def value(scope: Any) -> Any:
            found = inner.value(scope)
            return None if found is None else found.replace(hour=0, minute=0, second=0)

        return Expression(f"trunc({inner.text})", kind, value)

    def _as_text(self, kind: str, depth: int) -> Expression:
        """A number or a date as text."""
        if self.source.random() < 0.5:
            number, text = self.column("n"), self.expression(kind, depth)
            return Expression(
                f"({text.text} || {number.text})",
                kind,
                lambda scope: concatenated(text.value(scope), digits_of(number.value(scope))),
            )
        moment = self.expression("d", depth)

        def value(scope: Any) -> Any:
            found = moment.value(scope)
            return None if found is None else found.strftime("%d/%m/%Y")

        return Expression(f"to_char({moment.text}, 'DD/MM/YYYY')", kind, value)


def digits_of(value: Decimal | None) -> str | None:
    """A number as text: no zero before the point, none at the end."""
    if value is None:
        return None
    text = f"{value:f}"
    text = text.rstrip("0").rstrip(".") if "." in text else text
    return re.sub(r"^(-?)0\.", r"\1.", text)


def len_of(value: str | None) -> Decimal | None:
    """LENGTH in characters."""
    return None if value is None else Decimal(len(value))
