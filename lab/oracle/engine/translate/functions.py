"""Oracle's functions: how each is written for the store. What is not listed is refused."""

from __future__ import annotations

from collections.abc import Callable

from sqlglot import exp

from lab.oracle.engine.lexer import literal
from lab.oracle.engine.translate import analytic, further
from lab.oracle.engine.translate.context import Context
from lab.oracle.engine.translate.dialect import only, unsupported
from lab.oracle.engine.translate.fractions import moment_text
from lab.oracle.engine.translate.intervals import read_interval
from lab.oracle.interface import OracleError

Translate = Callable[[exp.Expression, Context], str]

#: name -> (function of the store, the kinds of its arguments, how many may be left out)
#: kinds: s text, c text of its own character type, j the same or a LOB, n number, - as it is
_SIMPLE: dict[str, tuple[str, str, int]] = {
    "UPPER": ("ora.upper_", "c", 0),
    "LOWER": ("ora.lower_", "c", 0),
    "INITCAP": ("ora.initcap_", "c", 0),
    "LENGTH": ("ora.length_", "-", 0),
    "LENGTHB": ("ora.lengthb_", "-", 0),
    "SUBSTR": ("ora.substr_", "cnn", 1),
    "INSTR": ("ora.instr_", "ssnn", 2),
    "REPLACE": ("ora.replace_", "css", 1),
    "TRANSLATE": ("ora.translate_", "css", 0),
    "CONCAT": ("ora.concat_", "jj", 0),
    "LPAD": ("ora.lpad_", "cns", 1),
    "RPAD": ("ora.rpad_", "cns", 1),
    "CHR": ("ora.chr_", "n", 0),
    "ASCII": ("ora.ascii_", "s", 0),
    "MOD": ("ora.mod_", "nn", 0),
    "ABS": ("abs", "n", 0),
    "SIGN": ("sign", "n", 0),
    "CEIL": ("ceil", "n", 0),
    "FLOOR": ("floor", "n", 0),
    "TRUNC": ("ora.trunc_", "--", 1),
    "ADD_MONTHS": ("ora.add_months", "-n", 0),
    "LAST_DAY": ("ora.last_day", "-", 0),
    "MONTHS_BETWEEN": ("ora.months_between", "--", 0),
    "TO_DATE": ("ora.to_date", "sss", 2),
    "TO_TIMESTAMP": ("ora.to_timestamp", "sss", 2),
    "TO_TIMESTAMP_TZ": ("ora.to_timestamp_tz", "sss", 2),
    "TO_NCHAR": ("ora.to_nchar", "s", 0),
    "TO_CLOB": ("ora.c_clob", "-", 0),
    "TO_NCLOB": ("ora.c_nclob", "-", 0),
    "TO_BLOB": ("ora.c_blob", "-", 0),
    "TO_YMINTERVAL": ("ora.c_iym", "s", 0),
    "TO_DSINTERVAL": ("ora.c_ids", "s", 0),
    "EMPTY_CLOB": ("ora.empty_clob", "", 0),
    "EMPTY_BLOB": ("ora.empty_blob", "", 0),
    "NVL": ("ora.nvl", "--", 0),
    "SYS_CONTEXT": ("ora.sys_context", "ss", 0),
    "RAWTOHEX": ("ora.rawtohex_", "-", 0),
    "NLSSORT": ("ora.nlssort", "ss", 1),
    "SYS_EXTRACT_UTC": ("ora.sys_extract_utc", "-", 0),
    "TO_BINARY_DOUBLE": ("ora.to_double", "-", 0),
    "TO_BINARY_FLOAT": ("ora.to_float", "-", 0),
    "TZ_OFFSET": ("ora.tz_offset", "s", 0),
    "FROM_TZ": ("ora.from_tz", "-s", 0),
    "NUMTOYMINTERVAL": ("ora.numtoyminterval", "ns", 0),
    "NUMTODSINTERVAL": ("ora.numtodsinterval", "ns", 0),
    "HEXTORAW": ("ora.from_hex", "s", 0),
    **further.SIMPLE,
}
_PACKAGED = {
    ("DBMS_LOB", "GETLENGTH"): ("ora.lob_length", "-", 0),
    ("DBMS_LOB", "SUBSTR"): ("ora.lob_substr", "-nn", 2),
    ("DBMS_FLASHBACK", "GET_SYSTEM_CHANGE_NUMBER"): ("ora.current_scn", "", 0),
    ("UTL_RAW", "CAST_TO_VARCHAR2"): ("ora.cast_to_varchar2", "-", 0),
    ("UTL_RAW", "CAST_TO_RAW"): ("ora.cast_to_raw", "s", 0),
    ("UTL_RAW", "LENGTH"): ("ora.raw_length", "-", 0),
}
_KINDS = {
    "s": "ora.c_str({})",
    "c": "ora.c_chr({})",
    "j": "ora.c_joint({})",
    "n": "ora.num({})",
    "t": "ora.c_ts({})::timestamp",
    "-": "{}",
}


