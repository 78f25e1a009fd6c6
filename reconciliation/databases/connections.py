"""Connections to both databases. No password ever stands in a URL, a repr or a message."""

from __future__ import annotations

import datetime as dt
import json
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import psycopg2
import psycopg2.extensions
from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine import URL

from reconciliation.agreed.profile import DatabaseSide, TargetSide
from reconciliation.databases.aws import AwsClients
from reconciliation.databases.faults import explain, place, turn_errors
from reconciliation.databases.fetching import exact_values
from reconciliation.databases.sessions import (
    READING_IN_POSTGRESQL,
    end_with_client,
    pin_oracle,
    pin_postgresql,
)
from reconciliation.databases.watched import GRACE_SECONDS, C, WatchedConnection, within
from reconciliation.errors import EnvironmentFault
from reconciliation.model import Document
from reconciliation.process.limits import Limits

if TYPE_CHECKING:
    import oracledb

__all__ = [
    "AwsClients",
    "Credentials",
    "resolve_credentials",
    "source_engine",
    "target_engine",
]

CONNECT_TIMEOUT_SECONDS = 10
LOG_OFF_SECONDS = 2.0
#: seconds a transaction of a writing session may idle in PostgreSQL
IDLE_WRITER_SECONDS = 60.0


@dataclass(frozen=True)
class Credentials:
    """How to log in to one database. ``database`` is the service name or SID for Oracle.

    ``parameters`` are further ones of libpq (``sslmode``), which have no other place.
    """

    product: str  # "PostgreSQL" or "Oracle"
    host: str
    port: int
    database: str
    user: str
    password: str = field(repr=False)
    connect_as: str = "service"
    parameters: Mapping[str, str] = field(default_factory=dict)

    @property
    def url(self) -> URL:
        """The SQLAlchemy URL without the password."""
        if self.product == "Oracle":
            return URL.create(
                "oracle+oracledb", self.user, None, self.host, self.port, self.database
            )
        return URL.create(
            "postgresql+psycopg2", self.user, None, self.host, self.port, self.database
        )


# ------------------------------------------------------------------ credentials

_SECRET_KEYS = ("host", "port", "dbname", "username", "password")


def resolve_credentials(side: DatabaseSide, aws: AwsClients) -> Credentials:
    """From Secrets Manager (``secret``) or from the environment variables
    that the profile names.
    """
    product, connect_as = "PostgreSQL", "service"
    if isinstance(side, TargetSide):
        product, connect_as = "Oracle", side.connect_as
    if side.secret:
        values = _secret(side.secret, aws)
        return Credentials(
            product,
            values["host"],
            int(values["port"]),
            values["dbname"],
            values["username"],
            values["password"],
            connect_as,
        )
    user, password = (_variable(name, product) for name in (side.user_env, side.password_env))
    return Credentials(
        product, side.host or "", side.port or 0, side.database or "", user, password, connect_as
    )


def _variable(name: str | None, product: str) -> str:
    value = os.environ.get(name or "")
    if not value:
        raise EnvironmentFault(
            f"the environment variable {name} is not set; the profile names it for {product}"
        )
    return value


def _secret(name: str, aws: AwsClients) -> Mapping[str, str]:
    """The texts and whole numbers of _SECRET_KEYS, as texts."""
    with aws.asking(f"reading the secret {name!r}"):
        text = aws.secretsmanager.get_secret_value(SecretId=name).get("SecretString", "")
    try:
        given: Document = json.loads(text)
        if not isinstance(given, dict):
            raise ValueError
        values = {
            key: str(value)
            for key in _SECRET_KEYS
            if isinstance(value := given.get(key), (str, int)) and value
        }
        missing = [key for key in _SECRET_KEYS if key not in values]
        int(values.get("port", 0))
    except ValueError:
        # never the text itself: it is the secret
        raise EnvironmentFault(
            f"the secret {name!r} is not a JSON object with {', '.join(_SECRET_KEYS)}"
        ) from None
    if missing:
        raise EnvironmentFault(
            f"the secret {name!r} lacks {missing[0]!r}; it needs {', '.join(_SECRET_KEYS)}"
        )
    return values


def _pinned(connection: C, pin: Callable[[], None]) -> C:
    try:
        pin()
    except BaseException:
        connection.close()
        raise
    return connection


# ------------------------------------------------------------------ PostgreSQL


def source_engine(
    credentials: Credentials,
    read_only: bool = True,
    statement_timeout: float = 60,
    lock_timeout: float = Limits.lock,
    longest: float = Limits.statement,
) -> Engine:
    """An engine for PostgreSQL; ``statement_timeout`` and ``lock_timeout`` are seconds, and so is
    ``longest``, the limit of a statement that may take its time: one that reads a whole table.

    No transaction idles longer than ``longest``, and one that may have written, and so holds locks,
    no longer than IDLE_WRITER_SECONDS. The server notices within a minute that this end is gone.
    Its sessions are as ``sessions`` says, whatever the role, the database or the environment is set
    to. A server that says nothing for a while longer than ``statement_timeout`` is given up.
    Read-only sessions cannot write at all.
    """
    idle = longest if read_only else min(longest, IDLE_WRITER_SECONDS)
    # limits hold from the log-on on; given here, PGOPTIONS is not looked at
    limits = (
        f"-c statement_timeout={int(statement_timeout * 1000)} "
        f"-c lock_timeout={int(lock_timeout * 1000)} "
        f"-c idle_in_transaction_session_timeout={int(idle * 1000)} "
        "-c tcp_keepalives_idle=30 -c tcp_keepalives_interval=10 -c tcp_keepalives_count=3"
    )
    where = place(credentials.url)

    def connect() -> WatchedConnection:
        # what is given here, empty or not, is not taken from the environment (PGHOSTADDR)
        connection = psycopg2.connect(
            psycopg2.extensions.make_dsn(**credentials.parameters),
            host=credentials.host,
            port=credentials.port,
            dbname=credentials.database,
            user=credentials.user,
            password=credentials.password,
            connect_timeout=CONNECT_TIMEOUT_SECONDS,
            options=limits,
            hostaddr="",
            target_session_attrs="any",
            application_name="reconciliation",
            client_encoding="UTF8",
            keepalives_idle=30,
            keepalives_interval=10,
            keepalives_count=3,
            tcp_user_timeout=60_000,
            connection_factory=WatchedConnection,
        )
        connection.answer_limit = statement_timeout + GRACE_SECONDS
        connection.longest = longest
        further = READING_IN_POSTGRESQL if read_only else {}

        def pin() -> None:
            pin_postgresql(connection, where, further)
            end_with_client(connection)

        return _pinned(connection, pin)

    engine = create_engine(
        credentials.url, creator=connect, pool_pre_ping=True, hide_parameters=True
    )
    event.listen(engine, "connect", _exact_values)
    turn_errors(engine)
    return engine


