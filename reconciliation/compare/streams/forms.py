"""How a column pair is written as text by both databases, so that equal texts mean equal canonical
values.

The other direction need not hold: two texts may differ for one value (a number spelled in another
way, a time beyond the years Oracle knows). Such rows are taken apart and compared by the rules of
``canonical``, which decide.

A field is ``text,`` where the text never holds a comma (plain), or ``length:text,`` (counted). An
empty plain field and a counted one without length are NULL; ``0:,`` is the empty string, which
Oracle does not have.

Sources of the formats: PostgreSQL documentation, "Data Type Formatting Functions"; Oracle SQL
Language Reference, "Format Models" and TO_CHAR. PostgreSQL's session must have UTC as its time zone
and ISO as its date style, Oracle's a point as its decimal character (``NLS_NUMERIC_CHARACTERS``).
"""

from __future__ import annotations

from collections.abc import Callable

from reconciliation.canonical import ColumnRule, conversion
from reconciliation.compare.streams import moments, numbers
from reconciliation.compare.streams.form import FieldText, Form
from reconciliation.compare.streams.texts import bytes_form, literal, of_text, text_form
from reconciliation.model import Value

__all__ = ["Form", "canonical_pair", "form_of"]


def form_of(rule: ColumnRule) -> Form | None:
    """The form of a column pair, or None when the pair can only be compared in memory."""
    maker = _FORMS.get(rule.rule.name.split(":")[0])
    return maker(rule) if maker else None


def _boolean_text(rule: ColumnRule) -> Form:
    _, argument = conversion(rule.rule.name)
    yes, no = (literal(word) for word in (argument or "true/false").split("/", 1))
    source = f"CASE WHEN {{0}} THEN {yes} WHEN NOT {{0}} THEN {no} END"
    return text_form(rule, source.format, converted=True)


def _bytes(rule: ColumnRule) -> Form:
    return bytes_form(rule, "{}".format, False, _octets)


def _uuid_raw(rule: ColumnRule) -> Form:
    return bytes_form(rule, "decode(replace({}::text, '-', ''), 'hex')".format, True, _octets)


def _uuid_hex(rule: ColumnRule) -> Form:
    return text_form(rule, "replace({}::text, '-', '')".format, converted=True)


_octets = of_text(bytes.fromhex)


_FORMS: dict[str, Callable[[ColumnRule], Form | None]] = {
    "number": numbers.exact_number,
    "money": numbers.money,
    "float4": numbers.from_float,
    "float8": numbers.from_float,
    "number_text": numbers.number_text,
    "text": text_form,
    "padded_text": text_form,
    "printed": text_form,
    "json": text_form,
    "uuid_text": text_form,
    "uuid_raw": _uuid_raw,
    "uuid_hex": _uuid_hex,
    "bytes": _bytes,
    "boolean_text": _boolean_text,
    "boolean_number": numbers.boolean_number,
    "date": moments.wall_clock,
    "timestamp": moments.wall_clock,
    "instant": moments.instant,
    "instant_as_utc": moments.instant,
    "wall_clock": moments.in_zone,
    "whole_seconds": moments.whole_seconds,
    "epoch_seconds": moments.epoch,
    "epoch_millis": moments.epoch,
    "epoch_micros": moments.epoch,
    "interval_seconds": numbers.interval_seconds,
    "interval_months": numbers.interval_months,
}


def canonical_pair(
    rule: ColumnRule, form: Form, source: FieldText, target: FieldText
) -> tuple[Value, Value]:
    """The canonical values behind two field texts. ValueError or ArithmeticError where a text is of
    no such value.
    """
    left = form.read_source(source)
    return (left if form.converted else rule.canonical_source(left)), rule.canonical_target(
        form.read_target(target)
    )
