"""Date and timestamp literals, and CAST."""

from __future__ import annotations

import re

from sqlglot import exp

from lab.oracle.engine.lexer import literal
from lab.oracle.engine.translate.dialect import unsupported
from lab.oracle.interface import OracleError

_MOMENT = re.compile(r"\s*\d{1,4}-\d{1,2}-\d{1,2}(\s+\d{1,2}:\d{1,2}:\d{1,2}(\.\d+)?)?(\s*[+-]\d{1,2}:\d{2})?\s*$")


def moment_sql(word: str, node: exp.Expression) -> str:
    """``DATE '...'`` or ``TIMESTAMP '...'``. Raises ORA-01861 when the text is not of that form."""
    if not isinstance(node.this, exp.Literal) or not node.this.args["is_string"]:
        raise unsupported(f"{word} of anything but a literal")
    match = _MOMENT.match(node.this.this)
    if match is None or (word == "DATE") == bool(match.group(1)):
        raise OracleError(1861, "literal does not match format string")
    text = literal(node.this.this.strip())
    if word == "DATE":
        return f"ora.to_date({text}, 'YYYY-MM-DD')"
    if match.group(3):
        return f"ora.to_timestamp_tz({text}, 'YYYY-MM-DD HH24:MI:SS.FF TZH:TZM')".replace(
            "SS.FF", "SS.FF" if match.group(2) else "SS"
        )
    return f"ora.to_timestamp({text}, 'YYYY-MM-DD HH24:MI:SS.FF')"


def cast_sql(value: str, to: exp.DataType) -> str:
    """CAST to one of the built-in types."""
    sizes = [str(part.this.this) for part in to.expressions if isinstance(part, exp.DataTypeParam)]
    units = [str(part.expression.this).upper() for part in to.expressions if part.args.get("expression")]
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
    if kind in (types.NVARCHAR, types.NCHAR) and len(sizes) == 1:
        text = f"ora.cut_units(ora.c_str({value}), {sizes[0]})"
        return f"({text})::ora.ntext" if kind is types.NVARCHAR else f"ora.pad_units({text}, {sizes[0]})"
    if kind is types.TIMESTAMP:
        return f"ora.c_ts({value})" + (f"::timestamp({min(int(sizes[0]), 6)})" if sizes else "")
    simple = {types.DATE: "c_date", types.TIMESTAMPTZ: "c_tstz", types.TEXT: "c_clob"}.get(kind)
    if simple is None or sizes:
        raise unsupported(f"CAST to {to.sql('oracle')}")
    return f"ora.{simple}({value})"
