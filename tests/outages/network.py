"""Networks that break off or carry badly, and runs that are broken off themselves."""

from __future__ import annotations

import signal
from collections.abc import Iterator

from tests.outages.cases import (
    GOOD,
    HASTY,
    LONG,
    NOT_JUDGED,
    Call,
    Expected,
    case,
    not_judged,
    ready,
)
from tests.outages.stage import Stage

#: an outage of two seconds is noted, by the side that had it
NOTED_ORACLE = r"(?i)note.*Oracle|Oracle.*(again|without)|(again|without).*Oracle"
NOTED_POSTGRESQL = r"(?i)note.*PostgreSQL|PostgreSQL.*(again|without)|(again|without).*PostgreSQL"


@case("network", "Oracle is cut in mid-packet, once", ready(NOTED_ORACLE))
def oracle_torn(stage: Stage, door: str) -> Iterator[Call]:
    stage.halfway(door, "oracle", stage.oracle.tear)
    yield Call()


@case("network", "PostgreSQL is cut in mid-packet, once", ready(NOTED_POSTGRESQL))
def postgresql_torn(stage: Stage, door: str) -> Iterator[Call]:
    stage.halfway(door, "source", stage.source.tear)
    yield Call()


@case("network", "two seconds without Oracle", ready(NOTED_ORACLE))
def oracle_cut_shortly(stage: Stage, door: str) -> Iterator[Call]:
    stage.halfway(door, "oracle", lambda: stage.oracle.cut(refuse_seconds=2))
    yield Call()


@case("network", "two seconds without PostgreSQL", ready(NOTED_POSTGRESQL))
def postgresql_cut_shortly(stage: Stage, door: str) -> Iterator[Call]:
    stage.halfway(door, "source", lambda: stage.source.cut(refuse_seconds=2))
    yield Call()


@case("network", "Oracle stays away, longer than the patience", not_judged("Oracle "))
def oracle_cut_for_long(stage: Stage, door: str) -> Iterator[Call]:
    stage.halfway(door, "oracle", lambda: stage.oracle.cut(refuse_seconds=LONG))
    yield HASTY


@case("network", "PostgreSQL stays away, longer than the patience", not_judged("PostgreSQL "))
def postgresql_cut_for_long(stage: Stage, door: str) -> Iterator[Call]:
    stage.halfway(door, "source", lambda: stage.source.cut(refuse_seconds=LONG))
    yield HASTY


@case("network", "lost packets on both sides", ready())
def lost_packets(stage: Stage, door: str) -> Iterator[Call]:
    stage.oracle.hiccup(every=40, seconds=0.4)
    stage.source.hiccup(every=40, seconds=0.4)
    yield Call()


@case("network", "a slow link to Oracle", ready())
def slow_link(stage: Stage, door: str) -> Iterator[Call]:
    stage.oracle.throttle(400_000)
    yield Call()


# A bit that TCP's checksum has missed is a row to look at again, or a connection to be had again;
# never a difference.
@case(
    "network", "a bit flipped on the way from Oracle", Expected((0, 2), (*GOOD, NOT_JUDGED, None))
)
def bit_flipped(stage: Stage, door: str) -> Iterator[Call]:
    stage.halfway(door, "oracle", stage.oracle.flip)
    yield HASTY


@case("network", "every session of PostgreSQL terminated, once", ready(NOTED_POSTGRESQL))
def sessions_terminated(stage: Stage, door: str) -> Iterator[Call]:
    user = stage.state["suite"]["source"]["user"]
    ask = (
        "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity "
        f"WHERE usename = '{user}' AND backend_type = 'client backend'"
    )
    stage.halfway(door, "source", lambda: stage.place.ask("postgres", ask))
    yield Call()


@case("network", "the service is cut for two seconds", ready())
def service_cut(stage: Stage, door: str) -> Iterator[Call]:
    stage.service.cut(refuse_seconds=2)
    yield Call()


@case("network", "Ctrl-C half-way", Expected((130,), (NOT_JUDGED, None)))
def interrupted(stage: Stage, door: str) -> Iterator[Call]:
    stage.halfway(door, "oracle", lambda: stage.signal(signal.SIGINT))
    yield Call()


@case("network", "SIGTERM half-way", Expected((130,), (NOT_JUDGED, None)))
def terminated(stage: Stage, door: str) -> Iterator[Call]:
    stage.halfway(door, "oracle", lambda: stage.signal(signal.SIGTERM))
    yield Call()


@case("network", "kill -9 half-way", Expected((-signal.SIGKILL,), (NOT_JUDGED, None)))
def killed(stage: Stage, door: str) -> Iterator[Call]:
    stage.halfway(door, "oracle", lambda: stage.signal(signal.SIGKILL))
    yield Call()
