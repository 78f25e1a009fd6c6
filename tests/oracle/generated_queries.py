"""Random expressions and conditions over two small tables, each with its text and its value."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from tests.oracle.semantics.queries import (
    COMPARISONS,
    Expression,
    Row,
    both,
    compared,
    concatenated,
    either,
    negated,
    within,
)

COLUMNS = ("id", "n", "s", "c", "d")
KINDS = dict(zip(COLUMNS, "nnscd", strict=True))
DECLARED = "id number(4) primary key, n number(6,2), s varchar2(5), c char(4), d date"
DAYS = [datetime(2024, 2, 28), datetime(2024, 2, 29, 12), datetime(2024, 3, 1), datetime(1999, 12, 31, 23, 59, 59)]
NUMBERS = [Decimal(text) for text in ("-1", "0", "1", "2", "2.5", "100")]
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


class Generator:
    """Expressions over the tables with these aliases."""

    def __init__(self, source: random.Random, aliases: Sequence[str]) -> None:
        self.source = source
        self.aliases = list(aliases)

    def column(self, kind: str) -> Expression:
        alias = self.source.choice(self.aliases)
        name = self.source.choice([name for name, found in KINDS.items() if found == kind])
        place = COLUMNS.index(name)
        return Expression(f"{alias}.{name}", kind, lambda scope: row[place] if (row := scope[alias]) else None)

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
            return Expression(f"to_date('{value}', 'YYYY-MM-DD HH24:MI:SS')", kind, lambda _scope: value)
        value = self.source.choice(TEXTS if kind == "s" else PADDED)
        quoted = f"'{value}'" if kind == "c" else f"cast('{value}' as varchar2(5))"
        return Expression(quoted, kind, lambda _scope: value)

    def plain(self, kind: str) -> Expression:
        return self.column(kind) if self.source.random() < 0.7 else self.literal(kind)

    def expression(self, kind: str, depth: int = 2) -> Expression:
        """An expression of that kind; CHAR only as a column or a literal."""
        if depth == 0 or kind == "c" or self.source.random() < 0.3:
            return self.plain(kind)
        makers: list[Callable[[str, int], Expression]] = [self._nvl, self._coalesce, self._case, self._decode]
        makers += [self._nullif]
        makers += {
            "n": [self._arithmetic, self._length],
            "s": [self._joined, self._part, self._blanks],
            "d": [self._shifted],
        }[kind]
        return self.source.choice(makers)(kind, depth - 1)

    def _two(self, kind: str, depth: int) -> tuple[Expression, Expression]:
        return self.expression(kind, depth), self.expression(kind, depth)

    def _arithmetic(self, kind: str, depth: int) -> Expression:
        left, right = self._two(kind, depth)
        sign, function = self.source.choice(
            [("+", Decimal.__add__), ("-", Decimal.__sub__), ("*", Decimal.__mul__)]  # exact in 28 digits
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
            f"({left.text} || {right.text})", kind, lambda scope: concatenated(left.value(scope), right.value(scope))
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
            lambda scope: other.value(scope) if padded.value(scope) is None else padded.value(scope),
        )

    def _part(self, kind: str, depth: int) -> Expression:
        inner, start, size = self.expression(kind, depth), self.source.randint(1, 3), self.source.randint(1, 3)

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
            lambda scope: next((found for part in parts if (found := part.value(scope)) is not None), None),
        )

    def _case(self, kind: str, depth: int) -> Expression:
        condition, (one, other) = self.condition(depth), self._two(kind, depth)
        return Expression(
            f"case when {condition.text} then {one.text} else {other.text} end",
            kind,
            lambda scope: one.value(scope) if condition.value(scope) is True else other.value(scope),
        )

    def _decode(self, kind: str, depth: int) -> Expression:
        of = self.source.choice("nsd")
        subject, search = self.column(of), self.plain(of)
        one, other = self._two(kind, depth)
        return Expression(
            f"decode({subject.text}, {search.text}, {one.text}, {other.text})",
            kind,
            # two NULLs are equal here
            lambda scope: (one if subject.value(scope) == search.value(scope) else other).value(scope),
        )

    def _nullif(self, kind: str, depth: int) -> Expression:
        left, right = self.column(kind), self.expression(kind, depth)

        def value(scope: Any) -> Any:
            found = left.value(scope)
            return None if found is not None and found == right.value(scope) else found

        return Expression(f"nullif({left.text}, {right.text})", kind, value)

    def condition(self, depth: int = 2) -> Expression:
        """A condition of comparisons, IN, BETWEEN, IS NULL, NOT, AND and OR."""
        if depth > 0 and self.source.random() < 0.5:
            maker = self.source.choice([self._and, self._or, self._not])
            return maker(depth - 1)
        return self.source.choice([self._compare, self._compare, self._in, self._between, self._is_null])(depth)

    def _and(self, depth: int) -> Expression:
        left, right = self.condition(depth), self.condition(depth)
        return Expression(
            f"({left.text} and {right.text})", "b", lambda scope: both(left.value(scope), right.value(scope))
        )

    def _or(self, depth: int) -> Expression:
        left, right = self.condition(depth), self.condition(depth)
        return Expression(
            f"({left.text} or {right.text})", "b", lambda scope: either(left.value(scope), right.value(scope))
        )

    def _not(self, depth: int) -> Expression:
        inner = self.condition(depth)
        return Expression(f"not ({inner.text})", "b", lambda scope: negated(inner.value(scope)))

    def _pair(self, depth: int) -> tuple[Expression, Expression, bool]:
        """Two sides of a comparison, and whether both are CHAR."""
        kind = self.source.choice("nscd")
        other = self.source.choice("sc") if kind in "sc" else kind
        left, right = self.expression(kind, min(depth, 1)), self.expression(other, min(depth, 1))
        return left, right, kind == other == "c"

    def _compare(self, depth: int) -> Expression:
        left, right, padded = self._pair(depth)
        sign = self.source.choice(COMPARISONS)
        return Expression(
            f"{left.text} {sign} {right.text}",
            "b",
            lambda scope: compared(sign, left.value(scope), right.value(scope), padded=padded),
        )

    def _in(self, depth: int) -> Expression:
        kind = self.source.choice("nscd")
        value, choices = self.expression(kind, min(depth, 1)), [self.plain(kind) for _ in range(3)]
        is_out = self.source.random() < 0.5

        def found(scope: Any) -> bool | None:
            result = within(value.value(scope), [choice.value(scope) for choice in choices], padded=kind == "c")
            return negated(result) if is_out else result

        listed = ", ".join(choice.text for choice in choices)
        return Expression(f"{value.text} {'not ' if is_out else ''}in ({listed})", "b", found)

    def _between(self, depth: int) -> Expression:
        kind = self.source.choice("nscd")
        value, low, high = self.expression(kind, min(depth, 1)), self.plain(kind), self.plain(kind)
        padded = kind == "c"

        def found(scope: Any) -> bool | None:
            return both(
                compared(">=", value.value(scope), low.value(scope), padded=padded),
                compared("<=", value.value(scope), high.value(scope), padded=padded),
            )

        return Expression(f"{value.text} between {low.text} and {high.text}", "b", found)

    def _is_null(self, depth: int) -> Expression:
        value, is_not = self.expression(self.source.choice("nscd"), depth), self.source.random() < 0.5
        word = "is not null" if is_not else "is null"
        return Expression(f"{value.text} {word}", "b", lambda scope: (value.value(scope) is None) != is_not)


def len_of(value: str | None) -> Decimal | None:
    """LENGTH in characters."""
    return None if value is None else Decimal(len(value))
