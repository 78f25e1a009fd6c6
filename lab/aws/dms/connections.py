"""Connections between a replication instance and an endpoint, tested by really connecting."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Mapping
from typing import Any

from lab.aws.dms.connection_test import ConnectionTestError, connect
from lab.aws.dms.listing import Selectors, page, select
from lab.aws.dms.records.connection import Connection
from lab.aws.dms.records.endpoint import Endpoint
from lab.aws.dms.records.instance import ReplicationInstance
from lab.aws.dms.registry import Registry
from lab.aws.errors import invalid_state, not_found

log = logging.getLogger(__name__)


_SELECTORS: Selectors = {
    "endpoint-arn": lambda connection: [connection.endpoint_arn],
    "replication-instance-arn": lambda connection: [connection.instance.arn],
}


class ConnectionOperations:
    def __init__(self, registry: Registry, test: Callable[[Endpoint], None] = connect) -> None:
        """``test`` connects to an endpoint's database and raises ConnectionTestError."""
        self._registry = registry
        self._test = test

    def test(self, parameters: Mapping[str, Any]) -> dict[str, Any]:
        """Begin a test; its outcome is seen in ``describe``."""
        registry = self._registry
        instance = registry.instance(parameters["ReplicationInstanceArn"])
        endpoint = registry.endpoint(parameters["EndpointArn"])
        known = registry.connections.get((instance.arn, endpoint.arn))
        if known is not None and known.status == "testing":
            raise invalid_state(f"The connection to {endpoint.identifier} is being tested already")
        connection = Connection(instance, endpoint.arn, endpoint.identifier, "testing")
        registry.connections[instance.arn, endpoint.arn] = connection
        threading.Thread(
            target=self._run, args=(instance, endpoint), name="connection-test", daemon=True
        ).start()
        return {"Connection": connection.describe()}

    def describe(self, parameters: Mapping[str, Any]) -> dict[str, Any]:
        found = select(self._registry.connections.values(), parameters.get("Filters"), _SELECTORS)
        shown, marker = page(found, parameters)
        return {"Marker": marker, "Connections": [connection.describe() for connection in shown]}

    def delete(self, parameters: Mapping[str, Any]) -> dict[str, Any]:
        key = parameters["ReplicationInstanceArn"], parameters["EndpointArn"]
        connection = self._registry.connections.pop(key, None)
        if connection is None:
            raise not_found("No connection between this replication instance and this endpoint")
        return {"Connection": {**connection.describe(), "Status": "deleting"}}

    def _run(self, instance: ReplicationInstance, endpoint: Endpoint) -> None:
        failure: str | None = None
        try:
            self._test(endpoint)
        except ConnectionTestError as error:
            failure = str(error)
        except Exception as error:  # the test shall end as failed, whatever a driver raises
            log.exception("testing the connection to %s", endpoint.identifier)
            failure = f"Test Endpoint failed: {type(error).__name__}"
        status = "failed" if failure else "successful"
        with self._registry.lock:
            key = instance.arn, endpoint.arn
            if key in self._registry.connections:
                self._registry.connections[key] = Connection(
                    instance, endpoint.arn, endpoint.identifier, status, failure
                )
