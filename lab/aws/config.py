"""The configuration file of the AWS API."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lab.logins import OracleLogin, PostgresLogin, read_config

ACCOUNT = "000000000000"


@dataclass(frozen=True)
class AwsConfig:
    """Everything ``python -m lab.aws`` needs; ``profile`` is the parsed environment profile.

    ``source`` and ``oracle`` are for the endpoints, ``suite_source`` and ``suite_oracle`` for the
    profile's secrets.
    """

    host: str
    port: int
    region: str
    state_directory: Path
    source: PostgresLogin
    oracle: OracleLogin
    suite_source: PostgresLogin
    suite_oracle: OracleLogin
    profile: Mapping[str, Any]
    #: None: no task is made
    table_mapping: str | None
    ready_file: Path
    #: where the supervisor looks for the wish to restart PostgreSQL; None without one
    restart_file: Path | None = None

    @property
    def agreed(self) -> Mapping[str, Any]:
        return self.profile["agreed"]

    @property
    def lab(self) -> Mapping[str, Any]:
        return self.profile.get("lab", {})


def load_config(path: Path) -> AwsConfig:
    """Read the file the lab's supervisor wrote. Raises ConfigError naming the file and the missing
    key.
    """
    return read_config(path, _config)


def _config(document: Mapping[str, Any]) -> AwsConfig:
    return AwsConfig(
        host=document["host"],
        port=int(document["port"]),
        region=document["region"],
        state_directory=Path(document["state_dir"]),
        source=PostgresLogin.of(document["source"]),
        oracle=OracleLogin.of(document["oracle"]),
        suite_source=PostgresLogin.of(document["suite"]["source"]),
        suite_oracle=OracleLogin.of(document["suite"]["oracle"]),
        profile=_checked_profile(document["environment_profile"]),
        table_mapping=document["table_mapping"],
        ready_file=Path(document["ready_file"]),
        restart_file=Path(document["restart_file"]) if "restart_file" in document else None,
    )


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
