"""``python -m benchmarks``: one subcommand per thing that is measured."""

from __future__ import annotations

import argparse
import signal
import sys
from collections.abc import Sequence

from benchmarks import (
    copies,
    large_features,
    live,
    live_features,
    oracle,
    oracle_judge,
    replication,
    tables,
)


def main(argv: Sequence[str] | None = None) -> int:
    """Run one benchmark; 0 when it reaches what is wanted of it, 1 when not, 2 for wrong usage, 130
    interrupted.
    """
    options = _parser().parse_args(argv)
    # so that the servers are stopped and their directories removed
    signal.signal(signal.SIGTERM, lambda number, frame: sys.exit(128 + number))
    try:
        return options.run(options)
    except KeyboardInterrupt:
        return 130


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks", description="Measure parts of this project."
    )
    commands = parser.add_subparsers(required=True, metavar="BENCHMARK")
    command = commands.add_parser(
        "oracle", help="the Oracle stand-in beside psycopg2 on the same PostgreSQL"
    )
    oracle.add_arguments(command)
    command.set_defaults(run=oracle.run)
    command = commands.add_parser(
        "copies", help="two PostgreSQL tables compared, beside reladiff and data-diff"
    )
    copies.add_arguments(command)
    command.set_defaults(run=copies.run)
    command = commands.add_parser("live", help="whole tables compared while somebody writes")
    live.add_arguments(command)
    command.set_defaults(run=live.run)
    command = commands.add_parser(
        "live-features", help="whole runs of the guarantees while somebody writes to all tables"
    )
    live_features.add_arguments(command)
    command.set_defaults(run=live_features.run)
    command = commands.add_parser(
        "oracle-judge", help="PostgreSQL against the stand-in: CPU and memory of the judge"
    )
    oracle_judge.add_arguments(command)
    command.set_defaults(run=oracle_judge.run)
    command = commands.add_parser(
        "replication", help="from a commit in PostgreSQL to a commit in Oracle"
    )
    replication.add_arguments(command)
    command.set_defaults(run=replication.run)
    command = commands.add_parser(
        "tables", help="the guarantees over fifteen mapped tables beside one"
    )
    tables.add_arguments(command)
    command.set_defaults(run=tables.run)
    command = commands.add_parser(
        "large-features", help="the guarantees over a table of millions of rows beside eleven"
    )
    large_features.add_arguments(command)
    command.set_defaults(run=large_features.run)
    return parser


if __name__ == "__main__":
    sys.exit(main())
