"""The configuration file of the FlightSpecials service."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lab.logins import PostgresLogin, read_config


@dataclass(frozen=True)
class ServiceConfig:
    """Where the service listens, and the PostgreSQL that holds the flight specials."""

    host: str
    port: int
    database: PostgresLogin
    ready_file: Path


def load_config(path: Path) -> ServiceConfig:
    """Raises ConfigError naming the file and what is missing in it."""
    return read_config(path, _config)


def _config(document: Mapping[str, Any]) -> ServiceConfig:
    return ServiceConfig(
        host=document["host"],
        port=int(document["port"]),
        database=PostgresLogin.of(document["source"]),
        ready_file=Path(document["ready_file"]),
    )
