"""Driver errors become one line: where, what is wrong, the way out; never a secret."""

from __future__ import annotations

import hashlib
import socket
from types import SimpleNamespace

import botocore.exceptions
import botocore.parsers
import oracledb
import psycopg2
import pytest
from sqlalchemy import text
from sqlalchemy.engine import URL

from reconciliation.compare.checksums.able import check_databases
from reconciliation.compare.checksums.forms import NoDigests
from reconciliation.databases.connections import Credentials, source_engine, target_engine
from reconciliation.databases.faults import aws_errors, explain
from reconciliation.databases.watched import WatchedConnection
from reconciliation.errors import (
    EnvironmentFault,
    Locked,
    Lost,
    NotPermitted,
    SnapshotGone,
    TooSlow,
    Unreadable,
)

SECRET = "tiger-4711"
POSTGRES = URL.create("postgresql+psycopg2", "dmsuser", None, "db.example", 5432, "dso")
ORACLE = URL.create("oracle+oracledb", "dmsuser", None, "ora.example", 1521, "XE")


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        (
            'FATAL:  password authentication failed for user "dmsuser"',
            "wrong user name or password",
        ),
        ('FATAL:  database "dso" does not exist', "no such database"),
        (
            'connection to server at "x", port 5432 failed: Connection refused',
            "the connection was refused",
        ),
        ('could not translate host name "x" to address', "cannot be resolved"),
        ("timeout expired", "no answer in time"),
        ("FATAL:  sorry, too many clients already", "no connection is free"),
        ('FATAL:  no pg_hba.conf entry for host "1.2.3.4"', "does not let this host or user in"),
        ("FATAL:  the database system is starting up", "starting or stopping"),
        (
            "something nobody foresaw\nin two lines",
            "cannot connect (something nobody foresaw in two lines)",
        ),
    ],
)
def test_connecting_to_postgresql(message: str, expected: str) -> None:
    fault = explain(psycopg2.OperationalError(message), POSTGRES, connecting=True)
    assert str(fault).startswith("PostgreSQL db.example:5432/dso as dmsuser: ")
    assert expected in str(fault)
    assert "\n" not in str(fault)


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        ("ORA-01017: invalid username/password; logon denied", "wrong user name or password"),
        ("ORA-28000: the account is locked", "the account is locked"),
        (
            (
                'DPY-6001: cannot connect to database. Service "XE" is not registered (similar to '
                "ORA-12514)"
            ),
            "listener",
        ),
        (
            "DPY-3010: connections to this database server version are not supported",
            'driver_mode = "thick"',
        ),
        (
            (
                "DPY-6005: cannot connect to database (CONNECTION_ID=x). [Errno 111] Connection "
                "refused"
            ),
            "was refused",
        ),
        (
            (
                "DPI-1050: Oracle Client library is at version 12.2 but version 18.1 or higher is "
                "needed"
            ),
            "18 or 19",
        ),
        (
            'DPI-1047: Cannot locate a 64-bit Oracle Client library: "libclntsh.so"',
            "Instant Client",
        ),
    ],
)
def test_connecting_to_oracle(message: str, expected: str) -> None:
    fault = explain(oracledb.DatabaseError(message), ORACLE, connecting=True)
    assert str(fault).startswith("Oracle ora.example:1521/XE as dmsuser: ")
    assert expected in str(fault)


@pytest.mark.parametrize(
    ("message", "expected", "kind"),
    [
        (
            "ORA-00942: table or view does not exist",
            "does not exist or may not be read",
            Unreadable,
        ),
        ("DPY-4024: call timeout of 60000 ms exceeded", "longer than its limit", TooSlow),
        ("ORA-01013: user requested cancel of current operation", "longer than its limit", TooSlow),
        (
            (
                "ORA-01456: may not perform insert/delete/update operation inside a READ ONLY "
                "transaction"
            ),
            "nothing was changed",
            Unreadable,
        ),
        (
            "ORA-01555: snapshot too old: rollback segment number 9 with name x too small",
            "UNDO_RETENTION",
            SnapshotGone,
        ),
        (
            "ORA-00054: resource busy and acquire with NOWAIT specified or timeout expired",
            "a lock of somebody else",
            Locked,
        ),
        (
            "ORA-04021: timeout occurred while waiting to lock object T",
            "a lock of somebody else",
            Locked,
        ),
        ("DPY-4011: the database or network closed the connection", "connection was lost", Lost),
        ("DPY-1001: not connected to database", "connection was lost", Lost),
        ("ORA-03113: end-of-file on communication channel", "connection was lost", Lost),
        ("ORA-03114: not connected to ORACLE", "connection was lost", Lost),
        ("ORA-03135: connection lost contact", "connection was lost", Lost),
        (
            "ORA-02396: exceeded maximum idle time, please connect again",
            "connection was lost",
            Lost,
        ),
        ("ORA-00028: your session has been killed", "connection was lost", Lost),
        (
            'ORA-00904: "DBMS_LOB"."GETLENGTH": invalid identifier',
            "GRANT EXECUTE ON SYS.DBMS_LOB TO dmsuser",
            Unreadable,
        ),
        (
            "ORA-01489: result of string concatenation is too long",
            "refused a statement",
            Unreadable,
        ),
    ],
)
def test_a_running_connection_of_oracle(message: str, expected: str, kind: type[Exception]) -> None:
    fault = explain(oracledb.DatabaseError(message), ORACLE, connecting=False)
    assert expected in str(fault)
    assert type(fault) is kind


