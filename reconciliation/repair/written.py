"""From a PostgreSQL value to the value the legacy column is to hold: the canonical rules the other
way round.

What the replication writes for a type: AWS DMS user guide, "Source data types for PostgreSQL" and
"Target data types for Oracle". Whatever an inverse says is held against the rule itself before it
is used: a value the judge would not call equal is never written.
"""

from __future__ import annotations

import datetime as dt
import struct
from collections.abc import Callable, Mapping
from decimal import Decimal

from reconciliation.canonical import ColumnRule, accepted_rule, values
from reconciliation.canonical.types import fits, padded, stored_moment, stored_number, target_label
from reconciliation.capacity import column_refusal
from reconciliation.capacity.rows import CANNOT_INSERT_NULL, VALUE_TOO_LARGE
from reconciliation.errors import CanonicalError
from reconciliation.model import Value
from reconciliation.repair.literals import ByHand

#: the smallest magnitude of a NUMBER that is not 0 (SQL Language Reference, NUMBER)
_SMALLEST_NUMBER = Decimal("1E-130")

Inverse = Callable[[ColumnRule, Value], Value]


def _as_it_is(_rule: ColumnRule, value: Value) -> Value:
    return value


def _canonical(rule: ColumnRule, value: Value) -> Value:
    return rule.canonical_source(value)


def _number_text(_rule: ColumnRule, value: Value) -> str:
    exact = values.exact(value)
    if not exact.is_finite():
        return str(values.number(exact))
    return format(exact, "f")


def _unpadded(rule: ColumnRule, value: Value) -> Value:
    """A blank-padded value as it is, as long as it fits: blanks alone would be NULL."""
    as_it_is = isinstance(value, str) and fits(rule.target.type, value)
    return value if as_it_is else rule.canonical_source(value)


def _identifier(_rule: ColumnRule, value: Value) -> Value:
    return values.identifier(value)


def _wall_clock_of_utc(rule: ColumnRule, value: Value) -> Value:
    moment = rule.canonical_source(value)
    return moment.replace(tzinfo=None) if isinstance(moment, dt.datetime) else moment


#: rule -> what the column is to hold for a value that is not NULL
INVERSES: Mapping[str, Inverse] = {
    "number": _as_it_is,
    "float8": _as_it_is,
    "float4": _as_it_is,
    "money": _as_it_is,
    "number_text": _number_text,
    "text": _canonical,
    "printed": _as_it_is,
    "padded_text": _unpadded,
    "boolean_text": _canonical,
    "boolean_number": _canonical,
    "uuid_text": _identifier,
    "uuid_raw": _canonical,
    "uuid_hex": _canonical,
    "json": _as_it_is,
    "bytes": _canonical,
    "date": _canonical,
    "timestamp": _canonical,
    "instant_as_utc": _wall_clock_of_utc,
    "instant": _canonical,
    "epoch_seconds": _canonical,
    "epoch_millis": _canonical,
    "epoch_micros": _canonical,
    "wall_clock": _canonical,
    "whole_seconds": _wall_clock_of_utc,
    "interval_seconds": _canonical,
    "interval_months": _canonical,
}


def written(rule: ColumnRule, value: Value) -> Value:
    """What the legacy column is to hold for one PostgreSQL driver value, ready for ``literal``.

    Raises ByHand for a value it refuses (with the ORA code), a rule without an inverse, and a value
    that Oracle would keep as something the judge does not call equal.
    """
    try:
        _refuse(rule, value)
        kept = None if value is None else _kept(rule, _inverse(rule)(rule, value))
        agrees = rule.canonical_source(value) == rule.canonical_target(kept)
    except CanonicalError as error:
        raise ByHand(str(error)) from error
    except (TypeError, ValueError, ArithmeticError, AttributeError) as error:
        raise ByHand(
            f"{rule.pair.target} {rule.target.type} cannot hold this {type(value).__name__}"
        ) from error
    if kept is None and not rule.target.nullable:
        raise ByHand(f"ORA-{CANNOT_INSERT_NULL:05d}: {rule.pair.target} is NOT NULL")
    types = (rule.source.type, rule.target.type)
    if not agrees and accepted_rule(rule.accepted, *types, value, kept) is None:
        raise ByHand(
            f"{rule.pair.target} {rule.target.type} would not keep the value as it is in "
            f"{rule.pair.source}"
        )
    return kept


def _refuse(rule: ColumnRule, value: Value) -> None:
    refusal = column_refusal(rule, value)
    if refusal is not None:
        raise ByHand(f"ORA-{refusal.ora_code:05d}: {refusal.reason}")


def _inverse(rule: ColumnRule) -> Inverse:
    name = rule.rule.name.partition(":")[0]
    if name not in INVERSES:
        raise ByHand(f"rule {rule.rule.name} does not say what to write for a value")
    return INVERSES[name]


# ------------------------------------------------------------------ what Oracle keeps


def _kept(rule: ColumnRule, value: Value) -> Value:
    """The value after it was stored, so that no conversion of Oracle's is left to chance."""
    column_type = rule.target.type
    label = target_label(column_type)
    if isinstance(value, (str, bytes)) and not value:
        return None  # Oracle has no empty value
    if isinstance(value, str) and not fits(column_type, value):
        # a number as text, for one, may be longer than the rule's own form of it
        raise ByHand(
            f"ORA-{VALUE_TOO_LARGE}: {len(value)} characters do not fit {rule.pair.target} "
            f"{column_type}"
        )
    if label in ("NUMBER", "FLOAT"):
        number = stored_number(column_type, values.exact(value))
        return number if abs(number) >= _SMALLEST_NUMBER else Decimal(0)
    if label == "BINARY_DOUBLE":
        return float(values.exact(value))
    if label == "BINARY_FLOAT":
        nearest = values.single(value)
        return (
            float(nearest)
            if isinstance(nearest, str)
            else struct.unpack("<f", struct.pack("<f", nearest))[0]
        )
    if label in ("CHAR", "NCHAR"):
        return padded(column_type, values.of_type(str, value))
    if label == "DATE" or label.startswith("TIMESTAMP"):
        return stored_moment(column_type, values.at_midnight(value))
    return value
