"""Sequences of operations as data: replayed in one go, waited for once, and judged by their final
state.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from hypothesis import strategies as st

from reconciliation.canonical import rules_for
from reconciliation.generation.rows import Pool, key_value
from reconciliation.generation.strategies import sample
from reconciliation.model import CatalogueTable, Key, Row, TableContract

INSERT, UPDATE, DELETE = "insert", "update", "delete"


@dataclass(frozen=True)
class Operation:
    """``values`` is the whole row for an insert, the changed columns for an update, empty for a
    delete.
    """

    action: str
    key: Key
    values: Row = field(default_factory=dict)


def generate_operations(
    table: TableContract,
    source_table: CatalogueTable,
    target_table: CatalogueTable,
    *,
    keys: int,
    count: int,
    first_key: int,
    seed: int,
) -> list[Operation]:
    """``count`` operations on ``keys`` keys: insert, update, delete and re-insert under the same
    key.

    Every operation is possible when it is replayed in order from no rows, and every value can be
    held by the legacy schema. The same arguments give the same operations.
    """
    rules = rules_for(table, source_table, target_table)
    held = Pool(table, rules, count, seed).held()
    names = [name for name in rules if name not in table.key]
    numbers = st.integers(0, max(0, keys - 1))
    changed_columns = st.integers(1, 2 ** len(names) - 1)  # one bit a column
    actions = st.sampled_from((UPDATE, UPDATE, DELETE))
    choices = sample(st.tuples(numbers, actions, changed_columns), count, seed)
    present: set[int] = set()
    operations = []
    for number, action, mask in choices:
        key = tuple(key_value(table, rules[name], first_key + number) for name in table.key)
        row = next(held)
        values: Row
        if number not in present:
            action = INSERT
            present.add(number)
            values = {**dict(zip(table.key, key, strict=True)), **row}
        elif action == DELETE:
            present.discard(number)
            values = {}
        else:
            values = {
                name: row[name]
                for place, name in enumerate(names)
                if mask >> place & 1 and name in row
            }
        operations.append(Operation(action, key, values))
    return operations


def final_rows(operations: Sequence[Operation]) -> dict[Key, Row]:
    """What stands in the table after all operations; KeyError for one that is not possible in its
    place.
    """
    rows: dict[Key, Row] = {}
    for operation in operations:
        if operation.action == INSERT:
            if operation.key in rows:
                raise KeyError(operation.key)
            rows[operation.key] = operation.values
        elif operation.action == UPDATE:
            rows[operation.key] = {**rows[operation.key], **operation.values}
        else:
            del rows[operation.key]
    return rows
