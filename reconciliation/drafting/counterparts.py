"""Which table and column of Oracle those of PostgreSQL are evidently meant for: the ones with the
same letters and digits, whatever their case and what stands between them.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from reconciliation.agreed.mistakes import nearest
from reconciliation.canonical import can_be_written
from reconciliation.drafting.draft import (
    WORD_FOR_NUMBER,
    candidates,
    is_narrow_flag,
    is_word_for_number,
)
from reconciliation.model import Catalogue, CatalogueTable


@dataclass(frozen=True)
class Counterparts:
    """``columns`` are, by PostgreSQL's, Oracle's, or None where there is none."""

    source: CatalogueTable
    target: CatalogueTable
    columns: Mapping[str, str | None]


def plain(name: str) -> str:
    return "".join(sign for sign in name if sign.isalnum()).casefold()


def paired(sources: Iterable[str], targets: Iterable[str]) -> dict[str, str | None]:
    """By name of PostgreSQL, the one of Oracle: the same, else the same in capitals, else one that
    is alike. No two share one, and where either of several could be meant, none is.
    """
    names, there = list(sources), list(targets)
    found = {name: name for name in names if name in there}
    capitals = Counter(name.upper() for name in names)
    for name in names:
        upper = name.upper()
        if name not in found and upper in there and capitals[upper] == 1:
            found[name] = upper
    free: dict[str, list[str]] = defaultdict(list)
    for target in there:
        if target not in found.values():
            free[plain(target)].append(target)
    alike = Counter(plain(name) for name in names if name not in found)
    return {name: found.get(name) or _only(free, alike, plain(name)) for name in names}


def _only(free: Mapping[str, list[str]], alike: Mapping[str, int], name: str) -> str | None:
    meant = free.get(name, [])
    return meant[0] if len(meant) == 1 and alike[name] == 1 else None


def counterparts(source: Catalogue, target: Catalogue) -> tuple[list[Counterparts], list[str]]:
    """The tables that exist on both sides, and words about those that do not. All tables of a
    schema of PostgreSQL go to the schema of Oracle that has most of them: a mapping renames schemas
    as a whole.
    """
    found: list[Counterparts] = []
    notes: list[str] = []
    for schema, tables in _by_schema(source).items():
        there, names = _best(schema, tables, _by_schema(target))
        for name, table in tables.items():
            meant = names.get(name)
            if meant is None:
                notes.append(f"{table.full_name}: {_no_table(name, there)}; it is not selected")
            else:
                columns = paired(table.columns, there[meant].columns)
                found.append(Counterparts(table, there[meant], columns))
    return found, notes


def _by_schema(catalogue: Catalogue) -> dict[str, dict[str, CatalogueTable]]:
    """Tables by schema and name; a partition is part of its table."""
    found: dict[str, dict[str, CatalogueTable]] = {}
    for table in catalogue.values():
        if table.partition_of is None:
            found.setdefault(table.schema, {})[table.name] = table
    return found


def _best(
    schema: str,
    tables: Mapping[str, CatalogueTable],
    there: Mapping[str, Mapping[str, CatalogueTable]],
) -> tuple[Mapping[str, CatalogueTable], dict[str, str | None]]:
    """The tables of the schema with most counterparts, the one of the same name among equals."""
    every = [(name, paired(tables, found)) for name, found in there.items()]
    if not every:
        return {}, {}

    def worth(one: tuple[str, dict[str, str | None]]) -> tuple[int, bool]:
        return sum(meant is not None for meant in one[1].values()), plain(one[0]) == plain(schema)

    name, names = max(every, key=worth)
    return there[name], names


def _no_table(name: str, there: Mapping[str, CatalogueTable]) -> str:
    alike = [table.full_name for key, table in there.items() if plain(key) == plain(name)]
    if alike:
        return f"it could be meant for {' or '.join(alike)}, or another table could"
    schemas = {table.schema for table in there.values()}
    where = f"{', '.join(schemas)} has" if schemas else "Oracle has"
    near = nearest(plain(name), {plain(key): key for key in there}, 0.8)
    hint = next((f" (it has {key})" for key in there if plain(key) == near), "")
    return f"{where} no table of this name{hint}"


def undecided(one: Counterparts) -> list[str]:
    """What a person has to decide about the columns of a pair of tables, a line each."""
    here, there = one.source, one.target
    lines = []
    for name, meant in one.columns.items():
        column = here.columns[name]
        where = f"{here.full_name}.{name} ({column.type})"
        if meant is None:
            near = nearest(plain(name), {plain(key) for key in there.columns}, 0.8)
            hint = next((f"; it has {key}" for key in there.columns if plain(key) == near), "")
            key = ", though it is part of the key" if name in here.primary_key else ""
            lines.append(f"{where}: {there.full_name} has no such column{hint}; it is removed{key}")
        elif is_word_for_number(column.type, there.columns[meant].type):
            lines.append(f"{where} -> {meant} ({there.columns[meant].type}): {WORD_FOR_NUMBER}")
        elif not _arrives(one, name, meant):
            lines.append(
                f"{where} -> {meant} ({there.columns[meant].type}): the replication does not "
                f"convert one into the other; remove the column, and have {meant} filled by an "
                "add-column rule with an expression"
            )
    reached = set(one.columns.values())
    for name, column in there.columns.items():
        if name not in reached:
            refuses = "" if column.nullable or column.default else ", and it is NOT NULL"
            where = f"{there.full_name}.{name} ({column.type})"
            lines.append(f"{where}: nothing is sent there{refuses}")
    return lines


def _arrives(one: Counterparts, name: str, meant: str) -> bool:
    here, there = one.source.columns[name].type, one.target.columns[meant].type
    if is_narrow_flag(here, there):
        return False
    return can_be_written(here, there) or any(
        not conversion.needs_expression for conversion in candidates(here, there)
    )
