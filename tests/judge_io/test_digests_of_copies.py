"""Two PostgreSQL tables compared by digests: the same result as by reading every row, and hardly
anything moves.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest

from reconciliation.compare import choice
from reconciliation.compare.copies import Copy, compare_copy
from reconciliation.databases.connections import Credentials, source_engine
from reconciliation.model import DifferenceKind, Status, TableResult
from tests.clusters import Cluster, temporary_cluster
from tests.proxy import Proxy

ROWS = 100_000


@pytest.fixture(scope="module")
def tables() -> Iterator[Cluster]:
    with temporary_cluster() as cluster:
        cluster.execute("CREATE SCHEMA s")
        cluster.execute(
            "CREATE TABLE s.one (id int8 PRIMARY KEY, a text, b numeric, c timestamptz, d "
            "float8, e bytea)"
        )
        cluster.execute(
            "INSERT INTO s.one SELECT 3 * i, 'é' || i, i / 4.0, timestamptz '2026-01-01' + i * "
            "interval "
            "'1 ms', i / 3.0, decode(md5(i::text), 'hex') FROM generate_series(1, 100000) i"
        )
        cluster.execute("CREATE TABLE s.few (LIKE s.one INCLUDING INDEXES)")
        cluster.execute("INSERT INTO s.few SELECT * FROM s.one WHERE id <= 27000")
        yield cluster


def _compared(
    cluster: Cluster,
    target: str,
    compare: str = "digests",
    source: str = "s.one",
    ports: Any = None,
) -> TableResult:
    with ExitStack() as stack:
        engines = []
        for port in ports or (cluster.port, cluster.port):
            credentials = Credentials(
                "PostgreSQL", cluster.host, port, "postgres", cluster.user, "any"
            )
            engines.append(source_engine(credentials))
            stack.callback(engines[-1].dispose)
        return compare_copy(Copy(source, target, compare=compare), *engines)


def _copied(cluster: Cluster, name: str, *changes: str, source: str = "s.one") -> str:
    cluster.execute(f"DROP TABLE IF EXISTS {name}")
    cluster.execute(f"CREATE TABLE {name} (LIKE {source} INCLUDING INDEXES)")
    cluster.execute(f"INSERT INTO {name} SELECT * FROM {source}")
    for change in changes:
        cluster.execute(change.format(name))
    return name


def _moved(result: TableResult) -> tuple[int, int, int]:
    """Digests, keys and rows, as the report says."""
    assert result.method is not None
    found = re.search(r"what moved: ([\d,]+) digests, ([\d,]+) keys and ([\d,]+) of", result.method)
    assert found, result.method
    digests, keys, rows = (int(figure.replace(",", "")) for figure in found.groups())
    return digests, keys, rows


def _without_method(result: TableResult) -> TableResult:
    return replace(result, method=None, seconds=0.0)


def test_an_untouched_copy_is_equal_and_no_row_moves(tables: Cluster) -> None:
    result = _compared(tables, _copied(tables, "s.same"))
    assert (result.status, result.source_rows, result.target_rows, result.equal_rows) == (
        Status.EQUAL,
        *[ROWS] * 3,
    )
    digests, _, rows = _moved(result)
    assert rows == 0
    assert digests < 200
    assert "equal by 128-bit digests (MD5)" in (result.method or "")


def test_one_differing_row_moves_little_more_than_itself(tables: Cluster) -> None:
    result = _compared(
        tables, _copied(tables, "s.one_off", "UPDATE {} SET a = a || ' ' WHERE id = 150000")
    )
    assert [(item.key, item.source_column) for item in result.differences] == [((150_000,), "a")]
    assert (result.status, result.equal_rows, result.rechecked_rows) == (
        Status.DIVERGENT,
        ROWS - 1,
        1,
    )
    assert 0 < _moved(result)[2] <= 4_000


SPELLED = "UPDATE {} SET b = (b::text || '0')::numeric"
CHANGES = (
    "UPDATE {} SET a = a || ' ' WHERE id = 21",
    "UPDATE {} SET b = b + 0.000001 WHERE id = 15000",
    "UPDATE {} SET b = trim_scale(b) WHERE id = 15006",  # 1250.5000 and 1250.5 are one number
    "UPDATE {} SET c = c + interval '1 microsecond' WHERE id = 299997",
    "UPDATE {} SET d = NULL WHERE id = 300000",
    "UPDATE {} SET e = e || '\\x00' WHERE id = 30000",
    "DELETE FROM {} WHERE id IN (3, 18000)",
    "DELETE FROM {} WHERE id BETWEEN 90000 AND 90300",
    "INSERT INTO {} VALUES (0, 'x'), (1, 'y'), (999999999, 'y')",
)


def test_every_planted_difference_is_found_as_by_reading_every_row(tables: Cluster) -> None:
    name = _copied(tables, "s.other", *CHANGES)
    result = _compared(tables, name)
    assert _without_method(result) == _without_method(_compared(tables, name, "rows"))
    changed = {
        (item.key[0], item.source_column)
        for item in result.differences
        if item.kind is DifferenceKind.CHANGED
    }
    assert changed == {(21, "a"), (15000, "b"), (299997, "c"), (300000, "d"), (30000, "e")}
    assert (result.differing_rows, result.missing_rows, result.extra_rows) == (5, 2 + 101, 3)
    assert _moved(result)[2] < 20_000


def test_rows_that_change_places_are_seen(tables: Cluster) -> None:
    """Sums know no order: what swaps must still show, between keys, between columns and between
    both.
    """
    tables.execute("DROP TABLE IF EXISTS s.places")
    tables.execute("CREATE TABLE s.places (id int8 PRIMARY KEY, a text, b text, c int8)")
    tables.execute(
        "INSERT INTO s.places SELECT i, 'x' || i, 'y' || i, i FROM generate_series(1, 5000) AS i"
    )
    swap = (
        "UPDATE {{}} AS t SET {0} = o.{0} FROM s.places AS o WHERE t.id IN (7, 8) AND o.id = "
        "15 - t.id"
    )
    for changes, cells in (
        ([swap.format("a")], {(7, "a"), (8, "a")}),
        (
            [swap.format("a"), swap.format("b"), swap.format("c")],
            {(key, name) for key in (7, 8) for name in "abc"},
        ),
        (["UPDATE {} SET a = b, b = a WHERE id = 9"], {(9, "a"), (9, "b")}),
        (["UPDATE {} SET a = 'x', b = '9' || b WHERE id = 9"], {(9, "a"), (9, "b")}),
        (["UPDATE {} SET a = '' WHERE id = 9"], {(9, "a")}),
        (["UPDATE {} SET a = NULL WHERE id = 9"], {(9, "a")}),
        (
            ["UPDATE {} SET c = c + 1 WHERE id = 9", "UPDATE {} SET c = c - 1 WHERE id = 10"],
            {(9, "c"), (10, "c")},
        ),
    ):
        result = _compared(
            tables, _copied(tables, "s.moved", *changes, source="s.places"), source="s.places"
        )
        assert {(item.key[0], item.source_column) for item in result.differences} == cells, changes


def test_what_differs_everywhere_is_read_at_once(
    tables: Cluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Values that are spelled in another way are equal, but no digest is."""
    monkeypatch.setattr(choice, "SAMPLE_ROWS", 2_000)
    name = _copied(tables, "s.spelled", SPELLED, source="s.few")
    result = _compared(tables, name, source="s.few")
    assert (result.status, result.equal_rows) == (Status.EQUAL, 9_000)
    digests, _, rows = _moved(result)
    assert rows == 18_000
    assert digests <= 40
    monkeypatch.setattr(choice, "ADVANTAGE", 1e9)
    result = _compared(tables, name, "auto", source="s.few")
    assert (result.status, result.equal_rows) == (Status.EQUAL, 9_000)
    assert "most digests differ; so rows" in (result.method or "")


