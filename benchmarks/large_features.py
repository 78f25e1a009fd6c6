"""A run of the guarantees over a table of millions of rows beside one of eleven.

Both labs are the lab's own world, TravelBuddy, with ``sweep_target_orphans`` off, as on a live
system, and with a list of the API that is asked for one entry. In one of them the flight specials
are filled up on both sides before the replication starts. What a run takes must not depend on the
rows that others have written: of no table more than a few hundred rows may be read, and none may be
searched again and again.
"""

from __future__ import annotations

import argparse
import json
import re
import subprocess
import sys
import tempfile
import time
import xml.etree.ElementTree as ET
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.clones import command, copy_to, surroundings
from benchmarks.labs import connect_source
from benchmarks.large_strangers import FEATURE, Strangers
from benchmarks.live_writer import FlightSpecials
from benchmarks.timing import progress
from benchmarks.writer import Writer

_NAME = "lab"
#: rows of the flight specials that the world brings
FEW = 11
#: what the large table may take of the time of the small one, and the suite's own process at most
_WANTED, _WANTED_BYTES = 1.5, 300_000_000
_GROUPS = ("01-*", "02-*", "03-*", "04-*", "05-*", "06-*")
_LOOK_SECONDS = 0.1
#: keys behind the rows that are for whoever writes meanwhile
_ROOM_OF_WRITERS = 1_000_000
#: a row in the evidence of what else has changed
_NAMED = re.compile(r"TRAVELBUDDY\.FLIGHTSPECIAL (\d+)\b")

_SOURCE_ROWS = """
INSERT INTO travelbuddy.flightspecial
SELECT i, 'Flight special ' || i, CASE WHEN i % 20 <> 0 THEN 'Taxes included, offer ' || i END,
       'Incheon ' || i * 7919 % 500, 'ICN', 'Lisbon ' || i * 104729 % 300, 'LIS',
       (i * 31 % 2000)::integer, :start + i * 7919 % 2592000000 * INTERVAL '1 millisecond'
  FROM generate_series(12::bigint, {rows}) AS i;
ANALYZE travelbuddy.flightspecial;
"""
_TARGET_ROWS = """
INSERT INTO FLIGHTSPECIAL
SELECT I, 'Flight special ' || I, CASE WHEN MOD(I, 20) <> 0 THEN 'Taxes included, offer ' || I END,
       'Incheon ' || MOD(I * 7919, 500), 'ICN', 'Lisbon ' || MOD(I * 104729, 300), 'LIS',
       MOD(I * 31, 2000), :start_ms + MOD(I * 7919, 2592000000)
  FROM (SELECT LEVEL + 11 AS I FROM DUAL CONNECT BY LEVEL <= {rows} - 11);
"""
#: the writer brings keys of its own
_SOURCE_AHEAD = """
SELECT setval(pg_get_serial_sequence('travelbuddy.flightspecial', 'id'), {ahead});
"""
_TARGET_AHEAD = """
DROP SEQUENCE FLIGHTSPECIAL_SEQ;
CREATE SEQUENCE FLIGHTSPECIAL_SEQ START WITH {ahead};
"""