@pytest.mark.parametrize(
    ("message", "expected", "kind"),
    [
        ("canceling statement due to statement timeout", "longer than its limit", TooSlow),
        ("canceling statement due to lock timeout", "a lock of somebody else", Locked),
        ("canceling statement due to conflict with recovery", "hot_standby_feedback", SnapshotGone),
        ("server closed the connection unexpectedly", "connection was lost", Lost),
        (
            "could not receive data from server: Connection reset by peer",
            "connection was lost",
            Lost,
        ),
        ("SSL SYSCALL error: EOF detected", "connection was lost", Lost),
        ("connection already closed", "connection was lost", Lost),
        ("terminating connection due to administrator command", "connection was lost", Lost),
        ("terminating connection due to conflict with recovery", "connection was lost", Lost),
        ("terminating connection due to idle-in-transaction timeout", "connection was lost", Lost),
        ("out of shared memory", "refused a statement", Unreadable),
    ],
)
def test_a_running_connection_of_postgresql(
    message: str, expected: str, kind: type[Exception]
) -> None:
    fault = explain(psycopg2.OperationalError(message), POSTGRES, connecting=False)
    assert expected in str(fault)
    assert type(fault) is kind


def test_whatever_the_words_a_connection_the_driver_calls_broken_is_lost() -> None:
    error = psycopg2.DatabaseError("error with status PGRES_TUPLES_OK and no message")
    assert type(explain(error, POSTGRES, connecting=False, closed=True)) is Lost
    assert type(explain(error, POSTGRES, connecting=False)) is Unreadable


@pytest.mark.parametrize(
    ("message", "kind"),
    [
        ("Connection refused", Lost),
        ("FATAL:  the database system is starting up", Lost),
        ("terminating connection due to administrator command", Lost),
        ("connection already closed", Lost),
        ("ORA-01033: ORACLE initialization or shutdown in progress", Lost),
        ("ORA-12514: TNS:listener does not currently know of service requested", Lost),
        ("FATAL:  sorry, too many clients already", Lost),
        ('FATAL:  password authentication failed for user "dmsuser"', EnvironmentFault),
        ("ORA-01017: invalid username/password; logon denied", EnvironmentFault),
        ('FATAL:  database "dso" does not exist', EnvironmentFault),
    ],
)
def test_only_what_may_pass_by_itself_is_worth_another_attempt(
    message: str, kind: type[Exception]
) -> None:
    assert type(explain(psycopg2.OperationalError(message), POSTGRES, connecting=True)) is kind


def _closed_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@pytest.mark.parametrize("product", ["PostgreSQL", "Oracle"])
def test_a_server_that_is_down_is_one_line_without_the_password(product: str) -> None:
    credentials = Credentials(product, "127.0.0.1", _closed_port(), "dso", "dmsuser", SECRET)
    engine = source_engine(credentials) if product == "PostgreSQL" else target_engine(credentials)
    with (
        pytest.raises(EnvironmentFault, match="the connection was refused") as caught,
        engine.connect() as connection,
    ):
        connection.execute(text("SELECT 1"))
    assert f"127.0.0.1:{credentials.port}/dso as dmsuser" in str(caught.value)
    for shown in (
        str(caught.value),
        repr(caught.value),
        repr(engine),
        str(engine.url),
        repr(credentials),
    ):
        assert SECRET not in shown
        assert "\n" not in shown


def test_thick_mode_without_an_instant_client_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def init(lib_dir: str | None) -> None:
        raise oracledb.DatabaseError("DPI-1047: Cannot locate a 64-bit Oracle Client library")

    monkeypatch.setattr(oracledb, "init_oracle_client", init)
    with pytest.raises(EnvironmentFault, match="needs an Oracle Instant Client"):
        target_engine(Credentials("Oracle", "h", 1521, "XE", "u", SECRET), driver_mode="thick")


def _client_error(
    code: str, message: str = "words", status: int = 400
) -> botocore.exceptions.ClientError:
    answer = {
        "Error": {"Code": code, "Message": message},
        "ResponseMetadata": {"HTTPStatusCode": status},
    }
    return botocore.exceptions.ClientError(answer, "DescribeX")


#: as AWS words it (IAM user guide, "Troubleshoot access denied error messages")
DENIED = (
    "User: arn:aws:iam::1:user/x is not authorized to perform: dms:DescribeEndpoints on resource: *"
)


