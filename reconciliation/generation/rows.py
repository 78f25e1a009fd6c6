"""A batch of rows for one table: every named edge, then random rows; some of them beyond the legacy
schema.
"""

from __future__ import annotations

import itertools
import uuid
import zlib
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from functools import lru_cache

from reconciliation.canonical import ColumnRule, rules_for
from reconciliation.canonical.types import fits, lacking, source_label
from reconciliation.capacity import column_refusal
from reconciliation.generation.edges import edges
from reconciliation.generation.strategies import holdable, sample
from reconciliation.model import CatalogueTable, ColumnType, Row, TableContract, Value

#: one row in so many is one the legacy schema refuses
REFUSED_SHARE = 4


class GenerationError(Exception):
    """No operations can be made for a table; one line that names the column."""


def generate_rows(
    table: TableContract,
    source_table: CatalogueTable,
    target_table: CatalogueTable,
    *,
    count: int,
    seed: int,
) -> list[Row]:
    """``count`` rows by source column, in the contract's column order, without the key and without
    columns of a type that no values are known of.

    About three quarters can be held by the legacy schema; the others hold exactly one value it
    refuses, every kind of refusal in turn. In both parts the named edges come first. The same
    arguments give the same rows.
    """
    rules = rules_for(table, source_table, target_table)
    pool = Pool(table, rules, count, seed)
    refused = list(itertools.islice(pool.refused(), count // REFUSED_SHARE))
    held = list(itertools.islice(pool.held(), count - len(refused)))
    ordered = _edges_first(held, refused, pool.edge_rows)
    return [{name: row[name] for name in rules if name in row} for row in ordered]


def _edges_first(held: list[Row], refused: list[Row], edge_rows: int) -> list[Row]:
    cut = min(edge_rows, len(held))
    return [*held[:cut], *refused, *held[cut:]]


class Pool:
    """The rows of one table without their keys: ``held`` and ``refused`` give as many as are asked
    for.
    """

    def __init__(
        self, table: TableContract, rules: Mapping[str, ColumnRule], count: int, seed: int
    ) -> None:
        self.rules = {name: rule for name, rule in rules.items() if name not in table.key}
        drawn = {
            name: drawn_values(shape_of(rule), max(count, 1), seed)
            for name, rule in self.rules.items()
        }
        self.random = {name: values for name, values in drawn.items() if values}
        self.names = list(self.random)
        self.edges = {name: self._holdable_edges(name) for name in self.names}
        self.edge_rows = max((len(values) for values in self.edges.values()), default=0)

    def _holdable_edges(self, name: str) -> list[Value]:
        rule = self.rules[name]
        return [
            edge.value
            for edge in edges(rule)
            if column_refusal(rule, edge.value) is None
            and not lacking(rule.target.type, edge.value)
        ]

    def held(self) -> Iterator[Row]:
        """Rows the legacy schema can hold: first the edges of all columns side by side, then random
        ones.
        """
        for place in range(self.edge_rows):
            row = self._random_row(place)
            for shift, name in enumerate(self.names):
                values = self.edges[name]
                if values:
                    row[name] = values[(place + shift) % len(values)]
            yield row
        yield from (self._random_row(place) for place in itertools.count(self.edge_rows))

    def refused(self) -> Iterator[Row]:
        """Rows with exactly one value the legacy schema refuses, all kinds of refusal in turn; may
        be none.
        """
        kinds = [itertools.cycle(values) for values in self._refused_values()]
        for place, kind in enumerate(itertools.cycle(kinds)):
            name, value = next(kind)
            yield self._random_row(place) | {name: value}

    def _refused_values(self) -> list[list[tuple[str, Value]]]:
        """Column and value of every refused edge, by kind: the column, the
        ORA code, NULL or not.
        """
        kinds: dict[tuple[str, int, bool], list[tuple[str, Value]]] = defaultdict(list)
        for name in self.names:
            for edge in edges(self.rules[name]):
                refusal = column_refusal(self.rules[name], edge.value)
                if refusal is not None:
                    kinds[name, refusal.ora_code, edge.value is None].append((name, edge.value))
        return list(kinds.values())

    def _random_row(self, place: int) -> dict[str, Value]:
        """Columns of one shape hold the same values, each in an order of its own."""
        return {
            name: values[(place + zlib.crc32(name.encode())) % len(values)]
            for name, values in self.random.items()
        }


@dataclass(frozen=True)
class Shape:
    """What the values of a column depend on; ``rule`` is that of one of the columns of it."""

    source: ColumnType
    target: ColumnType
    nullable: tuple[bool, bool]
    name: str
    bounds: tuple[Value, Value]
    rule: ColumnRule = field(compare=False)


def shape_of(rule: ColumnRule) -> Shape:
    return Shape(
        rule.source.type,
        rule.target.type,
        (rule.source.nullable, rule.target.nullable),
        rule.rule.name,
        (rule.pair.minimum, rule.pair.maximum),
        rule,
    )


@lru_cache(maxsize=512)
def drawn_values(shape: Shape, count: int, seed: int) -> tuple[Value, ...]:
    """Random values of one shape, none for a type that no values are known of. Drawing takes a
    hundred times as long as everything else here, and many columns are of one shape.
    """
    strategy = holdable(shape.rule)
    if strategy is None:
        return ()
    if source_label(shape.source) in ("json", "jsonb"):
        return tuple(sample(strategy, count, seed, together=1))
    return tuple(sample(strategy, count, seed))


def key_value(table: TableContract, rule: ColumnRule, number: int) -> int | Decimal | str:
    """The number as a key of the column's type."""
    label = source_label(rule.source.type)
    if label in ("int2", "int4", "int8"):
        return number
    if label == "numeric":
        return Decimal(number)
    if label == "uuid":
        return str(uuid.UUID(int=number))
    spelled = str(number)
    if label in ("varchar", "text", "bpchar") and fits(rule.target.type, spelled):
        return spelled
    raise GenerationError(
        f"{table.source}.{rule.pair.source}: key {number} cannot be written as {rule.source.type}"
    )
