"""The operators of Oracle's types in the store, written out from a few tables.

The schema ``ora`` stands before ``pg_catalog`` on the search path: what is defined here wins.
"""

from __future__ import annotations

from collections.abc import Iterator

_COMPARE = {"<": "lt", "<=": "le", "=": "eq", ">=": "ge", ">": "gt", "<>": "ne"}
_COMMUTED = {"<": ">", "<=": ">=", "=": "=", ">=": "<=", ">": "<", "<>": "<>"}
_NEGATED = {"<": ">=", "<=": ">", "=": "<>", ">=": "<", ">": "<=", "<>": "="}

#: type -> prefix of PostgreSQL's C functions, ordering function, hash function
_OWN = {
    "ora.date": ("timestamp_", "timestamp_cmp", "timestamp_hash"),
    "ora.fixed": ("bpchar", "bpcharcmp", "hashbpchar"),
    "ora.nfixed": ("bpchar", "bpcharcmp", "hashbpchar"),
    "ora.ltz": ("timestamp_", "timestamp_cmp", "timestamp_hash"),
    "ora.iym": ("int4", "btint4cmp", "hashint4"),
    "ora.tsn": ("numeric_", "numeric_cmp", "hash_numeric"),
    "ora.rowid": ("bytea", "byteacmp", "hashvarlena"),
}

#: comparisons between types: left, right, both sides as compared
_MIXED = (
    ("numeric", "text", "$1", "ora.c_num($2)"),
    ("text", "numeric", "ora.c_num($1)", "$2"),
    ("float8", "numeric", "$1", "$2::float8"),
    ("numeric", "float8", "$1::float8", "$2"),
    ("float4", "numeric", "$1", "$2::float4"),
    ("numeric", "float4", "$1::float4", "$2"),
    ("float8", "text", "$1", "ora.c_dbl($2)"),
    ("text", "float8", "ora.c_dbl($1)", "$2"),
    ("timestamp", "text", "$1", "ora.c_ts($2)"),
    ("text", "timestamp", "ora.c_ts($1)", "$2"),
    ("ora.date", "text", "$1", "ora.c_date($2)"),
    ("text", "ora.date", "ora.c_date($1)", "$2"),
    ("ora.tstz", "ora.tstz", "($1).utc", "($2).utc"),
    ("ora.tstz", "timestamp", "($1).utc", "(ora.c_tstz($2)).utc"),
    ("timestamp", "ora.tstz", "(ora.c_tstz($1)).utc", "($2).utc"),
    ("ora.tstz", "text", "($1).utc", "(ora.c_tstz($2)).utc"),
    ("text", "ora.tstz", "(ora.c_tstz($1)).utc", "($2).utc"),
    ("ora.nfixed", "ora.fixed", "$1::ora.fixed", "$2"),
    ("ora.fixed", "ora.nfixed", "$1", "$2::ora.fixed"),
    *(
        pair
        for kind in ("ora.tstz", "timestamp", "text")
        for pair in (
            ("ora.ltz", kind, "$1::timestamp", "ora.c_ltz($2)::timestamp"),
            (kind, "ora.ltz", "ora.c_ltz($1)::timestamp", "$2::timestamp"),
        )
    ),
    *(
        pair
        for kind in ("timestamp", "text", "ora.tstz", "ora.ltz")
        for pair in (
            ("ora.tsn", kind, "$1", "ora.c_tsn($2)"),
            (kind, "ora.tsn", "ora.c_tsn($1)", "$2"),
        )
    ),
    ("ora.iym", "text", "$1", "ora.c_iym($2)"),
    ("text", "ora.iym", "ora.c_iym($1)", "$2"),
    ("ora.rowid", "text", "$1", "ora.c_rowid($2)"),
    ("text", "ora.rowid", "ora.c_rowid($1)", "$2"),
    ("bytea", "text", "$1", "ora.c_raw($2)"),
    ("text", "bytea", "ora.c_raw($1)", "$2"),
)