def call(
    node: exp.Expression,
    context: Context,
    translate: Translate,
    *,
    over: str = "",
    within: str = "",
    package: str = "",
) -> str:
    """One function call; ``over`` is its window, ``within`` the ORDER BY of WITHIN GROUP.

    Raises ORA-00904 for a function that is not known, ORA-00909 or ORA-00938 for a wrong number of
    arguments.
    """
    if not isinstance(node, exp.Anonymous):
        raise unsupported(f"{type(node).__name__.upper()} with OVER or WITHIN GROUP")
    only(node, "this", "expressions")
    name, package = str(node.this).upper(), package.removeprefix("SYS.")
    if not package and (within or over or name in analytic.GROUPS):
        text = analytic.written(name, node, context, translate, over=over, within=within)
        if text is not None:
            return text
    aggregate = _AGGREGATES.get(name)
    if not package and aggregate is not None:
        return _aggregate(name, aggregate, node, context, translate, over)
    if within:
        raise unsupported(f"WITHIN GROUP with {name}")
    if any(isinstance(argument, (exp.Star, exp.Distinct)) for argument in node.expressions):
        raise unsupported(f"* or DISTINCT in {name}")
    if (
        name == "TO_CHAR"
        and len(node.expressions) == 1
        and isinstance(node.expressions[0], exp.Interval)
    ):
        return f"{literal(read_interval(node.expressions[0]).text())}::text"
    converted = _conversion(name, node, context, translate)
    if converted is not None:
        return converted
    arguments = [translate(argument, context) for argument in node.expressions]
    if over:
        raise unsupported(f"{name} with OVER")
    if name == "TO_CHAR" and 1 <= len(arguments) <= 3 and not package:
        text = moment_text(node, arguments, context)
        if text is not None:
            return text
    special = _SPECIAL.get(name)
    if special is not None and not package:
        return special(arguments)
    entry = _PACKAGED.get((package, name)) if package else _SIMPLE.get(name)
    if entry is None:
        full = f'"{package}"."{name}"' if package else f'"{name}"'
        if package.startswith(("DBMS_", "UTL_")):
            raise unsupported(f"{package}.{name}")
        if name in further.KNOWN and not package:
            raise unsupported(name)
        raise OracleError(904, f"{full}: invalid identifier")
    if package:
        context.check_package(package, name)
    function, kinds, optional = entry
    if not len(kinds) - optional <= len(arguments) <= len(kinds):
        raise OracleError(909, "invalid number of arguments")
    filled = [
        _KINDS[kind].format(argument) for kind, argument in zip(kinds, arguments, strict=False)
    ]
    called = f"{function}({', '.join(filled)})"
    return f"ora.within({called})" if name == "CONCAT" else called


def _conversion(
    name: str, node: exp.Expression, context: Context, translate: Translate
) -> str | None:
    """VALIDATE_CONVERSION, and a function with DEFAULT ... ON CONVERSION ERROR; None for all
    others.
    """
    given = node.expressions
    if name == "VALIDATE_CONVERSION" and given and isinstance(given[0], exp.Alias):
        rest = [translate(part, context) for part in given[1:]]
        return further.validated(translate(given[0].this, context), given[0].alias.upper(), rest)
    default = further.default_of(given[1]) if len(given) > 1 else None
    if default is not None:
        arguments = [translate(part, context) for part in (given[0], *given[2:])]
        return further.with_default(name, arguments, translate(default, context))
    return None


# -- aggregates
# --------------------------------------------------------------------------------------------------

_AGGREGATES = {
    "COUNT": "count({d}{x}){o}::numeric",
    "SUM": "ora.round40(sum({d}ora.num({x})){o})",
    "AVG": "(sum({d}ora.num({x})){o} / count({d}{x}){o}::numeric)",
    "MIN": "min({d}{x}){o}",
    "MAX": "max({d}{x}){o}",
}


def _aggregate(
    name: str, pattern: str, node: exp.Expression, context: Context, translate: Translate, over: str
) -> str:
    arguments = node.expressions
    distinct = ""
    if len(arguments) == 1 and isinstance(arguments[0], exp.Distinct):
        only(arguments[0], "expressions")
        distinct, arguments = "DISTINCT ", arguments[0].expressions
    if len(arguments) != 1:
        raise OracleError(909, "invalid number of arguments")
    if isinstance(arguments[0], exp.Star):
        if name != "COUNT" or distinct:
            raise OracleError(936, "missing expression")
        return f"(count(*){over})::numeric"
    inner = translate(arguments[0], context)
    text = pattern.format(d=distinct, x=inner, o=over)
    return f"(count({distinct}{inner}){over})::numeric" if name == "COUNT" else text


# -- those with a form of their own
# -----------------------------------------------------------------------------------