@pytest.mark.parametrize(
    ("definition", "value"),
    [
        ("k text", "'k' || md5(i::text)"),
        ("k uuid", "md5(i::text)::uuid"),
        ("k timestamptz", "timestamptz '2026-01-01' + i * interval '1 hour'"),
        ("k bytea", "decode(md5(i::text), 'hex')"),
        ('k int4, l text COLLATE "C"', "i / 100, 'é' || i % 100"),
    ],
)
def test_keys_of_every_kind_are_cut_into_ranges(
    tables: Cluster, definition: str, value: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(choice, "SAMPLE_ROWS", 2_000)
    key = ", ".join(part.split()[0] for part in definition.split(", "))
    tables.execute("DROP TABLE IF EXISTS s.keyed")
    tables.execute(f"CREATE TABLE s.keyed ({definition}, v int4, PRIMARY KEY ({key}))")
    tables.execute(f"INSERT INTO s.keyed SELECT {value}, i FROM generate_series(1, 9000) AS i")
    name = _copied(tables, "s.keyed2", "UPDATE {} SET v = -v WHERE v = 4711", source="s.keyed")
    result = _compared(tables, name, source="s.keyed")
    assert [(item.source_value, item.target_value) for item in result.differences] == [
        (4711, -4711)
    ]
    assert (result.source_rows, result.equal_rows) == (9_000, 8_999)
    assert 0 < _moved(result)[2] <= 4_000


def test_small_tables_are_read_and_empty_ones_never_equal(tables: Cluster) -> None:
    tables.execute("CREATE TABLE s.small (id int8 PRIMARY KEY)")
    name = _copied(tables, "s.small2", source="s.small")
    for compare in ("auto", "digests", "rows"):
        result = _compared(tables, name, compare, source="s.small")
        assert (result.status, result.reason) == (Status.NOT_JUDGED, "no rows on either side")
    tables.execute("INSERT INTO s.small2 VALUES (1)")
    assert _compared(tables, name, "digests", source="s.small").extra_rows == 1
    assert _compared(tables, name, "auto", source="s.small").method == "the bytes both servers send"


def test_a_thin_network_makes_digests_the_choice_and_the_reason_is_shown(
    tables: Cluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The line is so thin that nothing else takes time: the clock goes by what has come over it."""
    name = _copied(tables, "s.far", "UPDATE {} SET a = 'x' WHERE id = 6")
    with Proxy(tables.port) as network:
        monkeypatch.setattr(
            choice, "time", SimpleNamespace(perf_counter=lambda: network.received / 2_000_000)
        )
        result = _compared(tables, name, "auto", ports=(tables.port, network.port))
        # a third of the table: the sample that was read, and one range
        assert network.received < 3_000_000
    assert [(item.key, item.target_value) for item in result.differences] == [((6,), "x")]
    assert re.search(
        r"rows: 20,000 in [\d.]+ s; digests: 20,000 in [\d.]+ s; so digests", result.method or ""
    )


def test_without_one_rows_are_the_choice(tables: Cluster, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(choice, "ADVANTAGE", 0.0)  # a busy machine may be slow at the wrong moment
    result = _compared(tables, _copied(tables, "s.near"), "auto")
    assert (result.status, result.equal_rows) == (Status.EQUAL, ROWS)
    assert re.search(
        r"^the bytes both servers send; rows: 20,000 in [\d.]+ s; .*; so rows", result.method or ""
    )
