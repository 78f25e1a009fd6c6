"""What a contract for one mapped table would say, and what somebody has to decide first. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from reconciliation.agreed.mistakes import nearest
from reconciliation.canonical import CONVERSIONS, Conversion, natural_rule
from reconciliation.canonical.types import source_label, target_label
from reconciliation.drafting.filters import filter_words
from reconciliation.drafting.written import called, keys_of_a_run, mark_column
from reconciliation.mapping import ResolvedColumn, ResolvedTable
from reconciliation.model import CatalogueTable, ColumnType

#: parts of column names that hint at data about people, whole words only
_PERSONAL_WORDS = """
name firstname lastname surname nickname username login mail email phone mobile tel fax address street city zip
postcode birth birthday birthdate dob gender sex passport ssn resident rrn national card account
iban bic password passwd secret
token ip latitude longitude nationality guest customer passenger contact
"""  # noqa: E501
_PERSONAL = frozenset(_PERSONAL_WORDS.split())


@dataclass(frozen=True)
class DraftPair:
    """A pair that needs no decision: a natural rule compares its types."""

    source: str
    target: str
    source_type: ColumnType
    target_type: ColumnType
    rule: str


@dataclass(frozen=True)
class Undecided:
    """Something a person has to decide: columns (either may be None), their types, why, and what
    might be chosen.
    """

    source: str | None
    target: str | None
    why: str
    source_type: ColumnType | None = None
    target_type: ColumnType | None = None
    candidates: tuple[Conversion, ...] = ()
    suggestions: tuple[str, ...] = ()  # lines that may help
    what: str = ""  # for something that is no column


@dataclass(frozen=True)
class Draft:
    """``key`` is empty where PostgreSQL has no primary key; then ``unique`` are columns that are
    unique and filled there. ``keys_of_a_run`` are words, ``personal`` names to be looked at.
    ``live``: of a system in use, which nothing is written to until somebody decides so.
    """

    source: str
    target: str
    key: tuple[str, ...]
    pairs: tuple[DraftPair, ...]
    undecided: tuple[Undecided, ...]
    mark_column: str | None
    personal: tuple[str, ...] = ()
    called: str | None = None
    keys_of_a_run: str = ""
    unique: tuple[tuple[str, ...], ...] = ()
    live: bool = False


def draft(
    table: ResolvedTable, here: CatalogueTable, there: CatalogueTable, live: bool = False
) -> Draft:
    """The draft for a table the task replicates from ``here`` to ``there``. Columns in the order of
    PostgreSQL's. ``live`` is the draft's.
    """
    pairs: list[DraftPair] = []
    undecided: list[Undecided] = []
    for name in here.columns:
        found = _column(table, name, here, there)
        if isinstance(found, DraftPair):
            pairs.append(found)
        else:
            undecided.append(found)
    reached = {pair.target for pair in pairs} | {one.target for one in undecided}
    undecided += [
        Undecided(
            None,
            name,
            f"the task does not write this column of {there.full_name}",
            None,
            column.type,
        )
        for name, column in there.columns.items()
        if name not in reached
    ]
    undecided += _filters(table)
    return Draft(
        source=table.source,
        target=table.target,
        key=here.primary_key,
        pairs=tuple(pairs),
        undecided=tuple(undecided),
        mark_column=mark_column(pairs, here, there) if here.primary_key else None,
        personal=tuple(name for name in here.columns if _is_personal(name)),
        called=called(here.name),
        keys_of_a_run=keys_of_a_run(here, there, pairs) if here.primary_key else "",
        unique=() if here.primary_key else tuple(_filled(here)),
        live=live,
    )


def _filled(here: CatalogueTable) -> Iterator[tuple[str, ...]]:
    """Unique keys without a column that may be NULL."""
    for columns in here.unique_keys:
        if not any(here.columns[column].nullable for column in columns):
            yield columns


def _column(
    table: ResolvedTable, name: str, here: CatalogueTable, there: CatalogueTable
) -> DraftPair | Undecided:
    kind, found = here.columns[name].type, _target(table, name, there)
    if isinstance(found, ResolvedColumn):
        target, expression = found.target, found.expression
    else:
        target, expression = found, None
    if target is None or target not in there.columns:
        return _unreached(table, name, kind, target, there)
    other = there.columns[target].type
    rule = natural_rule(kind, other)
    help_lines = (
        (f"the task fills {target} by: {' '.join(expression.split())}",) if expression else ()
    )
    if rule is not None and expression is None and not is_narrow_flag(kind, other):
        return DraftPair(name, target, kind, other, rule.name)
    if rule is not None and expression is None:
        why = f"the replication writes the words true and false, and {other} has no room for them"
    elif rule is not None:
        why = (
            f"the task fills {target} by an expression; without a conversion, rule {rule.name} "
            f"compares"
        )
    else:
        why = f"no rule compares {kind} with {other} by itself"
        if expression is None and is_word_for_number(kind, other):
            help_lines = (WORD_FOR_NUMBER,)
    return Undecided(name, target, why, kind, other, tuple(candidates(kind, other)), help_lines)


#: what has to be done where ``is_word_for_number``
WORD_FOR_NUMBER = (
    "the replication writes the words true and false there; set MapBooleanAsBoolean=true on both "
    "endpoints, or fill the column by an add-column rule with an expression"
)


def is_word_for_number(kind: ColumnType, other: ColumnType) -> bool:
    """Whether a boolean would go into a number that holds 1 and 0 for it."""
    return (source_label(kind), target_label(other)) == ("bool", "NUMBER")


def is_narrow_flag(kind: ColumnType, other: ColumnType) -> bool:
    """Whether a boolean would go into a text that holds a letter for it."""
    length = other.length
    return source_label(kind) == "bool" and length is not None and length < len("false")


def _target(table: ResolvedTable, name: str, there: CatalogueTable) -> str | ResolvedColumn | None:
    """Where a column goes: by its name, or into an added column whose expression reads it."""
    column = table.column(name)
    if column.target is not None and column.target in there.columns:
        return column.target
    for added in table.columns:
        if (
            added.source is None
            and added.target in there.columns
            and _reads(added.expression, name)
        ):
            return added
    return column.target


def _reads(expression: str | None, column: str) -> bool:
    return re.search(rf"\${re.escape(column)}(?![A-Za-z0-9_])", expression or "") is not None


def _unreached(
    table: ResolvedTable, name: str, kind: ColumnType, target: str | None, there: CatalogueTable
) -> Undecided:
    """A column that arrives nowhere; what it may have been meant for is only suggested."""
    rules = ", ".join(table.column(name).rule_ids)
    by = f" (rule {rules})" if rules else ""
    if target is None:
        why = f"the task removes this column{by}"
    else:
        why = f"the task sends it to {target}{by}, a column {there.full_name} does not have"
    near = _nearest(name, there)
    hints = (f"{there.full_name} has {near} ({there.columns[near].type})",) if near else ()
    return Undecided(name, None, why, kind, suggestions=hints)


def _nearest(name: str, there: CatalogueTable) -> str | None:
    plain = {_plain(column): column for column in there.columns}
    found = nearest(_plain(name), plain, 0.8)
    return plain[found] if found else None


def _plain(name: str) -> str:
    return name.replace("_", "").casefold()


def candidates(source: ColumnType, target: ColumnType) -> Iterator[Conversion]:
    """The conversions that lead from one type to the other, the most special first."""
    here, there = source_label(source), target_label(target)
    for found in CONVERSIONS.values():
        if (not found.sources or here in found.sources) and (
            not found.targets or there in found.targets
        ):
            yield found


def _is_personal(name: str) -> bool:
    words = re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name).casefold().split("_")
    return bool(_PERSONAL & {word.rstrip("0123456789") for word in words})


def _filters(table: ResolvedTable) -> Iterator[Undecided]:
    if table.filters:
        yield Undecided(
            None,
            None,
            "the task replicates only the rows its filters let through; the others never "
            "arrive and must be left out on both sides",
            what="row filter",
            suggestions=tuple(filter_words(table)),
        )
