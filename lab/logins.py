"""How the parts of a lab are told where the databases are, and how they read their configuration
files.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any, Self, TypeVar

_Config = TypeVar("_Config")


class ConfigError(Exception):
    """A configuration file cannot be used; one line says which and why."""


@dataclass(frozen=True)
class _Login:
    @classmethod
    def of(cls, document: Mapping[str, Any]) -> Self:
        """From a configuration file's section, which may hold more. Raises KeyError for what is
        missing.
        """
        return cls(**{item.name: document[item.name] for item in fields(cls)})


@dataclass(frozen=True)
class PostgresLogin(_Login):
    """How to log in to a PostgreSQL database."""

    host: str
    port: int
    database: str
    user: str
    password: str = field(repr=False)

    def parameters(self) -> dict[str, Any]:
        """The connection parameters under libpq's names."""
        return {
            "host": self.host,
            "port": self.port,
            "dbname": self.database,
            "user": self.user,
            "password": self.password,
        }


@dataclass(frozen=True)
class OracleLogin(_Login):
    """How to log in to the Oracle stand-in."""

    host: str
    port: int
    service: str
    user: str
    password: str = field(repr=False)


def read_config(path: Path, build: Callable[[Mapping[str, Any]], _Config]) -> _Config:
    """What ``build`` makes of the JSON file the supervisor wrote. Raises ConfigError naming the
    file and the key.
    """
    try:
        return build(json.loads(path.read_text()))
    except OSError as error:
        raise ConfigError(f"{path}: {error.strerror}") from error
    except KeyError as error:
        raise ConfigError(f"{path}: the key {error.args[0]!r} is missing") from error
    except ValueError as error:
        raise ConfigError(f"{path} is not JSON: {error}") from error
