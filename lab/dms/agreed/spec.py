"""The specification of one task as its directory keeps it (``spec.json``)."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from lab.dms.agreed.settings import TaskSettings, parse_settings
from lab.dms.agreed.stop_position import StopPosition, parse_stop_position
from lab.dms.agreed.switches import SwitchError, Switches, parse_switches
from lab.dms.mapping.document import MappingInvalid, parse_table_mappings
from lab.dms.mapping.rules import TableMappings


class SpecError(Exception):
    """The specification cannot be used; one line that names the key and the way out."""


@dataclass(frozen=True)
class Endpoint:
    """``name`` is the database of PostgreSQL or the service of Oracle; ``attributes`` are keyed in
    lower case.
    """

    host: str
    port: int
    name: str
    user: str
    password: str = field(repr=False)
    attributes: Mapping[str, str] = field(default_factory=dict)

    def flag(self, attribute: str, default: bool) -> bool:
        """An extra connection attribute that is true or false."""
        value = self.attributes.get(attribute.lower())
        return default if value is None else str(value).strip().lower() in ("true", "1", "y", "yes")

    def number(self, attribute: str, default: int) -> int:
        """An extra connection attribute that is a whole number."""
        value = self.attributes.get(attribute.lower())
        return default if value is None else int(value)


@dataclass(frozen=True)
class LogTarget:
    endpoint_url: str
    region: str
    group: str
    stream: str


@dataclass(frozen=True)
class MetricTarget:
    endpoint_url: str
    region: str
    instance: str
    resource_id: str


@dataclass(frozen=True)
class TaskSpec:
    task_identifier: str
    resource_id: str
    source: Endpoint
    target: Endpoint
    mappings: TableMappings
    settings: TaskSettings
    switches: Switches
    logs: LogTarget | None = None
    metrics: MetricTarget | None = None
    stop_position: StopPosition | None = None
    #: CdcStartPosition as the API was given it
    cdc_start_position: str | None = None


def write_spec(path: Path, content: Mapping[str, Any]) -> None:
    """Write a specification so that only its owner can read it (it holds passwords)."""
    temporary = path.with_suffix(".new")
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        json.dump(content, file, indent=1)
    temporary.replace(path)


def read_spec(path: Path) -> TaskSpec:
    """The specification in ``path``; raises SpecError with one clear line."""
    try:
        content = json.loads(path.read_text("utf-8"))
    except FileNotFoundError:
        raise SpecError(f"{path}: no such file; the task has not been started yet") from None
    except json.JSONDecodeError as error:
        raise SpecError(
            f"{path}: not JSON: {error.msg} (line {error.lineno} column {error.colno})"
        ) from None
    try:
        return parse_spec(content)
    except KeyError as error:
        raise SpecError(f"{path}: key {error} is missing") from None
    except (MappingInvalid, SwitchError, ValueError) as error:
        raise SpecError(f"{path}: {error}") from None


def parse_spec(content: Mapping[str, Any]) -> TaskSpec:
    """Raises KeyError, SwitchError, ValueError or MappingInvalid."""
    logs, metrics = content.get("logs"), content.get("metrics")
    return TaskSpec(
        task_identifier=content["task_identifier"],
        resource_id=content["resource_id"],
        source=_endpoint(content["source"], "database"),
        target=_endpoint(content["target"], "service"),
        mappings=_mappings(content),
        settings=parse_settings(content.get("settings") or {}),
        switches=parse_switches(content.get("switches") or {}),
        logs=LogTarget(logs["endpoint_url"], logs["region"], logs["group"], logs["stream"])
        if logs
        else None,
        metrics=_metrics(content, metrics) if metrics else None,
        stop_position=parse_stop_position(content.get("cdc_stop_position")),
        cdc_start_position=content.get("cdc_start_position") or None,
    )


def _metrics(content: Mapping[str, Any], given: Mapping[str, str]) -> MetricTarget:
    instance = content["replication_instance_identifier"]
    return MetricTarget(given["endpoint_url"], given["region"], instance, content["resource_id"])


def _endpoint(given: Mapping[str, Any], name_key: str) -> Endpoint:
    attributes = {
        str(key).lower(): str(value) for key, value in (given.get("attributes") or {}).items()
    }
    return Endpoint(
        given["host"],
        int(given["port"]),
        given[name_key],
        given["user"],
        given["password"],
        attributes,
    )


def _mappings(content: Mapping[str, Any]) -> TableMappings:
    """The task's rules, with the escape character the target endpoint may have taken out of their
    patterns.
    """
    mappings = parse_table_mappings(content["table_mappings"])
    escape = _endpoint(content["target"], "service").attributes.get("escapecharacter")
    return mappings.without_escapes(escape) if escape else mappings
