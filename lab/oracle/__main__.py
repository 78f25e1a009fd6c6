"""The Oracle stand-in as a server of its own.

``python -m lab.oracle --config FILE`` is how the lab starts it; for everybody else there is
``python -m lab.oracle --store HOST:PORT/DATABASE --user NAME``; ``python -m lab oracle`` brings the
store with it. Passwords never stand on the command line: the store's is taken from PGPASSWORD,
those of the users from ORACLE_PASSWORD_NAME or, for all that have none of their own, from
ORACLE_PASSWORD.
"""

from __future__ import annotations

import argparse
import json
import logging
import os
import re
import socket
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from lab.oracle.engine import StoreEngine, open_engine
from lab.oracle.engine.accounts import ADMINISTRATOR, DEVELOPER
from lab.oracle.engine.bootstrap import CHARSETS
from lab.oracle.engine.errors import StoreError
from lab.oracle.server import Server, listen, write_ready_file

log = logging.getLogger("lab.oracle")

_KEYS: dict[str, type] = {"host": str, "port": int, "ready_file": str, "store": dict, "users": dict}
_STORE_KEYS: dict[str, type] = {"host": str, "port": int, "database": str, "user": str}
#: asks for a protocol that thin drivers understand whatever version is presented
MODERN = "modern"
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
        privileges = user.get("privileges", [])
        if not isinstance(privileges, list) or not all(
            isinstance(privilege, str) for privilege in privileges
        ):
            raise ConfigError(f'{path}: "users.{name}.privileges" has to be a list of strings')
    if config.get("protocol") not in (None, MODERN):
        raise ConfigError(f'{path}: "protocol" can only be "{MODERN}"')
    return config


def _check(path: Path, prefix: str, values: dict[str, Any], keys: dict[str, type]) -> None:
    for key, kind in keys.items():
        if not isinstance(values.get(key), kind):
            raise ConfigError(f'{path}: "{prefix}{key}" has to be {_KIND_NAMES[kind]}')


def config_from(arguments: argparse.Namespace, environment: Mapping[str, str]) -> dict[str, Any]:
    """The configuration that the options describe, with the passwords from the environment."""
    place = re.fullmatch(
        r"(?P<host>[^:]+):(?P<port>\d{1,5})/(?P<database>.+)", arguments.store or ""
    )
    if place is None:
        raise ConfigError(
            "--store has to be HOST:PORT/DATABASE, the PostgreSQL database that keeps the rows; "
            "python -m lab oracle brings its own"
        )
    if not arguments.user and not arguments.dba:
        raise ConfigError("--user has to name at least one Oracle user")
    store = {"host": place["host"], "port": int(place["port"]), "database": place["database"]}
    password = environment.get("PGPASSWORD")
    return server_config(arguments, environment) | {
        "store": store | {"user": arguments.store_user, "password": password}
    }


def server_config(arguments: argparse.Namespace, environment: Mapping[str, str]) -> dict[str, Any]:
    """What the options say of everything but the store. Raises ConfigError for a user without a
    password.
    """
    users = dict.fromkeys((name.upper() for name in arguments.user or []), DEVELOPER)
    users |= dict.fromkeys((name.upper() for name in arguments.dba or []), ADMINISTRATOR)
    return {
        "host": arguments.host,
        "port": arguments.port,
        "service": arguments.service,
        "version": arguments.version,
        "charset": arguments.charset,
        "protocol": MODERN if arguments.modern_protocol else None,
        "ready_file": arguments.ready_file,
        "users": {
            name: {"password": _password(name, environment), "privileges": list(privileges)}
            for name, privileges in users.items()
        },
    }


def _password(user: str, environment: Mapping[str, str]) -> str:
    password = environment.get(f"ORACLE_PASSWORD_{user}") or environment.get("ORACLE_PASSWORD")
    if not password:
        raise ConfigError(
            "the environment variable ORACLE_PASSWORD has to hold the password of the Oracle "
            "users, "
            f"or ORACLE_PASSWORD_{user} that of {user}"
        )
    return password


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m lab.oracle",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "--config", type=Path, help="JSON file with all of this; the options below are then ignored"
    )
    parser.add_argument("--store", help="HOST:PORT/DATABASE of the PostgreSQL that keeps the rows")
    parser.add_argument(
        "--store-user",
        default="postgres",
        help="superuser of that PostgreSQL (default: %(default)s)",
    )
    add_server_options(parser)
    return parser


def add_server_options(parser: argparse.ArgumentParser) -> None:
    """The options that do not depend on where the rows are."""
    parser.add_argument(
        "--host", default="127.0.0.1", help="address to listen on (default: %(default)s)"
    )
    parser.add_argument(
        "--port", type=int, default=1521, help="port, 0 for a free one (default: %(default)s)"
    )
    parser.add_argument(
        "--service", default="XE", help="service name and SID (default: %(default)s)"
    )
    parser.add_argument(
        "--version", help="version presented: 11.2, 12.1, 12.2, 18c, 19c (default) or 21c"
    )
    parser.add_argument(
        "--charset",
        choices=CHARSETS,
        help="the database's character set, for good (AL32UTF8 in a new store)",
    )
    parser.add_argument(
        "--modern-protocol",
        action="store_true",
        help="let thin drivers in although 11.2 is presented (lab only)",
    )
    parser.add_argument(
        "--user", action="append", help="an Oracle user with a schema of that name; may be repeated"
    )
    parser.add_argument(
        "--dba", action="append", metavar="USER", help="the same, with the role DBA"
    )
    parser.add_argument(
        "--ready-file", help="written once the server listens: its process id and port as JSON"
    )


def main(argv: Sequence[str] | None = None) -> int:
    """Runs the server until SIGTERM; 0 after an orderly end, 2 when it cannot start."""
    arguments = _parser().parse_args(argv)
    logging.basicConfig(
        level=logging.INFO, format="%(asctime)s %(process)d %(levelname)s %(name)s: %(message)s"
    )
    try:
        return serve(
            load_config(arguments.config)
            if arguments.config
            else config_from(arguments, os.environ)
        )
    except ConfigError as error:
        print(f"lab.oracle: {error}", file=sys.stderr)
        return 2


def _listen(host: str, port: int) -> socket.socket:
    try:
        return listen(host, port)
    except OSError as error:
        raise ConfigError(
            f"cannot listen on {host}:{port}: {error.strerror}; choose another port"
        ) from error


def check_port(host: str, port: int) -> None:
    """Raises ConfigError when the port cannot be had, before anything else is begun."""
    _listen(host, port).close()


def serve(
    config: dict[str, Any], on_ready: Callable[[StoreEngine, int], None] | None = None
) -> int:
    """Opens the engine, listens, reports readiness (``on_ready`` gets the engine and the port) and
    serves.

    Raises ConfigError when it cannot start.
    """
    host, port = config["host"], config["port"]
    try:
        engine = open_engine(config)
    except StoreError as error:
        raise ConfigError(f"the store cannot be used: {error.message.splitlines()[0]}") from error
    except ValueError as error:
        raise ConfigError(str(error)) from error
    listener = _listen(host, port)
    server = Server(engine, listener)
    port = listener.getsockname()[1]
    log.info("listening on %s:%d, service %s", host, port, ", ".join(engine.service_names))
    if config.get("ready_file"):
        write_ready_file(Path(config["ready_file"]), port)
    if on_ready is not None:
        on_ready(engine, port)
    server.run()
    return 0


if __name__ == "__main__":
    sys.exit(main())
