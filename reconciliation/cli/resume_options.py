"""The options of a run that has to get through trouble, and what comes of them."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from reconciliation.compare.plan import SEGMENT_ROWS
from reconciliation.compare.resume.store import Checkpoints
from reconciliation.compare.start import Resume
from reconciliation.process.limits import OUTAGE_SECONDS, Limits, limit, seconds
from reconciliation.process.patience import Endurance
from reconciliation.process.visible import visible

#: below the root of the project
DIRECTORY = Path("reports/checkpoints")


def _rows(given: str) -> int:
    if not given.isascii() or not given.isdigit() or not 1 <= int(given) <= 10**12:
        raise argparse.ArgumentTypeError(f"{given!r} is no number of rows from 1 on")
    return int(given)


def add_limits(parser: argparse.ArgumentParser) -> None:
    """The options of a command that asks databases."""
    parser.add_argument(
        "--patience",
        type=seconds,
        default=OUTAGE_SECONDS,
        metavar="SECONDS",
        help=f"how long an outage may last ({OUTAGE_SECONDS:g})",
    )
    parser.add_argument(
        "--answer-timeout",
        type=limit,
        metavar="SECONDS",
        help="how long a database may take for its next rows (the profile's [limits], "
        f"{Limits.answer:g})",
    )
    parser.add_argument(
        "--lock-timeout",
        type=limit,
        metavar="SECONDS",
        help="how long somebody else may lock a table of PostgreSQL (the profile's [limits], "
        f"{Limits.lock:g})",
    )


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of a command that compares tables."""
    add_limits(parser)
    parser.add_argument(
        "--resume",
        action="store_true",
        help="take up a run that was killed or gave up, where its checkpoint says",
    )
    parser.add_argument(
        "--checkpoints", type=Path, metavar="DIR", help=f"where checkpoints are kept ({DIRECTORY})"
    )
    parser.add_argument(
        "--segment-rows",
        type=_rows,
        metavar="N",
        help=f"about how many rows are read in one snapshot ({SEGMENT_ROWS})",
    )


def limited(options: argparse.Namespace, agreed: Limits | None = None) -> Endurance:
    """What the options of ``add_limits`` come to, where they are not given as ``agreed``."""
    found = (agreed or Limits()).but(options.answer_timeout, options.lock_timeout)
    return Endurance(found, options.patience, tell=tell)


@contextmanager
def kept(
    options: argparse.Namespace, root: Path, place: str, names: Sequence[str]
) -> Iterator[Resume]:
    """What is kept, by the options. ``place`` is the directory of the environment or pair,
    ``names`` are the files'.

    Raises CannotResume, or EnvironmentFault while another run keeps these checkpoints.
    """
    directory = (options.checkpoints or root / DIRECTORY) / place
    with Checkpoints(directory, names, options.resume) as checkpoints:
        if checkpoints.failed:
            tell(f"{checkpoints.failed}; this run cannot be resumed")
        yield Resume(options.segment_rows, checkpoints)


def tell(line: str) -> None:
    """A line on standard error; on a terminal it replaces the line about progress."""
    erase = "\r\x1b[K" if sys.stderr.isatty() else ""
    print(f"{erase}reconciliation: {visible(line)}", file=sys.stderr, flush=True)
