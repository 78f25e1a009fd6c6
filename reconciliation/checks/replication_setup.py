"""The replication set-up held against what was agreed: instance, endpoints, connections, task,
legacy triggers.
"""

from __future__ import annotations

import datetime as dt
import socket
from collections.abc import Callable, Iterable, Mapping
from functools import partial
from typing import Any

from reconciliation.checks.task_settings import settings_findings
from reconciliation.databases.catalogue import read_target_triggers
from reconciliation.databases.connections import Credentials
from reconciliation.databases.sight import oracle, together
from reconciliation.errors import Unseen
from reconciliation.model import Finding, Trigger
from reconciliation.parallel_run import ParallelRun
from reconciliation.replication import (
    apply_exceptions,
    describe_task,
    log_warnings,
    table_statistics,
)

SOURCE, TARGET = "source", "target"
_ENGINES = {SOURCE: ("postgres", "aurora-postgresql"), TARGET: ("oracle",)}
#: belongs to a PostgreSQL target, not to any endpoint of this direction
_FOREIGN_ATTRIBUTES = {"truncatetrailingzerosforplainnumeric"}
_BAD_TABLE_STATES = ("Table error", "Table does not exist", "Table cancelled")


def check_replication_instance(judge: ParallelRun) -> tuple[Finding, ...]:
    """The agreed replication instance exists, is available, and the task runs on it."""
    wanted = judge.profile.agreed.replication_instance
    instances = _instances(judge)
    found = next(
        (item for item in instances if item["ReplicationInstanceIdentifier"] == wanted), None
    )
    if found is None:
        there = ", ".join(item["ReplicationInstanceIdentifier"] for item in instances) or "none"
        return _one(
            "replication_instance",
            f"there is no replication instance {wanted!r}; instances there: {there}",
        )
    findings = []
    status = found.get("ReplicationInstanceStatus")
    if status != "available":
        findings.append(
            f"replication instance {wanted} is {status}, not available; wait for it or start it"
        )
    if describe_task(judge).instance_arn != found.get("ReplicationInstanceArn"):
        findings.append(
            f"the task does not run on the agreed replication instance {wanted}; move it there"
        )
    return _all("replication_instance", findings)


def _instances(judge: ParallelRun) -> list[Mapping[str, Any]]:
    with judge.aws.asking("describing the replication instances"):
        pages = judge.aws.dms.get_paginator("describe_replication_instances").paginate()
        return [item for page in pages for item in page["ReplicationInstances"]]


def _endpoints(judge: ParallelRun) -> list[Mapping[str, Any]]:
    with judge.aws.asking("describing the endpoints"):
        pages = judge.aws.dms.get_paginator("describe_endpoints").paginate()
        return [item for page in pages for item in page["Endpoints"]]


# ------------------------------------------------------------------ endpoints


def check_endpoint(judge: ParallelRun, role: str) -> tuple[Finding, ...]:
    """The task uses the agreed endpoint and it points to the database that is being judged.

    ``role`` is "source" or "target".
    """
    agreed = judge.profile.agreed
    wanted = agreed.source_endpoint if role == SOURCE else agreed.target_endpoint
    endpoints = _endpoints(judge)
    found = next((item for item in endpoints if item["EndpointIdentifier"] == wanted), None)
    if found is None:
        there = ", ".join(item["EndpointIdentifier"] for item in endpoints) or "none"
        return _one(
            f"{role}_endpoint", f"there is no endpoint {wanted!r}; endpoints there: {there}"
        )
    task = describe_task(judge)
    findings = []
    if found["EndpointArn"] != (
        task.source_endpoint_arn if role == SOURCE else task.target_endpoint_arn
    ):
        findings.append("is not the endpoint the task uses; choose it in the task")
    findings += _address_words(judge, role, found)
    findings += _attribute_words(judge, role, found)
    return _all(f"{role}_endpoint", [f"{role} endpoint {wanted} {words}" for words in findings])