@dataclass(frozen=True)
class Timed:
    """One run of the guarantees: seconds of it and of each feature file, and the most bytes that
    its process alone had resident.
    """

    verdict: Mapping[str, Any]
    seconds: float
    features: Mapping[str, float]
    peak: int


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of ``python -m benchmarks large-features``."""
    parser.add_argument("--rows", type=int, default=2_000_000, metavar="N", help="rows, beside 11")
    parser.add_argument(
        "--rate", type=int, default=0, metavar="N", help="row changes per second by others (0)"
    )
    parser.add_argument(
        "--strangers",
        action="store_true",
        help="instead of the time: somebody deletes, changes and adds a row in Oracle meanwhile",
    )
    parser.add_argument("--only", default="", metavar="WORDS", help="pytest -k; for trials")
    parser.add_argument(
        "--keep-lab",
        type=Path,
        metavar="DIR",
        help="labs are there or will be, and stay; the code of the suite is copied anew",
    )


def run(options: argparse.Namespace) -> int:
    """0 when what is wanted was reached, otherwise 1."""
    with _places(options.keep_lab) as places:
        if options.strangers:
            with _lab_of(places, options.rows, keep=bool(options.keep_lab)) as place:
                return _strangers(place, options)
        found = {}
        for rows in (FEW, options.rows):
            with _lab_of(places, rows, keep=bool(options.keep_lab)) as place:
                found[rows] = _timed(place, options)
            progress(f"{rows:>9,} rows  {found[rows].seconds:.1f} s")
    return _told(found[FEW], found[options.rows], options.rows)


def _told(few: Timed, many: Timed, rows: int) -> int:
    print(f"{'feature':<52} {FEW:>8} rows {rows:>12,} rows")
    for name, seconds in many.features.items():
        print(f"{name:<52} {few.features.get(name, 0):>11.1f} s {seconds:>15.1f} s")
    ratio = many.seconds / few.seconds
    print(f"{rows:,} rows take {ratio:.2f} times what {FEW} take (wanted: at most {_WANTED})")
    print(
        f"peak of the suite's process: {few.peak / 1e6:.0f} MB and {many.peak / 1e6:.0f} MB "
        f"(wanted: below {_WANTED_BYTES / 1e6:.0f})"
    )
    return 0 if ratio <= _WANTED and many.peak < _WANTED_BYTES else 1


# ------------------------------------------------------------------ the two worlds


@contextmanager
def _places(kept: Path | None) -> Iterator[Path]:
    if kept is not None:
        kept.mkdir(parents=True, exist_ok=True)
        yield kept.resolve()
        return
    with tempfile.TemporaryDirectory(prefix="benchmark-large-") as directory:
        Path(directory).chmod(0o755)
        yield Path(directory)


@contextmanager
def _lab_of(places: Path, rows: int, keep: bool) -> Iterator[Path]:
    """A copy of the project whose world has so many flight specials, with its lab."""
    place = places / f"{rows}-rows"
    copy_to(place, "benchmarks")
    _fill_up(place, rows)
    began = time.monotonic()
    command(place, "lab", "up", "--environment", _NAME, "--detach")
    progress(f"{rows:>9,} rows  the lab runs after {time.monotonic() - began:.1f} s")
    try:
        yield place
    finally:
        if not keep:
            command(place, "lab", "down", "--environment", _NAME)


def _fill_up(place: Path, rows: int) -> None:
    profile = place / f"environments/{_NAME}.toml"
    text = profile.read_text(encoding="utf-8")
    text = _replaced(text, "sweep_target_orphans = true", "sweep_target_orphans = false")
    path = 'list_path = "/travelbuddy/flightspecials'
    text = _replaced(text, f'{path}"', f'{path}?id={{id}}"')
    many = rows > FEW
    source = _SOURCE_AHEAD + (_SOURCE_ROWS if many else "")
    target = _TARGET_AHEAD + (_TARGET_ROWS if many else "")
    for side, sql in (("source", source), ("target", target)):
        file = f"lab/worlds/travelbuddy/{side}-more.sql"
        ahead = rows + _ROOM_OF_WRITERS
        (place / file).write_text(sql.format(rows=rows, ahead=ahead), encoding="utf-8")
        seeds = f'"lab/worlds/travelbuddy/{side}-seeds.sql"'
        text = _replaced(text, seeds, f'[{seeds}, "{file}"]')
    profile.write_text(text, encoding="utf-8")


def _replaced(text: str, old: str, new: str) -> str:
    if old not in text:
        raise RuntimeError(f"environments/{_NAME}.toml does not say {old}")
    return text.replace(old, new)


# ------------------------------------------------------------------ running


def _timed(place: Path, options: argparse.Namespace) -> Timed:
    """Raises RuntimeError when a guarantee is broken or was not judged."""
    with _traffic(place, options):
        timed = _run(place, options.only)
    if timed.verdict["exit_code"] != 0:
        raise RuntimeError(f"{timed.verdict['verdict']}: {timed.verdict['reason']}")
    return timed


@contextmanager
def _traffic(place: Path, options: argparse.Namespace) -> Iterator[None]:
    """Raises RuntimeError where whoever writes meanwhile has ended before the run."""
    if not options.rate:
        yield
        return
    address = _addresses(place)["postgres"]
    with closing(connect_source(address)) as connection, connection.cursor() as cursor:
        # a writer of an earlier run in this lab has left rows behind those there were
        cursor.execute(
            "SELECT max(id) FROM travelbuddy.flightspecial WHERE id < %s",
            (options.rows + _ROOM_OF_WRITERS,),
        )
        (last,) = cursor.fetchone() or (options.rows,)
    with Writer(address, FlightSpecials(range(1, last + 1)), options.rate) as writer:
        began, before = time.monotonic(), writer.rows
        yield
        rate = (writer.rows - before) / (time.monotonic() - began)
        progress(f"meanwhile others changed {rate:.0f} rows/s")


def _addresses(place: Path) -> Mapping[str, Any]:
    return json.loads(command(place, "lab", "status", "--environment", _NAME, "--json"))


def _run(place: Path, only: str, *more: str, groups: Sequence[str] = _GROUPS) -> Timed:
    chosen = ("-k", only) if only else ()
    folders = sorted(str(one) for group in groups for one in place.glob(f"features/{group}"))
    words = ("pytest", *folders, "--environment", _NAME, "--seed", "1", *chosen, *more)
    with (place / "output").open("w+b") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", *words],
            cwd=place,
            env=surroundings(place),
            stdout=output,
            stderr=output,
        )
        peak = 0
        while process.poll() is None:
            peak = max(peak, _peak_bytes(process.pid))
            time.sleep(_LOOK_SECONDS)
    verdict = json.loads((place / "reports/verdict.json").read_text(encoding="utf-8"))
    return Timed(verdict, verdict["seconds"], _by_feature(place), peak)


def _by_feature(place: Path) -> Mapping[str, float]:
    seconds: dict[str, float] = defaultdict(float)
    for case in ET.parse(place / "reports/junit.xml").iter("testcase"):
        seconds[case.get("classname", "")] += float(case.get("time", 0))
    return seconds


def _peak_bytes(pid: int) -> int:
    """The most a process has had resident (proc(5), VmHWM); 0 for one that has ended."""
    try:
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    except OSError:
        return 0
    return sum(int(line.split()[1]) * 1024 for line in lines if line.startswith("VmHWM:"))


# ------------------------------------------------------------------ strangers in Oracle


def _strangers(place: Path, options: argparse.Namespace) -> int:
    """0 when the run is NOT READY for these three rows and nothing else."""
    with _traffic(place, options):
        plugin = ("-p", "benchmarks.large_strangers", "--strangers", str(options.rows))
        verdict = _run(place, options.only, *plugin, groups=("04-change-propagation",)).verdict
    broken = [cell for cell in verdict["matrix"] if cell["judged"] == "broken"]
    named = {int(key) for cell in broken for key in _NAMED.findall(cell["words"])}
    wanted = Strangers.of(options.rows).keys
    elsewhere = [
        cell["guarantee"]["scenario"] for cell in broken if cell["guarantee"]["feature"] != FEATURE
    ]
    print(f"{verdict['verdict']}: {verdict['reason']}")
    print(f"rows named: {_listed(named)} (wanted: {_listed(wanted)})")
    print(f"broken besides: {'; '.join(elsewhere) or 'nothing'} (wanted: nothing)")
    return 0 if (verdict["exit_code"], named, elsewhere) == (1, wanted, []) else 1


def _listed(keys: set[int]) -> str:
    return ", ".join(map(str, sorted(keys))) or "none"
