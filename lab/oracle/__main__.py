"""``python -m lab.oracle --config FILE``: the Oracle stand-in as a server of its own."""

from __future__ import annotations

import argparse
import json
import logging
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from lab.oracle.engine import open_engine
from lab.oracle.engine.errors import StoreError
from lab.oracle.server import Server, listen, write_ready_file

_KEYS: dict[str, type] = {"host": str, "port": int, "ready_file": str, "store": dict, "users": dict}
_STORE_KEYS: dict[str, type] = {"host": str, "port": int, "database": str, "user": str}
_KIND_NAMES = {str: "a string", int: "a number", dict: "an object"}


class ConfigError(Exception):
    """The configuration cannot be used; the message says which value and why."""


def load_config(path: Path) -> dict[str, Any]:
    """The configuration file with its keys checked: where to listen, the store, the users."""
    try:
        config = json.loads(path.read_text())
    except OSError as error:
        raise ConfigError(f"cannot read {path}: {error.strerror}") from error
    except ValueError as error:
        raise ConfigError(f"{path} is not JSON: {error}") from error
    if not isinstance(config, dict):
        raise ConfigError(f"{path} holds no JSON object")
    _check(path, "", config, _KEYS)
    _check(path, "store.", config["store"], _STORE_KEYS)
    for name, user in config["users"].items():
        _check(path, f"users.{name}.", user if isinstance(user, dict) else {}, {"password": str})
    return config


def _check(path: Path, prefix: str, values: dict[str, Any], keys: dict[str, type]) -> None:
    for key, kind in keys.items():
        if not isinstance(values.get(key), kind):
            raise ConfigError(f'{path}: "{prefix}{key}" has to be {_KIND_NAMES[kind]}')


def main(argv: Sequence[str] | None = None) -> int:
    """Runs the server until SIGTERM; 0 after an orderly end, 2 when it cannot start."""
    parser = argparse.ArgumentParser(prog="python -m lab.oracle", description=__doc__)
    parser.add_argument("--config", type=Path, required=True, help="JSON file written by the lab's supervisor")
    arguments = parser.parse_args(argv)
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(process)d %(levelname)s %(name)s: %(message)s")
    try:
        return serve(load_config(arguments.config))
    except ConfigError as error:
        print(f"lab.oracle: {error}", file=sys.stderr)
        return 2


def serve(config: dict[str, Any]) -> int:
    """Opens the engine, listens, reports readiness and serves."""
    host, port = config["host"], config["port"]
    try:
        engine = open_engine(config)
    except StoreError as error:
        raise ConfigError(f"the store cannot be used: {error.message.splitlines()[0]}") from error
    try:
        listener = listen(host, port)
    except OSError as error:
        raise ConfigError(f"cannot listen on {host}:{port}: {error.strerror}; choose another port") from error
    server = Server(engine, listener)
    write_ready_file(Path(config["ready_file"]), listener.getsockname()[1])
    server.run()
    return 0


if __name__ == "__main__":
    sys.exit(main())
