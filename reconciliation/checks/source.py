"""Source readiness: is PostgreSQL able to give every change away? Each check says what was found
and the way out.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any

from sqlalchemy import text

from reconciliation.databases.sight import oracle, postgresql, together
from reconciliation.errors import Unseen
from reconciliation.model import CatalogueTable, Finding
from reconciliation.parallel_run import ParallelRun
from reconciliation.replication import describe_task, slot

if TYPE_CHECKING:
    from reconciliation.mapping.model import ResolvedTable

#: below this (but not 0) the sender gives up on a busy replication task (AWS DMS user guide,
#: PostgreSQL as a source)
SHORTEST_SENDER_TIMEOUT_MS = 10_000


def check_rds_instance(judge: ParallelRun) -> tuple[Finding, ...]:
    """The RDS instance exists, is available, and no parameter waits for a reboot."""
    instance = _instance(judge)
    if instance is None:
        return (
            _finding(
                "rds_instance",
                f"there is no RDS instance {judge.profile.agreed.rds_instance!r} in "
                f"{judge.aws.region}; check [agreed] rds_instance",
            ),
        )
    name, found = instance["DBInstanceIdentifier"], []
    if instance.get("DBInstanceStatus") != "available":
        found.append(
            _finding(
                "rds_instance",
                f"RDS instance {name} is {instance.get('DBInstanceStatus')}, not "
                "available; wait for it",
            )
        )
    for group in instance.get("DBParameterGroups", []):
        state = group.get("ParameterApplyStatus")
        if state != "in-sync":
            found.append(
                _finding(
                    "pending_reboot",
                    f"RDS instance {name}: parameter group "
                    f"{group.get('DBParameterGroupName')} is {state}, so changed parameters are "
                    f"not in "
                    "force; reboot the instance",
                )
            )
    return tuple(found)


def check_logical_decoding(judge: ParallelRun) -> tuple[Finding, ...]:
    """rds.logical_replication is on, wal_level is logical, and the sender does not give up too
    early.
    """
    return together(lambda: _decoding_settings(judge), lambda: _decoding_parameter(judge))


def _decoding_settings(judge: ParallelRun) -> Iterator[Finding]:
    settings = _settings(judge, "wal_level", "wal_sender_timeout")
    if settings["wal_level"] != "logical":
        yield _finding(
            "logical_decoding",
            f"wal_level is {settings['wal_level']!r}, agreed is 'logical'; set "
            "rds.logical_replication = 1 and reboot",
        )
    timeout = int(settings["wal_sender_timeout"])
    if 0 < timeout < SHORTEST_SENDER_TIMEOUT_MS:
        yield _finding(
            "logical_decoding",
            f"wal_sender_timeout is {timeout} ms; it must be 0 or at least "
            f"{SHORTEST_SENDER_TIMEOUT_MS} ms, or the task loses its connection",
        )


def _decoding_parameter(judge: ParallelRun) -> Iterator[Finding]:
    parameter = _parameters(judge).get("rds.logical_replication")
    if parameter not in ("1", "on", "true"):
        shown = "not set" if parameter is None else repr(parameter)
        yield _finding(
            "logical_decoding",
            f"rds.logical_replication is {shown} in the parameter group, agreed is 1; "
            "set it and reboot",
        )


def check_pglogical(judge: ParallelRun) -> tuple[Finding, ...]:
    """pglogical is preloaded (by the server and by the parameter group), created, and permitted as
    output plug-in.
    """
    name = "shared_preload_libraries"
    return together(
        lambda: _preloaded(f"the server's {name}", _settings(judge, name)[name]),
        lambda: _preloaded(f"{name} of the parameter group", _parameters(judge).get(name)),
        lambda: _created(judge),
        lambda: _permitted(judge),
    )


def _preloaded(where: str, value: str | None) -> Iterator[Finding]:
    if "pglogical" not in [item.strip() for item in (value or "").split(",")]:
        yield _finding(
            "pglogical",
            f"{where} is {value or 'empty'!r}, agreed is that it holds pglogical; add it and "
            "reboot",
        )


def _created(judge: ParallelRun) -> Iterator[Finding]:
    with judge.source.connect() as connection:
        there = connection.execute(
            text("SELECT extversion FROM pg_extension WHERE extname = 'pglogical'")
        ).scalar()
    if there is None:
        database = judge.source_credentials.database
        yield _finding(
            "pglogical",
            f"extension pglogical is not created in database {database}; run CREATE EXTENSION "
            "pglogical there",
        )


def _permitted(judge: ParallelRun) -> Iterator[Finding]:
    permitted, plugin = _permitted_plugins(judge), judge.profile.agreed.slot_plugin
    if permitted is not None and plugin not in [item.strip(' "') for item in permitted.split(",")]:
        yield _finding(
            "pglogical",
            f"output_plugin_libraries is {permitted!r}, agreed is that it holds {plugin}; add "
            "it and reload, or no replication slot can be created",
        )


def check_capacity_to_spare(judge: ParallelRun) -> tuple[Finding, ...]:
    """At least one replication slot and one WAL sender are free: a restarted task needs a new one
    at once.
    """
    statement = """SELECT current_setting('max_replication_slots')::int,
                          (SELECT count(*) FROM pg_replication_slots),
                          current_setting('max_wal_senders')::int,
                          (SELECT count(*) FROM pg_stat_replication)"""
    with judge.source.connect() as connection:
        slots, slots_used, senders, senders_used = connection.execute(text(statement)).one()
    found = []
    for name, what, most, used in (
        ("max_replication_slots", "replication slots", slots, slots_used),
        ("max_wal_senders", "WAL senders", senders, senders_used),
    ):
        if used >= most:
            found.append(
                _finding(
                    "capacity_to_spare",
                    f"all {most} {what} are in use ({name} = {most}); raise {name} "
                    "or remove unused ones",
                )
            )
    return tuple(found)


def check_mapped_table_keys(judge: ParallelRun) -> tuple[Finding, ...]:
    """Every replicated table has a key and a replica identity that updates and deletes travel with,
    on both sides.
    """
    return together(
        *(partial(_key_findings, judge, resolved) for resolved in judge.resolved.tables)
    )


def _key_findings(judge: ParallelRun, resolved: ResolvedTable) -> tuple[Finding, ...]:
    source = judge.source_catalogue[resolved.source]
    return together(
        lambda: _source_key_findings(source, judge.profile.agreed.slot_plugin),
        lambda: _agreed_key_findings(judge, source),
        lambda: _target_key_findings(judge, source, resolved.target),
    )


def _agreed_key_findings(judge: ParallelRun, source: CatalogueTable) -> Iterator[Finding]:
    contract = next(
        (item for item in judge.contract.tables if item.source == source.full_name), None
    )
    if contract is not None and source.primary_key and set(contract.key) != set(source.primary_key):
        agreed, real = ", ".join(contract.key), ", ".join(source.primary_key)
        yield _finding(
            "mapped_table_keys",
            f"{source.full_name}: the contract's key is {agreed}, the primary key is "
            f"{real}; make them the same",
            source.full_name,
        )


def _target_key_findings(
    judge: ParallelRun, source: CatalogueTable, name: str
) -> Iterator[Finding]:
    """A table that does not exist is the mapping's affair; one that is hidden may lack a key."""
    target = judge.target_catalogue.get(name)
    if target is None:
        oracle.require_seen(judge.target, name)
    elif target.disabled_key:
        yield _finding(
            "mapped_table_keys",
            f"the primary key {target.disabled_key} of {name} is disabled: a repeated "
            "insert goes unnoticed; enable it",
            source.full_name,
        )
    elif not target.primary_key:
        yield _finding(
            "mapped_table_keys",
            f"{name} has no primary key: a repeated insert goes unnoticed; add one",
            source.full_name,
        )


