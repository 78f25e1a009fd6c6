"""``python -m reconciliation copies``: PostgreSQL tables held against their copies in another
PostgreSQL.
"""

from __future__ import annotations

import argparse
import datetime as dt
import os
import sys
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Engine, text
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError

from reconciliation.cli.output import take_away_old
from reconciliation.cli.resume_options import kept, limited
from reconciliation.compare.copies import Copy, check_copy, compare_copy
from reconciliation.compare.resume.store import file_name
from reconciliation.compare.segments.job import Access
from reconciliation.compare.segments.runner import Progress
from reconciliation.compare.segments.workers import Workers
from reconciliation.compare.start import Resume
from reconciliation.databases.connections import Credentials
from reconciliation.errors import UsageError
from reconciliation.model import TableResult
from reconciliation.process.interrupts import INTERRUPTED, BrokenOff, one_by_one
from reconciliation.process.limits import Limits, seconds
from reconciliation.process.patience import Endurance
from reconciliation.report.grounds import grounds
from reconciliation.report.model import RunReport
from reconciliation.session.connected import reading_postgresql
from reconciliation.session.run_names import run_id
from reconciliation.verdict import Verdict, verdict_of_tables

#: where the passwords come from; without them libpq looks into its own password file
PASSWORDS = {"source": "SOURCE_PASSWORD", "target": "TARGET_PASSWORD"}
#: what of libpq's parameters may stand in the query of a URL: how the server is trusted and the
#: user proven
PARAMETERS = (
    "sslmode",
    "sslrootcert",
    "sslcert",
    "sslkey",
    "sslcrl",
    "sslcrldir",
    "sslsni",
    "ssl_min_protocol_version",
    "ssl_max_protocol_version",
    "channel_binding",
    "gssencmode",
    "krbsrvname",
    "passfile",
)
SSL_MODES = ("disable", "allow", "prefer", "require", "verify-ca", "verify-full")