def _exact_values(connection: psycopg2.extensions.connection, _record: object) -> None:
    """Registered after the dialect's own conversions, which lose something.

    Instants and dates that Python's types cannot hold (infinity, BC, years beyond 9999) arrive as
    their text: the driver would map infinity to datetime.max, which equals a real value. JSON
    arrives as its text, with all digits.
    """
    as_text = psycopg2.extensions.new_type((114, 3802), "EXACT_JSON", lambda value, _cursor: value)
    psycopg2.extensions.register_type(as_text, connection)
    for oid, parse in (
        (1184, psycopg2.extensions.PYDATETIMETZ),
        (1114, psycopg2.extensions.PYDATETIME),
        (1082, psycopg2.extensions.PYDATE),
    ):
        caster = psycopg2.extensions.new_type((oid,), f"EXACT_{oid}", _instant_caster(parse))
        psycopg2.extensions.register_type(caster, connection)


def _instant_caster(
    parse: Callable[[str, psycopg2.extensions.cursor], dt.date],
) -> Callable[[str | bytes | None, psycopg2.extensions.cursor], dt.date | str | None]:
    def cast(text: str | bytes | None, cursor: psycopg2.extensions.cursor) -> dt.date | str | None:
        if isinstance(text, bytes):  # where the driver does not know the connection's encoding
            text = text.decode()
        if text is None or "infinity" in text or text.endswith("BC") or text.find("-") > 4:
            return text
        moment: dt.date = parse(text, cursor)
        return moment

    return cast


# ------------------------------------------------------------------ Oracle


def target_engine(
    credentials: Credentials,
    driver_mode: str = "thin",
    read_only: bool = True,
    call_timeout: float = 60,
) -> Engine:
    """An engine for Oracle; ``call_timeout`` is seconds per round trip.

    NUMBER arrives as Decimal, LOBs as str and bytes; sessions are as ``sessions`` says. Read-only
    engines begin every transaction with SET TRANSACTION READ ONLY, which also gives all its
    statements one consistent snapshot.
    """
    import oracledb  # slow to import, and not needed between two PostgreSQL

    if driver_mode == "thick":
        _init_thick(credentials)
    name = (
        {"sid": credentials.database}
        if credentials.connect_as == "sid"
        else {"service_name": credentials.database}
    )

    where = place(credentials.url)

    def log_on() -> oracledb.Connection:
        return oracledb.connect(
            host=credentials.host,
            port=credentials.port,
            user=credentials.user,
            password=credentials.password,
            tcp_connect_timeout=CONNECT_TIMEOUT_SECONDS,
            **name,
        )

    def connect() -> oracledb.Connection:
        # the driver limits the connecting of the socket, not the log-on over it
        connection = within(
            2 * CONNECT_TIMEOUT_SECONDS, log_on, lambda: oracledb.OperationalError("timed out")
        )
        connection.call_timeout = int(call_timeout * 1000)
        return _pinned(connection, lambda: pin_oracle(connection, where))

    engine = create_engine(
        credentials.url, creator=connect, pool_pre_ping=True, hide_parameters=True
    )
    event.listen(engine, "connect", _exact_fetching)
    event.listen(engine, "close", _hurry)
    if read_only:
        event.listen(engine, "begin", _begin_read_only)
    turn_errors(engine)
    return engine


def _init_thick(credentials: Credentials) -> None:
    import oracledb

    try:
        oracledb.init_oracle_client(lib_dir=os.environ.get("ORACLE_CLIENT_LIB_DIR"))
    except oracledb.Error as error:
        raise explain(error, credentials.url, connecting=True) from None


def _hurry(connection: oracledb.Connection, _record: object) -> None:
    """Logging off is a round trip too, and nobody needs its answer: a server that says nothing must
    not delay the end.

    Registered on the pool's event just before a connection is closed. python-oracledb 26.1 crashes
    when a limit is set for a connection that has no socket any more, so it is asked first.
    """
    if connection.is_healthy():
        connection.call_timeout = int(LOG_OFF_SECONDS * 1000)


def _begin_read_only(connection: Connection) -> None:
    connection.exec_driver_sql("SET TRANSACTION READ ONLY")


def _exact_fetching(connection: oracledb.Connection, _record: object) -> None:
    """Registered after the dialect's own handler and replaces it: no NUMBER may pass through a
    float.
    """
    connection.outputtypehandler = exact_values()