def _source_key_findings(table: CatalogueTable, plugin: str) -> list[Finding]:
    name, found = table.full_name, []
    if not table.primary_key:
        found.append(
            _finding(
                "mapped_table_keys",
                f"{name} has no primary key: its updates and deletes are not replicated; add one",
                name,
            )
        )
    if table.replica_identity == "nothing":
        found.append(
            _finding(
                "mapped_table_keys",
                f"{name} has REPLICA IDENTITY NOTHING: its updates and deletes are "
                "not replicated; set it to DEFAULT",
                name,
            )
        )
    if table.replica_identity == "full" and plugin.startswith("pglogical"):
        found.append(
            _finding(
                "mapped_table_keys",
                f"{name} has REPLICA IDENTITY FULL, which the task's plugin "
                "pglogical does not support; set it to DEFAULT",
                name,
            )
        )
    return found


def check_slot_health(judge: ParallelRun) -> tuple[Finding, ...]:
    """The task's slot exists, is used with the agreed plugin, and neither lost WAL nor keeps too
    much of it.
    """
    slot_now, agreed = slot(judge), judge.profile.agreed
    if slot_now is None:
        return (
            _finding(
                "slot_health",
                "there is no logical replication slot in database "
                f"{judge.source_credentials.database}; is the task running?",
            ),
        )
    name, found = slot_now.name, []
    if slot_now.plugin != agreed.slot_plugin:
        found.append(
            f"uses plugin {slot_now.plugin}, agreed is {agreed.slot_plugin}; see the source "
            f"endpoint's "
            "attributes"
        )
    if not slot_now.active and describe_task(judge).status == "running":
        found.append("is inactive although the task is running; look into the task's log")
    if slot_now.wal_status in ("unreserved", "lost"):
        found.append(
            f"has wal_status {slot_now.wal_status}: changes are being lost; reload the target"
        )
    limit = agreed.slot_retained_limit_mb * 1024 * 1024
    if slot_now.retained_bytes > limit:
        found.append(
            f"keeps {slot_now.retained_bytes / 1024 / 1024:.0f} MB of WAL, agreed are at most "
            f"{agreed.slot_retained_limit_mb} MB; see what the replication waits for"
        )
    return tuple(_finding("slot_health", f"slot {name} {words}") for words in found)


