"""Oracle's rules for conditions, expressions and rows, stated over lists of tuples.

Sources: SQL Language Reference, "Nulls", "Conditions", "Datatype Comparison Rules", "Sorting Query
Results", "Analytic Functions", "The UNION [ALL], INTERSECT, MINUS Operators", "Joins". A condition
is True, False or None (unknown); NULL is None, and so is the empty string.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from functools import cmp_to_key
from itertools import zip_longest
from typing import Any

Value = Decimal | str | datetime | None
Row = tuple[Any, ...]
#: table alias -> the row it stands at, None for the row an outer join makes up
Scope = Mapping[str, Row | None]


@dataclass(frozen=True)
class Expression:
    """Its text, its kind (n number, s VARCHAR2, c CHAR, d DATE, b condition) and its value in a
    scope.
    """

    text: str
    kind: str
    value: Callable[[Scope], Any]


def both(left: bool | None, right: bool | None) -> bool | None:
    """AND."""
    if left is False or right is False:
        return False
    return None if left is None or right is None else True


def either(left: bool | None, right: bool | None) -> bool | None:
    """OR."""
    if left is True or right is True:
        return True
    return None if left is None or right is None else False


def negated(value: bool | None) -> bool | None:
    """NOT."""
    return None if value is None else not value


def ordering(left: Value, right: Value, *, padded: bool) -> int | None:
    """-1, 0 or 1; None where one side is NULL. Two CHARs are compared as if the shorter one had
    more blanks.
    """
    if left is None or right is None:
        return None
    if padded:
        pairs = list(zip_longest(str(left), str(right), fillvalue=" "))
        left, right = "".join(pair[0] for pair in pairs), "".join(pair[1] for pair in pairs)
    return (left > right) - (left < right)  # type: ignore[operator]


_HOLDS: dict[str, Callable[[int], bool]] = {
    "=": lambda sign: sign == 0,
    "<>": lambda sign: sign != 0,
    "<": lambda sign: sign < 0,
    "<=": lambda sign: sign <= 0,
    ">": lambda sign: sign > 0,
    ">=": lambda sign: sign >= 0,
}
COMPARISONS = tuple(_HOLDS)


def compared(operator: str, left: Value, right: Value, *, padded: bool) -> bool | None:
    """The result of a comparison."""
    sign = ordering(left, right, padded=padded)
    return None if sign is None else _HOLDS[operator](sign)


def within(value: Value, choices: Iterable[Value], *, padded: bool) -> bool | None:
    """IN: true for a match, else unknown when the value or a choice is NULL."""
    result: bool | None = False
    for choice in choices:
        result = either(result, compared("=", value, choice, padded=padded))
    return result


def text(value: str) -> str | None:
    """The empty string is NULL."""
    return value or None


def concatenated(left: str | None, right: str | None) -> str | None:
    """``||`` passes over NULL."""
    return text((left or "") + (right or ""))


def aggregated(function: str, values: Sequence[Value]) -> Value:
    """COUNT, SUM, AVG, MIN and MAX pass over NULL; of no values all but COUNT are NULL."""
    known: list[Any] = [value for value in values if value is not None]
    if function == "count":
        return Decimal(len(known))
    if not known:
        return None
    if function == "avg":
        return sum(known, Decimal(0)) / len(known)
    return {
        "sum": lambda: sum(known, Decimal(0)),
        "min": lambda: min(known),
        "max": lambda: max(known),
    }[function]()


@dataclass(frozen=True)
class Key:
    """One key of ORDER BY: the place of the column, its direction, and where NULLs stand if that is
    said.
    """

    place: int
    falling: bool = False
    nulls_first: bool | None = None

    def compare(self, left: Row, right: Row) -> int:
        one, other = left[self.place], right[self.place]
        if one is None or other is None:
            # NULLs come last ascending and first descending
            first = self.falling if self.nulls_first is None else self.nulls_first
            sign = (one is None) - (other is None)
            return -sign if first else sign
        sign = (one > other) - (one < other)
        return -sign if self.falling else sign


def by_keys(keys: Sequence[Key]) -> Callable[[Row, Row], int]:
    """A comparison of rows."""
    return lambda left, right: next((sign for key in keys if (sign := key.compare(left, right))), 0)


def in_order(rows: Iterable[Row], keys: Sequence[Key]) -> list[Row]:
    """ORDER BY."""
    return sorted(rows, key=cmp_to_key(by_keys(keys)))


def grouped(rows: Iterable[Row], size: int) -> Iterator[tuple[Row, list[Row]]]:
    """GROUP BY the first ``size`` values; NULLs make one group."""
    groups: dict[Row, list[Row]] = {}
    for row in rows:
        groups.setdefault(row[:size], []).append(row)
    return iter(groups.items())


def combined(operator: str, left: Sequence[Row], right: Sequence[Row]) -> list[Row]:
    """UNION ALL keeps all rows, the others tell rows apart with NULLs taken for equal."""
    if operator == "union all":
        return [*left, *right]
    if operator == "union":
        return list(dict.fromkeys([*left, *right]))
    kept = set(right)
    return [row for row in dict.fromkeys(left) if (row in kept) == (operator == "intersect")]


def joined(
    kind: str,
    left: Sequence[Row],
    right: Sequence[Row],
    condition: Callable[[Row, Row], bool | None],
) -> list[tuple[Row | None, Row | None]]:
    """Pairs of rows for which the condition is true, and for outer joins the rows left over."""
    found: list[tuple[Row | None, Row | None]] = []
    seen: set[int] = set()
    for row in left:
        matches = [place for place, other in enumerate(right) if condition(row, other) is True]
        seen.update(matches)
        found += [(row, right[place]) for place in matches]
        if not matches and kind in ("left", "full"):
            found.append((row, None))
    if kind in ("right", "full"):
        found += [(None, other) for place, other in enumerate(right) if place not in seen]
    return found


def analytic(
    function: str, rows: Sequence[Row], place: int, keys: Sequence[Key], partition: int
) -> list[Value]:
    """For each row the value of a function over its partition (equal values at ``partition``) in
    the order of the keys.

    ``place`` is the argument's. Aggregates run up to the last row that is equal in the order (RANGE
    UNBOUNDED PRECEDING, the default window).
    """
    compare = by_keys(keys)
    results: list[Value] = []
    for row in rows:
        mates = in_order((other for other in rows if other[partition] == row[partition]), keys)
        before = [other for other in mates if compare(other, row) < 0]
        here = mates.index(row)
        if function == "row_number":
            results.append(Decimal(here + 1))
        elif function == "rank":
            results.append(Decimal(len(before) + 1))
        elif function == "dense_rank":
            distinct = sum(
                1 for i, other in enumerate(before) if i == 0 or compare(before[i - 1], other)
            )
            results.append(Decimal(distinct + 1))
        elif function in ("lag", "lead"):
            other = here + (-1 if function == "lag" else 1)
            results.append(mates[other][place] if 0 <= other < len(mates) else None)
        elif function == "first_value":
            results.append(mates[0][place])
        else:
            results.append(
                aggregated(function, [other[place] for other in mates if compare(other, row) <= 0])
            )
    return results
