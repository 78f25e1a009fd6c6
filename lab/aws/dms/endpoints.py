"""Endpoints: where a database is, who connects and how."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from lab.aws.dms.attributes import as_settings, parse_attributes
from lab.aws.dms.identifiers import identifier
from lab.aws.dms.listing import Selectors, page, select
from lab.aws.dms.offered import ENGINES, SETTINGS_MEMBERS
from lab.aws.dms.records.endpoint import Endpoint
from lab.aws.dms.registry import Registry
from lab.aws.errors import already_exists, invalid_state, invalid_value, not_found
from lab.aws.service_models import structure

#: parameter -> attribute of an endpoint
_CONNECTION = {
    "ServerName": "server",
    "Port": "port",
    "DatabaseName": "database",
    "Username": "user",
    "Password": "password",
}
_UNDERSTOOD = frozenset(
    {"EndpointIdentifier", "EndpointType", "EngineName", "ExtraConnectionAttributes", "SslMode"}
)
_UNDERSTOOD_TOO = frozenset(
    {"EndpointArn", "Tags", "ResourceIdentifier", "ExactSettings", "KmsKeyId", *_CONNECTION}
)


_SELECTORS: Selectors = {
    "endpoint-arn": lambda endpoint: [endpoint.arn],
    "endpoint-type": lambda endpoint: [endpoint.type, endpoint.type.upper()],
    "endpoint-id": lambda endpoint: [endpoint.identifier],
    "engine-name": lambda endpoint: [endpoint.engine],
}


class EndpointOperations:
    def __init__(self, registry: Registry) -> None:
        self._registry = registry

    def create(self, parameters: Mapping[str, Any]) -> dict[str, Any]:
        registry = self._registry
        engine = _known_engine(parameters["EngineName"])
        endpoint = Endpoint(
            identifier=self._free_identifier(parameters["EndpointIdentifier"]),
            arn=registry.new_arn("endpoint", parameters.get("ResourceIdentifier")),
            type=parameters["EndpointType"].lower(),
            engine=engine,
            kms_key=parameters.get("KmsKeyId") or registry.kms_key(),
            **_values(parameters, engine),
        )
        registry.endpoints[endpoint.arn] = endpoint
        registry.set_tags(endpoint.arn, parameters.get("Tags"))
        return {"Endpoint": endpoint.describe()}

    def modify(self, parameters: Mapping[str, Any]) -> dict[str, Any]:
        registry = self._registry
        endpoint = registry.endpoint(parameters["EndpointArn"])
        engine = _known_engine(parameters.get("EngineName", endpoint.engine))
        values = _values(parameters, engine)
        if not parameters.get("ExactSettings"):
            values["settings"] = {**endpoint.settings, **values.get("settings", {})}
        name = parameters.get("EndpointIdentifier", endpoint.identifier)
        if name.lower() != endpoint.identifier:
            values["identifier"] = self._free_identifier(name)
        kind = parameters.get("EndpointType", endpoint.type).lower()
        changed = replace(endpoint, engine=engine, type=kind, **values)
        registry.endpoints[endpoint.arn] = changed
        return {"Endpoint": changed.describe()}

    def describe(self, parameters: Mapping[str, Any]) -> dict[str, Any]:
        filters = parameters.get("Filters")
        found = select(self._registry.endpoints.values(), filters, _SELECTORS)
        if filters and not found:
            raise not_found("No Endpoints found matching given filters")
        shown, marker = page(found, parameters)
        return {"Marker": marker, "Endpoints": [endpoint.describe() for endpoint in shown]}

    def delete(self, parameters: Mapping[str, Any]) -> dict[str, Any]:
        registry = self._registry
        endpoint = registry.endpoint(parameters["EndpointArn"])
        if registry.tasks_using(endpoint.arn):
            raise invalid_state(
                f"Endpoint {endpoint.identifier} is part of one or more ReplicationTasks"
            )
        del registry.endpoints[endpoint.arn]
        registry.tags.pop(endpoint.arn, None)
        for key in [key for key in registry.connections if key[1] == endpoint.arn]:
            del registry.connections[key]
        return {"Endpoint": {**endpoint.describe(), "Status": "deleting"}}

    def _free_identifier(self, text: str) -> str:
        name = identifier(text, "endpoint")
        if any(known.identifier == name for known in self._registry.endpoints.values()):
            raise already_exists(f"Endpoint {name} already exists")
        return name


def _known_engine(name: str) -> str:
    if name not in ENGINES:
        raise invalid_value(
            f"The engine {name!r} is not known in the lab; it knows {', '.join(ENGINES)}"
        )
    return name


def _values(parameters: Mapping[str, Any], engine: str) -> dict[str, Any]:
    """What a request says about the connection, as attributes of an endpoint."""
    member = SETTINGS_MEMBERS[engine]
    for name in parameters:
        if name not in _UNDERSTOOD | _UNDERSTOOD_TOO | {member}:
            raise invalid_value(f"The lab's endpoints for {engine} do not do {name}")
    if parameters.get("SslMode", "none") != "none":
        raise invalid_value(
            f"SslMode {parameters['SslMode']!r}: the lab's endpoints connect without SSL (none)"
        )
    settings = dict(parameters.get(member, {}))
    if any(name.startswith("SecretsManager") for name in settings):
        raise invalid_value(
            f"{member}: the lab's endpoints take no secrets; give Username and Password"
        )
    values: dict[str, Any] = {
        attribute: parameters.get(name, settings.get(name))
        for name, attribute in _CONNECTION.items()
        if name in parameters or name in settings
    }
    if member in parameters:
        values["settings"] = {
            name: value for name, value in settings.items() if name not in _CONNECTION
        }
    if "ExtraConnectionAttributes" in parameters:
        text = parameters["ExtraConnectionAttributes"]
        as_settings(parse_attributes(text), structure("dms", member))
        values["extra_attributes"] = text
    return values
