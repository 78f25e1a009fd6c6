"""Query blocks by what stands after FROM in them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlglot import exp

from lab.oracle.engine.facts import Relation


@dataclass(frozen=True)
class Source:
    """A table, view or inline view after FROM: how it is called, and the table itself when it is
    one.
    """

    node: exp.Expression
    label: str
    schema: str
    relation: Relation | None

    @property
    def has_rowid(self) -> bool:
        return self.relation is not None and bool(self.relation.rowid)


@dataclass(frozen=True)
class Block:
    """What stands after FROM in one query block; ``obstacle`` says why none of it has a ROWID
    or an ORA_ROWSCN there.
    """

    sources: tuple[Source, ...]
    obstacle: str = ""

    def named(self, path: Sequence[str]) -> list[Source]:
        """The sources that this path of [schema and] name stands for."""
        return [
            source
            for source in self.sources
            if source.label == path[-1] and (len(path) < 2 or source.schema in ("", path[0]))
        ]
