"""Character functions over the four character types, so that CHAR stays CHAR and national text
stays national.

In the store ``text`` is VARCHAR2, ``ora.fixed`` CHAR, ``ora.ntext`` NVARCHAR2 and ``ora.nfixed``
NCHAR. The type of a result decides whether blanks at its end count in a comparison and whether its
bytes are UTF-8 or UTF-16 (SQL Language Reference: "Datatype Comparison Rules", "Concatenation
Operator" and the return types of the functions).
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product

_TYPES = ("text", "ora.fixed", "ora.ntext", "ora.nfixed")
_NATIONAL = ("ora.ntext", "ora.nfixed")
_LOBS = ("ora.clob", "ora.nclob")
_FIXED = ("ora.fixed", "ora.nfixed")

#: their result has the type of their argument
_KEEPING = ("upper_", "lower_", "initcap_")
#: their result is of variable length, national when the first argument is; the types of the further
#: arguments
_VARYING = (
    ("substr_", ("numeric", "numeric")),
    ("substr_", ("numeric",)),
    ("replace_", ("text", "text")),
    ("replace_", ("text",)),
    ("translate_", ("text", "text")),
    ("ltrim_", ("text",)),
    ("rtrim_", ("text",)),
    ("trim_", ("text",)),
    ("nvl", ("text",)),
    ("nvl", ("numeric",)),
)


#: the same, whose result ends where a national text must: at 2,000 code units
_PADDING = tuple(
    (name, further)
    for name in ("lpad_", "rpad_")
    for further in (("numeric", "text"), ("numeric",))
)


def character_statements() -> Iterator[str]:
    """All CREATE statements; the functions over ``text`` have to exist."""
    for kind in _TYPES:
        yield _function("c_chr", [kind], kind, "$1")
    yield _function("c_chr", ["anyelement"], "text", "ora.c_str($1)", "STABLE")
    for kind in (*_TYPES, *_LOBS):
        yield _function("c_joint", [kind], kind, "$1")
    yield _function("c_joint", ["anyelement"], "text", "ora.c_str($1)", "STABLE")
    for name, kind in product(_KEEPING, _TYPES[1:]):
        yield _function(name, [kind], kind, f"ora.{name}($1::text)::{kind}")
    for (name, further), kind in product(_VARYING, _NATIONAL):
        places = ", ".join(f"${place}" for place in range(2, len(further) + 2))
        yield _function(
            name, [kind, *further], "ora.ntext", f"ora.{name}($1::text, {places})::ora.ntext"
        )
    for (name, further), kind in product(_PADDING, _NATIONAL):
        places = ", ".join(f"${place}" for place in range(2, len(further) + 2))
        body = f"ora.cut_units(ora.{name}($1::text, {places}), 2000)::ora.ntext"
        yield _function(name, [kind, *further], "ora.ntext", body)
    for left, right in product(_TYPES, repeat=2):
        if (left, right) != ("text", "text"):
            result = _joined(left, right)
            yield _function(
                "concat_", [left, right], result, f"ora.concat_($1::text, $2::text)::{result}"
            )
    for left, right in product((*_TYPES, *_LOBS), repeat=2):
        if left in _LOBS or right in _LOBS:
            result = "ora.nclob" if {left, right} & {"ora.nclob", *_NATIONAL} else "ora.clob"
            both = "coalesce($1::text, '') || coalesce($2::text, '')"
            body = f"CASE WHEN $1 IS NULL AND $2 IS NULL THEN NULL ELSE ({both})::{result} END"
            yield _function("concat_", [left, right], result, body)
    for kind in _FIXED:
        result = "ora.ntext" if kind in _NATIONAL else "text"
        yield _function("unpadded", [kind], result, f"$1::text::{result}")
    yield _function("unpadded", ["anyelement"], "anyelement", "$1")
    for kind, (name, cut) in product(_NATIONAL, _BYTES.items()):
        yield _function(name, [kind, *cut[0]], cut[1], cut[2])


#: functions of the bytes of national text: further arguments, result, body
_BYTES = {
    "lengthb_": ((), "numeric", "(2 * ora.units($1::text))::numeric"),
    "rawtohex_": ((), "text", "ora.rawtohex_(ora.utf16($1::text))"),
    "standard_hash_": (("text",), "bytea", "ora.standard_hash_(ora.utf16($1::text), $2)"),
    "nlssort": (("text",), "bytea", "ora.refuse('NLSSORT of national text', $1::text)::bytea"),
}


def _joined(left: str, right: str) -> str:
    national = left in _NATIONAL or right in _NATIONAL
    if left in _FIXED and right in _FIXED:
        return "ora.nfixed" if national else "ora.fixed"
    return "ora.ntext" if national else "text"


def _function(
    name: str, arguments: list[str], result: str, body: str, volatility: str = "IMMUTABLE"
) -> str:
    return (
        f"CREATE FUNCTION ora.{name}({', '.join(arguments)}) RETURNS {result} LANGUAGE sql "
        f"{volatility} "
        f"AS $$ SELECT {body} $$"
    )
