"""Tables of one PostgreSQL that are cut into segments, small as they are."""

from __future__ import annotations

from reconciliation.compare import plan as planning
from reconciliation.compare.copies import _contract
from reconciliation.compare.segments.job import Access, Databases, Job
from reconciliation.databases.catalogue import read_source_catalogue
from reconciliation.databases.connections import Credentials, Limits
from tests.clusters import Cluster
from tests.waiting import LONG_SECONDS

ROWS = 12_000
SECRET = "s3cret-of-the-workers"
LOCK_SECONDS = 2 * LONG_SECONDS


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
