"""The rows of a run while they exist, for whoever has to leave them out: BI, settlement, a report.

From the profile, its contracts and the journal alone; nothing is connected to, and a run that is
going on is not disturbed. What the journal has not been rid of may stand in either database.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from reconciliation.agreed.profile import Profile
from reconciliation.canonical.types import source_label
from reconciliation.model import Contract, Key, TableContract, Value
from reconciliation.session.journal import Journal, journal_path, read_journal
from reconciliation.session.key_places import KeyPlace

#: types of PostgreSQL whose keys come from a range of whole numbers
WHOLE = ("int2", "int4", "int8", "numeric")


@dataclass(frozen=True)
class KeptFree:
    """What is agreed for good about one table: values of key columns that only runs use, by column
    of PostgreSQL, and the column that carries a run's mark.
    """

    source: str
    target: str
    key: tuple[str, ...]
    target_key: tuple[str, ...]
    reserved: Mapping[str, tuple[Value, Value]] = field(default_factory=dict)
    mark_column: str | None = None


@dataclass(frozen=True)
class TableRows:
    """``keys`` under which rows of a table stand or may stand. ``place`` is None where no run could
    say which columns they stand in. ``span``: the whole numbers kept free for runs, where all keys
    are among them.
    """

    source: str
    keys: tuple[Key, ...]
    place: KeyPlace | None
    span: tuple[int, int] | None = None


@dataclass(frozen=True)
class RunRows:
    """``journal`` is None where no run has left one; ``kept_free`` has every table that runs may
    write to.
    """

    environment: str
    reserved_keys: tuple[int, int]
    journal: Journal | None
    tables: tuple[TableRows, ...]
    kept_free: tuple[KeptFree, ...]


def run_rows(profile: Profile, contract: Contract) -> RunRows:
    """What stands or may stand now. Raises EnvironmentFault for a journal that is none."""
    journal = read_journal(journal_path(profile.root, profile.name))
    agreed = {table.source: table for table in contract.tables}
    found = journal.all_keys if journal is not None else {}
    places = journal.places if journal is not None else {}
    return RunRows(
        profile.name,
        profile.reserved_keys,
        journal,
        tuple(
            _rows(name, keys, places.get(name), agreed.get(name), profile.reserved_keys)
            for name, keys in sorted(found.items())
            if keys
        ),
        tuple(_kept_free(table) for table in contract.tables if table.write and table.key),
    )


def _rows(
    name: str,
    keys: frozenset[Key],
    place: KeyPlace | None,
    contract: TableContract | None,
    agreed: tuple[int, int],
) -> TableRows:
    ordered = tuple(sorted(keys, key=_order))
    return TableRows(name, ordered, place, _span(ordered, place, contract, agreed))


def _order(key: Key) -> tuple[tuple[bool, int, str], ...]:
    """Numbers by their size, everything else by how it is written."""
    return tuple(
        (False, value, "") if isinstance(value, int) else (True, 0, repr(value)) for value in key
    )


def _span(
    keys: tuple[Key, ...],
    place: KeyPlace | None,
    contract: TableContract | None,
    agreed: tuple[int, int],
) -> tuple[int, int] | None:
    if place is None or contract is None or len(place.here.key) != 1:
        return None
    [(column, kind)] = place.here.key
    if source_label(kind) not in WHOLE:
        return None
    first, last = contract.reserved.get(column, agreed)
    if not isinstance(first, int) or not isinstance(last, int):
        return None
    inside = all(isinstance(value, int) and first <= value <= last for (value,) in keys)
    return (first, last) if inside else None


def _kept_free(table: TableContract) -> KeptFree:
    return KeptFree(
        table.source,
        table.target,
        table.key,
        tuple(table.pair(column).target for column in table.key),
        table.reserved,
        table.mark_column,
    )