# ------------------------------------------------------------------ reading


def _finding(check: str, message: str, table: str | None = None) -> Finding:
    return Finding(check, message, table)


def _settings(judge: ParallelRun, *names: str) -> Mapping[str, str]:
    with judge.source.connect() as connection:
        return postgresql.settings(connection, *names)


def _permitted_plugins(judge: ParallelRun) -> str | None:
    """The list that newer minor versions (15.20, 17.11) have; None on others, where every plug-in
    may be used.
    """
    with judge.source.connect() as connection:
        return postgresql.setting_if_any(connection, "output_plugin_libraries")


def _instance(judge: ParallelRun) -> Mapping[str, Any] | None:
    with judge.aws.asking("describing the RDS instances"):
        pages = judge.aws.rds.get_paginator("describe_db_instances").paginate()
        instances = [instance for page in pages for instance in page["DBInstances"]]
    wanted = judge.profile.agreed.rds_instance
    return next(
        (instance for instance in instances if instance["DBInstanceIdentifier"] == wanted), None
    )


def _parameters(judge: ParallelRun) -> dict[str, str]:
    """The parameters of the instance's parameter groups. Raises Unseen for an unknown instance,
    which shows none.
    """
    instance = _instance(judge)
    if instance is None:
        raise Unseen(
            f"there is no RDS instance {judge.profile.agreed.rds_instance!r} in "
            f"{judge.aws.region} whose "
            "parameters could be read; check [agreed] rds_instance"
        )
    groups = [group["DBParameterGroupName"] for group in instance.get("DBParameterGroups", [])]
    found: dict[str, str] = {}
    for group in groups:
        with judge.aws.asking(f"describing the parameter group {group}"):
            pages = judge.aws.rds.get_paginator("describe_db_parameters").paginate(
                DBParameterGroupName=group
            )
            for page in pages:
                found |= {
                    item["ParameterName"]: item["ParameterValue"]
                    for item in page["Parameters"]
                    if "ParameterValue" in item
                }
    return found
