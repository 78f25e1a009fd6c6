"""Date and timestamp literals, and CAST."""

from __future__ import annotations

import re
from decimal import Decimal

from sqlglot import exp

from lab.oracle.engine.facts import MICROSECOND_DIGITS
from lab.oracle.engine.lexer import literal
from lab.oracle.engine.translate.dialect import unsupported
from lab.oracle.interface import OracleError
from lab.oracle.scalars import ScalarError, decode_number, encode_number

#: digits that every NUMBER has room for
MAX_EXACT = 38

_MOMENT = re.compile(
    r"\s*-?\d{1,4}-\d{1,2}-\d{1,2}(\s+\d{1,2}:\d{1,2}:\d{1,2}(\.\d+)?)?(\s*[+-]\d{1,2}:\d{1,2}|\s+[A-Za-z][\w/+-]*)?\s*$"
)


def moment_sql(word: str, node: exp.Expression) -> str:
    """``DATE '...'`` or ``TIMESTAMP '...'``. Raises ORA-01861 when the text is not of that form."""
    if not isinstance(node.this, exp.Literal) or not node.this.args["is_string"]:
        raise unsupported(f"{word} of anything but a literal")
    match = _MOMENT.match(node.this.this)
    if match is None or (word == "DATE") == bool(match.group(1)):
        raise OracleError(1861, "literal does not match format string")
    if node.this.this.strip().startswith("-"):
        raise unsupported("years before Christ")
    text = literal(node.this.this.strip())
    if word == "DATE":
        return f"ora.to_date({text}, 'YYYY-MM-DD')"
    fraction = (match.group(2) or "")[1:]
    if fraction[6:].strip("0"):
        if match.group(3) or len(fraction) > 9:
            raise unsupported(f"TIMESTAMP {text} with these digits")
        whole = literal(node.this.this.strip().partition(".")[0])
        return f"ora.tsn_literal(ora.to_timestamp({whole}, 'YYYY-MM-DD HH24:MI:SS'), 0.{fraction})"
    if match.group(3):
        return f"ora.to_timestamp_tz({text}, 'YYYY-MM-DD HH24:MI:SS.FF TZR')".replace(
            "SS.FF", "SS.FF" if match.group(2) else "SS"
        )
    return f"ora.to_timestamp({text}, 'YYYY-MM-DD HH24:MI:SS.FF')"


def number_literal(text: str) -> str:
    """A number's digits for the store, of a long one as many as a NUMBER keeps. Raises ORA-01426
    from 1E126 on.
    """
    if len(text) <= MAX_EXACT and "e" not in text.lower():
        return text
    try:
        return f"{decode_number(encode_number(Decimal(text))):f}"
    except ScalarError:
        raise OracleError(1426, "numeric overflow") from None


def _moment_digits(sizes: list[str]) -> int:
    digits = int(sizes[0]) if sizes else 6
    if digits > 9:
        raise OracleError(30088, "datetime/interval precision is out of range")
    return digits


def cast_sql(value: str, to: exp.DataType) -> str:
    """CAST to one of the built-in types."""
    sizes = [str(part.this.this) for part in to.expressions if isinstance(part, exp.DataTypeParam)]
    units = [
        str(part.expression.this).upper() for part in to.expressions if part.args.get("expression")
    ]
    kind = to.this
    types = exp.DataType.Type
    if kind in (types.DECIMAL, types.BIGDECIMAL):
        return f"ora.c_num({value})" + (f"::numeric({', '.join(sizes)})" if sizes else "")
    if kind in (types.INT, types.SMALLINT, types.BIGINT):
        return f"round(ora.c_num({value}))"
    if kind is types.FLOAT and not sizes:
        return f"ora.c_num({value})"
    if kind is types.DOUBLE and not sizes:
        return f"ora.c_dbl({value})"
    if kind in (types.VARCHAR, types.CHAR) and len(sizes) == 1:
        cut = "cut_chars" if units[:1] == ["CHAR"] else "cut_bytes"
        text = f"ora.{cut}(ora.c_str({value}), {sizes[0]})"
        if kind is types.VARCHAR:
            return text
        return f"ora.{'pad_chars' if cut == 'cut_chars' else 'pad_bytes'}({text}, {sizes[0]})"
    national = _national_cast(value, to, sizes)
    if national is not None:
        return national
    if kind is types.TIMESTAMP:
        digits = _moment_digits(sizes)
        if digits > MICROSECOND_DIGITS:
            return f"ora.fit_tsn(ora.c_tsn({value}), {digits})"
        return f"ora.fit_ts({value}, {digits})::timestamp({digits})"
    zoned = {types.TIMESTAMPTZ: "c_tstz", types.TIMESTAMPLTZ: "c_ltz"}.get(kind)
    if zoned is not None:
        digits = _moment_digits(sizes)
        if digits > MICROSECOND_DIGITS:
            raise unsupported(f"CAST to {to.sql('oracle')}")
        return f"ora.to_digits(ora.{zoned}({value}), {digits})"
    if isinstance(kind, exp.Interval):
        simple = _interval_cast(kind)
    else:
        simple = _PLAIN_CASTS.get(kind) or _NAMED_CASTS.get(_user_type(to))
    if simple is None or sizes:
        raise unsupported(f"CAST to {to.sql('oracle')}")
    return f"ora.{simple}({value})"


_PLAIN_CASTS = {
    exp.DataType.Type.DATE: "c_date",
    exp.DataType.Type.TEXT: "c_clob",
    exp.DataType.Type.VARBINARY: "c_blob",
}
#: types that are plain names to the parser
_NAMED_CASTS = {"NCLOB": "c_nclob", "ORA_BINARY_FLOAT": "c_flt", "ORA_REAL": "c_num"}


def _user_type(to: exp.DataType) -> str:
    return str(to.args.get("kind") or "").upper()


def _national_cast(value: str, to: exp.DataType, sizes: list[str]) -> str | None:
    """NCHAR(n), NVARCHAR2(n) and RAW(n); None for the other types."""
    if to.this is exp.DataType.Type.NVARCHAR and len(sizes) == 1:
        return f"ora.cut_national(ora.c_str({value}), {sizes[0]})::ora.ntext"
    if to.this is exp.DataType.Type.NCHAR:
        size = sizes[0] if sizes else "1"
        return f"ora.pad_units(ora.cut_national(ora.c_str({value}), {size}), {size})"
    if _user_type(to) == "RAW" and len(sizes) == 1:
        return f"ora.fit_raw(ora.c_raw({value}), {sizes[0]})"
    return None


def _interval_cast(span: exp.Interval) -> str | None:
    unit = span.args.get("unit")
    fields: tuple[str, ...] = (
        (str(unit.this).upper(), str(unit.expression).upper())
        if isinstance(unit, exp.IntervalSpan)
        else ()
    )
    known: dict[tuple[str, ...], str] = {("DAY", "SECOND"): "c_ids", ("YEAR", "MONTH"): "c_iym"}
    return known.get(fields)
