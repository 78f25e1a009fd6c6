"""What a source must be like before changes can be read from it (AWS DMS user guide, PostgreSQL
source).
"""

from __future__ import annotations

from dataclasses import dataclass

from lab.dms.databases.source import Source
from lab.dms.ground.errors import TaskFailed

_READ = """
SELECT current_user::text, r.rolsuper, r.rolreplication,
       coalesce((SELECT bool_and(pg_catalog.pg_has_role(current_user, a.oid, 'member'))
         AND count(*) = 2
                   FROM pg_catalog.pg_roles a WHERE a.rolname IN ('rds_superuser',
                     'rds_replication')), false),
       pg_catalog.pg_is_in_recovery(), pg_catalog.current_setting('wal_level'),
       (SELECT setting::int FROM pg_catalog.pg_settings WHERE name = 'wal_sender_timeout'),
       pg_catalog.current_setting('max_replication_slots')::int,
         pg_catalog.current_setting('max_wal_senders')::int,
       pg_catalog.current_setting('max_worker_processes')::int,
       pg_catalog.current_setting('max_logical_replication_workers')::int
       + pg_catalog.current_setting('autovacuum_max_workers')::int
       + pg_catalog.current_setting('max_parallel_workers')::int
  FROM pg_catalog.pg_roles r WHERE r.rolname = current_user
"""


@dataclass(frozen=True)
class SourceFacts:
    """What is looked at; ``wal_sender_timeout`` is in milliseconds, ``workers_wanted`` a number of
    processes.
    """

    user: str
    is_superuser: bool
    may_replicate: bool
    has_rds_roles: bool
    is_standby: bool
    wal_level: str
    wal_sender_timeout: int
    max_replication_slots: int
    max_wal_senders: int
    max_worker_processes: int
    workers_wanted: int


def read_facts(source: Source) -> SourceFacts:
    """Ask the source; raises what ``query`` raises."""
    return SourceFacts(*source.query(_READ)[0])


def missing(facts: SourceFacts) -> str | None:
    """The first thing that keeps the task from starting, with the way out;
    None when nothing does.
    """
    if facts.is_standby:
        return (
            "The source is a read replica, which gives no changes away; point the endpoint at "
            "the primary"
        )
    if facts.wal_level != "logical":
        return (
            f"wal_level must be 'logical' on the source database, it is '{facts.wal_level}'; "
            f"change it (on RDS: "
            "rds.logical_replication = 1) and restart the server"
        )
    if 0 < facts.wal_sender_timeout < 10000:
        return (
            f"wal_sender_timeout is {facts.wal_sender_timeout} ms on the source; it must be 0 "
            f"or at least 10000 ms"
        )
    for name in ("max_replication_slots", "max_wal_senders"):
        if (value := getattr(facts, name)) < 2:
            return (
                f"{name} is {value} on the source; it must be greater than 1, and leave one "
                f"for each task"
            )
    if not (facts.is_superuser or facts.may_replicate or facts.has_rds_roles):
        return (
            f"User '{facts.user}' may not read the source's changes; it must be a superuser, or "
            f"on RDS have the roles "
            "rds_superuser and rds_replication"
        )
    return None


def advice(facts: SourceFacts) -> str | None:
    """What is wanted of the source without keeping the task from starting."""
    if facts.max_worker_processes >= facts.workers_wanted:
        return None
    return (
        f"max_worker_processes is {facts.max_worker_processes} on the source; "
        f"max_logical_replication_workers, "
        f"autovacuum_max_workers and max_parallel_workers together want {facts.workers_wanted}"
    )


def check_prerequisites(source: Source) -> str | None:
    """Raise TaskFailed when the source cannot give its changes away; returns
    advice to be logged.
    """
    facts = read_facts(source)
    reason = missing(facts)
    if reason is not None:
        raise TaskFailed(reason)
    return advice(facts)
