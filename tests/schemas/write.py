"""A drawn schema as statements: both databases' tables and rows."""

from __future__ import annotations

from collections.abc import Iterator

from tests.schemas.model import Column, Reference, Schema, Table
from tests.schemas.pairs import STATE, STATES


def quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


# ------------------------------------------------------------------ tables


def source_tables(schema: Schema) -> str:
    states = ", ".join(f"'{one}'" for one in STATES)
    made = [f"CREATE SCHEMA {quoted(schema.source)};"]
    made.append(f"CREATE TYPE {STATE.source.format(schema=schema.source)} AS ENUM ({states});")
    made += [_create(schema, table, is_target=False) for table in schema.tables]
    return "\n".join([*made, *_late(schema, is_target=False)]) + "\n"


def target_tables(schema: Schema) -> str:
    made = [_create(schema, table, is_target=True) for table in schema.tables]
    return "\n".join([*made, *_late(schema, is_target=True)]) + "\n"


def _create(schema: Schema, table: Table, *, is_target: bool) -> str:
    lines = [_line(schema, column, is_target) for column in table.columns]
    lines.append(f"PRIMARY KEY ({_names(table, table.key, is_target)})")
    lines += [f"UNIQUE ({_names(table, names, is_target)})" for names in table.unique]
    for check in table.checks:
        named = [_names(table, (one,), is_target) for one in check.columns]
        if check.in_oracle or not is_target:
            lines.append(f"CHECK ({check.words.format(*named)})")
    lines += [
        _foreign(schema, table, one, is_target)
        for one in table.references
        if not one.late and (one.in_oracle or not is_target)
    ]
    body = ",\n  ".join(lines)
    return f"CREATE TABLE {_full(schema, table, is_target)} (\n  {body}\n);"


def _late(schema: Schema, *, is_target: bool) -> Iterator[str]:
    for table in schema.tables:
        for one in table.references:
            if one.late:
                foreign = _foreign(schema, table, one, is_target)
                yield f"ALTER TABLE {_full(schema, table, is_target)} ADD {foreign};"


def _foreign(schema: Schema, table: Table, one: Reference, is_target: bool) -> str:
    parent = schema.table(one.parent)
    return (
        f"FOREIGN KEY ({_names(table, one.columns, is_target)}) REFERENCES "
        f"{_full(schema, parent, is_target)} ({_names(parent, one.referenced, is_target)})"
    )


def _names(table: Table, names: tuple[str, ...], is_target: bool) -> str:
    return ", ".join(quoted(table.column(one).target if is_target else one) for one in names)


def _line(schema: Schema, column: Column, is_target: bool) -> str:
    if is_target:
        kept = "" if column.nullable[1] else " NOT NULL"
        return f"{quoted(column.target)} {column.pair.target}{kept}"
    counted = f" GENERATED {column.identity} AS IDENTITY" if column.identity else ""
    default = f" DEFAULT {column.default}" if column.default else ""
    kept = "" if column.nullable[0] else " NOT NULL"
    kind = column.pair.source.format(schema=schema.source)
    return f"{quoted(column.name)} {kind}{default}{counted}{kept}"


def _full(schema: Schema, table: Table, is_target: bool) -> str:
    owner, name = (schema.target, table.target) if is_target else (schema.source, table.name)
    return f"{quoted(owner)}.{quoted(name)}"


# ------------------------------------------------------------------ rows


def source_rows(schema: Schema) -> str:
    made = []
    for table in schema.tables:
        made += list(_inserts(schema, table, is_target=False))
        made += [
            f"SELECT setval(pg_get_serial_sequence('{_full(schema, table, False)}', "
            f"'{one.name}'), 100);"
            for one in table.columns
            if one.identity
        ]
    return "\n".join(made) + "\n"


def target_rows(schema: Schema) -> str:
    made = [line for table in schema.tables for line in _inserts(schema, table, is_target=True)]
    return "\n".join(made) + "\n"


def _inserts(schema: Schema, table: Table, *, is_target: bool) -> Iterator[str]:
    overriding = " OVERRIDING SYSTEM VALUE" if any(one.identity for one in table.columns) else ""
    for place in range(table.rows):
        cells = {
            column.target if is_target else column.name: literal(schema, table, column, place)[
                is_target
            ]
            for column in table.columns
        }
        yield (
            f"INSERT INTO {_full(schema, table, is_target)} ({', '.join(map(quoted, cells))})"
            f"{'' if is_target else overriding} VALUES ({', '.join(cells.values())});"
        )


def literal(schema: Schema, table: Table, column: Column, place: int) -> tuple[str, str]:
    """A row's value in both languages; a child's row refers to the parent's in the same place, as
    far as there are so many.
    """
    for one in table.references:
        if column.name in one.columns:
            if one.parent == table.name or one.late:
                return "NULL", "NULL"
            parent = schema.table(one.parent)
            theirs = parent.column(one.referenced[one.columns.index(column.name)])
            return literal(schema, parent, theirs, place % parent.rows)
    checked = any(column.name in check.columns for check in table.checks)
    if column.nullable == (True, True) and place == 1 and not checked:
        return "NULL", "NULL"
    # several columns that tell rows apart together vary in the last one
    alone = any(column.name == names[-1] for names in (table.key, *table.unique))
    values = column.pair.values
    return values[place if alone else place % len(values)]
