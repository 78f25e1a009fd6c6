"""The one place where errors of drivers become one clear line without a secret."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import psycopg2
from sqlalchemy import Engine, event
from sqlalchemy.engine import URL, ExceptionContext

from reconciliation.databases.grants import ACTIONS
from reconciliation.errors import (
    EnvironmentFault,
    Locked,
    Lost,
    NotPermitted,
    SnapshotGone,
    TooSlow,
    Unreadable,
    UnreadableValue,
)
from reconciliation.process import pulse

if TYPE_CHECKING:
    from botocore.exceptions import ClientError


def place(url: URL) -> str:
    """``PostgreSQL host:port/database as user``; the URLs of this package never hold a password."""
    product = "Oracle" if url.get_backend_name() == "oracle" else "PostgreSQL"
    database = url.database or url.query.get("service_name", "")
    return f"{product} {url.host}:{url.port}/{database} as {url.username}"


#: what a refused connection says -> what is wrong and the way out. Oracle: error codes; PostgreSQL:
#: SQLSTATE, or the (untranslated) text, since libpq gives no SQLSTATE for a refused connection.
_CONNECTING = (
    (
        r"ORA-01017|28P01|password authentication failed",
        "wrong user name or password; check the secret or variables",
    ),
    (r"ORA-28000", "the account is locked; ask the database administrators to unlock it"),
    (r"ORA-28001", "the password has expired; set a new one and store it in the secret"),
    (r"ORA-01045", "the user may not log in; grant CREATE SESSION"),
    (
        r"no pg_hba.conf entry|\b28000\b",
        "the server does not let this host or user in; see its pg_hba.conf or rules",
    ),
    (r"3D000|database \"[^\"]*\" does not exist", "there is no such database; check the name"),
    (r"role \"[^\"]*\" does not exist", "there is no such user; check the secret or variables"),
    (
        r"DPY-6001|ORA-12514|DPY-6003|ORA-12505",
        "the listener knows no such service or SID; check database, connect_as",
    ),
    (r"DPY-3010", 'this Oracle is older than 12.1, which needs driver_mode = "thick" in [target]'),
    (
        r"could not translate host name|Name or service not known|getaddrinfo|DPY-4003|ORA-12545",
        "the host name cannot be resolved; check host and network",
    ),
    (
        r"timeout expired|timed out|DPY-6005.*timed|ORA-12170",
        "no answer in time; check address, routes, firewall",
    ),
    (
        r"Connection refused|ORA-12541",
        "the connection was refused; is the server running, and is the port right?",
    ),
    (
        r"the database system is (starting up|shutting down)|57P03",
        "the server is starting or stopping; try again",
    ),
    (
        r"too many (clients|connections)|53300|ORA-12520|ORA-00018",
        "no connection is free; end idle sessions",
    ),
    (
        r"DPI-1047",
        'driver_mode = "thick" needs an Oracle Instant Client (18 or 19 for 11.2): '
        "install one and let LD_LIBRARY_PATH or ORACLE_CLIENT_LIB_DIR name its directory "
        '(or use "thin" with Oracle 12.1 or newer)',
    ),
    (
        r"DPI-1050",
        "this Oracle Client is too old to limit a call: "
        "install an Instant Client 18 or 19 (21 and newer do not reach 11.2)",
    ),
)

#: a server that ends sessions, or takes none: libpq's messages, PostgreSQL's SQLSTATE class 57P
#: (operator intervention)
_GOING = (
    r"server closed the connection|connection already closed|terminating connection|57P0[1-5]|"
    r"the database system is |EOF detected"
)

#: reasons of ``_CONNECTING`` that pass: a server that restarts or fails over, also while a new
#: session is being set, a network that is back in a moment
_PASSING = (
    rf"{_GOING}|timeout expired|timed out|Connection refused|too many (clients|connections)|53300|"
    r"ORA-0(0018|1033|1034|1089|1090)|ORA-12(170|514|520|528|537|541|547)|"
    r"DPY-(6001|6002|4003|4011|4024|500\d)|could not translate host name|Name or service not known|"
    r"getaddrinfo|No route to host|Network is unreachable|Connection reset"
)

#: what is said of one value that is there: no text of its character set, no number, date or LOB
#: that can be read, a damaged block. Sources: Oracle Database Error Messages; PostgreSQL
#: documentation, "Error Codes"; python-oracledb's own codes for numbers and values it does not
#: know. A LOB whose old version is gone (ORA-22924) may be read in a smaller piece.
_VALUE = (
    r"ORA-(01426|01578|01722|01801|0184[0-9]|01861|01873|06502|12713|22275|22835|229(22|24)|26040|29275)|"
    r"DPY-(4003: value|4004|401[2-6]|5015|8000)|\b(22003|22008|22021|22P05|XX001|XX002)\b"
)

#: what a refused statement says -> what it is, what is wrong and the way out
_RUNNING = (
    (_VALUE, UnreadableValue, "a value cannot be read"),
    (
        r"55P03|lock timeout|ORA-00054|ORA-04021|ORA-30006",
        Locked,
        (
            "a lock of somebody else kept the statement waiting; "
            "wait for it to be released, or have its holder end"
        ),
    ),
    (
        r"canceling statement due to conflict with recovery",
        SnapshotGone,
        "the standby had to give way to the replay of WAL; set hot_standby_feedback = on (or raise "
        "max_standby_streaming_delay), or compare with the primary",
    ),
    (
        r"ORA-01555|ORA-22924|ORA-08176",
        SnapshotGone,
        "Oracle's undo no longer holds what the snapshot needs; "
        "compare at a quieter time, in smaller segments, or have UNDO_RETENTION raised",
    ),
    (
        r"statement timeout|DPY-4024|ORA-01013|DPI-1067",
        TooSlow,
        (
            "the statement ran longer than its limit and was cut off; is the key indexed, is the "
            "server busy?"
        ),
    ),
    (r"57014", Unreadable, "somebody cancelled the statement"),
    (
        r"ORA-00904: \S*DBMS_LOB",
        Unreadable,
        (
            "LOBs are measured with DBMS_LOB, which the user may not call: GRANT EXECUTE ON "
            "SYS.DBMS_LOB TO {user}"
        ),
    ),
    (
        r"42501|ORA-01031|permission denied",
        Unreadable,
        "the user lacks a privilege; grant it, or use another user",
    ),
    (
        r"42P01|ORA-00942",
        Unreadable,
        "a table does not exist or may not be read; check the name and the grants",
    ),
    (
        r"25006|ORA-01456",
        Unreadable,
        "a read-only connection refused to write; nothing was changed",
    ),
)

#: lost in the middle: nothing on this connection can be trusted any more. Sources: libpq's
#: messages, the codes python-oracledb turns into DPY-4011 (closed connection), and those with which
#: both drivers say that what came was no protocol of theirs (DPY-5000 to 5009)
_LOST = (
    rf"{_GOING}|25P03|SSL connection has been closed|SSL SYSCALL|"
    r"Connection (reset|timed out|aborted)|Broken pipe|"
    r"could not (receive data from|send data to) server|lost synchronization|no COPY in progress|"
    r"no message from the libpq|insufficient data in|unexpected message|"
    r"DPY-(4011|1001|500\d)|DPI-1010|DPI-1080|"
    r"ORA-0(3113|3114|3135|0028|2396|1012|1033|1034|1089|1092)|ORA-125(37|47|70|71|83)"
)


def words(error: BaseException) -> str:
    """The driver's own text in one line, with its code."""
    code = getattr(error, "pgcode", None)
    text = " ".join(str(error).split())
    text = re.sub(r"\s*Help: https?://\S+", "", text)
    return f"{code}: {text}" if code and code not in text else text


