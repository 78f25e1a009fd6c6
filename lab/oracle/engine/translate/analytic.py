"""Aggregates beyond the five basic ones, and analytic functions.

``over`` is written as `` OVER (...)``; what needs other windows than the one given builds them from
its parts.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from sqlglot import exp

from lab.oracle.engine.translate.context import Context
from lab.oracle.engine.translate.dialect import unsupported
from lab.oracle.interface import OracleError

Translate = Callable[[exp.Expression, Context], str]

#: aggregates written here even without OVER or WITHIN GROUP
GROUPS = frozenset(
    (
        "LISTAGG",
        "MEDIAN",
        "STDDEV",
        "STDDEV_POP",
        "STDDEV_SAMP",
        "VARIANCE",
        "VAR_POP",
        "VAR_SAMP",
        "PERCENTILE_CONT",
        "PERCENTILE_DISC",
    )
)
_RANKING = {"ROW_NUMBER": "row_number", "RANK": "rank", "DENSE_RANK": "dense_rank"}
_VALUES = {
    "FIRST_VALUE": "first_value",
    "LAST_VALUE": "last_value",
    "LAG": "lag",
    "LEAD": "lead",
    "NTH_VALUE": "nth_value",
}
_WHOLE = "ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING"


def written(
    name: str,
    node: exp.Expression,
    context: Context,
    translate: Translate,
    *,
    over: str,
    within: str,
) -> str | None:
    """SQL for the call; None when this module does not know the function."""
    if name == "LISTAGG":
        return _listagg(node, context, translate, over, within)
    if name in ("PERCENTILE_CONT", "PERCENTILE_DISC", "MEDIAN"):
        return _percentile(name, node, context, translate, over, within)
    if within:
        return None
    if name in GROUPS:
        return _spread(name, node, context, translate, over)
    if not over:
        return None
    ignoring = any(isinstance(part, exp.IgnoreNulls) for part in node.expressions)
    given = [
        part.this if isinstance(part, (exp.IgnoreNulls, exp.RespectNulls)) else part
        for part in node.expressions
    ]
    arguments = [translate(part, context) for part in given]
    if name in _RANKING:
        _ordered(name, over)
        _count(arguments, 0, 0)
        return f"({_RANKING[name]}(){over})::numeric"
    if name in _VALUES:
        return _value(name, arguments, over, ignoring=ignoring)
    return _share(name, arguments, over)


def _count(arguments: list[str], low: int, high: int) -> None:
    if not low <= len(arguments) <= high:
        raise OracleError(909, "invalid number of arguments")


def _ordered(name: str, over: str) -> None:
    if "ORDER BY" not in over:
        raise OracleError(
            30485, f"missing ORDER BY expression in the window specification ({name})"
        )


def _parts(over: str) -> tuple[str, str]:
    """PARTITION BY and ORDER BY of a window, without its frame."""
    inner = over.removeprefix(" OVER (").removesuffix(")")
    inner = re.sub(r"\b(ROWS|RANGE) (BETWEEN .*|(UNBOUNDED|CURRENT|\d+) \w+)$", "", inner).strip()
    before, _, after = inner.partition("ORDER BY ")
    return before.strip(), f"ORDER BY {after}" if after else ""


def _window(*parts: str) -> str:
    return f" OVER ({' '.join(part for part in parts if part)})"


def _value(name: str, arguments: list[str], over: str, *, ignoring: bool) -> str:
    if name in ("LAG", "LEAD"):
        _ordered(name, over)
        _count(arguments, 1, 3)
        if ignoring:
            return _nearest(name, arguments, over)
        if len(arguments) > 1:
            arguments[1] = f"({arguments[1]})::int4"
        if len(arguments) > 2:
            arguments[2] = f"ora.nvl(CASE WHEN false THEN {arguments[0]} END, {arguments[2]})"
    elif name == "NTH_VALUE":
        _count(arguments, 2, 2)
        arguments[1] = f"({arguments[1]})::int4"
        if ignoring:
            raise unsupported("NTH_VALUE with IGNORE NULLS")
    else:
        _count(arguments, 1, 1)
        if ignoring:
            return (
                f""
                f"{'ora.first_seen' if name == 'FIRST_VALUE' else 'ora.last_seen'}({arguments[0]}){over}"  # noqa: E501
            )
    return f"{_VALUES[name]}({', '.join(arguments)}){over}"


def _nearest(name: str, arguments: list[str], over: str) -> str:
    """LAG and LEAD past NULLs, by one row."""
    if len(arguments) > 1:
        raise unsupported(f"{name} with IGNORE NULLS and a distance")
    if name == "LAG":
        function, frame = "ora.last_seen", "ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING"
    else:
        function, frame = "ora.first_seen", "ROWS BETWEEN 1 FOLLOWING AND UNBOUNDED FOLLOWING"
    return f"{function}({arguments[0]}){_window(*_parts(over), frame)}"


def _share(name: str, arguments: list[str], over: str) -> str | None:
    partition, order = _parts(over)
    rows = f"(count(*){_window(partition)})::numeric"
    if name == "NTILE":
        _count(arguments, 1, 1)
        _ordered(name, over)
        return f"(ntile(ora.c_num({arguments[0]})::int4){over})::numeric"
    if name == "RATIO_TO_REPORT":
        _count(arguments, 1, 1)
        return f"ora.div(ora.c_num({arguments[0]}), sum(ora.c_num({arguments[0]})){over})"
    if name == "CUME_DIST":
        _ordered(name, over)
        return f"ora.div((count(*){_window(partition, order)})::numeric, {rows})"
    if name == "PERCENT_RANK":
        _ordered(name, over)
        before = f"(rank(){over} - 1)::numeric"
        return (
            f"CASE WHEN {rows} = 1::numeric THEN 0::numeric ELSE ora.div({before}, {rows} - "
            f"1::numeric) END"
        )
    return None


def _listagg(
    node: exp.Expression, context: Context, translate: Translate, over: str, within: str
) -> str:
    arguments, distinct = list(node.expressions), ""
    if arguments and isinstance(arguments[0], exp.Distinct):
        distinct, arguments = "DISTINCT ", [*arguments[0].expressions, *arguments[1:]]
    if not 1 <= len(arguments) <= 2:
        raise OracleError(909, "invalid number of arguments")
    value, *rest = [f"ora.c_str({translate(argument, context)})" for argument in arguments]
    separator = f"coalesce({rest[0]}, '')" if rest else "''"
    if over:
        if distinct:
            raise unsupported("LISTAGG(DISTINCT ...) with OVER")
        return (
            f"ora.joined(string_agg({value}, "
            f"{separator}){_window(_parts(over)[0], within, _WHOLE if within else '')})"
        )
    if distinct and within:
        keys = (
            within.removeprefix("ORDER BY ")
            .removesuffix(" NULLS LAST")
            .removesuffix(" NULLS FIRST")
            .removesuffix(" DESC")
        )
        if f"ora.c_str({keys})" != value and keys != value:
            raise OracleError(1791, "not a SELECTed expression")
        within = within.replace(keys, value, 1)
    return f"ora.joined(string_agg({distinct}{value}, {separator} {within}))"


def _percentile(
    name: str, node: exp.Expression, context: Context, translate: Translate, over: str, within: str
) -> str:
    if over and "ORDER BY" in over:
        raise OracleError(30487, "ORDER BY not allowed here")
    arguments = [translate(argument, context) for argument in node.expressions]
    _count(arguments, 1, 1)
    if name == "MEDIAN":
        return f"ora.percentile_cont_(0.5::numeric, array_agg({arguments[0]}){over}, false)"
    if not within or "," in re.sub(r"\([^()]*\)", "", within):
        raise unsupported(f"{name} without one key in WITHIN GROUP")
    match = re.fullmatch(r"ORDER BY (.*?)( DESC)? NULLS (?:FIRST|LAST)", within)
    if match is None:
        raise unsupported(f"{name} with this order")
    falling = "true" if match[2] else "false"
    return f"ora.{name.lower()}_(ora.c_num({arguments[0]}), array_agg({match[1]}){over}, {falling})"


def _spread(
    name: str, node: exp.Expression, context: Context, translate: Translate, over: str
) -> str:
    """Variances from the exact sums; of one value VARIANCE and STDDEV are 0, the others of a sample
    NULL.
    """
    arguments = node.expressions
    if len(arguments) != 1 or isinstance(arguments[0], (exp.Distinct, exp.Star)):
        raise unsupported(f"{name} of this form")
    value = f"ora.c_num({translate(arguments[0], context)})"
    count = f"(count({value}){over})::numeric"
    less = "0::numeric" if name.endswith("_POP") else "1::numeric"
    text = f"ora.variance_({count}, sum({value}){over}, sum({value} * {value}){over}, {less})"
    if name in ("STDDEV", "VARIANCE"):
        text = f"CASE WHEN {count} = 1::numeric THEN 0::numeric ELSE {text} END"
    return f"ora.sqrt_({text})" if name.startswith("STDDEV") else text