#: arithmetic: name, left, right, result, expression
_ARITHMETIC = (
    ("+", "ora.date", "numeric", "ora.date", "ora.d($1::timestamp + ora.days($2))"),
    ("+", "numeric", "ora.date", "ora.date", "ora.d($2::timestamp + ora.days($1))"),
    ("-", "ora.date", "numeric", "ora.date", "ora.d($1::timestamp - ora.days($2))"),
    ("+", "timestamp", "numeric", "ora.date", "ora.d($1 + ora.days($2))"),
    ("-", "timestamp", "numeric", "ora.date", "ora.d($1 - ora.days($2))"),
    ("-", "ora.date", "ora.date", "numeric", "ora.between($1::timestamp, $2::timestamp)"),
    ("+", "ora.date", "interval", "ora.date", "ora.d($1::timestamp + $2)"),
    ("-", "ora.date", "interval", "ora.date", "ora.d($1::timestamp - $2)"),
    ("+", "ora.tstz", "interval", "ora.tstz", "ora.shifted($1, $2)"),
    ("-", "ora.tstz", "interval", "ora.tstz", "ora.shifted($1, -$2)"),
    ("-", "ora.tstz", "ora.tstz", "interval", "ora.elapsed(($1).utc, ($2).utc)"),
    ("-", "timestamp", "timestamp", "interval", "ora.elapsed($1, $2)"),
    *(
        (
            sign,
            "timestamp",
            "interval",
            "timestamp",
            f"ora.in_years($1 OPERATOR(pg_catalog.{sign}) $2)",
        )
        for sign in "+-"
    ),
    *(
        (
            sign,
            "ora.tsn",
            "interval",
            "ora.tsn",
            f"($1::numeric OPERATOR(pg_catalog.{sign}) extract(epoch FROM $2))::ora.tsn",
        )
        for sign in "+-"
    ),
    *(
        (
            "-",
            left,
            right,
            "interval",
            (
                "ora.interval_of((ora.c_tsn($1))::numeric OPERATOR(pg_catalog.-) "
                "(ora.c_tsn($2))::numeric)"
            ),
        )
        for left, right in (
            ("ora.tsn", "ora.tsn"),
            ("ora.tsn", "timestamp"),
            ("timestamp", "ora.tsn"),
        )
    ),
    ("+", "ora.tsn", "numeric", "ora.date", "ora.d(ora.whole_micros($1) + ora.days($2))"),
    ("-", "ora.tsn", "numeric", "ora.date", "ora.d(ora.whole_micros($1) - ora.days($2))"),
    ("+", "ora.ltz", "interval", "ora.ltz", "($1::timestamp + $2)::ora.ltz"),
    ("-", "ora.ltz", "interval", "ora.ltz", "($1::timestamp - $2)::ora.ltz"),
    ("-", "ora.ltz", "ora.ltz", "interval", "ora.elapsed($1::timestamp, $2::timestamp)"),
    ("+", "ora.ltz", "numeric", "ora.date", "ora.d(ora.c_ts($1) + ora.days($2))"),
    ("-", "ora.ltz", "numeric", "ora.date", "ora.d(ora.c_ts($1) - ora.days($2))"),
    ("+", "ora.iym", "ora.iym", "ora.iym", "($1::int4 + $2::int4)::ora.iym"),
    ("-", "ora.iym", "ora.iym", "ora.iym", "($1::int4 - $2::int4)::ora.iym"),
    ("*", "ora.iym", "numeric", "ora.iym", "ora.iym_times($1, $2)"),
    ("*", "numeric", "ora.iym", "ora.iym", "ora.iym_times($2, $1)"),
    *(
        (sign, kind, "ora.iym", result, body.format(f"{sign}$2::int4"))
        for sign in "+-"
        for kind, result, body in (
            ("ora.date", "ora.date", "ora.d(ora.months_later($1::timestamp, {}))"),
            ("timestamp", "timestamp", "ora.months_later($1, {})"),
            ("ora.tstz", "ora.tstz", "ora.moved_clock($1, ora.months_later(ora.clock($1), {}))"),
        )
    ),
    ("+", "ora.tstz", "numeric", "ora.date", "ora.d(ora.clock($1) + ora.days($2))"),
    ("-", "ora.tstz", "numeric", "ora.date", "ora.d(ora.clock($1) - ora.days($2))"),
    *(
        (sign, left, right, "numeric", f"{_as_number(left, 1)} {sign} {_as_number(right, 2)}")
        for sign in "+-*"
        for left, right in (("text", "numeric"), ("numeric", "text"), ("text", "text"))
        for _as_number in (
            lambda kind, place: f"ora.c_num(${place})" if kind == "text" else f"${place}",
        )
    ),
    ("/", "text", "numeric", "numeric", "ora.div(ora.c_num($1), $2)"),
    ("/", "numeric", "text", "numeric", "ora.div($1, ora.c_num($2))"),
    ("/", "text", "text", "numeric", "ora.div(ora.c_num($1), ora.c_num($2))"),
    ("+", "interval", "interval", "interval", "ora.interval_plus($1, $2)"),
    ("-", "interval", "interval", "interval", "ora.interval_minus($1, $2)"),
    *(
        row
        for kind in ("numeric", "float8", "text")
        for row in (
            ("*", "interval", kind, "interval", "ora.interval_times($1, ora.c_num($2))"),
            ("*", kind, "interval", "interval", "ora.interval_times($2, ora.c_num($1))"),
            ("/", "interval", kind, "interval", "ora.interval_div($1, ora.c_num($2))"),
        )
    ),
    # sums, products and quotients of singles are exact enough as doubles to be rounded once more
    *(
        (
            sign,
            left,
            right,
            "float8" if "float8" in (left, right) else "float4",
            f"ora.float_{name}($1::float8, $2::float8)"
            if "float8" in (left, right)
            else f"ora.c_flt(ora.float_{name}({_as_double(left, 1)}, {_as_double(right, 2)}))",
        )
        for sign, name in (("+", "plus"), ("-", "minus"), ("*", "times"), ("/", "div"))
        for _as_double in (
            lambda kind, place: (
                f"ora.c_flt(${place})::float8" if kind == "numeric" else f"${place}::float8"
            ),
        )
        for left in ("float8", "float4", "numeric")
        for right in ("float8", "float4", "numeric")
        if (left, right) != ("numeric", "numeric")
    ),
    *(
        (
            sign,
            "ora.date",
            "text",
            "ora.date",
            f"ora.d($1::timestamp {sign} ora.days(ora.c_num($2)))",
        )
        for sign in "+-"
    ),
)