def _address_words(judge: ParallelRun, role: str, endpoint: Mapping[str, Any]) -> list[str]:
    agreed = judge.profile.agreed
    credentials = judge.source_credentials if role == SOURCE else judge.target_credentials
    server = agreed.source_server if role == SOURCE else agreed.target_server
    wanted: dict[str, Any] = {
        "EndpointType": role.upper(),
        "DatabaseName": credentials.database,
        "Username": agreed.endpoint_user,
        "SslMode": agreed.ssl_mode,
    }
    if server is None:
        wanted["Port"] = credentials.port
    words = [
        f"has {name} {endpoint.get(name)!r}, agreed is {value!r}; correct the endpoint"
        for name, value in wanted.items()
        if value is not None and not _alike(endpoint.get(name), value)
    ]
    if endpoint.get("EngineName") not in _ENGINES[role]:
        words.append(
            f"is for engine {endpoint.get('EngineName')!r}, agreed is {_ENGINES[role][0]!r}"
        )
    if not _same_server(endpoint.get("ServerName") or "", server or credentials.host):
        words.append(
            f"points to server {endpoint.get('ServerName')!r}, but "
            f"{_judged_words(credentials, server)}; "
            f"correct it, or name the agreed server as [agreed] {role}_server"
        )
    return words


def _judged_words(credentials: Credentials, server: str | None) -> str:
    return (
        f"agreed is {server!r}"
        if server
        else f"the database judged here is on {credentials.host!r}"
    )


def _alike(found: Any, wanted: Any) -> bool:
    if isinstance(wanted, str):
        return isinstance(found, str) and found.casefold() == wanted.casefold()
    return found == wanted


def _same_server(first: str, second: str) -> bool:
    """The same name, or names of the same address (``localhost`` and ``127.0.0.1``)."""
    return first.casefold() == second.casefold() or bool(_addresses(first) & _addresses(second))


def _addresses(name: str) -> set[Any]:
    try:
        return {info[4][0] for info in socket.getaddrinfo(name, None)} if name else set()
    except OSError:
        return set()


def _attribute_words(judge: ParallelRun, role: str, endpoint: Mapping[str, Any]) -> list[str]:
    agreed = judge.profile.agreed
    text = (
        agreed.source_endpoint_attributes if role == SOURCE else agreed.target_endpoint_attributes
    )
    wanted = parse_attributes(text)
    found = attributes_in_force(endpoint)
    words = [
        f"has {name}={found.get(name, '(not set)')}, agreed is {name}={value}; correct the "
        f"endpoint's attributes"
        for name, value in wanted.items()
        if not _same_value(found.get(name), value)
    ]
    return words + [
        f"has the attribute {name}, which belongs to the other direction; remove it"
        for name in found
        if name in _FOREIGN_ATTRIBUTES
    ]


def _same_value(found: str | None, wanted: str) -> bool:
    # the console spells plugin names with and without a dash
    return found is not None and found.casefold().replace("-", "_") == wanted.casefold().replace(
        "-", "_"
    )


def parse_attributes(attributes: str | None) -> dict[str, str]:
    """Extra connection attributes ``Name=value;other=value`` by lower-case name: DMS does not mind
    the case.
    """
    parts = (part.partition("=") for part in (attributes or "").split(";") if part.strip())
    return {name.strip().casefold(): value.strip() for name, _, value in parts}


def attributes_in_force(endpoint: Mapping[str, Any]) -> dict[str, str]:
    """An endpoint's attributes, written as extra connection attributes or as settings of the
    engine.
    """
    settings = {
        **(endpoint.get("PostgreSQLSettings") or {}),
        **(endpoint.get("OracleSettings") or {}),
    }
    shown = {
        name.casefold(): str(value)
        for name, value in settings.items()
        if name.casefold() != "password"
    }
    return {**shown, **parse_attributes(endpoint.get("ExtraConnectionAttributes"))}


def check_connection(judge: ParallelRun, role: str) -> tuple[Finding, ...]:
    """The connection test from the task's replication instance to the endpoint was successful."""
    task = describe_task(judge)
    arn = task.source_endpoint_arn if role == SOURCE else task.target_endpoint_arn
    filters = [
        {"Name": "endpoint-arn", "Values": [arn]},
        {"Name": "replication-instance-arn", "Values": [task.instance_arn]},
    ]
    with judge.aws.asking("describing the connection tests"):
        pages = list(judge.aws.dms.get_paginator("describe_connections").paginate(Filters=filters))
    tests = [item for page in pages for item in page["Connections"]]
    if not tests:
        return _one(
            f"{role}_connection",
            f"the connection to the {role} endpoint was never tested from the "
            "replication instance; test it",
        )
    failed = [item for item in tests if item.get("Status") != "successful"]
    return _all(
        f"{role}_connection",
        [
            f"the connection test to {item.get('EndpointIdentifier', role)} is {item.get('Status')}"
            f"{': ' + item['LastFailureMessage'] if item.get('LastFailureMessage') else ''}; "
            f"test it again"
            for item in failed
        ],
    )


