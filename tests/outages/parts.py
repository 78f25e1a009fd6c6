"""Parts of the parallel run that end while they are needed, and an AWS that does not answer as it
should.
"""

from __future__ import annotations

import contextlib
import itertools
import os
import signal
from collections.abc import Iterator

from tests.outages.cases import HASTY, Call, case, not_judged, ready
from tests.outages.stage import Stage

AWS = r"(?i)AWS "


def _killed(stage: Stage, door: str, side: str, *pids: int) -> Call:
    """Early in what ``side`` has to say: of a table that is read later nothing is on its way yet.
    Half-way the rest of it may have left already, and a run that is quick has all its answers.
    """

    def kill() -> None:
        for pid in pids:
            with contextlib.suppress(ProcessLookupError):  # it has ended because of one before it
                os.kill(pid, signal.SIGKILL)

    stage.halfway(door, side, kill, early=True)
    return HASTY


@case("parts", "Oracle's listener is killed", not_judged("Oracle "), breaks_the_lab=True)
def listener_killed(stage: Stage, door: str) -> Iterator[Call]:
    yield _killed(stage, door, "oracle", stage.pids()["oracle"])


@case(
    "parts", "what Oracle keeps its rows in is killed", not_judged("Oracle "), breaks_the_lab=True
)
def store_killed(stage: Stage, door: str) -> Iterator[Call]:
    yield _killed(stage, door, "oracle", stage.pids()["store"])


@case("parts", "PostgreSQL is killed", not_judged("PostgreSQL "), breaks_the_lab=True)
def source_killed(stage: Stage, door: str) -> Iterator[Call]:
    yield _killed(stage, door, "source", stage.pids()["postgres"])


@case("parts", "the AWS API is killed", not_judged(AWS), breaks_the_lab=True)
def aws_killed(stage: Stage, door: str) -> Iterator[Call]:
    os.kill(stage.pids()["aws"], signal.SIGKILL)
    yield HASTY


# Were only the supervisor killed, its parts would end in their own time, and a run could have all
# its answers before.
@case("parts", "the whole lab is killed", not_judged(), breaks_the_lab=True)
def lab_killed(stage: Stage, door: str) -> Iterator[Call]:
    yield _killed(stage, door, "oracle", *stage.pids().values())


# ------------------------------------------------------------ AWS


@case("parts", "AWS throttles for a while", ready())
def throttled_shortly(stage: Stage, door: str) -> Iterator[Call]:
    number = itertools.count()
    stage.aws.answer(lambda operation: "ThrottlingException" if next(number) < 2 else None)
    yield Call()


@case("parts", "AWS throttles for good", not_judged(AWS, "(?i)throttl|rate"))
def throttled(stage: Stage, door: str) -> Iterator[Call]:
    stage.aws.answer(lambda operation: "ThrottlingException")
    yield HASTY


@case(
    "parts",
    "AWS denies to describe the task",
    not_judged("(?i)DescribeReplicationTasks|permission"),
)
def denied(stage: Stage, door: str) -> Iterator[Call]:
    stage.aws.answer(
        lambda operation: (
            "AccessDeniedException" if operation == "DescribeReplicationTasks" else None
        )
    )
    yield Call()


@case("parts", "the credentials of AWS have expired", not_judged("(?i)not valid|expired"))
def expired(stage: Stage, door: str) -> Iterator[Call]:
    stage.aws.answer(lambda operation: "ExpiredTokenException")
    yield Call()


@case(
    "parts", "the credentials of AWS expire half-way", not_judged("(?i)not valid|expired"), ready()
)
def expires(stage: Stage, door: str) -> Iterator[Call]:
    answered = itertools.count()
    stage.aws.answer(lambda operation: "ExpiredTokenException" if next(answered) > 3 else None)
    yield Call()