_INTERNAL = "LANGUAGE internal IMMUTABLE STRICT AS"


def operator_statements() -> Iterator[str]:
    """All CREATE statements for functions, operators, operator classes and aggregates."""
    yield _HELPERS
    for kind, (prefix, ordering, hashing) in _OWN.items():
        yield from _comparisons(kind, prefix)
        yield from _classes(kind, ordering, hashing)
    for left, right, first, second in _MIXED:
        yield from _mixed(left, right, first, second)
    yield from _TSTZ_CLASS
    yield from _ROWID_EXTREMES
    for sign, name in (("+", "plus"), ("-", "minus"), ("*", "times"), ("/", "div")):
        yield (
            f"CREATE OPERATOR ora.{sign} (FUNCTION = ora.{name}, LEFTARG = numeric, "
            f"RIGHTARG = numeric)"
        )
    for number, (sign, left, right, result, body) in enumerate(_ARITHMETIC):
        name = f"ora.op{number}"
        yield _function(name, left, right, result, body)
        yield f"CREATE OPERATOR ora.{sign} (FUNCTION = {name}, LEFTARG = {left}, RIGHTARG = {right})"  # noqa: E501
    for kind in ("ora.date", "ora.ltz"):
        yield from _extremes(kind, "timestamp_larger", "timestamp_smaller")
    yield from _extremes("ora.iym", "int4larger", "int4smaller")
    yield from _extremes("ora.tsn", "numeric_larger", "numeric_smaller")
    yield from _extremes("ora.ntext", "text_larger", "text_smaller")
    for kind in ("ora.fixed", "ora.nfixed"):
        yield from _extremes(kind, "bpchar_larger", "bpchar_smaller")


_HELPERS = """
CREATE FUNCTION ora.days(x numeric) RETURNS interval LANGUAGE sql IMMUTABLE AS
    $$ SELECT round(x * 86400::numeric)::float8 OPERATOR(pg_catalog.*) interval '1 second' $$;
CREATE FUNCTION ora.between(x timestamp, y timestamp) RETURNS numeric LANGUAGE sql IMMUTABLE AS
    $$ SELECT ora.div(extract(epoch FROM x OPERATOR(pg_catalog.-) y)::numeric, 86400) $$;
CREATE FUNCTION ora.elapsed(x timestamp, y timestamp) RETURNS interval LANGUAGE sql IMMUTABLE AS
    $$ SELECT x OPERATOR(pg_catalog.-) y $$;
CREATE FUNCTION ora.shifted(x ora.tstz, y interval) RETURNS ora.tstz LANGUAGE sql IMMUTABLE AS
    $$ SELECT ora.moved(x, (x).utc + y) $$
"""


def _function(name: str, left: str, right: str, result: str, body: str) -> str:
    return (
        f"CREATE FUNCTION {name}({left}, {right}) RETURNS {result} LANGUAGE sql STABLE AS $$ "
        f"SELECT {body} $$"
    )


def _short(kind: str) -> str:
    return kind.removeprefix("ora.")


def _operator(sign: str, function: str, left: str, right: str) -> str:
    estimate = {"=": "eq", "<>": "neq"}.get(sign, "scalarlt" if "<" in sign else "scalargt")
    merges = ", MERGES, HASHES" if sign == "=" and left == right and left != "ora.tstz" else ""
    return (
        f"CREATE OPERATOR ora.{sign} (FUNCTION = {function}, LEFTARG = {left}, RIGHTARG = {right}, "
        f"COMMUTATOR = OPERATOR(ora.{_COMMUTED[sign]}), NEGATOR = OPERATOR(ora.{_NEGATED[sign]}), "
        f"RESTRICT = {estimate}sel, JOIN = {estimate}joinsel{merges})"
    )


