"""More of Oracle's functions: regular expressions, arithmetic, bytes, conversions with a default;
and those refused.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from sqlglot import exp

from lab.oracle.engine.translate.dialect import unsupported
from lab.oracle.engine.translate.rewriting import CONVERSION_DEFAULT
from lab.oracle.interface import OracleError

Writer = Callable[[list[str]], str]

#: as in ``functions``: name -> (function of the store, the kinds of its arguments, how many may be
#: left out)
SIMPLE: dict[str, tuple[str, str, int]] = {
    "POWER": ("ora.power_", "nn", 0),
    "SQRT": ("ora.sqrt_", "n", 0),
    "EXP": ("ora.exp_", "n", 0),
    "LN": ("ora.ln_", "n", 0),
    "LOG": ("ora.log_", "nn", 0),
    "REMAINDER": ("ora.remainder_", "nn", 0),
    "BITAND": ("ora.bitand_", "nn", 0),
    "WIDTH_BUCKET": ("ora.width_bucket_", "nnnn", 0),
    "NEXT_DAY": ("ora.next_day", "-s", 0),
    "UNISTR": ("ora.unistr_", "s", 0),
    "ASCIISTR": ("ora.asciistr_", "s", 0),
    "NCHR": ("ora.nchr_", "n", 0),
    "VSIZE": ("ora.vsize_", "-", 0),
    "CHARTOROWID": ("ora.c_rowid", "s", 0),
    "ROWIDTOCHAR": ("ora.rowid_text", "-", 0),
    "ROUND": ("ora.round_", "--", 1),
    "TO_DSINTERVAL": ("ora.ids_text", "s", 0),
    "SCN_TO_TIMESTAMP": ("ora.scn_to_timestamp", "n", 0),
    "TIMESTAMP_TO_SCN": ("ora.timestamp_to_scn", "t", 0),
}

#: packaged functions that need no parentheses
PACKAGED = {
    "DBMS_FLASHBACK.GET_SYSTEM_CHANGE_NUMBER": "ora.current_scn()",
}

#: functions of Oracle that are not done: refused by name, not called unknown
KNOWN = frozenset(
    [
        "ACOS",
        "APPENDCHILDXML",
        "APPROX_COUNT_DISTINCT",
        "APPROX_MEDIAN",
        "APPROX_PERCENTILE",
        "ASIN",
        "ATAN",
        "ATAN2",
        "BFILENAME",
        "BIT_AND_AGG",
        "BIT_OR_AGG",
        "BIT_XOR_AGG",
        "CARDINALITY",
        "CHECKSUM",
        "COLLATION",
        "COLLECT",
        "COMPOSE",
        "CON_DBID_TO_ID",
        "CONVERT",
        "CORR",
        "CORR_K",
        "CORR_S",
        "COS",
        "COSH",
        "COVAR_POP",
        "COVAR_SAMP",
        "CUBE_TABLE",
        "CURSOR",
        "DECOMPOSE",
        "DEPTH",
        "DEREF",
        "EMPTY_BLOB",
        "EMPTY_CLOB",
        "EXISTSNODE",
        "EXTRACTVALUE",
        "FEATURE_ID",
        "GROUP_ID",
        "ITERATION_NUMBER",
        "JSON_ARRAY",
        "JSON_ARRAYAGG",
        "JSON_DATAGUIDE",
        "JSON_EXISTS",
        "JSON_MERGEPATCH",
        "JSON_OBJECT",
        "JSON_OBJECTAGG",
        "JSON_QUERY",
        "JSON_SERIALIZE",
        "JSON_TABLE",
        "JSON_TRANSFORM",
        "JSON_VALUE",
        "MAKE_REF",
        "MULTISET",
        "NANVL",
        "NEW_TIME",
        "NLS_CHARSET_DECL_LEN",
        "NLS_CHARSET_ID",
        "NLS_CHARSET_NAME",
        "NLS_INITCAP",
        "NLS_LOWER",
        "NLS_UPPER",
        "ORA_DST_AFFECTED",
        "ORA_INVOKING_USER",
        "PATH",
        "POWERMULTISET",
        "PRESENTV",
        "PREVIOUS",
        "RAWTONHEX",
        "RAWTONHEX",
        "REF",
        "REFTOHEX",
        "REGR_AVGX",
        "REGR_AVGY",
        "REGR_COUNT",
        "REGR_INTERCEPT",
        "REGR_R2",
        "REGR_SLOPE",
        "REGR_SXX",
        "REGR_SXY",
        "REGR_SYY",
        "ROWIDTONCHAR",
        "SIN",
        "SINH",
        "SOUNDEX",
        "STATS_MODE",
        "SYS_DBURIGEN",
        "SYS_TYPEID",
        "SYS_XMLAGG",
        "SYS_XMLGEN",
        "TAN",
        "TANH",
        "TO_BLOB",
        "TO_LOB",
        "TO_MULTI_BYTE",
        "TO_NCHAR",
        "TO_NCLOB",
        "TO_SINGLE_BYTE",
        "TREAT",
        "TZ_OFFSET",
        "VALUE",
        "WM_CONCAT",
        "XMLAGG",
        "XMLCAST",
        "XMLCONCAT",
        "XMLELEMENT",
        "XMLFOREST",
        "XMLPARSE",
        "XMLQUERY",
        "XMLROOT",
        "XMLSEQUENCE",
        "XMLSERIALIZE",
        "XMLTABLE",
        "XMLTYPE",
        "INSTRB",
        "INSTRC",
        "INSTR2",
        "INSTR4",
        "SUBSTRC",
        "SUBSTR2",
        "SUBSTR4",
        "LENGTHC",
        "LENGTH2",
        "LENGTH4",
    ]
)


def _counted(low: int, high: int, arguments: Sequence[str]) -> None:
    if not low <= len(arguments) <= high:
        raise OracleError(
            938 if len(arguments) < low else 939, "wrong number of arguments for function"
        )


def _regexp(function: str, shape: Sequence[str | None]) -> Writer:
    """``shape``: per argument what stands for one left out, None where it must be given; text or
    number by that.
    """

    def written(arguments: list[str]) -> str:
        _counted(sum(default is None for default in shape), len(shape), arguments)
        parts = []
        for place, default in enumerate(shape):
            if place >= len(arguments):
                parts.append(default or "")
            elif default is None or default == "NULL::text":
                parts.append(f"ora.c_str({arguments[place]})")
            else:
                parts.append(f"ora.c_num({arguments[place]})")
        return f"{function}({', '.join(parts)})"

    return written


_TEXT, _ONE, _ZERO = "NULL::text", "1::numeric", "0::numeric"


def _numbered(function: str, defaults: Sequence[str], least: int = 1) -> Writer:
    """A first argument of any type, then numbers."""

    def written(arguments: list[str]) -> str:
        _counted(least, len(defaults) + 1, arguments)
        rest = [f"ora.c_num({argument})" for argument in arguments[1:]]
        return f"{function}({', '.join([arguments[0], *rest, *defaults[len(rest) :]])})"

    return written


def _dump(arguments: list[str]) -> str:
    if arguments and re.fullmatch(r"E?'(?:[^']|'')*'::text", arguments[0]):
        # a literal is a CHAR
        arguments = [arguments[0].removesuffix("text") + "ora.fixed", *arguments[1:]]
    if arguments and arguments[0] == "NULL":
        return "'NULL'::text"
    return _numbered("ora.dump_", ("NULL", "NULL", "NULL"))(arguments)


def _userenv(arguments: list[str]) -> str:
    _counted(1, 1, arguments)
    return f"ora.sys_context('USERENV', ora.c_str({arguments[0]}))"


def _sys_guid(arguments: list[str]) -> str:
    _counted(0, 0, arguments)
    return "uuid_send(gen_random_uuid())"


def _bin_to_num(arguments: list[str]) -> str:
    _counted(1, 63, arguments)
    powers = range(len(arguments) - 1, -1, -1)
    return (
        "("
        + " + ".join(
            f"ora.c_num({bit}) * {2**power}::numeric"
            for bit, power in zip(arguments, powers, strict=True)
        )
        + ")"
    )


def _lnnvl(arguments: list[str]) -> str:
    _counted(1, 1, arguments)
    return f"(({arguments[0]}) IS NOT TRUE)"


def _grouping(arguments: list[str]) -> str:
    _counted(1, 31, arguments)
    return f"grouping({', '.join(arguments)})::numeric"


SPECIAL: dict[str, Writer] = {
    "REGEXP_LIKE": _regexp("ora.regexp_like_", (None, None, _TEXT)),
    "REGEXP_COUNT": _regexp("ora.regexp_count_", (None, None, _ONE, _TEXT)),
    "REGEXP_INSTR": _regexp("ora.regexp_instr_", (None, None, _ONE, _ONE, _ZERO, _TEXT, _ZERO)),
    "REGEXP_SUBSTR": _regexp("ora.regexp_substr_", (None, None, _ONE, _ONE, _TEXT, _ZERO)),
    "REGEXP_REPLACE": _regexp("ora.regexp_replace_", (None, None, _TEXT, _ONE, _ZERO, _TEXT)),
    "DUMP": _dump,
    "ORA_HASH": _numbered("ora.ora_hash", ("4294967295::numeric", _ZERO)),
    "USERENV": _userenv,
    "SYS_GUID": _sys_guid,
    "BIN_TO_NUM": _bin_to_num,
    "LNNVL": _lnnvl,
    "GROUPING": _grouping,
    "GROUPING_ID": _grouping,
}


def with_default(name: str, arguments: list[str], default: str) -> str:
    """``TO_xxx(value DEFAULT default ON CONVERSION ERROR [, format])``."""
    value, *rest = arguments
    form = f"ora.c_str({rest[0]})" if rest else "NULL::text"
    text = f"ora.c_str({value})"
    if len(rest) > 1:
        raise unsupported(f"{name} with NLS parameters")
    if name == "TO_NUMBER":
        return f"ora.or_number({text}, {form}, ora.c_num({default}))"
    function = {"TO_DATE": "ora.or_date", "TO_TIMESTAMP": "ora.or_timestamp"}.get(name)
    if function is None:
        raise unsupported(f"DEFAULT ON CONVERSION ERROR in {name}")
    return f"{function}({text}, {form}, ora.c_str({default}))"


def validated(value: str, kind: str, rest: list[str]) -> str:
    """``VALIDATE_CONVERSION(value AS type [, format])``: 1 or 0."""
    if kind not in ("NUMBER", "DATE", "TIMESTAMP") or len(rest) > 1:
        raise unsupported(f"VALIDATE_CONVERSION of this form (AS {kind})")
    form = f"ora.c_str({rest[0]})" if rest else "NULL::text"
    return f"ora.converts('{kind}', ora.c_str({value}), {form})"


def default_of(node: exp.Expression) -> exp.Expression | None:
    """The value after DEFAULT when this argument is such a clause."""
    is_clause = isinstance(node, exp.Anonymous) and str(node.this).strip('"') == CONVERSION_DEFAULT
    return node.expressions[0] if is_clause else None
