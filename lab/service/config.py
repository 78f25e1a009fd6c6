"""The configuration file of the FlightSpecials service."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path


class ConfigError(Exception):
    """The configuration file cannot be used; one line says why."""


@dataclass(frozen=True)
class Database:
    """The PostgreSQL that holds the flight specials."""

    host: str
    port: int
    database: str
    user: str
    password: str = field(repr=False)


@dataclass(frozen=True)
class ServiceConfig:
    host: str
    port: int
    database: Database
    ready_file: Path


def load_config(path: Path) -> ServiceConfig:
    """Raises ConfigError naming the file and what is missing in it."""
    try:
        document = json.loads(path.read_text())
        source = document["source"]
        database = Database(source["host"], int(source["port"]), source["database"], source["user"], source["password"])
        return ServiceConfig(document["host"], int(document["port"]), database, Path(document["ready_file"]))
    except OSError as error:
        raise ConfigError(f"{path}: {error.strerror}") from error
    except KeyError as error:
        raise ConfigError(f"{path}: the key {error.args[0]!r} is missing") from error
    except ValueError as error:
        raise ConfigError(f"{path}: {error}") from error
