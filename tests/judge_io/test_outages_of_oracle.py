"""Bad networks between the judge and both databases: the result of an undisturbed run, or one clear
line in time.
"""

from __future__ import annotations

import gc
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from reconciliation.agreed.profile import load_profile
from reconciliation.compare import by_key
from reconciliation.databases import connections
from reconciliation.session import connected
from reconciliation.session.opening import open_session
from tests.proxy import Proxy
from tests.waiting import LONG_SECONDS

from .box import Box

#: python-oracledb leaves the socket of a connection that was reset to the collector
pytestmark = pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")

ROWS, SEGMENT = 20_000, 2_500
SMALL = ("--segment-rows", str(SEGMENT), "--workers", "1", "--compare", "rows")
#: what differs between two runs that found the same
_OF_THE_RUN = ("seconds", "recheck_seconds", "notes", "outages", "watermark")


@pytest.fixture
def networks(box: Box) -> Iterator[tuple[Proxy, Proxy]]:
    """Two tables of 20,000 rows with two differences; the judge reaches them through these two
    networks.
    """
    box.table(
        "t", "id int8 PRIMARY KEY, note text", "id NUMBER(19) PRIMARY KEY, note VARCHAR2(100)"
    )
    box.here(
        f"INSERT INTO {{s}}.t SELECT i, 'row ' || i || repeat('.', 60) FROM generate_series(1, "
        f"{ROWS}) AS i",
        "ANALYZE {s}.t",
    )
    box.there(
        f"INSERT INTO t SELECT LEVEL, 'row ' || LEVEL || RPAD('.', 60, '.') FROM DUAL CONNECT BY "
        f"LEVEL <= {ROWS}",
        "UPDATE t SET note = 'other' WHERE id = 9",
        f"DELETE FROM t WHERE id = {ROWS}",
    )
    box.contract("t", ["id", "note"])
    cluster, server = box.cluster, box.server
    with Proxy(cluster.port) as source, Proxy(server.port) as target:
        box.cluster, box.server = (
            replace(cluster, port=source.port),
            replace(server, port=target.port),
        )
        yield source, target
        box.cluster, box.server = cluster, server
    gc.collect()


def _undisturbed(box: Box) -> Any:
    result = box.run(*SMALL).table("t")
    assert (result["source_rows"], result["target_rows"], result["equal_rows"]) == (
        ROWS,
        ROWS - 1,
        ROWS - 2,
    )
    assert (result["differing_rows"], result["missing_rows"], result["notes"]) == (1, 1, [])
    return result


def _found(result: Any) -> Any:
    return {name: value for name, value in result.items() if name not in _OF_THE_RUN}


def test_both_sides_lost_for_5_seconds_do_not_change_the_result(
    box: Box, networks: tuple[Proxy, Proxy]
) -> None:
    expected = _undisturbed(box)
    networks[1].after(700_000, lambda: [network.cut(refuse_seconds=5) for network in networks])
    outcome = box.run(*SMALL)
    result = outcome.table("t")
    assert outcome.status == 1
    assert _found(result) == _found(expected)
    assert [
        note for note in result["notes"] if "t, segment" in note and "was read again after" in note
    ]
    assert "trying again" in outcome.err


@pytest.mark.parametrize(
    ("options", "method"),
    [
        ('key = ["id", "note"]', "values, read into memory"),
        ('rows = "multiset"', "rows with the same values"),
    ],
)
def test_rows_that_are_no_streams_of_texts_are_read_again_as_well(
    box: Box, networks: tuple[Proxy, Proxy], options: str, method: str
) -> None:
    box.contract("t", ["id", "note"], options)
    networks[1].after(700_000, lambda: networks[1].cut(refuse_seconds=0.5))
    outcome = box.run()
    result = outcome.table("t")
    assert (outcome.status, result["status"]) == (1, "divergent"), outcome.err
    assert (result["missing_rows"], result["extra_rows"], result["equal_rows"]) == (2, 1, ROWS - 2)
    assert method in result["method"]
    assert [note for note in result["notes"] if "t was read again after" in note]