@dataclass(frozen=True)
class Place:
    """One side as the command line names it."""

    side: str
    url: URL

    def credentials(self) -> Credentials:
        """How to log in."""
        password = os.environ.get(PASSWORDS[self.side], "")
        return Credentials(
            "PostgreSQL",
            self.url.host or "localhost",
            self.url.port or 5432,
            self.url.database or "",
            self.url.username or "",
            password,
            parameters=_parameters(self.url),
        )

    def engine(self, limits: Limits, closing: ExitStack) -> Engine:
        """A read-only engine that ``closing`` closes; EnvironmentFault for whatever keeps it from
        connecting.
        """
        engine = reading_postgresql(self.credentials(), limits, closing)
        with engine.connect() as connection:
            connection.execute(text("SELECT 1"))
        return engine


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of the command."""
    for side in PASSWORDS:
        parser.add_argument(
            f"--{side}",
            required=True,
            metavar="URL",
            dest=f"{side}_url",
            help="postgresql://user@host:port/database, also with ?sslmode=...; password in "
            f"{PASSWORDS[side]}",
        )
    parser.add_argument(
        "--table",
        action="append",
        required=True,
        metavar="SCHEMA.TABLE[=SCHEMA.TABLE]",
        help="a table and its copy, where that has another name; may be repeated",
    )
    parser.add_argument(
        "--recheck",
        type=seconds,
        default=0.0,
        metavar="SECONDS",
        help="how long rows that differ may still come to agree (0)",
    )


def places(options: argparse.Namespace) -> tuple[Place, Place]:
    """Both sides; raises UsageError before anything connects."""
    source, target = (_place(side, getattr(options, f"{side}_url")) for side in PASSWORDS)
    return source, target


def _place(side: str, given: str) -> Place:
    """Raises UsageError, which does not repeat the URL: a password may stand anywhere in a mistaken
    one.
    """
    try:
        url = make_url(given)
    except (ArgumentError, ValueError):
        raise UsageError(
            f"--{side} is no URL; write postgresql://user@host:port/database"
        ) from None
    if url.password is not None or "password" in url.query:
        raise UsageError(
            f"--{side} holds a password, which every process list shows; set {PASSWORDS[side]} "
            f"instead"
        )
    if url.get_backend_name() != "postgresql" or not url.username or not url.database:
        raise UsageError(f"--{side} is not of the form postgresql://user@host:port/database")
    _check_parameters(side, url)
    return Place(side, url)


def _check_parameters(side: str, url: URL) -> None:
    """Raises UsageError for a parameter that would not be obeyed, by name."""
    for name, value in url.query.items():
        if name not in PARAMETERS or not isinstance(value, str):
            word = "stands twice" if name in PARAMETERS else "is not obeyed"
            raise UsageError(
                f"--{side}: the parameter {name} {word}; known are {', '.join(PARAMETERS)}"
            )
    mode = _parameters(url).get("sslmode", SSL_MODES[-1])
    if mode not in SSL_MODES:
        # behind a semicolon further parameters may stand
        word = f"={mode}" if mode.isalpha() else ""
        raise UsageError(f"--{side}: sslmode{word} is none of {', '.join(SSL_MODES)}")


def _parameters(url: URL) -> dict[str, str]:
    return {name: str(value) for name, value in url.query.items()}


def copies(options: argparse.Namespace) -> list[Copy]:
    """The pairs of tables; raises UsageError."""
    found = []
    for given in options.table:
        source, _, target = given.partition("=")
        for name in (source, target or source):
            if name.count(".") != 1 or not all(name.split(".")):
                raise UsageError(
                    f"--table {given!r} is not of the form schema.table or "
                    f"schema.table=schema.table"
                )
        found.append(Copy(source, target or source, options.recheck, options.compare))
    return found


def compare(options: argparse.Namespace, progress: Progress | None, root: Path) -> RunReport:
    """Compare all pairs, reading only; checkpoints, and the traceback of a mistake, are kept below
    ``root``.

    Raises UsageError, CannotResume or EnvironmentFault.
    """
    pairs, both = copies(options), places(options)
    where = " and ".join(
        f"{place.url.host} {place.url.port or 5432} {place.url.database}" for place in both
    )
    started = dt.datetime.now(dt.UTC)
    results: tuple[TableResult, ...] = ()
    interrupted = False
    try:
        with kept(options, root, file_name(where), [pair.name for pair in pairs]) as resume:
            take_away_old(options)
            results = _results(
                pairs, both, options.workers, progress, limited(options), resume, root / "reports"
            )
            resume.finish()
    except KeyboardInterrupt as hit:
        results, interrupted = hit.results if isinstance(hit, BrokenOff) else results, True
        if not results:
            raise
    verdict, against = verdict_of_tables(results), grounds(results)
    source, target = both
    names = [
        f"{place.url.host}:{place.url.port or 5432}/{place.url.database}"
        for place in (source, target)
    ]
    return RunReport(
        run_id=run_id(started),
        environment=" and ".join(names),
        title=f"{names[0]} and its copy {names[1]}",
        started=started,
        finished=dt.datetime.now(dt.UTC),
        verdict=verdict,
        subject="tables",
        versions={"Python": sys.version.split()[0]},
        tables=results,
        reasons=against.reasons,
        not_judged=against.not_judged,
        interrupted=interrupted
        and verdict is not Verdict.READY,  # READY: everything was compared by then
    )


def _results(
    pairs: list[Copy],
    both: tuple[Place, Place],
    limit: int,
    progress: Progress | None,
    endurance: Endurance,
    resume: Resume,
    reports: Path,
) -> tuple[TableResult, ...]:
    with ExitStack() as opened:
        here, there = (place.engine(endurance.limits, opened) for place in both)
        for pair in pairs:
            check_copy(pair, here, there, resume)
        source, target = (place.credentials() for place in both)
        access = Access(source, target, limits=endurance.limits)
        workers = opened.enter_context(Workers(lambda: access, limit))
        return one_by_one(
            pairs,
            lambda pair: compare_copy(
                pair, here, there, progress, workers, endurance, resume, reports
            ),
            lambda pair: TableResult.unjudged(pair.source, pair.target, INTERRUPTED),
            around=opened.pop_all(),
        )
