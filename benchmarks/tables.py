"""A run of the guarantees over fifteen mapped tables beside one over a single table.

Both are cut from the payments world: the same tables, rows, features and lab, another mapping and
other contracts. A sentence acts on all mapped tables at once, so what costs is its waits, and their
number must not depend on the tables.
"""

from __future__ import annotations

import argparse
import json
import statistics
import tomllib
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from benchmarks.clones import clone, command, lab_of
from benchmarks.timing import progress

_NAME = "lab-payments"
#: what fifteen tables may take of the time of one
_WANTED = 1.5
_FIRST = "pay.payer"


@dataclass(frozen=True)
class Timed:
    """One run of the guarantees: seconds, and how often it waited for the replication."""

    seconds: float
    waits: int


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--tables", type=int, default=15, help="mapped tables beside one")
    parser.add_argument("--repeat", type=int, default=3, help="runs of each, in turns")


def run(options: argparse.Namespace) -> int:
    """0 when the ratio is reached and the number of waits is the same."""
    counts = (1, options.tables)
    found: dict[int, list[Timed]] = {count: [] for count in counts}
    with ExitStack() as labs:
        places = {count: labs.enter_context(_lab_of(count)) for count in counts}
        for turn in range(options.repeat):
            for count in counts if turn % 2 == 0 else reversed(counts):
                found[count].append(_timed(places[count]))
                progress(f"{count:>3} tables  {found[count][-1].seconds:>7.1f} s")
    return _told(found[counts[0]], found[counts[1]], options.tables)


def _told(one: Sequence[Timed], many: Sequence[Timed], tables: int) -> int:
    ratio = statistics.median(run.seconds for run in many) / statistics.median(
        run.seconds for run in one
    )
    waits = {run.waits for run in (*one, *many)}
    print(f"{tables} tables take {ratio:.2f} times what one takes (wanted: at most {_WANTED})")
    print(f"waits for the replication: {', '.join(map(str, sorted(waits)))} (wanted: one number)")
    return 0 if ratio <= _WANTED and len(waits) == 1 else 1


# ------------------------------------------------------------------ the two worlds


@contextmanager
def _lab_of(count: int) -> Iterator[Path]:
    """A copy of the project whose payments world maps ``count`` tables, with its lab."""
    with clone(f"{count}-tables") as place:
        _map_only(_chosen(place, count), place)
        with lab_of(place, _NAME):
            yield place


def _chosen(place: Path, count: int) -> set[str]:
    """Tables a run writes to, one that refers to no other first."""
    written = [name for name, document in _contracts(place) if document.get("write", True)]
    return {*sorted(written, key=lambda name: name != _FIRST)[:count]}


def _contracts(place: Path) -> Iterator[tuple[str, dict[str, object]]]:
    for path in sorted((place / "contracts/payments").glob("*.toml")):
        table = tomllib.loads(path.read_text(encoding="utf-8")).get("table")
        if table is not None:
            yield table["source"], table


def _map_only(tables: set[str], place: Path) -> None:
    mapping = place / "environments/mappings/payments.json"
    rules = json.loads(mapping.read_text(encoding="utf-8"))["rules"]
    kept = [
        rule
        for rule in rules
        if "table-name" not in (where := rule["object-locator"])
        or f"{where['schema-name']}.{where['table-name']}" in tables
    ]
    mapping.write_text(json.dumps({"rules": kept}), encoding="utf-8")
    for path in (place / "contracts/payments").glob("*.toml"):
        document = tomllib.loads(path.read_text(encoding="utf-8"))
        if "table" in document and document["table"]["source"] not in tables:
            path.unlink()
    accepted = place / "contracts/payments/accepted.toml"
    head, *entries = accepted.read_text(encoding="utf-8").split("[[accepted]]")
    signed = [
        entry
        for entry in entries
        if tomllib.loads(entry.strip().splitlines()[0])["table"] in tables
    ]
    accepted.write_text("[[accepted]]".join([head, *signed]), encoding="utf-8")


# ------------------------------------------------------------------ running


def _timed(place: Path) -> Timed:
    command(place, "pytest", "features", "--environment", _NAME, "--seed", "1")
    verdict = json.loads((place / "reports/verdict.json").read_text(encoding="utf-8"))
    if verdict["verdict"] != "READY":
        raise RuntimeError(f"{verdict['verdict']}: {verdict['reason']}")
    return Timed(verdict["seconds"], verdict["lag_seconds"]["waits"])