def test_rows_looked_at_by_their_keys_are_read_again(
    box: Box, networks: tuple[Proxy, Proxy]
) -> None:
    box.run(*SMALL)  # writes the profile
    keys = [(number,) for number in range(1, 1001)]
    with open_session(load_profile("box", box.root), each_table=True) as session:
        found = by_key.reread(session.parallel_run, f"{box.schema}.t", keys)
        networks[1].after(5_000, lambda: networks[1].cut(refuse_seconds=0.5))
        notes: list[str] = []
        assert (
            session.parallel_run.steadily(
                "rows", lambda: by_key.reread(session.parallel_run, f"{box.schema}.t", keys), notes
            )
            == found
        )
    assert [note for note in notes if "rows was read again after" in note]


def test_an_outage_beyond_patience_is_taken_up_where_it_ended(
    box: Box, networks: tuple[Proxy, Proxy]
) -> None:
    expected = _undisturbed(box)
    whole = sum(network.received for network in networks)
    networks[1].after(700_000, lambda: networks[1].cut(refuse_seconds=LONG_SECONDS))
    outcome = box.run(*SMALL, "--patience", "0")
    result = outcome.table("t")
    assert (outcome.status, result["status"]) == (2, "not judged")
    assert result["reason"].endswith("was given up at once: --patience is 0")
    assert "segments are finished and kept in" in result["notes"][0]
    networks[1].heal()
    before = sum(network.received for network in networks)
    outcome = box.run(*SMALL, "--resume")
    carried = sum(network.received for network in networks) - before
    assert _found(outcome.table("t")) == _found(expected)
    assert "taken up: " in outcome.table("t")["notes"][0]
    assert carried < whole * 0.8
    outcome = box.run(*SMALL, "--resume")
    assert (outcome.status, outcome.out) == (4, "")
    assert "there is no checkpoint" in outcome.err


def test_the_catalogues_are_read_through_an_outage(
    box: Box, networks: tuple[Proxy, Proxy], monkeypatch: pytest.MonkeyPatch
) -> None:
    read = {
        name: getattr(connected, name)
        for name in ("read_source_catalogue", "read_target_catalogue")
    }
    for name, network in zip(read, networks, strict=True):

        def through(*arguments: Any, name: str = name, network: Proxy = network) -> Any:
            if name in cut:
                return read[name](*arguments)
            cut.add(name)
            network.cut(refuse_seconds=LONG_SECONDS)
            try:
                return read[name](*arguments)
            finally:
                # behind the first attempt: an outage that is over before it would not be noticed
                network.heal()

        monkeypatch.setattr(connected, name, through)
    cut: set[str] = set()
    outcome = box.run(*SMALL)
    assert outcome.status == 1
    assert cut == set(read)
    assert outcome.err.count("the catalogue of PostgreSQL was read again after") == 1
    assert outcome.err.count("the catalogue of Oracle was read again after") == 1


def test_an_oracle_that_falls_silent_is_given_up(
    box: Box, networks: tuple[Proxy, Proxy], monkeypatch: pytest.MonkeyPatch
) -> None:
    def fall_silent() -> None:
        """Nobody is let in; only from here on is connecting given up so soon, as a busy server is
        slow as well.
        """
        monkeypatch.setattr(connections, "CONNECT_TIMEOUT_SECONDS", 1)
        networks[1].stall()

    networks[1].after(700_000, fall_silent)
    outcome = box.run(*SMALL, "--answer-timeout", "1", "--patience", "1")
    networks[1].flow()
    result = outcome.table("t")
    assert (outcome.status, result["status"]) == (2, "not judged")
    assert f"Oracle 127.0.0.1:{networks[1].port}/" in result["reason"]
    assert "DPY-4024" in result["reason"] or "no answer in time" in result["reason"]
