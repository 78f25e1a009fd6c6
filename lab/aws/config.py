"""The configuration file of the AWS API."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

ACCOUNT = "000000000000"


class ConfigError(Exception):
    """The configuration file cannot be used; one line says why."""


@dataclass(frozen=True)
class SourceDatabase:
    """The PostgreSQL the instance of RDS stands for."""

    host: str
    port: int
    database: str
    user: str
    password: str = field(repr=False)


@dataclass(frozen=True)
class OracleDatabase:
    """The legacy database, outside RDS."""

    host: str
    port: int
    service: str
    user: str
    password: str = field(repr=False)


@dataclass(frozen=True)
class AwsConfig:
    """Everything ``python -m lab.aws`` needs; ``profile`` is the parsed environment profile."""

    host: str
    port: int
    region: str
    state_directory: Path
    source: SourceDatabase
    oracle: OracleDatabase
    profile: Mapping[str, Any]
    table_mapping: str
    ready_file: Path

    @property
    def agreed(self) -> Mapping[str, Any]:
        return self.profile["agreed"]

    @property
    def lab(self) -> Mapping[str, Any]:
        return self.profile.get("lab", {})


def load_config(path: Path) -> AwsConfig:
    """Read the file the lab's supervisor wrote. Raises ConfigError naming the file and the missing key."""
    try:
        document = json.loads(path.read_text())
    except OSError as error:
        raise ConfigError(f"{path}: {error.strerror}") from error
    except ValueError as error:
        raise ConfigError(f"{path} is not JSON: {error}") from error
    try:
        return AwsConfig(
            host=document["host"],
            port=int(document["port"]),
            region=document["region"],
            state_directory=Path(document["state_dir"]),
            source=SourceDatabase(**_only(document["source"], "host", "port", "database", "user", "password")),
            oracle=OracleDatabase(**_only(document["oracle"], "host", "port", "service", "user", "password")),
            profile=_checked_profile(document["environment_profile"]),
            table_mapping=document["table_mapping"],
            ready_file=Path(document["ready_file"]),
        )
    except KeyError as error:
        raise ConfigError(f"{path}: the key {error.args[0]!r} is missing") from error


def _only(section: Mapping[str, Any], *keys: str) -> dict[str, Any]:
    return {key: section[key] for key in keys}


def _checked_profile(profile: Mapping[str, Any]) -> Mapping[str, Any]:
    for section, keys in _NEEDED.items():
        for key in keys:
            if key not in profile.get(section, {}):
                raise KeyError(f"environment_profile.{section}.{key}")
    return profile


_NEEDED = {
    "aws": ("task",),
    "source": ("secret",),
    "target": ("secret",),
    "agreed": ("rds_instance", "replication_instance", "source_endpoint", "target_endpoint"),
}
