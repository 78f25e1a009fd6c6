"""Both endpoints of the task: where they lead, with which attributes, and whether they answer."""

from __future__ import annotations

import socket
from typing import TYPE_CHECKING

from reconciliation.checks.registry import check
from reconciliation.databases.connections import Credentials
from reconciliation.model import Finding
from reconciliation.parallel_run import ParallelRun
from reconciliation.replication import describe_task

if TYPE_CHECKING:
    from types_boto3_dms.type_defs import EndpointTypeDef, FilterTypeDef

SOURCE, TARGET = "source", "target"
_ENGINES = {SOURCE: ("postgres", "aurora-postgresql"), TARGET: ("oracle",)}
#: belongs to a PostgreSQL target, not to any endpoint of this direction
_FOREIGN_ATTRIBUTES = {"truncatetrailingzerosforplainnumeric"}


@check(subject="the source endpoint", kinds=("source_endpoint",))
def check_source_endpoint(run: ParallelRun) -> tuple[Finding, ...]:
    """The task reads through the agreed endpoint, which leads to the PostgreSQL that is judged."""
    return tuple(Finding("source_endpoint", words) for words in _endpoint_words(run, SOURCE))


@check(subject="the target endpoint", kinds=("target_endpoint",))
def check_target_endpoint(run: ParallelRun) -> tuple[Finding, ...]:
    """The task writes through the agreed endpoint, which leads to the Oracle that is judged."""
    return tuple(Finding("target_endpoint", words) for words in _endpoint_words(run, TARGET))


def _endpoint_words(run: ParallelRun, role: str) -> list[str]:
    agreed = run.profile.agreed
    wanted = agreed.source_endpoint if role == SOURCE else agreed.target_endpoint
    every = endpoints(run)
    found = next((item for item in every if item["EndpointIdentifier"] == wanted), None)
    if found is None:
        there = ", ".join(item["EndpointIdentifier"] for item in every) or "none"
        return [f"there is no endpoint {wanted!r}; endpoints there: {there}"]
    task = describe_task(run)
    findings = []
    if found["EndpointArn"] != (
        task.source_endpoint_arn if role == SOURCE else task.target_endpoint_arn
    ):
        findings.append("is not the endpoint the task uses; choose it in the task")
    findings += _address_words(run, role, found)
    findings += _attribute_words(run, role, found)
    return [f"{role} endpoint {wanted} {words}" for words in findings]


def endpoints(run: ParallelRun) -> list[EndpointTypeDef]:
    """Every endpoint of the account, as DMS describes it."""
    with run.aws.asking("describing the endpoints"):
        pages = run.aws.dms.get_paginator("describe_endpoints").paginate()
        return [item for page in pages for item in page["Endpoints"]]


def _address_words(run: ParallelRun, role: str, endpoint: EndpointTypeDef) -> list[str]:
    agreed = run.profile.agreed
    credentials = run.source_credentials if role == SOURCE else run.target_credentials
    server = agreed.source_server if role == SOURCE else agreed.target_server
    wanted: dict[str, object] = {
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
            f"points to server {endpoint.get('ServerName')!r}, "
            f"but {_judged_words(credentials, server)}; "
            f"correct it, or name the agreed server as [agreed] {role}_server"
        )
    return words


def _judged_words(credentials: Credentials, server: str | None) -> str:
    return (
        f"agreed is {server!r}"
        if server
        else f"the database judged here is on {credentials.host!r}"
    )


def _alike(found: object, wanted: object) -> bool:
    if isinstance(wanted, str):
        return isinstance(found, str) and found.casefold() == wanted.casefold()
    return bool(found == wanted)


def _same_server(first: str, second: str) -> bool:
    """The same name, or names of the same address (``localhost`` and ``127.0.0.1``)."""
    return first.casefold() == second.casefold() or bool(_addresses(first) & _addresses(second))


def _addresses(name: str) -> set[str | int]:
    try:
        return {info[4][0] for info in socket.getaddrinfo(name, None)} if name else set()
    except OSError:
        return set()


def _attribute_words(run: ParallelRun, role: str, endpoint: EndpointTypeDef) -> list[str]:
    agreed = run.profile.agreed
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


def attributes_in_force(endpoint: EndpointTypeDef) -> dict[str, str]:
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


@check(subject="the source connection", kinds=("source_connection",))
def check_source_connection(run: ParallelRun) -> tuple[Finding, ...]:
    """The task's replication instance reached PostgreSQL when the connection was last tested."""
    return tuple(Finding("source_connection", words) for words in _connection_words(run, SOURCE))


@check(subject="the target connection", kinds=("target_connection",))
def check_target_connection(run: ParallelRun) -> tuple[Finding, ...]:
    """The task's replication instance reached Oracle when the connection was last tested."""
    return tuple(Finding("target_connection", words) for words in _connection_words(run, TARGET))


def _connection_words(run: ParallelRun, role: str) -> list[str]:
    task = describe_task(run)
    arn = task.source_endpoint_arn if role == SOURCE else task.target_endpoint_arn
    filters: list[FilterTypeDef] = [
        {"Name": "endpoint-arn", "Values": [arn]},
        {"Name": "replication-instance-arn", "Values": [task.instance_arn]},
    ]
    with run.aws.asking("describing the connection tests"):
        pages = list(run.aws.dms.get_paginator("describe_connections").paginate(Filters=filters))
    tests = [item for page in pages for item in page["Connections"]]
    if not tests:
        return [
            f"the connection to the {role} endpoint was never tested from the replication "
            f"instance; test it"
        ]
    failed = [item for item in tests if item.get("Status") != "successful"]
    return [
        f"the connection test to {item.get('EndpointIdentifier', role)} is {item.get('Status')}"
        f"{': ' + item['LastFailureMessage'] if item.get('LastFailureMessage') else ''}; "
        f"test it again"
        for item in failed
    ]
