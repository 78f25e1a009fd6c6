"""Databases that let nobody in, or say nothing."""

from __future__ import annotations

from collections.abc import Iterator

from tests.outages.cases import HASTY, LONG, Call, case, not_judged
from tests.outages.stage import Stage


@case("silence", "Oracle refuses connections", not_judged("Oracle .*refused"))
def oracle_refused(stage: Stage, door: str) -> Iterator[Call]:
    stage.oracle.cut(refuse_seconds=LONG)
    yield HASTY


@case("silence", "PostgreSQL refuses connections", not_judged("PostgreSQL .*refused"))
def postgresql_refused(stage: Stage, door: str) -> Iterator[Call]:
    stage.source.cut(refuse_seconds=LONG)
    yield HASTY


@case("silence", "Oracle resets whoever connects", not_judged("Oracle "))
def oracle_reset(stage: Stage, door: str) -> Iterator[Call]:
    stage.oracle.refuse()
    yield HASTY


@case(
    "silence",
    "Oracle takes connections and says nothing",
    not_judged("Oracle .*(no answer|in time)"),
)
def oracle_stalls_at_connect(stage: Stage, door: str) -> Iterator[Call]:
    stage.oracle.stall()
    yield HASTY


@case(
    "silence",
    "PostgreSQL takes connections and says nothing",
    not_judged("PostgreSQL .*(no answer|in time)"),
)
def postgresql_stalls_at_connect(stage: Stage, door: str) -> Iterator[Call]:
    stage.source.stall()
    yield HASTY


@case("silence", "Oracle falls silent in mid-stream", not_judged("Oracle "))
def oracle_stalls(stage: Stage, door: str) -> Iterator[Call]:
    stage.halfway(door, "oracle", stage.oracle.stall)
    yield HASTY


@case("silence", "PostgreSQL falls silent in mid-stream", not_judged("PostgreSQL "))
def postgresql_stalls(stage: Stage, door: str) -> Iterator[Call]:
    stage.halfway(door, "source", stage.source.stall)
    yield HASTY
