"""A short soak, and that the soak's own checks can fail."""

from __future__ import annotations

import random
import socket
import threading
from collections import Counter
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from tests.counts import count
from tests.oracle.soak import shared
from tests.oracle.soak.gate import Gate
from tests.oracle.soak.growth import Figure, judge, leaks
from tests.oracle.soak.run import Soak, soak
from tests.oracle.soak.slot import Desk, Slot, WrongError, difference, must, work
from tests.oracle.soak.watch import Sample, inode

SEED = 11


def test_eight_sessions_are_cut_killed_and_cancelled_without_a_wrong_result() -> None:
    wanted = ("transfer", "array_insert", "lobs", "connections lost", "pool")
    outcome = soak(8, count(5, 20), SEED, wanted)
    assert outcome.findings == []
    assert all(outcome.counts[name] for name in wanted)
    assert outcome.counts["client processes killed"] >= 3
    assert any(figure.name == "repeating session, memory" for figure in outcome.figures)


def _samples(memory: list[int], files: list[int]) -> list[Sample]:
    pairs = enumerate(zip(memory, files, strict=True))
    return [
        Sample(float(at), 50_000, 8, {7: kib, 8: 40_000}, {7: count, 8: 7})
        for at, (kib, count) in pairs
    ]


@pytest.mark.parametrize(
    ("memory", "files", "wrong"),
    [
        ([30_000] * 5 + [50_000] * 16, [7] * 21, []),
        ([30_000 + 1000 * at for at in range(21)], [7] * 21, ["repeating session, memory"]),
        ([50_000] * 21, [7 + at // 4 for at in range(21)], ["session 7, descriptors"]),
    ],
    ids=["flat after the start", "memory grows", "descriptors grow"],
)
def test_growth_is_found(memory: list[int], files: list[int], wrong: list[str]) -> None:
    figures = judge(_samples(memory, files), 20.0, 7, Sample(0.0, 50_000, 8))
    assert [figure.name for figure in figures if figure.is_wrong] == wrong


@pytest.mark.parametrize(("cycles", "wrong"), [(140, True), (139, False)])
def test_only_a_process_that_is_not_yet_warm_may_grow_more(cycles: int, wrong: bool) -> None:
    samples = _samples([40_000] * 13 + [50_000] * 8, [7] * 21)
    figures = judge(samples, 20.0, 7, Sample(0.0, 50_000, 8), cycles)
    assert [
        figure.is_wrong for figure in figures if figure.name == "repeating session, memory"
    ] == [wrong]


def test_what_was_wanted_and_never_told_of_is_lacking(tmp_path: Path) -> None:
    told: Any = SimpleNamespace(report=tmp_path / "told.jsonl")
    told.report.write_text(
        '{"counts": {"lobs": 1}}\n{"counts": {"lobs": 2, "pool": 1}}\n{"counts": {"tran'
    )
    nothing: Any = None
    run = Soak(8, 10.0, SEED, tmp_path, nothing, nothing, ("lobs", "pool", "transfer"), [told])
    assert run._lacks() == ["transfer"]


@pytest.mark.parametrize(
    ("open_at_end", "count"), [("20 cursors and 5", 0), ("61 cursors and 3001", 2)]
)
def test_cursors_and_lobs_that_stay_open_are_found(open_at_end: str, count: int) -> None:
    assert len(leaks(f"session of X closed; {open_at_end} LOBs were open\n")) == count
    assert leaks("") == ["the server's log tells of no session that ended"]


def test_a_figure_for_information_is_never_wrong() -> None:
    assert not Figure("x", 1, 10**9, None).is_wrong


@pytest.mark.parametrize(
    ("row", "count"),
    [
        ((shared.ACCOUNTS * shared.OPENING, shared.ACCOUNTS, 0, 0, 0), 0),
        ((shared.ACCOUNTS * shared.OPENING - 5, shared.ACCOUNTS, -5, 0, 1), 3),
        ((shared.ACCOUNTS * shared.OPENING, shared.ACCOUNTS, 0, 2, 0), 1),
    ],
)
def test_torn_transfers_are_found(row: tuple[int, ...], count: int) -> None:
    assert len(shared.faults(row)) == count


def test_a_wrong_result_is_reported_and_the_work_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    findings: list[str] = []
    is_over = iter([False, False, True]).__next__
    desk = Desk(0, None, None, threading.Lock(), findings.append, Counter(), is_over)  # type: ignore[arg-type]
    slot = Slot("s", desk, random.Random(1))
    monkeypatch.setattr("tests.oracle.soak.slot._start_again", lambda slot: None)

    def wrong(slot: Slot) -> None:
        must(1 + 1 == 3, "a sum is wrong")

    work(slot, [(wrong, 1.0)])
    assert findings == ["s: wrong: a sum is wrong"] * 2
    with pytest.raises(WrongError):
        wrong(slot)
    assert difference({1: ("a", 1, None, None)}, {}).startswith("1 rows differ: 1: expected")


CONNECTIONS = """\
  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 0100007F:9C40 0100007F:05F1 06 00000000:00000000 03:00000B4C 00000000     0        0 0 3 0000000000000000
   1: 0100007F:9C40 0100007F:1538 01 00000000:00000000 02:00000A3C 00000000     0        0 4711 2 0000000000000000
   2: 0100007F:1538 0100007F:9C40 01 00000000:00000000 02:00000A3C 00000000   101        0 4712 2 0000000000000000
"""  # noqa: E501


@pytest.mark.parametrize(
    ("ends", "found"), [((40000, 5432), "4711"), ((5432, 40000), "4712"), ((40000, 5433), None)]
)
def test_a_socket_is_found_among_others_with_its_port(
    ends: tuple[int, int], found: str | None
) -> None:
    assert inode(CONNECTIONS, ends) == found


def test_a_link_is_cut_after_the_bytes_it_was_given() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        gate = Gate(server.getsockname()[1])
        with socket.create_connection(("127.0.0.1", gate.port)) as client:
            link = gate.newest(set())
            side, _ = server.accept()
            with side:
                client.sendall(b"before")
                assert side.recv(100) == b"before"
                link.cut_after(4, abrupt=False)
                client.sendall(b"0123456789")
                assert side.recv(100) == b"0123"
                assert side.recv(100) == b""
            assert link.is_cut
        gate.close()
