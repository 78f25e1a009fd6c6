"""What a row refers to, on either side, and in which order rows of tables can come."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from reconciliation.errors import Unmakeable
from reconciliation.model import CatalogueTable, Contract, TableContract


@dataclass(frozen=True)
class Link:
    """A foreign key: ``columns`` refer to ``referenced`` of ``parent``, by source names.

    ``target_parent`` is the table Oracle's own foreign key refers to, ``target_referenced`` its
    columns; where only Oracle has one and its parent has no contract, ``parent`` is None.
    ``optional``: a column of it may be NULL, and a row refers to nothing then.
    """

    name: str
    columns: tuple[str, ...]
    parent: str | None
    referenced: tuple[str, ...]
    optional: tuple[str, ...] = ()
    target_parent: str | None = None
    target_referenced: tuple[str, ...] = ()

    @property
    def parent_words(self) -> str:
        return self.parent or self.target_parent or ""


def links_of(
    contract: TableContract, source: CatalogueTable, target: CatalogueTable, every: Contract
) -> list[Link]:
    """The foreign keys of both sides by source columns, the widest first; one that stands on both
    sides is one link. One of Oracle's over columns that are not contracted is left out.
    """
    found = {
        (key.columns, key.table): Link(key.name, key.columns, key.table, key.referenced)
        for key in source.foreign_keys
    }
    for link in _of_oracle(contract, target, every):
        here = found.get((link.columns, link.parent or ""))
        beside = next((one for one in found.values() if one.columns == link.columns), None)
        if here is None and beside is not None and link.parent is None:
            here = beside  # the parent is mapped nowhere, and Oracle has a table of its own
        known = here or link
        found[known.columns, known.parent_words] = Link(
            known.name,
            known.columns,
            known.parent,
            known.referenced,
            target_parent=link.target_parent,
            target_referenced=link.target_referenced,
        )
    return sorted(found.values(), key=lambda link: -len(link.columns))


def _of_oracle(contract: TableContract, target: CatalogueTable, every: Contract) -> Iterator[Link]:
    sources = {pair.target: pair.source for pair in contract.pairs}
    for key in target.foreign_keys:
        if not key.referenced or not all(name in sources for name in key.columns):
            continue
        columns = tuple(sources[name] for name in key.columns)
        parent = next((one for one in every.tables if one.target == key.table), None)
        there = {pair.target: pair.source for pair in parent.pairs} if parent else {}
        if parent is not None and all(name in there for name in key.referenced):
            referenced = tuple(there[name] for name in key.referenced)
            yield Link(key.name, columns, parent.source, referenced, (), key.table, key.referenced)
        else:
            yield Link(key.name, columns, None, (), (), key.table, key.referenced)


@dataclass(frozen=True)
class Order:
    """``tables`` come with parents before children; ``cut`` are (table, parent) whose link is left
    NULL, since it would close a ring; ``rings`` are the tables no row can come first of.
    """

    tables: tuple[str, ...]
    cut: frozenset[tuple[str, str]]
    rings: frozenset[str]


def parents_first(
    tables: Sequence[str], needs: Mapping[str, Iterable[str]], wants: Mapping[str, Iterable[str]]
) -> Order:
    """``needs`` are by table the parents it cannot do without, ``wants`` the others; both may name
    the table itself, or tables that are not among these.
    """
    edges = {name: {one for one in needs.get(name, ()) if one != name} for name in tables}
    rings = frozenset(
        name for name in tables if any(_reaches(edges, parent, name) for parent in edges[name])
    )
    edges = {name: parents - rings for name, parents in edges.items() if name not in rings}
    cut: set[tuple[str, str]] = set()
    for name in edges:
        for parent in wants.get(name, ()):
            if parent == name or parent not in edges:
                continue
            if _reaches(edges, parent, name):
                cut.add((name, parent))
            else:
                edges[name].add(parent)
    ordered: list[str] = []
    while len(ordered) < len(edges):
        ordered += [
            name
            for name, parents in edges.items()
            if name not in ordered and parents & set(edges) <= set(ordered)
        ]
    return Order(tuple(ordered), frozenset(cut), rings)


def _reaches(edges: Mapping[str, set[str]], start: str, end: str) -> bool:
    seen, ahead = {start}, [start]
    while ahead:
        here = ahead.pop()
        if here == end:
            return True
        ahead += [one for one in edges.get(here, ()) if one not in seen]
        seen |= edges.get(here, set())
    return False


def in_a_ring(table: str, parents: Iterable[str]) -> Unmakeable:
    """Of a table whose rows need a row that needs one of them."""
    return Unmakeable(
        f"{table}: a row needs one of {', '.join(parents)}, which needs one of {table} first, and "
        "no column of that ring may be NULL; write = false with an [excuse] in its contract leaves "
        "it out"
    )
