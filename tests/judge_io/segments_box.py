"""Tables of one PostgreSQL that are cut into segments, small as they are."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from reconciliation.compare import plan as planning
from reconciliation.compare.copies import _contract
from reconciliation.compare.segments.job import Access, Databases, Job
from reconciliation.databases.catalogue import read_source_catalogue
from reconciliation.databases.connections import Credentials, Limits
from tests.clusters import Cluster, temporary_cluster
from tests.waiting import LONG_SECONDS

ROWS = 12_000
SECRET = "s3cret-of-the-workers"
LOCK_SECONDS = 2 * LONG_SECONDS


@contextmanager
def tables() -> Iterator[Cluster]:
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


def cut_small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Tables of 1,000 rows are cut already, into segments of 2,000."""
    monkeypatch.setattr(planning, "SMALL_ROWS", 1_000)
    monkeypatch.setattr(planning, "SEGMENT_ROWS", 2_000)


def access(cluster: Cluster) -> Access:
    login = Credentials("PostgreSQL", cluster.host, cluster.port, "postgres", cluster.user, SECRET)
    # whoever gives up a lock ends as well: that must not look like being ended
    return Access(login, login, limits=Limits(lock=LOCK_SECONDS))


def job_of(databases: Databases, name: str) -> Job:
    """The comparison of table s.``name`` with itself."""
    table = read_source_catalogue(databases.source, "s")[f"s.{name}"]
    return Job(_contract(table, table), table, table, 60, copy=True)


def planned(databases: Databases, job: Job, workers: int = 2) -> planning.Plan:
    with databases.source.connect() as connection:
        return planning.plan(connection, job.source, job.rows(), workers)
