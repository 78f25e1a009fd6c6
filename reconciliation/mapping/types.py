"""Whether the legacy columns can hold the types the mapping sends into them."""

from __future__ import annotations

from collections.abc import Iterator

from reconciliation.canonical import can_be_written
from reconciliation.canonical.conversions import needs_expression
from reconciliation.canonical.types import source_label, target_label
from reconciliation.errors import CanonicalError, MappingError
from reconciliation.mapping.actions import renamed
from reconciliation.mapping.model import DataType, ResolvedColumn, ResolvedTable, Rule
from reconciliation.model import (
    CatalogueColumn,
    CatalogueTable,
    ColumnType,
    Finding,
    TableContract,
)

#: PostgreSQL's name for a DMS data type, to look its canonical rule up
_SOURCE_TYPE = {
    **dict.fromkeys(("int1", "int2", "uint1"), "int2"),
    **dict.fromkeys(("int4", "uint2"), "int4"),
    **dict.fromkeys(("int8", "uint4"), "int8"),
    "uint8": "numeric",
    "numeric": "numeric",
    "real4": "float4",
    "real8": "float8",
    **dict.fromkeys(("string", "wstring", "clob", "nclob"), "text"),
    **dict.fromkeys(("bytes", "blob"), "bytea"),
    "boolean": "bool",
    "date": "date",
    "datetime": "timestamp",
}


def check_types(
    table: ResolvedTable,
    agreed: TableContract,
    on_source: CatalogueTable,
    on_target: CatalogueTable,
) -> Iterator[Finding]:
    """type_cannot_hold: for where a column goes, and for where each losing rule would send it."""
    for column in table.columns:
        if column.source is None:
            yield from _added_type(table, agreed, column, on_target)
            continue
        sent = on_source.columns[column.source].type
        applied = [rule for rule in column.contenders if rule.rule_id in column.rule_ids]
        arrives = _as_source_type(column.data_type) or sent
        yield from _type(
            table,
            agreed,
            column,
            column.target,
            arrives,
            applied[-1] if applied else None,
            on_target,
        )
        for rule in column.contenders:
            name, kind = _alone(rule, column, sent)
            if name != column.target:
                yield from _type(table, agreed, column, name, kind, rule, on_target)


def words_into_numbers(
    table: ResolvedTable,
    agreed: TableContract,
    on_source: CatalogueTable,
    on_target: CatalogueTable,
) -> Iterator[Finding]:
    """type_cannot_hold: for booleans that go into numbers as the words true and false.

    Where both endpoints keep booleans as they are, there are none.
    """
    for column in table.columns:
        kept = on_target.columns.get(column.target or "")
        if column.source is None or column.data_type is not None or kept is None:
            continue
        sent = on_source.columns[column.source].type
        if (source_label(sent), target_label(kept.type)) == (
            "bool",
            "NUMBER",
        ) and _converted_on_the_way(agreed, column.source, column.target):
            message = (
                f"{table.source}.{column.source} ({sent}) goes as the words true and false into "
                f"{column.target} ({kept.type}), which refuses every row (ORA-01722); set "
                "MapBooleanAsBoolean=true on both endpoints, or remove the column and fill "
                f"{column.target} by an add-column rule with an expression"
            )
            yield Finding("type_cannot_hold", message, table.source, column.source)


def _alone(rule: Rule, column: ResolvedColumn, sent: ColumnType) -> tuple[str | None, ColumnType]:
    """Where one rule by itself sends the column, and as which type."""
    if rule.action == "remove-column" or column.source is None:
        return None, sent
    if rule.action == "change-data-type":
        return column.source, _as_source_type(rule.data_type) or sent
    try:
        return renamed(rule, column.source), sent
    except MappingError:
        return None, sent


def _type(
    table: ResolvedTable,
    agreed: TableContract,
    column: ResolvedColumn,
    name: str | None,
    sent: ColumnType,
    rule: Rule | None,
    on_target: CatalogueTable,
) -> Iterator[Finding]:
    kept = on_target.columns.get(name or "")
    if (
        kept is None
        or can_be_written(sent, kept.type)
        or _converted_on_the_way(agreed, column.source, name)
    ):
        return
    by = f"{rule} sends it" if rule else "it goes"
    message = (
        f"{table.source}.{column.source} ({sent}): {by} into {name} ({kept.type}) without "
        f"conversion"
    )
    ids: tuple[str, ...] = ()
    if rule is not None:
        ids = (rule.rule_id,)
        if rule.rule_id not in column.rule_ids:
            message += f"; today rule {', '.join(column.rule_ids)} wins over it"
    yield Finding("type_cannot_hold", message, table.source, column.source, ids)


def _converted_on_the_way(agreed: TableContract, source: str | None, target: str | None) -> bool:
    """The contract agreed on a conversion that the replication performs without an expression."""
    for pair in agreed.pairs:
        if (pair.source, pair.target) == (source, target) and pair.conversion is not None:
            try:
                return not needs_expression(pair.conversion)
            except CanonicalError:
                return False
    return False


def _added_type(
    table: ResolvedTable,
    agreed: TableContract,
    column: ResolvedColumn,
    on_target: CatalogueTable,
) -> Iterator[Finding]:
    kept = on_target.columns.get(column.target or "")
    sent = _as_source_type(column.data_type)
    if kept is None or sent is None or can_be_written(sent, kept.type):
        return
    if sent.name == "text" and _is_read_as_bytes(agreed, kept):
        return
    name = column.data_type.name if column.data_type else ""
    rule_id = column.rule_ids[0]
    message = (
        f"rule {rule_id} of {table.source} adds {column.target} as {name}, which "
        f"{kept.type} cannot hold"
    )
    yield Finding("type_cannot_hold", message, table.source, None, column.rule_ids)


def _is_read_as_bytes(agreed: TableContract, kept: CatalogueColumn) -> bool:
    """Oracle makes bytes of hexadecimal digits by itself (SQL Language Reference, "Implicit Data
    Conversion"), which is what the contract counts on.
    """
    return target_label(kept.type) == "RAW" and any(
        pair.target == kept.name and pair.conversion == "uuid_raw" for pair in agreed.pairs
    )


def _as_source_type(data_type: DataType | None) -> ColumnType | None:
    name = _SOURCE_TYPE.get(data_type.name) if data_type else None
    if data_type is None or name is None:
        return None
    return ColumnType(name, data_type.length, precision=data_type.precision, scale=data_type.scale)