def explain(
    error: BaseException, url: URL, connecting: bool, closed: bool = False
) -> EnvironmentFault:
    """The one line for ``error``.

    ``connecting`` says whether there was no connection yet, ``closed`` whether the driver knows
    that it is broken.
    """
    text = words(error)
    where = place(url)
    if connecting:
        return _not_connected(where, text)
    for pattern, kind, meaning in _RUNNING:
        if not closed and re.search(pattern, text):
            return kind(f"{where}: {meaning.replace('{user}', url.username or '')} ({text})")
    if closed or re.search(_LOST, text):
        return lost(url, f" ({text})")
    return Unreadable(f"{where}: the database refused a statement ({text})")


def lost(url: URL, text: str = "") -> Lost:
    """The one line for a connection that broke; ``text`` is what the driver said, where it said
    anything.
    """
    return Lost(f"{place(url)}: the connection was lost; is the server still running?{text}")


def _not_connected(where: str, text: str) -> EnvironmentFault:
    meaning = next(
        (meaning for pattern, meaning in _CONNECTING if re.search(pattern, text)), "cannot connect"
    )
    kind = Lost if re.search(_PASSING, text) else EnvironmentFault
    return kind(f"{where}: {meaning} ({text})")


def driver_errors(*names: str) -> tuple[type[Exception], ...]:
    """The drivers' exceptions with these names (``Error``), of python-oracledb only where it is in
    use.

    It is imported where it is needed and not before: that takes as long as comparing a hundred
    thousand rows.
    """
    drivers = (psycopg2, sys.modules.get("oracledb"))
    return tuple(
        getattr(driver, name) for driver in drivers if driver is not None for name in names
    )


