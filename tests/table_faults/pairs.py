"""Faults and tables, and what one pair of them has to lead to."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
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
}
#: done by somebody else's session on the target, so scoped by the target's name
STRANGERS = frozenset({"rows_deleted"})


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


def wrong(pair: Pair, verdict: Mapping[str, Any]) -> list[str]:
    """What of a verdict is not as one fault on one table has to lead to; empty: all is."""
    lines = []
    if verdict.get("verdict") != "NOT READY":
        lines.append(f"the verdict is {verdict.get('verdict')}: {verdict.get('reason')}")
    cells = verdict.get("matrix", ())
    broken = {one["table"] for one in cells if one["judged"] == "broken"}
    if broken != {pair.table.source}:
        lines.append(f"broken are {sorted(broken)}")
    open_ones = {
        (one["table"], one["guarantee"]["scenario"])
        for one in cells
        if one["judged"] == "not judged" and one["table"] != pair.table.source
    }
    if open_ones:
        lines.append(f"not judged are {sorted(open_ones)[:5]}")
    told = [
        one["message"].splitlines()[0]
        for one in verdict.get("not_held", ())
        if one["outcome"] == "failed" and one["tables"]
    ]
    lines += [f"not named in: {line}" for line in told if pair.table.source not in line]
    return lines
