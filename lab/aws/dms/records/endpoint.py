"""An endpoint and what it looks like from outside."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from lab.aws.dms.attributes import as_attributes, as_settings, parse_attributes
from lab.aws.dms.offered import ENGINES, SETTINGS_MEMBERS
from lab.aws.service_models import structure


@dataclass(frozen=True)
class Endpoint:
    identifier: str
    arn: str
    type: str
    engine: str
    server: str = ""
    port: int = 0
    database: str = ""
    user: str = ""
    password: str = field(default="", repr=False)
    extra_attributes: str = ""
    settings: Mapping[str, Any] = field(default_factory=dict)
    kms_key: str = ""

    @property
    def attributes(self) -> dict[str, str]:
        """Settings and extra connection attributes together, as the
        replication process wants them.
        """
        return as_attributes(self.settings) | parse_attributes(self.extra_attributes)

    def _all_attributes(self) -> str:
        """The attributes as they were given, and behind them the settings
        that were given as such.
        """
        given = {name.lower() for name in parse_attributes(self.extra_attributes)}
        further = [
            f"{name}={value}"
            for name, value in as_attributes(self.settings).items()
            if name.lower() not in given
        ]
        return (
            ";".join(filter(None, (self.extra_attributes.rstrip("; "), *further)))
            if further
            else self.extra_attributes
        )

    def describe(self) -> dict[str, Any]:
        """The endpoint as clients see it: never with its password."""
        connection = {"ServerName": self.server, "Port": self.port, "DatabaseName": self.database}
        member = SETTINGS_MEMBERS[self.engine]
        from_attributes = as_settings(
            parse_attributes(self.extra_attributes), structure("dms", member)
        )
        return {
            "EndpointIdentifier": self.identifier,
            "EndpointType": self.type.upper(),
            "EngineName": self.engine,
            "EngineDisplayName": ENGINES[self.engine],
            "Username": self.user,
            **connection,
            "ExtraConnectionAttributes": self._all_attributes(),
            "Status": "active",
            "KmsKeyId": self.kms_key,
            "EndpointArn": self.arn,
            "SslMode": "none",
            "IsReadOnly": False,
            member: {**connection, "Username": self.user, **from_attributes, **self.settings},
        }