def turn_errors(engine: Engine) -> None:
    """Make ``engine`` raise EnvironmentFault instead of the driver's errors, and every answer a
    sign of life.

    Constraint violations and refused values stay what they are: whoever wrote them judges them.
    """

    event.listen(engine, "after_cursor_execute", lambda *_: pulse.beat())

    @event.listens_for(engine, "handle_error")
    def _handle(context: ExceptionContext) -> None:
        if context.is_pre_ping:
            return  # the pool replaces a connection that died while it was idle
        original = context.original_exception
        # what a statement of the caller may legitimately run into: the caller decides what it means
        if isinstance(original, driver_errors("IntegrityError", "DataError")):
            return
        if not isinstance(original, driver_errors("Error")):
            return
        raise explain(
            original, engine.url, context.connection is None, context.is_disconnect
        ) from None


@contextmanager
def aws_errors(what: str, endpoint: str | None, region: str) -> Iterator[None]:
    """boto3's errors as one line: ``what`` was asked of which AWS.

    Raises Lost for what may pass by itself, NotPermitted for what this identity may not ask,
    EnvironmentFault for the rest. Error codes: "Common Errors" of the AWS DMS API reference, "Error
    retries and exponential backoff in AWS".
    """
    from botocore import exceptions as boto  # as long to import as everything else together
    from botocore.parsers import ResponseParserError

    where = f"AWS {region}{f' at {endpoint}' if endpoint else ''}: {what}"
    try:
        yield
        pulse.beat()
    except (boto.NoCredentialsError, boto.PartialCredentialsError):
        raise EnvironmentFault(
            f"{where}: no AWS credentials; set AWS_PROFILE, AWS_ACCESS_KEY_ID or a role"
        ) from None
    except (
        boto.TokenRetrievalError,
        boto.SSOTokenLoadError,
        boto.UnauthorizedSSOTokenError,
    ) as error:
        raise EnvironmentFault(f"{where}: {_NOT_VALID} ({words(error)})") from None
    except boto.ClientError as error:
        raise _client_error(where, error) from None
    except boto.SSLError as error:
        raise EnvironmentFault(f"{where}: {words(error)}") from None
    except (
        boto.HTTPClientError,
        boto.ConnectionError,
        ResponseParserError,
    ):  # no answer, or half of one
        raise Lost(f"{where}: no answer; check network, region and endpoint_url") from None
    except boto.BotoCoreError as error:
        raise EnvironmentFault(f"{where}: {words(error)}") from None


_NOT_VALID = "the AWS credentials are not valid (any more); log in again"
_DENIED = "AccessDenied|NotAuthorized|UnauthorizedOperation"
_THROTTLED = "Throttl|RequestLimitExceeded|TooManyRequests|SlowDown|RequestThrottled"
_AWAY = "ServiceUnavailable|InternalFailure|InternalError|ServerException|RequestTimeout"


def _client_error(where: str, error: ClientError) -> EnvironmentFault:
    """What AWS answered, as the class it is: refused for now, refused for good, or refused for this
    caller.
    """
    answer = error.response
    code = answer.get("Error", {}).get("Code", "")
    status = answer.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
    if re.search(_DENIED, code):
        permission = _permission(error)
        return NotPermitted(
            f"{where}: not allowed; the identity lacks the permission {permission} ({words(error)})"
        )
    if re.search(
        "Expired|InvalidClientTokenId|UnrecognizedClient|SignatureDoesNotMatch|AuthFailure", code
    ):
        return EnvironmentFault(f"{where}: {_NOT_VALID} ({words(error)})")
    if re.search(_THROTTLED, code):
        return Lost(f"{where}: AWS takes no more calls just now ({words(error)})")
    if re.search(_AWAY, code) or status >= 500:
        return Lost(f"{where}: the service is not available just now ({words(error)})")
    if re.search("NotFound", code):
        return Unreadable(
            f"{where}: there is no such thing; check the name in the profile ({words(error)})"
        )
    return EnvironmentFault(f"{where}: refused ({words(error)})")


def _permission(error: ClientError) -> str:
    """As IAM calls it. AWS names it in most refusals; otherwise it is known for the calls that are
    made here.
    """
    found = re.search(r"not authorized to perform: ([\w-]+:\w+)", str(error))
    return found[1] if found else ACTIONS.get(error.operation_name, error.operation_name)
