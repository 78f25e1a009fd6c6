"""Faults and tables, and what pairs of them have to lead to."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

#: faults of the replication that concern one table, whatever its columns are
FAULTS: Mapping[str, Sequence[str]] = {
    "inserts_ignored": (),
    "updates_ignored": (),
    "deletes_ignored": (),
    "changes_lost": ("--every", "3"),
    "update_lost_every_nth": ("--option", "n=2"),
    "duplicate_insert_refused": (),
    "updates_become_inserts": (),
    "applied_without_effect": (),
    "statistics_frozen": (),
    "captured_counted_too_low": (),
    "applied_counted_twice": (),
    "rows_deleted": (),
    "table_left_behind": (),
    "table_suspended": (),
    "rows_added": (),
    "key_moved": (),
}
#: done by somebody else's session on the target, so scoped by the target's name
STRANGERS = frozenset({"rows_deleted", "rows_added", "key_moved"})
#: so many tables are named in the first line of evidence
MOST = 5


@dataclass(frozen=True)
class Table:
    source: str
    target: str


@dataclass(frozen=True)
class Pair:
    fault: str
    table: Table

    @property
    def name(self) -> str:
        return f"{self.fault} on {self.table.source}"

    def __str__(self) -> str:
        return self.name

    @property
    def options(self) -> Sequence[str]:
        named = self.table.target if self.fault in STRANGERS else self.table.source
        return ("--table", named, *FAULTS[self.fault])


def tables(contracts: Path) -> list[Table]:
    """The tables of a directory of contracts that a run writes to."""
    found = []
    for path in sorted(contracts.glob("*.toml")):
        table = tomllib.loads(path.read_text(encoding="utf-8")).get("table")
        if table and table.get("write", True):
            found.append(Table(table["source"], table["target"]))
    return found


def every_pair(tables: Sequence[Table]) -> list[Pair]:
    """Each fault on each table, in an order that has all faults and many tables early."""
    return [
        Pair(fault, tables[(start + number) % len(tables)])
        for start in range(len(tables))
        for number, fault in enumerate(FAULTS)
    ]


def rounds(pairs: Sequence[Pair], together: int) -> Iterator[list[Pair]]:
    """The pairs in groups of at most ``together``: in each every fault and every table once, so
    that the faults can be on at the same time.
    """
    left = list(pairs)
    while left:
        taken: list[Pair] = []
        for pair in left:
            if len(taken) < together and not any(_meet(pair, one) for one in taken):
                taken.append(pair)
        left = [pair for pair in left if pair not in taken]
        yield taken


def _meet(one: Pair, other: Pair) -> bool:
    return one.fault == other.fault or one.table == other.table


def wrong(pairs: Collection[Pair], verdict: Mapping[str, Any]) -> list[str]:
    """What of a verdict is not as these faults, at most MOST, on these tables have to lead to:
    each table broken and named in the first line of all evidence against it, the others judged and
    green. Empty: all is.
    """
    wanted, lines = {pair.table.source for pair in pairs}, []
    if verdict.get("verdict") != "NOT READY":
        lines.append(f"the verdict is {verdict.get('verdict')}: {verdict.get('reason')}")
    cells = verdict.get("matrix", ())
    broken = _judged(cells, "broken")
    lines += [f"{name} is not broken" for name in sorted(wanted - broken.keys())]
    for judged in ("broken", "not judged"):
        for name, scenarios in sorted(_judged(cells, judged).items()):
            if name not in wanted:
                lines.append(f"{name} is {judged} in {'; '.join(sorted(scenarios)[:3])}")
    return [*lines, *_unnamed(verdict)]


def _judged(cells: Collection[Mapping[str, Any]], judged: str) -> dict[str, set[str]]:
    """By table the scenarios in which it was judged so."""
    found: dict[str, set[str]] = {}
    for one in cells:
        if one["judged"] == judged:
            found.setdefault(one["table"], set()).add(one["guarantee"]["scenario"])
    return found


def _unnamed(verdict: Mapping[str, Any]) -> Iterator[str]:
    """First lines of evidence that do not name a table they are about."""
    for one in verdict.get("not_held", ()):
        first = one["message"].partition("\n")[0]
        for name in one["tables"]:
            if one["outcome"] == "failed" and not _names(first, name):
                yield f"{name} is not named in: {one['scenario']}: {first}"


def _names(line: str, table: str) -> bool:
    return re.search(rf"(?<![\w.]){re.escape(table)}(?![\w.]*\w)", line) is not None
