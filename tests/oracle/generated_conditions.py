"""Random conditions: three-valued logic over comparisons, IN, BETWEEN, LIKE and IS NULL."""

from __future__ import annotations

import random
import re
from abc import ABC, abstractmethod
from decimal import Decimal
from typing import Any

from tests.oracle.semantics.queries import (
    COMPARISONS,
    Expression,
    both,
    compared,
    either,
    negated,
    within,
)

NUMBERS = [Decimal(text) for text in ("-1", "0", "1", "2", "2.5", "100")]


class Conditions(ABC):
    """What makes conditions out of the expressions that a subclass makes."""

    source: random.Random

    @abstractmethod
    def column(self, kind: str) -> Expression:
        """A column of this kind."""

    @abstractmethod
    def literal(self, kind: str) -> Expression:
        """A literal of this kind."""

    @abstractmethod
    def plain(self, kind: str) -> Expression:
        """A column or a literal."""

    @abstractmethod
    def expression(self, kind: str, depth: int = 2) -> Expression:
        """Any expression of this kind, at most so deep."""

    def condition(self, depth: int = 2) -> Expression:
        """A condition of comparisons, IN, BETWEEN, IS NULL, NOT, AND and OR."""
        if depth > 0 and self.source.random() < 0.5:
            maker = self.source.choice([self._and, self._or, self._not])
            return maker(depth - 1)
        return self.source.choice(
            [
                self._compare,
                self._compare,
                self._in,
                self._between,
                self._is_null,
                self._like,
                self._converted,
                self._tuples,
            ]
        )(depth)

    def _and(self, depth: int) -> Expression:
        left, right = self.condition(depth), self.condition(depth)
        return Expression(
            f"({left.text} and {right.text})",
            "b",
            lambda scope: both(left.value(scope), right.value(scope)),
        )

    def _or(self, depth: int) -> Expression:
        left, right = self.condition(depth), self.condition(depth)
        return Expression(
            f"({left.text} or {right.text})",
            "b",
            lambda scope: either(left.value(scope), right.value(scope)),
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
            result = within(
                value.value(scope), [choice.value(scope) for choice in choices], padded=kind == "c"
            )
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

    def _like(self, depth: int) -> Expression:
        """Blanks at the end count, those of CHAR as well."""
        value, is_not = (
            self.expression(self.source.choice("sc"), min(depth, 1)),
            self.source.random() < 0.3,
        )
        shape = self.source.choice(["a%", "%b", "_", "a_%", "%"])
        pattern = re.compile(shape.replace("%", ".*").replace("_", "."), re.DOTALL)

        def found(scope: Any) -> bool | None:
            text = value.value(scope)
            return None if text is None else (pattern.fullmatch(text) is not None) != is_not

        return Expression(f"{value.text} {'not ' if is_not else ''}like '{shape}'", "b", found)

    def _converted(self, _depth: int) -> Expression:
        """A number beside text: the text is converted."""
        number, other, sign = (
            self.column("n"),
            self.source.choice(NUMBERS),
            self.source.choice(COMPARISONS),
        )
        return Expression(
            f"{number.text} {sign} '{other}'",
            "b",
            lambda scope: compared(sign, number.value(scope), other, padded=False),
        )

    def _tuples(self, _depth: int) -> Expression:
        left, choices = (
            (self.column("n"), self.column("s")),
            [(self.literal("n"), self.literal("s")) for _ in range(2)],
        )
        is_out = self.source.random() < 0.5

        def found(scope: Any) -> bool | None:
            result: bool | None = False
            for choice in choices:
                signs = [
                    compared("=", one.value(scope), other.value(scope), padded=False)
                    for one, other in zip(left, choice, strict=True)
                ]
                result = either(result, both(*signs))
            return negated(result) if is_out else result

        listed = ", ".join(f"({number.text}, {text.text})" for number, text in choices)
        return Expression(
            f"({left[0].text}, {left[1].text}) {'not ' if is_out else ''}in ({listed})", "b", found
        )

    def _is_null(self, depth: int) -> Expression:
        value, is_not = (
            self.expression(self.source.choice("nscd"), depth),
            self.source.random() < 0.5,
        )
        word = "is not null" if is_not else "is null"
        return Expression(
            f"{value.text} {word}", "b", lambda scope: (value.value(scope) is None) != is_not
        )
