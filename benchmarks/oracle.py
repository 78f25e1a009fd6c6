"""The Oracle stand-in beside psycopg2 on the same PostgreSQL server."""

from __future__ import annotations

import argparse
import json
from pathlib import Path

from benchmarks.oracle_memory import measure, sizes
from benchmarks.oracle_speed import race
from benchmarks.report import Report
from benchmarks.servers import machine, running_servers


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of ``python -m benchmarks oracle``."""
    parser.add_argument(
        "--rows",
        type=positive,
        default=1_000_000,
        metavar="N",
        help="rows of the races (1,000,000)",
    )
    parser.add_argument(
        "--repeat", type=positive, default=3, metavar="N", help="runs of every contestant (3)"
    )
    parser.add_argument(
        "--memory-rows",
        type=not_negative,
        default=10_000_000,
        metavar="N",
        help="the largest table whose memory is measured (10,000,000); 0 leaves that out",
    )
    parser.add_argument(
        "--json", type=Path, metavar="FILE", help="write the figures to this file as well"
    )


def positive(text: str) -> int:
    """A number of at least 1; digits may be grouped."""
    value = int(text.replace("_", "").replace(",", ""))
    if value < 1:
        raise argparse.ArgumentTypeError("at least 1")
    return value


def not_negative(text: str) -> int:
    """The same, or 0."""
    return 0 if text.strip() == "0" else positive(text)


def run(options: argparse.Namespace) -> int:
    """Measures and prints; 0 when all that is wanted was reached, otherwise 1."""
    with running_servers() as servers:
        fetched, inserted, batch_sizes = race(servers, options.rows, options.repeat)
        memory = measure(servers, sizes(options.memory_rows)) if options.memory_rows else []
    report = Report(options.rows, options.repeat, machine(), fetched, inserted, batch_sizes, memory)
    print(report.as_text())
    if options.json:
        options.json.write_text(json.dumps(report.as_json(), indent=2) + "\n", encoding="utf-8")
    return 0 if all(verdict.is_reached for verdict in report.verdicts()) else 1
