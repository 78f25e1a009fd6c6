"""The machine that the suite runs on: variables, clocks, files, another run."""

from __future__ import annotations

import contextlib
import shutil
from collections.abc import Iterator
from dataclasses import replace

from tests.outages.cases import HASTY, Call, Expected, case, not_judged, ready
from tests.outages.stage import Stage

#: a clock that is an hour ahead, for whatever asks Python; run by every Python that finds it as its
#: sitecustomize
SKEWED = """
import datetime, time_machine
ahead = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(hours=1)
time_machine.travel(ahead, tick=True).start()
# it is a plugin of pytest, too, which warns of one imported before
time_machine.__doc__ = "PYTEST_DONT_REWRITE"
"""
#: a guarantee that asks what was dropped since a moment
REFUSED = """
@owner:migration
Feature: A refused row is reported
  Scenario: Every row the legacy database cannot hold is refused visibly
    Given a batch of generated rows of every mapped table has been written
    Then every row that the legacy database cannot hold is missing there and reported with its error
"""


def _environ(**environ: str) -> Call:
    return Call(environ=environ)


@case("machine", "PGTZ", ready())
def pgtz(stage: Stage, door: str) -> Iterator[Call]:
    yield _environ(PGTZ="Asia/Seoul")


@case("machine", "PGOPTIONS", ready())
def pgoptions(stage: Stage, door: str) -> Iterator[Call]:
    options = (
        "-c DateStyle=German -c extra_float_digits=-15 -c IntervalStyle=iso_8601 -c "
        "search_path=pg_catalog"
    )
    yield _environ(PGOPTIONS=options, PGDATESTYLE="SQL,DMY", PGCLIENTENCODING="LATIN1")


@case("machine", "NLS_LANG and ORA_SDTZ", ready())
def nls_lang(stage: Stage, door: str) -> Iterator[Call]:
    yield _environ(
        NLS_LANG="KOREAN_KOREA.KO16MSWIN949",
        ORA_SDTZ="Asia/Seoul",
        NLS_DATE_FORMAT="DD-MON-RR",
        NLS_CALENDAR="Thai Buddha",
        NLS_NUMERIC_CHARACTERS=",.",
    )


@case("machine", "TZ", ready())
def tz(stage: Stage, door: str) -> Iterator[Call]:
    yield _environ(TZ="America/New_York")


@case("machine", "LC_ALL=C, no UTF-8", ready())
def ascii_only(stage: Stage, door: str) -> Iterator[Call]:
    yield _environ(LC_ALL="C", PYTHONUTF8="0", PYTHONCOERCECLOCALE="0")


@case("machine", "python -O", ready())
def optimised(stage: Stage, door: str) -> Iterator[Call]:
    yield _environ(PYTHONOPTIMIZE="1")


@case("machine", "a clock an hour ahead", ready())
def clock_ahead(stage: Stage, door: str) -> Iterator[Call]:
    folder, values = stage.place.root / "skewed", stage.place.root / "features/05-values"
    for made in (folder, values):
        made.mkdir(exist_ok=True)
    (folder / "sitecustomize.py").write_text(SKEWED, encoding="utf-8")
    (values / "refused.feature").write_text(REFUSED, encoding="utf-8")
    yield _environ(PYTHONPATH=str(folder))
    shutil.rmtree(values)


@case("machine", "a wrong password for Oracle", not_judged("Oracle .*wrong user name or password"))
def wrong_password(stage: Stage, door: str) -> Iterator[Call]:
    yield _environ(TARGET_PASSWORD="not-the-password")


@case(
    "machine",
    "a wrong password for PostgreSQL",
    not_judged("PostgreSQL .*wrong user name or password"),
)
def wrong_password_of_postgresql(stage: Stage, door: str) -> Iterator[Call]:
    yield _environ(SOURCE_PASSWORD="not-the-password")


@case("machine", "a password that is not set", not_judged("TARGET_PASSWORD is not set"))
def password_not_set(stage: Stage, door: str) -> Iterator[Call]:
    yield _environ(TARGET_PASSWORD="")


@case("machine", "a proxy for HTTP that does not answer", not_judged("(?i)AWS .*(proxy|no answer)"))
def dead_proxy(stage: Stage, door: str) -> Iterator[Call]:
    dead = "http://127.0.0.1:9"
    yield replace(
        HASTY, environ={"HTTP_PROXY": dead, "http_proxy": dead, "NO_PROXY": "", "no_proxy": ""}
    )


@case("machine", "no room for the reports", not_judged("(?i)cannot be written|too large|no space"))
def disk_full(stage: Stage, door: str) -> Iterator[Call]:
    yield Call(command=("prlimit", "--fsize=4000"))


@case("machine", "the directory of the reports is a file", Expected((4,), (None,), ("reports",)))
def reports_in_the_way(stage: Stage, door: str) -> Iterator[Call]:
    yield Call(command=("sh", "-c", 'touch reports && exec "$@"', "sh"))
    (stage.place.root / "reports").unlink(missing_ok=True)


@case(
    "machine",
    "a table of PostgreSQL that somebody has locked",
    not_judged(),
    not_judged("(?i)lock"),
)
def locked(stage: Stage, door: str) -> Iterator[Call]:
    with (
        contextlib.closing(stage.place.connect("postgres")) as connection,
        connection.cursor() as cursor,
    ):
        cursor.execute("LOCK TABLE travelbuddy.flightspecial")
        # the command gives up the lock before it does the answer
        yield Call(limits=("--answer-timeout", "4") if door == "features" else ())


@case("machine", "an unknown environment", Expected((4,), (None,), ("unknown environment",)))
def unknown_environment(stage: Stage, door: str) -> Iterator[Call]:
    yield Call(more=("--environment", "nowhere"))


@case("machine", "a second run at the same time", not_judged("(?i)another run"), ready())
def two_at_once(stage: Stage, door: str) -> Iterator[Call]:
    # the reports are asked for before anything else; the command looks at the tables while the
    # other run changes them
    with stage.another_run(held=door == "features"):
        yield Call(fresh=False)
