"""Random values of one column pair that its legacy column can hold, as Hypothesis strategies."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable
from decimal import Decimal
from math import ceil, floor
from typing import TypeVar

from hypothesis import HealthCheck, Phase, Verbosity, given, settings
from hypothesis import seed as seeded
from hypothesis import strategies as st

from reconciliation.canonical import ColumnRule
from reconciliation.canonical.types import fits, lacking, source_label
from reconciliation.capacity import column_refusal
from reconciliation.capacity.columns import source_bounds
from reconciliation.generation.bounds import moment_bounds, within
from reconciliation.generation.edges import to_precision
from reconciliation.model import Value

Drawn = TypeVar("Drawn")

#: longest random text; the lengths beyond it are edges
_LONGEST_RANDOM = 120
#: texts are drawn alike for all columns of at least this length, and cut: Hypothesis draws about
#: five characters whatever the limit is, and the first drawing within a limit takes it five times
#: as long
_SHORT = 16
#: values drawn for each one that is taken
_DRAWN_PER_TAKEN = 5
#: values of one example: the engine's own work is many times that of drawing one
_TOGETHER = 60

_ASCII = st.characters(min_codepoint=32, max_codepoint=126)
_HANGUL = st.characters(min_codepoint=0xAC00, max_codepoint=0xD7A3)
_SUPPLEMENTARY = st.characters(min_codepoint=0x1F300, max_codepoint=0x1FAFF)
_ANY = st.characters(exclude_categories=["Cs"], exclude_characters="\x00")
_CHARACTERS = st.one_of(_ASCII, _ASCII, _HANGUL, _SUPPLEMENTARY, _ANY)


def sample(
    strategy: st.SearchStrategy[Drawn], count: int, seed: int, together: int = _TOGETHER
) -> list[Drawn]:
    """``count`` values, the same for the same seed.

    The property only collects, ``together`` values an example; of long ones the engine does not
    take many. Hypothesis likes to vary its last example a little, so more are drawn than are taken,
    at even distances; where lists hold too few different ones, single values are drawn, too, and
    where a space is small, values repeat.
    """
    drawn: list[Drawn] = []
    width = min(count, together)
    if width > 1:
        lists = st.lists(strategy, min_size=width, max_size=width)
        _collect(lists, _DRAWN_PER_TAKEN * -(-count // width), seed, drawn.extend)
    if len(set(map(repr, drawn))) < count:
        _collect(strategy, 2 * count, seed, drawn.append)
    distinct = list({repr(values): values for values in drawn}.values())
    if not distinct:
        return []
    step = max(1, len(distinct) // count)
    spread = [
        distinct[place] for start in range(step) for place in range(start, len(distinct), step)
    ]
    return [spread[place % len(spread)] for place in range(count)]


def _collect(
    strategy: st.SearchStrategy[Drawn], count: int, seed: int, keep: Callable[[Drawn], None]
) -> None:
    @seeded(seed)
    @settings(
        max_examples=count,
        phases=[Phase.generate],
        database=None,
        deadline=None,
        derandomize=False,
        verbosity=Verbosity.quiet,
        suppress_health_check=list(HealthCheck),
    )
    @given(strategy)
    def collect(value: Drawn) -> None:
        keep(value)

    collect()


def holdable(rule: ColumnRule) -> st.SearchStrategy[Value] | None:
    """Values both columns can hold, NULL among them when both allow it; None for a type without a
    strategy.
    """
    make = _BY_TYPE.get(source_label(rule.source.type))
    if make is None:
        return None
    values = make(rule).filter(
        lambda value: within(rule, value) and column_refusal(rule, value) is None
    )
    if rule.source.nullable and rule.target.nullable:
        return st.one_of(*[values] * 7, st.none())
    return values


def _text(rule: ColumnRule) -> st.SearchStrategy[str]:
    length = rule.source.type.length or _LONGEST_RANDOM
    shortest = 0 if rule.target.nullable else 1
    longest = length if length < _SHORT else _LONGEST_RANDOM
    return st.text(_CHARACTERS, min_size=shortest, max_size=longest).map(
        lambda value: _cut(rule, value[:length])
    )


def _cut(rule: ColumnRule, value: str) -> str:
    """The longest beginning that fits the legacy column, of characters it has; 'x' where nothing is
    left.
    """
    value = _held(rule, value)
    while value and not fits(rule.target.type, value):
        value = value[:-1]
    return value or ("" if rule.target.nullable else "x")


def _held(rule: ColumnRule, value: str) -> str:
    lacks = lacking(rule.target.type, value)
    return "".join(character for character in value if character not in lacks) if lacks else value


def _padded_text(rule: ColumnRule) -> st.SearchStrategy[str]:
    return _text(rule).map(lambda value: value.rstrip(" ") or "x")


def _integers(rule: ColumnRule) -> st.SearchStrategy[int]:
    low, high = (int(bound or 0) for bound in source_bounds(rule))
    kind = rule.target.type
    if kind.precision is not None:
        limit = 10 ** max(0, kind.precision - (kind.scale or 0)) - 1
        low, high = max(low, -limit), min(high, limit)
    small = (
        st.integers(max(low, -1000), min(high, 1000))
        if low <= 1000 and high >= -1000
        else st.integers(low, high)
    )
    return st.one_of(small, st.integers(low, high))


def _numerics(rule: ColumnRule) -> st.SearchStrategy[Decimal]:
    kind, target = rule.source.type, rule.target.type
    scale = 6 if kind.precision is None else (kind.scale or 0)
    digits = 28 if kind.precision is None else kind.precision
    whole = digits - scale
    if target.precision is not None:
        # a step below the legacy limit, so that rounding to its scale cannot reach it
        whole = min(whole, max(0, target.precision - (target.scale or 0)))
    reach = max(0, 10 ** max(0, whole + scale) - 10**scale)
    first, last = source_bounds(rule)
    low = -reach if first is None else max(-reach, ceil(first.scaleb(scale)))
    high = reach if last is None else min(reach, floor(last.scaleb(scale)))
    if low > high:  # nothing agreed on can be held: the filter says so
        low, high = -reach, reach
    numbers = st.integers(low, high)
    small = max(low, -(10**4)), min(high, 10**4)
    few_digits = st.integers(*small) if small[0] <= small[1] else numbers
    return st.one_of(numbers, few_digits).map(lambda number: Decimal(f"{number}E{-scale}"))


def _floats(rule: ColumnRule) -> st.SearchStrategy[float]:
    width = 64 if source_label(rule.source.type) == "float8" else 32
    if width == 32:
        return st.integers(-(2**24), 2**24).map(lambda number: number / 64)
    # the smallest and largest floats are beyond NUMBER and make no random value more telling
    floats = st.floats(-1e30, 1e30, allow_nan=False, allow_subnormal=False)
    return floats.filter(lambda value: value == 0 or abs(value) > 1e-30)


def _timestamps(rule: ColumnRule) -> st.SearchStrategy[dt.datetime]:
    low, high = moment_bounds(rule)
    zone = low.tzinfo
    moments = st.datetimes(low.replace(tzinfo=None), high.replace(tzinfo=None)).map(
        lambda m: m.replace(fold=0)
    )
    if zone is None:
        return moments.map(lambda value: to_precision(rule, value))
    offsets = st.sampled_from(
        [dt.timedelta(minutes=minutes) for minutes in (0, 0, 540, -210, 345, -720)]
    )
    return st.builds(_at_offset, moments, offsets).map(lambda value: to_precision(rule, value))


def _at_offset(moment: dt.datetime, offset: dt.timedelta) -> dt.datetime:
    aware = moment.replace(tzinfo=dt.UTC)
    try:
        return aware.astimezone(dt.timezone(offset))
    except OverflowError:
        return aware


def _dates(rule: ColumnRule) -> st.SearchStrategy[dt.date]:
    low, high = moment_bounds(rule)
    return st.dates(low.date(), high.date())


def _bytes(rule: ColumnRule) -> st.SearchStrategy[bytes]:
    shortest = 0 if rule.target.nullable else 1
    longest = min(rule.target.type.length or _LONGEST_RANDOM, _LONGEST_RANDOM)
    return st.binary(min_size=shortest, max_size=longest)


def _documents(rule: ColumnRule) -> st.SearchStrategy[str]:
    texts = st.text(_CHARACTERS, max_size=8)
    leaves = st.one_of(st.none(), st.booleans(), st.integers(-(10**15), 10**15), texts)
    nested = st.recursive(
        leaves, lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(texts, inner))
    )
    return nested.map(lambda value: _held(rule, json.dumps(value, ensure_ascii=False)))


_BY_TYPE: dict[str, Callable[[ColumnRule], st.SearchStrategy[Value]]] = {
    **dict.fromkeys(("varchar", "text", "citext"), _text),
    "bpchar": _padded_text,
    **dict.fromkeys(("int2", "int4", "int8"), _integers),
    "numeric": _numerics,
    **dict.fromkeys(("float4", "float8"), _floats),
    "bool": lambda rule: st.booleans(),
    **dict.fromkeys(("timestamp", "timestamptz"), _timestamps),
    "date": _dates,
    "bytea": _bytes,
    "uuid": lambda rule: st.uuids().map(str),
    **dict.fromkeys(("json", "jsonb"), _documents),
}
