"""What has to be known of a table before a row of it can be made."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property

from reconciliation.canonical import ColumnRule, column_rule
from reconciliation.errors import CanonicalError, Unmakeable
from reconciliation.making.asking import Asking, Condition
from reconciliation.making.columns import Column
from reconciliation.making.composites import composite_values
from reconciliation.making.conditions import conditions_of, partition_bounds, partition_keys
from reconciliation.making.links import Link, links_of
from reconciliation.making.literals import tried
from reconciliation.model import CatalogueTable, TableContract, Value
from reconciliation.parallel_run import ParallelRun


@dataclass(frozen=True, eq=False)
class Table:
    """``columns`` are those a made row has, by name, key first. ``unique`` are all sets of columns
    no two rows may agree in, the key first. ``movers`` decide about a row's partition.
    """

    contract: TableContract
    source: CatalogueTable
    target: CatalogueTable
    rules: Mapping[str, ColumnRule]
    columns: Mapping[str, Column]
    links: tuple[Link, ...]
    unique: tuple[tuple[str, ...], ...]
    conditions: tuple[Condition, ...]
    movers: frozenset[str]
    asking: Asking

    @property
    def name(self) -> str:
        return self.contract.source

    @property
    def key(self) -> tuple[str, ...]:
        return self.contract.key

    @cached_property
    def linked(self) -> frozenset[str]:
        """Columns whose values are those of other rows."""
        return frozenset(name for link in self.links for name in link.columns)

    @cached_property
    def identifying(self) -> frozenset[str]:
        """Columns of the contract's key, and of the primary key."""
        return frozenset(self.key) | frozenset(self.source.primary_key)

    def kept_unique(self, names: Iterable[str]) -> tuple[bool, bool]:
        """Whether PostgreSQL and Oracle let no two rows agree in these columns; for those of the
        key it is said of both.
        """
        wanted = frozenset(names)
        sources = {pair.target: pair.source for pair in self.contract.pairs}
        here = (self.key, self.source.primary_key, *self.source.unique_keys)
        there = (self.target.primary_key, *self.target.unique_keys)
        beyond = [frozenset(sources.get(name, "") for name in key) for key in there]
        return wanted in map(frozenset, here), wanted in (frozenset(self.key), *beyond)

    def tried(self, column: Column) -> list[Value]:
        """Values of a column that its conditions speak of."""
        return [
            value
            for condition in self.conditions
            if column.name in condition.columns
            for value in tried(column, condition.expression)
        ]

    def conditions_on(self, names: Iterable[str]) -> tuple[Condition, ...]:
        """The conditions that read one of these columns."""
        wanted = set(names)
        return tuple(one for one in self.conditions if wanted & set(one.columns))


class Tables:
    """The tables of a parallel run, each looked at when it is first asked for."""

    def __init__(self, run: ParallelRun) -> None:
        self._run = run
        self._known: dict[str, Table] = {}

    def __getitem__(self, name: str) -> Table:
        """Raises Unmakeable for a table that no row can be written to, whatever is in it."""
        if name not in self._known:
            self._known[name] = self._look_at(name)
        return self._known[name]

    @cached_property
    def _schemas(self) -> list[str]:
        return sorted({table.source.partition(".")[0] for table in self._run.contract.tables})

    @cached_property
    def _bounds(self) -> Mapping[str, str]:
        return partition_bounds(self._run.source, self._schemas)

    @cached_property
    def _movers(self) -> Mapping[str, frozenset[str]]:
        return partition_keys(self._run.source, self._schemas)

    def _with_composites(self, columns: Mapping[str, Column]) -> Mapping[str, Column]:
        return {
            name: replace(column, values=composite_values(self._run.source, column.source.declared))
            if column.label == "composite" and not column.values
            else column
            for name, column in columns.items()
        }

    def _look_at(self, name: str) -> Table:
        run = self._run
        contract = next((one for one in run.contract.tables if one.source == name), None)
        if contract is None:
            raise Unmakeable(f"{name}: no row can be made, there is no contract for it")
        for words in _against(run, contract):
            raise Unmakeable(f"{name}: {words}")
        source = run.source_catalogue[contract.source]
        target = run.target_catalogue[contract.target]
        columns = self._with_composites(_columns(contract, source, target))
        asking = Asking(run.source, _every_column(source, columns))
        known = conditions_of(contract, source, target, self._bounds.get(name))
        movers = set(self._movers.get(name, ())) | set(
            self._movers.get(source.partition_of or "", ())
        )
        return Table(
            contract,
            source,
            target,
            {name: column.rules[-1] for name, column in columns.items() if column.rules},
            columns,
            tuple(
                _written_links(links_of(contract, source, target, run.contract), columns, contract)
            ),
            tuple(_unique(contract, source, target, columns)),
            asking.askable([one for one in known if set(one.columns) & set(columns)]),
            frozenset(movers),
            asking,
        )


