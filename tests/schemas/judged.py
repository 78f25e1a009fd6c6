"""What has to come of a drawn schema: READY, and NOT READY with the table's name under a fault."""

from __future__ import annotations

import random
import shutil
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from tests.schemas.arena import Arena, Judgement
from tests.schemas.draw import schema_of
from tests.schemas.model import Schema
from tests.table_faults.pairs import FAULTS, Pair, Table, wrong


def wrong_with(seed: int, root: Path) -> list[str]:
    """Everything that is not as it has to be about the schema of a seed; empty: all is.

    ``root`` is made, and removed again when nothing was wrong.
    """
    schema = schema_of(seed)
    shutil.rmtree(root, ignore_errors=True)
    root.mkdir(parents=True)
    arena = Arena(root, schema)
    with arena.running():
        found = [*_not_ready(arena.judge(seed=seed)), *_under_a_fault(arena, seed)]
    if not found:
        shutil.rmtree(root)
    return found


def _not_ready(judgement: Judgement) -> list[str]:
    lines = _unforeseen(judgement)
    if judgement.word != "READY":
        lines.append(f"not READY but {judgement.word}: {judgement.verdict.get('reason')}")
        lines += judgement.told()
    return lines


def _under_a_fault(arena: Arena, seed: int) -> list[str]:
    pair = pair_of(arena.schema, seed)
    with arena.fault(pair.fault, pair.options):
        judgement = arena.judge(seed=seed)
    beside = {f"{arena.schema.source}.{one}" for one in bound_to(arena.schema, pair.table)}
    found = [*_unforeseen(judgement), *wrong_under(arena.schema, pair, judgement.verdict, beside)]
    return [f"{pair.name}: {line}" for line in found]


def wrong_under(
    schema: Schema, pair: Pair, verdict: Mapping[str, Any], beside: set[str]
) -> Iterator[str]:
    """What is wrong with a verdict; where there is one table only, it is named once, in the reason,
    and not scenario by scenario.
    """
    alone = len(schema.tables) == 1
    if alone and pair.table.source not in verdict.get("reason", ""):
        yield f"not named in the reason: {verdict.get('reason')}"
    for line in wrong([pair], _without(verdict, beside)):
        if not (alone and " is not named in: " in line):
            yield line


def bound_to(schema: Schema, table: Table) -> set[str]:
    """The other tables that Oracle's own foreign keys tie to a table, over others, too.

    What does not arrive in a parent makes Oracle refuse its children, and what stays in a child
    keeps its parent: there a fault of one table is one of several.
    """
    ties = [
        {one.name, link.parent}
        for one in schema.tables
        for link in one.references
        if link.in_oracle and link.parent != one.name
    ]
    name = table.source.removeprefix(f"{schema.source}.")
    found, before = {name}, set[str]()
    while found != before:
        before = set(found)
        found = found.union(*(tie for tie in ties if tie & found))
    return found - {name}


def _without(verdict: Mapping[str, Any], tables: set[str]) -> Mapping[str, Any]:
    """A verdict in which nothing is said of these tables alone."""
    cells = [one for one in verdict.get("matrix", ()) if one["table"] not in tables]
    lines = [one for one in verdict.get("not_held", ()) if not _alone(one["tables"], tables)]
    return {**verdict, "matrix": cells, "not_held": lines}


def _alone(named: Sequence[str], tables: set[str]) -> bool:
    return bool(named) and set(named) <= tables


def pair_of(schema: Schema, seed: int) -> Pair:
    """One fault on one table, the same ones for the same seed."""
    chance = random.Random(seed)
    table = chance.choice(schema.tables)
    fault = chance.choice(tuple(FAULTS))
    return Pair(fault, Table(f"{schema.source}.{table.name}", f"{schema.target}.{table.target}"))


def _unforeseen(judgement: Judgement) -> list[str]:
    """A traceback is wrong whatever the verdict is."""
    lines = [line for line in judgement.output.splitlines() if "Traceback" in line]
    return [f"exit code {judgement.code}, {line}" for line in lines]
