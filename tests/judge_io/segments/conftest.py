"""One PostgreSQL with the tables, and access to it as the compared sides have it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from reconciliation.compare import plan as planning
from reconciliation.compare.segments.job import Databases
from tests.clusters import Cluster, temporary_cluster

from .box import ROWS, access


@pytest.fixture(scope="module")
def cluster() -> Iterator[Cluster]:
    """Of ``ROWS`` rows in schema s: one and same are equal, other differs from them, slow is for
    locks.
    """
    with temporary_cluster() as started:
        started.execute("CREATE SCHEMA s")
        for name in ("one", "same", "other"):
            started.execute(f"CREATE TABLE s.{name} (id int8 PRIMARY KEY, a text, b numeric)")
            started.execute(
                f"INSERT INTO s.{name} SELECT i * 3, 'é' || i, i / 4.0 "
                f"FROM generate_series(1, {ROWS}) AS i"
            )
            started.execute(f"ANALYZE s.{name}")
        started.execute("UPDATE s.other SET a = a || ' ' WHERE id % 6000 = 3")
        started.execute("DELETE FROM s.other WHERE id IN (3, 18000, 36000)")
        started.execute("INSERT INTO s.other VALUES (-5, 'x'), (18001, 'y'), (99999999, 'z')")
        started.execute("CREATE TABLE s.slow (id int8 PRIMARY KEY, a text)")
        started.execute(f"INSERT INTO s.slow SELECT i, 'x' FROM generate_series(1, {ROWS}) AS i")
        yield started


@pytest.fixture(autouse=True)
def _small_segments(monkeypatch: pytest.MonkeyPatch) -> None:
    """Tables of 1,000 rows are cut already, into segments of 2,000."""
    monkeypatch.setattr(planning, "SMALL_ROWS", 1_000)
    monkeypatch.setattr(planning, "SEGMENT_ROWS", 2_000)


@pytest.fixture
def databases(cluster: Cluster) -> Iterator[Databases]:
    opened = access(cluster).open()
    yield opened
    opened.dispose()
