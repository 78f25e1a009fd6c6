"""A draft of the task's table mapping: every table that exists on both sides, each of its columns
by at most one rule.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from reconciliation.drafting.counterparts import Counterparts, counterparts, undecided
from reconciliation.errors import MappingError
from reconciliation.mapping import parse_mapping, resolve
from reconciliation.mapping.patterns import matches
from reconciliation.model import Catalogue, Document

#: an object of a mapping: a rule without its number
Rule = dict[str, Document]


@dataclass(frozen=True)
class DraftMapping:
    """``text`` is the JSON, '' when no table exists on both sides; ``tables`` are selected,
    ``notes`` what has to be decided: a line each.
    """

    text: str
    tables: tuple[str, ...]
    notes: tuple[str, ...]


def draft_mapping(source: Catalogue, target: Catalogue, policy: str) -> DraftMapping:
    """The mapping that sends every column to its counterpart and removes those without one.

    Raises MappingError for a mapping that would not do so under ``policy``.
    """
    found, notes = counterparts(source, target)
    notes = [*notes, *(line for one in found for line in undecided(one))]
    if not found:
        return DraftMapping("", (), tuple(notes))
    rules = _numbered([*_selections(found, source), *_transformations(found, source)])
    text = json.dumps({"rules": rules}, ensure_ascii=False, indent=2) + "\n"
    _prove(text, found, source, policy)
    return DraftMapping(text, tuple(one.source.full_name for one in found), tuple(notes))


def _numbered(rules: Sequence[Rule]) -> list[Rule]:
    """With their numbers behind the type, as DMS shows them."""
    return [
        {"rule-type": rule["rule-type"], "rule-id": str(number), "rule-name": str(number), **rule}
        for number, rule in enumerate(rules, 1)
    ]


def _selections(found: Sequence[Counterparts], source: Catalogue) -> Iterator[Rule]:
    for one in found:
        yield {
            "rule-type": "selection",
            "object-locator": _table(one, source),
            "rule-action": "include",
            "filters": [],
        }


def _transformations(found: Sequence[Counterparts], source: Catalogue) -> Iterator[Rule]:
    schemas = {one.source.schema: one.target.schema for one in found}
    known = {table.schema for table in source.values()}
    for here, there in schemas.items():
        yield from _renamed("schema", here, there, {"schema-name": _pattern(here, known)})
    for one in found:
        yield from _renamed("table", one.source.name, one.target.name, _table(one, source))
    for one in found:
        yield from _columns(one, _table(one, source))


def _columns(one: Counterparts, table: dict[str, Document]) -> Iterator[Rule]:
    """One rule for all columns where that does, else one for each that needs any."""
    if all(meant == name.upper() for name, meant in one.columns.items()):
        if any(meant != name for name, meant in one.columns.items()):
            yield _rule("column", "convert-uppercase", {**table, "column-name": "%"})
        return
    for name, meant in one.columns.items():
        where = {**table, "column-name": _pattern(name, one.columns)}
        if meant is None:
            yield _rule("column", "remove-column", where)
        else:
            yield from _renamed("column", name, meant, where)


def _renamed(target: str, here: str, there: str, where: dict[str, Document]) -> Iterator[Rule]:
    if here == there:
        return
    if here.upper() == there:
        yield _rule(target, "convert-uppercase", where)
    else:
        yield _rule(target, "rename", where, there)


def _rule(target: str, action: str, where: dict[str, Document], value: str | None = None) -> Rule:
    return {
        "rule-type": "transformation",
        "rule-target": target,
        "object-locator": where,
        "rule-action": action,
        "value": value,
        "old-value": None,
    }


def _table(one: Counterparts, source: Catalogue) -> dict[str, Document]:
    schema = one.source.schema
    names = [table.name for table in source.values() if table.schema == schema]
    schemas = {table.schema for table in source.values()}
    return {
        "schema-name": _pattern(schema, schemas),
        "table-name": _pattern(one.source.name, names),
    }


def _pattern(name: str, known: Iterable[str]) -> str:
    """The name itself where that means no other; else with its wildcards taken literally."""
    if [other for other in known if matches(name, other)] == [name]:
        return name
    return "".join(f"[{sign}]" if sign in "%_[" else sign for sign in name)


def _prove(text: str, found: Sequence[Counterparts], source: Catalogue, policy: str) -> None:
    """A draft that does not do what it says is none."""
    wanted = {(one.source.full_name, one.target.full_name): dict(one.columns) for one in found}
    resolved = resolve(parse_mapping(text), source, policy)
    made = {
        (table.source, table.target): {
            column.source: column.target for column in table.columns if column.source is not None
        }
        for table in resolved.tables
    }
    if made != wanted or resolved.idle_rules:
        wrong = ", ".join(sorted(here for here, _ in made.keys() ^ wanted.keys()))
        raise MappingError(
            f"no mapping could be drafted that reaches every column of {wrong or 'these tables'}; "
            "this is a mistake in the suite"
        )
