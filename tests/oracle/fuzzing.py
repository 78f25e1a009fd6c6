"""Mutated requests for the parsers of the wire layer.

``python -m tests.oracle.fuzzing --inputs 100000 --seed 1`` feeds that many to the parsers and
prints what became of them. Every input must be parsed, refused with the protocol's own error, or
found incomplete, in little processor time.
"""

from __future__ import annotations

import argparse
import random
import signal
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from types import FrameType

from lab.oracle.wire import auth, negotiate, packets, piggybacks, requests
from lab.oracle.wire.binds import Descriptor
from lab.oracle.wire.buffer import NeedMoreError, ProtocolError, Reader
from lab.oracle.wire.constants import Message
from lab.oracle.wire.scan import Scan, scan
from tests.oracle import wire_samples as samples

#: Processor seconds one input may take.
MAX_SECONDS = 1.0
_INTERESTING = (0, 1, 2, 4, 7, 8, 9, 0x7F, 0x80, 0x81, 0xFC, 0xFD, 0xFE, 0xFF)
_MESSAGES = (3, 17, 94, 4, 78, 5, 96, 105, 120, 135, 152, 154, 176, 1, 2, 118, 115)


class EndlessError(BaseException):
    """An input took more processor time than any request may; no parser's handler catches this."""


@dataclass(frozen=True)
class OpenCursor:
    """A cursor that the inputs may execute again."""

    scan: Scan
    binds: tuple[Descriptor, ...]


_OPEN = OpenCursor(
    scan("insert into t values (:1, :2)"), (Descriptor(2, 22, 0), Descriptor(1, 40, 1))
)
_RETURNING = OpenCursor(scan("delete from t returning a into :1"), (Descriptor(1, 40, 1),))
_CURSORS = {1: _OPEN, 2: _RETURNING}


def parse_session(data: bytes) -> None:
    """What a logged-in client sends: piggybacks and calls until the input is used up."""
    reader = Reader(data)
    while not reader.exhausted:
        message = reader.u8()
        if message == Message.PIGGYBACK:
            piggybacks.parse_piggyback(reader)
        elif message == Message.FUNCTION:
            function = reader.u8()
            reader.u8()
            requests.parse_call(reader, function, _CURSORS.get)
        else:
            raise ProtocolError(f"message of type {message}")


def parse_login(data: bytes) -> None:
    """What a client sends before it is logged in."""
    reader = Reader(data)
    while not reader.exhausted:
        message = reader.u8()
        if message == Message.PROTOCOL:
            negotiate.parse_protocol(reader)
        elif message == Message.DATA_TYPES:
            negotiate.parse_data_types(reader)
        elif message == Message.FUNCTION:
            reader.raw(2)
            auth.parse_auth(reader)
        else:
            raise ProtocolError(f"message of type {message}")


def parse_packets(data: bytes) -> None:
    """Packets from the first on: a CONNECT, then packets with large lengths."""
    start, large = 0, False
    while len(data) - start >= packets.HEADER_SIZE:
        length, kind = packets.header(data, start, large=large)
        if not large:
            connect = packets.parse_connect(data[start + packets.HEADER_SIZE : start + length])
            packets.connect_value((connect.data or b"").decode("utf-8", "replace"), "SERVICE_NAME")
        start, large = start + length, True
        assert kind
    raise NeedMoreError


TARGETS: dict[str, tuple[Callable[[bytes], None], tuple[bytes, ...]]] = {
    "session": (parse_session, samples.SESSION),
    "login": (parse_login, samples.LOGIN),
    "packets": (parse_packets, samples.PACKETS),
}


def outcome(parse: Callable[[bytes], None], data: bytes) -> str:
    """Parses one input. Any exception that is not the protocol's own comes out of here."""
    with processor_limit():
        try:
            parse(data)
        except ProtocolError:
            return "refused"
        except NeedMoreError:
            return "incomplete"
        except requests.UnknownCallError:
            return "unknown call"
    return "parsed"


@contextmanager
def processor_limit(seconds: float = MAX_SECONDS) -> Iterator[None]:
    """Raises EndlessError in the block after so many seconds of processor time."""
    previous = signal.signal(signal.SIGVTALRM, _endless)
    signal.setitimer(signal.ITIMER_VIRTUAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.signal(signal.SIGVTALRM, previous)


def _endless(number: int, frame: FrameType | None) -> None:
    raise EndlessError("more processor time than may be taken")


def mutated(source: random.Random, seeds: tuple[bytes, ...]) -> bytes:
    """One of the seeds, or two spliced, with up to eight changes; now and then plain noise behind a
    valid beginning.
    """
    data = bytearray(source.choice(seeds))
    if source.random() < 0.1:
        other = source.choice(seeds)
        data = data[: source.randrange(len(data) + 1)] + other[source.randrange(len(other)) :]
    if source.random() < 0.05:
        data = data[: source.randrange(8)] + source.randbytes(source.randrange(200))
    for _ in range(source.choice((1, 1, 1, 2, 3, 5, 8))):
        _change(source, data)
    return bytes(data)


def _change(source: random.Random, data: bytearray) -> None:
    place = source.randrange(len(data) + 1)
    end = min(len(data), place + source.choice((1, 1, 2, 4, 16, 64)))
    kind = source.randrange(7)
    if kind == 0 and place < len(data):
        data[place] ^= 1 << source.randrange(8)
    elif kind == 1 and place < len(data):
        data[place] = source.choice(_INTERESTING)
    elif kind == 2:
        data[place:place] = source.randbytes(source.choice((1, 2, 8)))
    elif kind == 3:
        del data[place:end]
    elif kind == 4:
        data[place:place] = data[place:end] * source.choice((1, 2, 50))
    elif kind == 5:
        del data[place:]
    else:
        data[place:place] = (
            bytes((source.choice((8, 4, 2)),)) + b"\xff" * 8 + bytes((source.choice(_MESSAGES),))
        )


@dataclass(frozen=True)
class Figures:
    """What became of the inputs of one target; ``slowest`` in seconds."""

    outcomes: Counter[str]
    slowest: float


def run(target: str, inputs: int, seed: int) -> Figures:
    """Feeds ``inputs`` mutated requests to a target. The failing input is named in a note to its
    exception.
    """
    parse, seeds = TARGETS[target]
    source = random.Random(f"{target} {seed}")
    outcomes: Counter[str] = Counter()
    slowest = 0.0
    for number in range(inputs):
        data = mutated(source, seeds)
        started = time.process_time()
        try:
            outcomes[outcome(parse, data)] += 1
        except BaseException as error:
            error.add_note(f"input {number} of seed {seed} for {target}: {data.hex()}")
            raise
        slowest = max(slowest, time.process_time() - started)
    return Figures(outcomes, slowest)


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.oracle.fuzzing", description=__doc__)
    parser.add_argument(
        "--inputs", type=int, default=100_000, help="inputs for each of the three targets"
    )
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    for target in TARGETS:
        started = time.monotonic()
        figures = run(target, arguments.inputs, arguments.seed)
        told = ", ".join(f"{count} {name}" for name, count in figures.outcomes.most_common())
        print(
            f"{target}: {told}; slowest {figures.slowest * 1000:.1f} ms; "
            f"{time.monotonic() - started:.0f} s"
        )
    return 0


if __name__ == "__main__":
    sys.exit(main())
