"""One difference in one line, written so that '', ' ', NULL and characters nobody sees can be told
apart.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import hmac
import secrets
import unicodedata
from collections.abc import Collection, Sequence

from reconciliation.model import COUNTED_ROWS, Difference, DifferenceKind, UnreadableCell, Value

#: characters of a text shown at most
SHOWN = 60
#: characters shown before the place where two long texts part
_LEAD = 12
#: digests are keyed per run: equal values can be matched within one report, and not guessed from it
_DIGEST_KEY = secrets.token_bytes(32)


def describe(difference: Difference, sensitive: Collection[str] = ()) -> str:
    """``table key  column -> COLUMN  PostgreSQL 'x' (type)  Oracle 'y' (type)  rule``.

    ``sensitive`` names further source columns, plain or with their table, whose values appear as
    digests.
    """
    where = f"{difference.table} {_key(difference, sensitive)}"
    source, target = difference.sides
    if difference.rule == COUNTED_ROWS:
        ours, theirs = difference.source_value, difference.target_value
        return (
            f"{where}  the row stands {ours} times in {source}, {theirs} times in {target} "
            f"{difference.target_table}"
        )
    if difference.kind is DifferenceKind.MISSING:
        return f"{where}  the row is missing in {target} {difference.target_table}"
    if difference.kind is DifferenceKind.EXTRA:
        return f"{where}  the row is extra in {target} {difference.target_table}"
    hidden = is_hidden(difference, difference.source_column, sensitive)
    left, right = _values(difference.source_value, difference.target_value, hidden)
    parts = [
        where,
        f"{difference.source_column} -> {difference.target_column}",
        f"{source} {left} ({difference.source_type or type(difference.source_value).__name__})",
        f"{target} {right} ({difference.target_type or type(difference.target_value).__name__})",
        f"rule {difference.rule}",
    ]
    return "  ".join(parts) + (f"  {difference.cause}" if difference.cause else "")


def is_sensitive(table: str, column: str | None, sensitive: Collection[str]) -> bool:
    """Whether ``sensitive`` names a source column, plain or as ``schema.table.column``."""
    return column is not None and (column in sensitive or f"{table}.{column}" in sensitive)


def is_hidden(difference: Difference, column: str | None, sensitive: Collection[str] = ()) -> bool:
    """Whether a column's values of this difference may appear as digests only."""
    return is_sensitive(difference.table, column, difference.sensitive) or is_sensitive(
        difference.table, column, sensitive
    )


def key_parts(difference: Difference, sensitive: Collection[str] = ()) -> list[str]:
    """The words for each part of the key; digests for sensitive key columns."""
    names = difference.key_columns or ("",) * len(difference.key)
    return [
        digest(value) if is_hidden(difference, name, sensitive) else show(value)
        for name, value in zip(names, difference.key, strict=True)
    ]


def key_words(columns: Sequence[str], key: Sequence[Value], sensitive: Collection[str] = ()) -> str:
    """A key of one table in words, ``id=5 code='x'``; ``sensitive`` names columns whose values
    become digests.
    """
    parts = (
        f"{name}={digest(value) if name in sensitive else show(value)}"
        for name, value in zip(columns, key, strict=True)
    )
    return " ".join(parts)


def unreadable_words(cell: UnreadableCell, sensitive: Collection[str] = ()) -> str:
    """``id=5  Oracle NAME: why it cannot be read``."""
    hidden = {name for name in cell.key_columns if name in cell.sensitive or name in sensitive}
    column = f" {cell.column}" if cell.column else ""
    return f"{key_words(cell.key_columns, cell.key, hidden)}  {cell.side}{column}: {cell.why}"


def _key(difference: Difference, sensitive: Collection[str]) -> str:
    names = difference.key_columns or tuple(
        f"key{place}" for place in range(1, len(difference.key) + 1)
    )
    return " ".join(
        f"{name}={part}" for name, part in zip(names, key_parts(difference, sensitive), strict=True)
    )


def _values(left: Value, right: Value, hidden: bool) -> tuple[str, str]:
    if hidden:
        return digest(left), digest(right)
    start = 0
    if isinstance(left, str) and isinstance(right, str) and max(len(left), len(right)) > SHOWN:
        start = max(0, _parting(left, right) - _LEAD)
    return show(left, start), show(right, start)


def _parting(left: str, right: str) -> int:
    """Index of the first character in which two texts differ."""
    pairs = zip(left, right, strict=False)
    return next((place for place, (a, b) in enumerate(pairs) if a != b), min(len(left), len(right)))


def show(value: Value, start: int = 0) -> str:
    """A value for people: NULL, quoted text with invisible and combining characters escaped, long
    text cut.

    ``start`` is the first character shown of a text that is too long to show whole.
    """
    if value is None:
        return "NULL"
    if isinstance(value, str):
        return _show_text(value, start)
    if isinstance(value, (bytes, bytearray, memoryview)):
        raw = bytes(value)
        cut = "" if len(raw) <= SHOWN // 2 else f"... ({len(raw)} bytes)"
        return f"0x{raw[: SHOWN // 2].hex()}{cut}"
    if isinstance(value, dt.datetime):
        return value.isoformat(sep=" ")
    return str(value)


def _show_text(value: str, start: int) -> str:
    if len(value) <= SHOWN:
        return f"'{_escape(value)}'"
    begin = min(start, max(0, len(value) - SHOWN))
    piece = value[begin : begin + SHOWN]
    before = "..." if begin else ""
    after = "..." if begin + SHOWN < len(value) else ""
    size = f"({len(value)} characters, {len(value.encode('utf-8', 'surrogatepass'))} bytes)"
    return f"'{before}{_escape(piece)}{after}' {size}"


def _escape(text: str) -> str:
    return "".join(
        _escaped(character) if _is_hidden(character) else character for character in text
    )


def _is_hidden(character: str) -> bool:
    return character in "'\\" or cannot_be_seen(character)


def cannot_be_seen(character: str) -> bool:
    """Not printable, or drawn as part of its neighbour: combining marks and conjoining Hangul."""
    if not character.isprintable():
        return True
    return unicodedata.category(character).startswith("M") or "\u1100" <= character <= "\u11ff"


def _escaped(character: str) -> str:
    if character in "'\\":
        return "\\" + character
    return character.encode("unicode_escape").decode("ascii")


def digest(value: Value) -> str:
    """A stand-in for a value that must not be shown; equal values have equal digests within one
    run.
    """
    if value is None:
        return "NULL"
    plain = bytes(value) if isinstance(value, (bytes, bytearray, memoryview)) else str(value)
    octets = plain if isinstance(plain, bytes) else plain.encode("utf-8", "surrogatepass")
    mark = hmac.new(_DIGEST_KEY, octets, hashlib.sha256).hexdigest()[:12]
    length = f", {len(value)} characters" if isinstance(value, str) else ""
    return f"<digest {mark}{length}>"