def _against(run: ParallelRun, contract: TableContract) -> Iterator[str]:
    """What keeps every row from being written."""
    if not contract.write:
        excuse = contract.excuse
        told = f": {excuse.reason} ({excuse.owner}, until {excuse.expires})" if excuse else ""
        yield f"its contract says write = false{told}"
    if contract.source in run.unfit:
        yield run.unfit[contract.source]
    if not contract.key:
        yield (
            "it has no key, so no row of this run could be told from others; write = false with an "
            "[excuse] in its contract leaves it out"
        )
    for name, catalogue, side in (
        (contract.source, run.source_catalogue, "PostgreSQL"),
        (contract.target, run.target_catalogue, "Oracle"),
    ):
        if name not in catalogue:
            yield f"{side} has no table {name}"


def _columns(
    contract: TableContract, source: CatalogueTable, target: CatalogueTable
) -> Mapping[str, Column]:
    """The contracted columns and those PostgreSQL needs a value for; what it computes is none.

    Raises Unmakeable for a pair that no rule compares.
    """
    rules: dict[str, list[ColumnRule]] = {}
    for pair in contract.pairs:
        try:
            found = column_rule(contract, pair, source, target)
        except CanonicalError as error:
            raise Unmakeable(f"{contract.source}: {error}") from error
        rules.setdefault(pair.source, []).append(found)
    needed = [
        name
        for name, column in source.columns.items()
        if name in rules or not (column.nullable or column.default or column.identity)
    ]
    ordered = [*contract.key, *(name for name in needed if name not in contract.key)]
    return {
        name: Column(
            source.columns[name],
            tuple(rules.get(name, ())),
            tuple(contract.values.get(name, ())),
            ordinal,
        )
        for ordinal, name in enumerate(ordered, 1)
        if not source.columns[name].generated
    }


def _every_column(source: CatalogueTable, columns: Mapping[str, Column]) -> dict[str, Column]:
    return {name: columns.get(name) or Column(column) for name, column in source.columns.items()}


def _written_links(
    links: Iterable[Link], columns: Mapping[str, Column], contract: TableContract
) -> Iterator[Link]:
    """Those whose columns all get values, and of which of them NULL is allowed."""
    for link in links:
        if all(name in columns for name in link.columns):
            optional = tuple(
                name for name in link.columns if columns[name].nullable and name not in contract.key
            )
            yield replace(link, optional=optional)


def _unique(
    contract: TableContract,
    source: CatalogueTable,
    target: CatalogueTable,
    columns: Mapping[str, Column],
) -> Iterator[tuple[str, ...]]:
    """The key, then every other unique set of columns of either side whose columns all get
    values.
    """
    sources = {pair.target: pair.source for pair in contract.pairs}
    there = [
        tuple(sources[name] for name in key)
        for key in (target.primary_key, *target.unique_keys)
        if key and all(name in sources for name in key)
    ]
    every = [contract.key, source.primary_key, *source.unique_keys, *there]
    seen: set[frozenset[str]] = set()
    for key in every:
        if key and frozenset(key) not in seen and all(name in columns for name in key):
            seen.add(frozenset(key))
            yield tuple(key)
