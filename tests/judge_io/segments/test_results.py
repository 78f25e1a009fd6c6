"""Large tables in pieces: where they are cut, and the same result as in one piece."""

from __future__ import annotations

import pytest

from reconciliation.compare import plan as planning
from reconciliation.compare.copies import Copy, compare_copy
from reconciliation.compare.segments import runner
from reconciliation.compare.segments.job import Databases
from reconciliation.compare.segments.workers import Workers
from reconciliation.model import DifferenceKind, Status
from tests.clusters import Cluster

from .box import ROWS, access, job_of, planned


@pytest.mark.parametrize("count", [1, 2, 3])
def test_the_result_is_that_of_one_piece(
    cluster: Cluster, databases: Databases, monkeypatch: pytest.MonkeyPatch, count: int
) -> None:
    seen: list[int] = []
    with Workers(lambda: access(cluster), count) as workers:
        cut = compare_copy(
            Copy("s.one", "s.other"),
            databases.source,
            databases.target,
            lambda _, rows: seen.append(rows),
            workers,
        )
    assert cut.method == "the bytes both servers send, in 6 key ranges"
    assert seen == sorted(seen)
    assert seen[-1] == ROWS
    monkeypatch.setattr(planning, "SMALL_ROWS", 10**9)
    whole = compare_copy(Copy("s.one", "s.other"), databases.source, databases.target)
    assert whole.method == "the bytes both servers send"
    for what in (
        "status",
        "source_rows",
        "target_rows",
        "equal_rows",
        "rechecked_rows",
        "differences",
        "groups",
    ):
        assert getattr(cut, what) == getattr(whole, what), what
    assert (whole.status, whole.source_rows, whole.target_rows) == (Status.DIVERGENT, ROWS, ROWS)
    # every 2000th id is 3 more than a multiple of 6000, and id 3 itself is missing
    kinds = {kind: sum(item.kind is kind for item in whole.differences) for kind in DifferenceKind}
    assert kinds == {DifferenceKind.CHANGED: 5, DifferenceKind.MISSING: 3, DifferenceKind.EXTRA: 3}


def test_finished_segments_are_not_looked_at_again(cluster: Cluster, databases: Databases) -> None:
    job = job_of(databases, "slow")
    found = planned(databases, job)
    assert len(found.segments) == 6
    with Workers(lambda: access(cluster), 2) as workers:
        parts = list(runner.compare_segments(found, job, databases, workers, finished={1, 2, 5}))
    assert sorted(segment.number for segment, _ in parts) == [3, 4, 6]
    (last,) = runner.compare_segments(found, job, databases, None, finished={1, 2, 3, 4, 5})
    assert last[0].number == 6
    assert sum(tally.equal_rows for _, tally in parts) < ROWS


# ------------------------------------------------------------------ plans


def _planned(databases: Databases, name: str, workers: int = 2) -> planning.Plan:
    return planned(databases, job_of(databases, name), workers)


@pytest.mark.parametrize("analysed", [True, False])
def test_segments_have_about_as_many_rows_each(
    cluster: Cluster, databases: Databases, analysed: bool
) -> None:
    name = f"even_{analysed}".lower()
    cluster.execute(
        f"CREATE TABLE s.{name} (id int8 PRIMARY KEY, a text) WITH (autovacuum_enabled = off)"
    )
    cluster.execute(
        f"INSERT INTO s.{name} SELECT i * i, repeat('x', 100) FROM generate_series(1, 20000) AS i"
    )
    if analysed:
        cluster.execute(f"ANALYZE s.{name}")
    found = _planned(databases, name)
    assert abs(found.rows - 20_000) < 1_000
    assert len(found.segments) == 10
    with databases.source.connect() as connection:
        counts = [
            connection.exec_driver_sql(
                f"SELECT count(*) FROM s.{name} WHERE id >= "
                f"{part.keys.low[0] if part.keys.low else 0} "
                f"AND id < {part.keys.high[0] if part.keys.high else 10**18}"
            ).scalar_one()
            for part in found.segments
        ]
    assert sum(counts) == 20_000
    assert all(1_000 < count < 4_000 for count in counts)


def test_what_cannot_be_cut_says_why(cluster: Cluster, databases: Databases) -> None:
    cluster.execute("CREATE TABLE s.words (id text PRIMARY KEY, a int4)")
    cluster.execute('CREATE TABLE s.ordered (id text COLLATE "C" PRIMARY KEY, a int4)')
    for name in ("words", "ordered"):
        cluster.execute(
            f"INSERT INTO s.{name} SELECT md5(i::text), i FROM generate_series(1, 12000) AS i"
        )
    reason = "in 2 key ranges only: no index helps with a text key outside the collation C"
    assert (_planned(databases, "words").reason, len(_planned(databases, "words").segments)) == (
        reason,
        2,
    )
    assert _planned(databases, "ordered").reason == "in 6 key ranges"
    assert _planned(databases, "one", workers=1).reason == "in 6 key ranges"
    cluster.execute("CREATE TABLE s.few2 (id int8 PRIMARY KEY)")
    assert _planned(databases, "few2") == planning.in_one_piece(rows=0)
    cluster.execute("CREATE TABLE s.parts (id int8 PRIMARY KEY, a text) PARTITION BY RANGE (id)")
    cluster.execute("CREATE TABLE s.part1 PARTITION OF s.parts FOR VALUES FROM (0) TO (5000)")
    cluster.execute("CREATE TABLE s.part2 PARTITION OF s.parts FOR VALUES FROM (5000) TO (99999)")
    cluster.execute("INSERT INTO s.parts SELECT i, 'x' FROM generate_series(1, 12000) AS i")
    assert _planned(databases, "parts").reason == "in 6 key ranges"