def _like_first(first: str, other: str) -> str:
    """Another result in the type of the first one; the type of NULL is VARCHAR2."""
    if "NULL" in (first, other):
        return other if other == "NULL" else f"ora.c_str({other})"
    return f"ora.nvl(CASE WHEN false THEN {first} END, {other})"


def _decode(arguments: list[str]) -> str:
    if len(arguments) < 3:
        raise OracleError(938, "not enough arguments for function")
    subject, *pairs = arguments
    default = pairs.pop() if len(pairs) % 2 else "NULL"
    first = pairs[1]
    pairs[3::2] = [_like_first(first, result) for result in pairs[3::2]]
    default = _unpadded(_like_first(first, default))
    subject = _unpadded(subject)
    whens = " ".join(
        f"WHEN ({subject} = {_unpadded(pairs[i])} OR ({subject}) IS NULL AND ({pairs[i]}) IS NULL) "
        f"THEN {_unpadded(pairs[i + 1])}"
        for i in range(0, len(pairs), 2)
    )
    return f"CASE {whens} ELSE {default} END"


def _unpadded(argument: str) -> str:
    """Blanks at the end count in DECODE, GREATEST and LEAST, for CHAR as well; what these return is
    VARCHAR2.
    """
    return argument if argument == "NULL" else f"ora.unpadded({argument})"


def _nvl2(arguments: list[str]) -> str:
    if len(arguments) != 3:
        raise OracleError(909, "invalid number of arguments")
    other = _unpadded(_like_first(arguments[1], arguments[2]))
    return f"CASE WHEN ({arguments[0]}) IS NOT NULL THEN {_unpadded(arguments[1])} ELSE {other} END"


def _several(function: str) -> Callable[[list[str]], str]:
    def written(arguments: list[str]) -> str:
        if len(arguments) < 2:
            raise OracleError(938, "not enough arguments for function")
        return f"{function}({', '.join(arguments)})"

    return written


def _extreme(function: str) -> Callable[[list[str]], str]:
    """GREATEST and LEAST are NULL as soon as one argument is; PostgreSQL's pass over NULL."""

    def written(arguments: list[str]) -> str:
        if not arguments:
            raise OracleError(938, "not enough arguments for function")
        missing = " OR ".join(f"({argument}) IS NULL" for argument in arguments)
        arguments = [arguments[0], *(_like_first(arguments[0], other) for other in arguments[1:])]
        return (
            f"CASE WHEN {missing} THEN NULL ELSE "
            f"{function}({', '.join(map(_unpadded, arguments))}) END"
        )

    return written


def _nullif(arguments: list[str]) -> str:
    if len(arguments) != 2:
        raise OracleError(909, "invalid number of arguments")
    return f"nullif({arguments[0]}, {arguments[1]})"


def _nanvl(arguments: list[str]) -> str:
    if len(arguments) != 2:
        raise OracleError(909, "invalid number of arguments")
    value, other = arguments
    return f"CASE WHEN ora.c_dbl({value}) = 'NaN'::float8 THEN {other} ELSE {value} END"


def _trim_side(function: str) -> Callable[[list[str]], str]:
    def written(arguments: list[str]) -> str:
        if not 1 <= len(arguments) <= 2:
            raise OracleError(909, "invalid number of arguments")
        chars = f"ora.c_str({arguments[1]})" if len(arguments) == 2 else "' '::text"
        return f"{function}(ora.c_chr({arguments[0]}), {chars})"

    return written


def _to_char(arguments: list[str]) -> str:
    if len(arguments) == 1:
        return f"ora.c_str({arguments[0]})"
    if len(arguments) > 3:
        raise OracleError(939, "too many arguments for function")
    return (
        f"ora.to_char({arguments[0]}, {', '.join(f'ora.c_str({part})' for part in arguments[1:])})"
    )


def _standard_hash(arguments: list[str]) -> str:
    if not 1 <= len(arguments) <= 2:
        raise OracleError(909, "invalid number of arguments")
    method = f"ora.c_str({arguments[1]})" if len(arguments) == 2 else "'SHA1'::text"
    return f"ora.standard_hash_({arguments[0]}, {method})"


def _to_number(arguments: list[str]) -> str:
    if len(arguments) == 1:
        return f"ora.num({arguments[0]})"
    if len(arguments) > 3:
        raise OracleError(939, "too many arguments for function")
    return f"ora.to_number({', '.join(f'ora.c_str({part})' for part in arguments)})"


_SPECIAL: dict[str, Callable[[list[str]], str]] = {
    "DECODE": _decode,
    "NVL2": _nvl2,
    "COALESCE": _several("coalesce"),
    "GREATEST": _extreme("greatest"),
    "LEAST": _extreme("least"),
    "NULLIF": _nullif,
    "NANVL": _nanvl,
    "LTRIM": _trim_side("ora.ltrim_"),
    "RTRIM": _trim_side("ora.rtrim_"),
    "TO_CHAR": _to_char,
    "TO_NUMBER": _to_number,
    "STANDARD_HASH": _standard_hash,
    **further.SPECIAL,
}
