"""The rows of runs as ``rows`` tells them: in words, as JSON, as SQL conditions."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from itertools import groupby

from reconciliation.describe import digest, show
from reconciliation.model import Document, Key
from reconciliation.process.visible import visible
from reconciliation.repair.literals import ByHand
from reconciliation.session import key_places, key_values
from reconciliation.session.exclusion import in_oracle, in_postgresql
from reconciliation.session.journal import Journal
from reconciliation.session.run_rows import KeptFree, RunRows, TableRows

#: keys, or ranges of them, told of one table
SHOWN = 10


def _state(journal: Journal | None) -> str:
    if journal is None:
        return "none"
    return "ended" if journal.ended else "going on or killed"


def _run_words(found: RunRows) -> str:
    journal = found.journal
    if journal is None:
        return f"{found.environment}: no run has left a row, and none is going on"
    if journal.ended:
        return (
            f"{found.environment}: the run {journal.mark}, begun {journal.started}, has ended and "
            "could not remove all its rows"
        )
    return (
        f"{found.environment}: the run {journal.mark}, begun {journal.started}, is going on or was "
        "killed; its rows, until it or the next run has removed them:"
    )


# ------------------------------------------------------------------ in words


def in_words(found: RunRows, openly: bool) -> Iterator[str]:
    """Lines for people; ``openly``: values of sensitive columns as they are."""
    yield visible(_run_words(found))
    for table in found.tables:
        yield visible(f"  {_named(table)}: {_counted(table)}: {_keys(table, openly)}")
    if found.journal is not None and not found.tables:
        yield "  none so far"
    yield "kept free for runs, for good:"
    yield from (f"  {visible(line)}" for line in _agreement(found))


def _named(table: TableRows) -> str:
    place = table.place
    if place is None:
        return table.source
    there = "nothing in Oracle" if place.there is None else place.there.full_name
    return f"{table.source} -> {there}"


def _counted(table: TableRows) -> str:
    count = f"{len(table.keys)} key{'' if len(table.keys) == 1 else 's'}"
    return count if table.place is None else f"{count} of {', '.join(table.place.here.columns)}"


def _keys(table: TableRows, openly: bool) -> str:
    told = [*_ranges(table)] or [_shown(table, key, openly) for key in table.keys]
    return ", ".join(told[:SHOWN]) + (", ... (--json has all)" if len(told) > SHOWN else "")


def _ranges(table: TableRows) -> Iterator[str]:
    """Whole numbers as ranges; nothing where one key is of another kind, or hidden."""
    numbers = [key[0] for key in table.keys if len(key) == 1 and type(key[0]) is int]
    if len(numbers) != len(table.keys) or (table.place is not None and table.place.sensitive):
        return
    whole = [int(str(number)) for number in numbers]
    for _, several in groupby(enumerate(whole), lambda both: both[1] - both[0]):
        part = [number for _, number in several]
        yield f"{part[0]}" if len(part) == 1 else f"{part[0]} to {part[-1]}"


def _shown(table: TableRows, key: Key, openly: bool) -> str:
    parts = [
        digest(value) if hidden and not openly else show(value)
        for value, hidden in zip(key, _hidden(table, key), strict=True)
    ]
    return parts[0] if len(parts) == 1 else f"({', '.join(parts)})"


def _hidden(table: TableRows, key: Key) -> Sequence[bool]:
    if table.place is None:
        return [False] * len(key)
    names = [*table.place.here.columns, *[""] * len(key)][: len(key)]
    return [name in table.place.sensitive for name in names]


def _agreement(found: RunRows) -> Iterator[str]:
    first, last = found.reserved_keys
    names = [
        f"{table.source}.{table.key[0]}"
        for table in found.kept_free
        if len(table.key) == 1 and not table.reserved
    ]
    if names:
        yield (
            f"{first} to {last} (reserved_keys) where the key is one whole number: "
            f"{', '.join(names)}"
        )
    for table in found.kept_free:
        for column, (low, high) in table.reserved.items():
            yield f"{table.source}.{column}: {show(low)} to {show(high)} ([reserved])"


# ------------------------------------------------------------------ as JSON


def as_json(found: RunRows, openly: bool) -> str:
    """Every key, as one object; ``openly``: also those of sensitive columns."""
    return json.dumps(_document(found, openly), ensure_ascii=False, indent=2)


def _document(found: RunRows, openly: bool) -> Document:
    journal = found.journal
    return {
        "environment": found.environment,
        "run": {
            "state": _state(journal),
            "mark": journal.mark if journal is not None else None,
            "started": journal.started if journal is not None else None,
        },
        "tables": [_table(table, openly) for table in found.tables],
        "reserved_keys": list(found.reserved_keys),
        "kept_free": [_kept(table) for table in found.kept_free],
    }


def _table(table: TableRows, openly: bool) -> Document:
    place = table.place
    return {
        "source": table.source,
        "place": None if place is None else key_places.written(place),
        "keys": [
            [
                {"digest": digest(value)} if hidden and not openly else written
                for value, written, hidden in zip(
                    key, key_values.written(key), _hidden(table, key), strict=True
                )
            ]
            for key in table.keys
        ],
        "range": None if table.span is None else list(table.span),
    }


def _kept(table: KeptFree) -> Document:
    return {
        "source": table.source,
        "target": table.target,
        "key": list(table.key),
        "target_key": list(table.target_key),
        "reserved": {name: key_values.written(span) for name, span in table.reserved.items()},
        "mark_column": table.mark_column,
    }


# ------------------------------------------------------------------ as SQL


def as_sql(found: RunRows, openly: bool, by_hand: list[str]) -> Iterator[str]:
    """Comments, and a condition a line; tables without one get into ``by_hand``."""
    yield f"-- {visible(_run_words(found))}"
    for line in _agreement(found):
        yield f"-- kept free for runs, for good: {visible(line)}"
    for product, write in (("PostgreSQL", in_postgresql), ("Oracle", in_oracle)):
        for table in found.tables:
            name = _name_in(table, product)
            if name is None:
                continue
            yield f"-- {product} {visible(name)}, {_counted(table)}"
            try:
                yield write(table, openly)
            except (ByHand, ValueError) as error:
                why = " ".join(str(error).split())
                yield f"-- by hand: {visible(why)}"
                by_hand.append(f"{product} {name}: no condition was written: {why}")


def _name_in(table: TableRows, product: str) -> str | None:
    """None in Oracle for a table that does not reach it."""
    if table.place is None:
        return table.source
    side = table.place.here if product == "PostgreSQL" else table.place.there
    return None if side is None else side.full_name