def _comparisons(kind: str, prefix: str) -> Iterator[str]:
    for sign, suffix in _COMPARE.items():
        name = f"ora.{_short(kind)}_{suffix}"
        yield (
            f"CREATE FUNCTION {name}({kind}, {kind}) RETURNS bool {_INTERNAL} '{prefix}{suffix}'"
        )
        yield _operator(sign, name, kind, kind)


def _classes(kind: str, ordering: str, hashing: str) -> Iterator[str]:
    short = _short(kind)
    yield (f"CREATE FUNCTION ora.{short}_cmp({kind}, {kind}) RETURNS int4 {_INTERNAL} '{ordering}'")
    yield (
        f"CREATE FUNCTION ora.{short}_hash({kind}) RETURNS int4 LANGUAGE internal "
        f"IMMUTABLE STRICT AS '{hashing}'"
    )
    places = ", ".join(
        f"OPERATOR {place} ora.{sign}"
        for place, sign in enumerate(("<", "<=", "=", ">=", ">"), start=1)
    )
    yield (
        f"CREATE OPERATOR CLASS ora.{short}_ops DEFAULT FOR TYPE {kind} USING btree AS {places}, "
        f"FUNCTION 1 ora.{short}_cmp({kind}, {kind})"
    )
    yield (
        f"CREATE OPERATOR CLASS ora.{short}_hash_ops DEFAULT FOR TYPE {kind} USING hash AS "
        f"OPERATOR 1 ora.=, FUNCTION 1 ora.{short}_hash({kind})"
    )


def _mixed(left: str, right: str, first: str, second: str) -> Iterator[str]:
    for sign, suffix in _COMPARE.items():
        name = f"ora.{_short(left)}_{_short(right)}_{suffix}"
        yield _function(name, left, right, "bool", f"{first} {sign} {second}")
        yield _operator(sign, name, left, right)


#: two moments are one key when their instants agree, whatever their offsets
_TSTZ_CLASS = (
    "CREATE FUNCTION ora.tstz_cmp(ora.tstz, ora.tstz) RETURNS int4 LANGUAGE sql IMMUTABLE STRICT "
    "AS "
    "$$ SELECT timestamp_cmp(($1).utc, ($2).utc) $$",
    "CREATE OPERATOR CLASS ora.tstz_ops DEFAULT FOR TYPE ora.tstz USING btree AS OPERATOR 1 "
    "ora.<, OPERATOR 2 ora.<=, "
    "OPERATOR 3 ora.=, OPERATOR 4 ora.>=, OPERATOR 5 ora.>, FUNCTION 1 ora.tstz_cmp(ora.tstz, "
    "ora.tstz)",
    "CREATE FUNCTION ora.tstz_larger(ora.tstz, ora.tstz) RETURNS ora.tstz LANGUAGE sql IMMUTABLE "
    "STRICT AS "
    "$$ SELECT CASE WHEN ($1).utc >= ($2).utc THEN $1 ELSE $2 END $$",
    "CREATE FUNCTION ora.tstz_smaller(ora.tstz, ora.tstz) RETURNS ora.tstz LANGUAGE sql "
    "IMMUTABLE STRICT AS "
    "$$ SELECT CASE WHEN ($1).utc <= ($2).utc THEN $1 ELSE $2 END $$",
    "CREATE AGGREGATE ora.max(ora.tstz) (SFUNC = ora.tstz_larger, STYPE = ora.tstz)",
    "CREATE AGGREGATE ora.min(ora.tstz) (SFUNC = ora.tstz_smaller, STYPE = ora.tstz)",
)

_ROWID_EXTREMES = tuple(
    statement
    for name, sign in (("max", ">="), ("min", "<="))
    for statement in (
        f"CREATE FUNCTION ora.rowid_{name}(ora.rowid, ora.rowid) RETURNS ora.rowid LANGUAGE sql "
        f"IMMUTABLE STRICT AS "
        f"$$ SELECT CASE WHEN $1 {sign} $2 THEN $1 ELSE $2 END $$",
        f"CREATE AGGREGATE ora.{name}(ora.rowid) (SFUNC = ora.rowid_{name}, STYPE = ora.rowid)",
    )
)


def _extremes(kind: str, larger: str, smaller: str) -> Iterator[str]:
    for name, function in (("max", larger), ("min", smaller)):
        step = f"ora.{_short(kind)}_{name}"
        yield f"CREATE FUNCTION {step}({kind}, {kind}) RETURNS {kind} {_INTERNAL} '{function}'"
        yield f"CREATE AGGREGATE ora.{name}({kind}) (SFUNC = {step}, STYPE = {kind})"