@pytest.mark.parametrize(
    ("error", "expected", "kind"),
    [
        (botocore.exceptions.NoCredentialsError(), "no AWS credentials", EnvironmentFault),
        (botocore.exceptions.EndpointConnectionError(endpoint_url="http://x"), "no answer", Lost),
        (botocore.exceptions.ConnectTimeoutError(endpoint_url="http://x"), "no answer", Lost),
        (botocore.exceptions.ReadTimeoutError(endpoint_url="http://x"), "no answer", Lost),
        (botocore.exceptions.ConnectionClosedError(endpoint_url="http://x"), "no answer", Lost),
        (botocore.parsers.ResponseParserError("half a document"), "no answer", Lost),
        (
            botocore.exceptions.SSLError(endpoint_url="http://x", error="certificate"),
            "certificate",
            EnvironmentFault,
        ),
        (_client_error("AccessDeniedException"), "lacks the permission DescribeX", NotPermitted),
        (
            _client_error("AccessDeniedException", DENIED),
            "lacks the permission dms:DescribeEndpoints",
            NotPermitted,
        ),
        (_client_error("ExpiredTokenException"), "not valid (any more)", EnvironmentFault),
        (_client_error("ThrottlingException"), "takes no more calls just now", Lost),
        (_client_error("RequestLimitExceeded", status=503), "takes no more calls just now", Lost),
        (_client_error("ServiceUnavailable", status=503), "not available just now", Lost),
        (_client_error("Weird", status=500), "not available just now", Lost),
        (_client_error("ResourceNotFoundException"), "no such thing", Unreadable),
        (_client_error("Weird"), "refused", EnvironmentFault),
    ],
)
def test_aws(error: Exception, expected: str, kind: type[EnvironmentFault]) -> None:
    with (
        pytest.raises(EnvironmentFault) as caught,
        aws_errors("reading the secret 's'", None, "eu-west-1"),
    ):
        raise error
    assert type(caught.value) is kind
    assert str(caught.value).startswith("AWS eu-west-1: reading the secret 's': ")
    assert expected in str(caught.value)


class _Asked:
    """A connection of SQLAlchemy, its driver's and its cursor: the ``failing``-th statement ends
    with ``error``.
    """

    def __init__(
        self,
        url: URL,
        answers: list[str],
        failing: int | None = None,
        error: Exception | None = None,
    ) -> None:
        self.connection = self.driver_connection = self
        self.engine, self.version, self.closed = SimpleNamespace(url=url), "19.3.0.0.0", False
        self.answers, self.failing, self.error, self.invalidated = answers, failing, error, False

    @property
    def __class__(self) -> type:
        """The judge asks whose connection it is."""
        oracle = self.engine.url.get_backend_name() == "oracle"
        return oracledb.Connection if oracle else WatchedConnection

    def get_parameter_status(self, name: str) -> str:
        return "UTF8"

    def cursor(self) -> _Asked:
        return self

    def __enter__(self) -> _Asked:
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def execute(self, sql: str) -> _Asked:
        if self.failing == 0 and self.error:
            raise self.error
        self.failing = None if self.failing is None else self.failing - 1
        return self

    def fetchone(self) -> tuple[str]:
        return (self.answers.pop(0),)

    def invalidate(self) -> None:
        self.invalidated = True


_MD5 = hashlib.md5(b"a", usedforsecurity=False).hexdigest()


@pytest.mark.parametrize("failing", [0, 1])
def test_an_oracle_lost_while_it_is_asked_for_digests_is_an_outage(failing: int) -> None:
    lost = oracledb.DatabaseError("DPY-4011: the database or network closed the connection")
    target = _Asked(ORACLE, ["AL32UTF8", _MD5], failing, lost)
    with pytest.raises(Lost, match=r"Oracle .* the connection was lost"):
        check_databases(SimpleNamespace(target_is_oracle=True), _Asked(POSTGRES, [_MD5]), target)
    assert target.invalidated


def test_a_postgresql_lost_while_it_is_asked_for_digests_is_an_outage() -> None:
    source = _Asked(
        POSTGRES, [], 0, psycopg2.OperationalError("server closed the connection unexpectedly")
    )
    with pytest.raises(Lost, match=r"PostgreSQL .* the connection was lost"):
        check_databases(SimpleNamespace(target_is_oracle=True), source, _Asked(ORACLE, []))
    assert source.invalidated


def test_an_oracle_that_refuses_is_unreadable_and_makes_no_digests() -> None:
    refused = oracledb.DatabaseError('ORA-00904: "STANDARD_HASH": invalid identifier')
    both = SimpleNamespace(target_is_oracle=True)
    with pytest.raises(Unreadable, match="refused a statement"):
        check_databases(both, _Asked(POSTGRES, [_MD5]), _Asked(ORACLE, [], 0, refused))
    with pytest.raises(NoDigests, match="Oracle makes no MD5 digests"):
        check_databases(both, _Asked(POSTGRES, [_MD5]), _Asked(ORACLE, ["AL32UTF8"], 1, refused))