# ------------------------------------------------------------------ the task


def check_records(judge: ParallelRun) -> tuple[Finding, ...]:
    """What the replication writes down about dropped changes can be read: its control table and its
    log.

    Finds nothing by itself; raises Unseen for what cannot be read, without which nobody can say
    that nothing was dropped.
    """
    now = dt.datetime.now(dt.UTC)
    logged = judge.profile.agreed.cloudwatch_logs  # that it is as agreed is another check's affair
    return together(
        *(
            partial(_read, what, judge, now)
            for what in (apply_exceptions, *([log_warnings] * logged))
        )
    )


def _read(
    what: Callable[[ParallelRun, dt.datetime], object], judge: ParallelRun, since: dt.datetime
) -> tuple[Finding, ...]:
    what(judge, since)
    return ()


def check_task_settings(judge: ParallelRun) -> tuple[Finding, ...]:
    """Migration type and settings are as agreed, and no error policy hides a conflict."""
    return _all("task_settings", settings_findings(describe_task(judge), judge.profile.agreed))


def check_task_running(judge: ParallelRun) -> tuple[Finding, ...]:
    """The task is running."""
    task = describe_task(judge)
    if task.status == "running":
        return ()
    why = task.last_failure or task.stop_reason
    return _one(
        "task_running",
        f"task {task.identifier} is {task.status}, not running{f' ({why})' if why else ''}; "
        "resume it",
    )


def check_task_errors(judge: ParallelRun) -> tuple[Finding, ...]:
    """No replicated table is suspended, and the task knows every contracted table."""
    statistics = {table.full_name: table for table in table_statistics(judge)}
    findings = [
        Finding(
            "table_suspended",
            f"table {name} is in state {table.table_state!r}: its changes are not replicated "
            "although the task is running; see the task's log and reload it",
            name,
        )
        for name, table in statistics.items()
        if table.table_state in _BAD_TABLE_STATES
    ]
    findings += [
        Finding(
            "table_not_replicated",
            f"the task's table statistics do not list {table.source}; see the selection "
            "rules of the table mapping",
            table.source,
        )
        for table in judge.contract.tables
        if table.source not in statistics
    ]
    return tuple(findings)


def check_legacy_triggers(judge: ParallelRun) -> tuple[Finding, ...]:
    """No enabled trigger stands on a legacy table that the task or the contract writes to.

    Raises Unseen, with what was found, when triggers of such a table may be hidden.
    """
    targets = {
        table.target: table.source for table in (*judge.resolved.tables, *judge.contract.tables)
    }
    schemas = sorted({name.partition(".")[0] for name in targets})
    with judge.target.connect() as connection:
        sight = oracle.read_sight(connection, schemas)
        found = [
            _trigger_finding(schema, trigger, targets[f"{schema}.{trigger.table}"])
            for schema in schemas
            for trigger in read_target_triggers(connection, schema, sight)
            if trigger.enabled and f"{schema}.{trigger.table}" in targets
        ]
    hidden = [name for name in sorted(targets) if not sight.sees_triggers(name)]
    if hidden:
        raise Unseen(
            f"{sight.where}: {sight.user} may not see whether a trigger stands on "
            f"{', '.join(hidden)}; "
            f"{sight.hidden_triggers(hidden[0])}",
            found,
        )
    return tuple(found)


def _trigger_finding(schema: str, trigger: Trigger, source: str) -> Finding:
    return Finding(
        "trigger_enabled",
        f"trigger {trigger.name} ({trigger.description}) on {schema}.{trigger.table} is "
        "enabled: it can change what the replication writes; ALTER TRIGGER "
        f"{schema}.{trigger.name} DISABLE",
        source,
    )


def _one(check: str, message: str) -> tuple[Finding, ...]:
    return (Finding(check, message),)


def _all(check: str, messages: Iterable[str]) -> tuple[Finding, ...]:
    return tuple(Finding(check, message) for message in messages)
