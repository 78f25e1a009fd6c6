"""The schemas of an endpoint's database: read in the background when asked to, listed from what was
read last.
"""

from __future__ import annotations

import contextlib
import logging
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from lab.aws.dms.connection_test import ConnectionTestError, query
from lab.aws.dms.listing import page
from lab.aws.dms.records.endpoint import Endpoint
from lab.aws.dms.registry import Registry
from lab.aws.errors import invalid_state, not_found

log = logging.getLogger(__name__)

_POSTGRESQL = """
    select nspname from pg_catalog.pg_namespace
     where nspname not like 'pg\\_%' and nspname <> 'information_schema' order by nspname
"""
_ORACLE = "select username from all_users order by username"


@dataclass(frozen=True)
class Refresh:
    instance_arn: str
    status: str
    date: datetime | None = None
    failure: str | None = None
    schemas: tuple[str, ...] = ()


def read_schemas(endpoint: Endpoint) -> tuple[str, ...]:
    """Raises ConnectionTestError."""
    return tuple(
        name for (name,) in query(endpoint, _ORACLE if endpoint.engine == "oracle" else _POSTGRESQL)
    )


class SchemaOperations:
    def __init__(
        self, registry: Registry, read: Callable[[Endpoint], tuple[str, ...]] = read_schemas
    ) -> None:
        self._registry = registry
        self._read = read
        self._known: dict[str, Refresh] = {}

    def refresh(self, parameters: Mapping[str, Any]) -> dict[str, Any]:
        endpoint = self._registry.endpoint(parameters["EndpointArn"])
        instance = self._registry.instance(parameters["ReplicationInstanceArn"])
        before = self._known.get(endpoint.arn)
        if before is not None and before.status == "refreshing":
            raise invalid_state(
                f"The schemas of endpoint {endpoint.identifier} are being refreshed already"
            )
        begun = Refresh(
            instance.arn,
            "refreshing",
            before.date if before else None,
            schemas=before.schemas if before else (),
        )
        self._known[endpoint.arn] = begun
        threading.Thread(
            target=self._run, args=(endpoint, begun), name="schemas", daemon=True
        ).start()
        return {"RefreshSchemasStatus": _describe(endpoint.arn, begun)}

    def status(self, parameters: Mapping[str, Any]) -> dict[str, Any]:
        endpoint = self._registry.endpoint(parameters["EndpointArn"])
        return {"RefreshSchemasStatus": _describe(endpoint.arn, self._of(endpoint))}

    def describe(self, parameters: Mapping[str, Any]) -> dict[str, Any]:
        endpoint = self._registry.endpoint(parameters["EndpointArn"])
        shown, marker = page(self._of(endpoint).schemas, parameters)
        return {"Marker": marker, "Schemas": list(shown)}

    def _of(self, endpoint: Endpoint) -> Refresh:
        with contextlib.suppress(KeyError):
            return self._known[endpoint.arn]
        raise not_found(
            f"The schemas of endpoint {endpoint.identifier} have not been refreshed yet"
        )

    def _run(self, endpoint: Endpoint, begun: Refresh) -> None:
        now = datetime.now(UTC)
        try:
            done = Refresh(begun.instance_arn, "successful", now, None, self._read(endpoint))
        except ConnectionTestError as error:
            done = Refresh(begun.instance_arn, "failed", now, str(error), begun.schemas)
        except Exception as error:  # shall end as failed, whatever a driver raises
            log.exception("schemas of %s", endpoint.identifier)
            done = Refresh(begun.instance_arn, "failed", now, type(error).__name__, begun.schemas)
        with self._registry.lock:
            self._known[endpoint.arn] = done


def _describe(arn: str, refresh: Refresh) -> dict[str, Any]:
    return {
        "EndpointArn": arn,
        "ReplicationInstanceArn": refresh.instance_arn,
        "Status": refresh.status,
        "LastRefreshDate": refresh.date,
        "LastFailureMessage": refresh.failure,
    }
