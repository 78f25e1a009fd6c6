"""Rules for two PostgreSQL columns: for a copy that should be a copy, nothing is left out of the
comparison.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from reconciliation.canonical import values
from reconciliation.canonical.columns import ColumnRule
from reconciliation.canonical.rules import Rule
from reconciliation.canonical.types import source_label
from reconciliation.errors import CanonicalError
from reconciliation.model import CatalogueTable, TableContract, Value


def _float(value: Value) -> Value:
    """Bit for bit but for NaN, which is one value."""
    if value is None:
        return None
    number = values.of_type(float, value)
    # NaN is unlike itself, and -0.0 is not 0.0
    return values.NOT_A_NUMBER if number != number else (number, str(number))


def _whatever(value: Value) -> Value:
    return (
        tuple(value)
        if isinstance(value, list)
        else bytes(value)
        if isinstance(value, memoryview)
        else value
    )


_FAMILIES: tuple[tuple[tuple[str, ...], str, Callable[[Value], Value]], ...] = (
    (("int2", "int4", "int8", "numeric"), "number", values.number),
    (("float4", "float8"), "float", _float),
    (("varchar", "text", "citext", "bpchar", "name"), "text", values.text),
    (("json", "jsonb"), "text of JSON", values.text),
    (("bool",), "boolean", values.boolean),
    (("uuid",), "uuid", values.identifier),
    (("bytea",), "bytes", values.octets),
)
_RULES = {label: (name, canonical) for labels, name, canonical in _FAMILIES for label in labels}


def same_type_rules(
    table: TableContract, source: CatalogueTable, target: CatalogueTable
) -> Mapping[str, ColumnRule]:
    """The rule of every agreed pair by source column; CanonicalError for a pair of unlike families
    of types.
    """
    found: dict[str, ColumnRule] = {}
    for pair in table.pairs:
        here, there = source.columns[pair.source], target.columns[pair.target]
        left, right = source_label(here.type), source_label(there.type)
        rule = _RULES.get(left, ("value", _whatever))
        if left != right and _RULES.get(right) != rule:
            raise CanonicalError(
                f"{table.source}.{pair.source} is {here.type}, {pair.target} is {there.type}; "
                "such columns cannot be equal"
            )
        found[pair.source] = ColumnRule(
            table.source, pair, Rule(rule[0], left, right, rule[1], rule[1]), here, there
        )
    return found
