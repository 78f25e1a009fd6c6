"""From the first packet to a logged-in session: CONNECT, negotiation, authentication."""

from __future__ import annotations

import logging
import re
import secrets
import time
from collections.abc import Mapping

from lab.oracle.interface import Engine, EngineSession, OracleError
from lab.oracle.wire import auth, negotiate, packets
from lab.oracle.wire.attempts import FailedLogins
from lab.oracle.wire.buffer import ProtocolError, Reader
from lab.oracle.wire.channel import Channel, ClientGoneError
from lab.oracle.wire.constants import (
    LOGIN_SECONDS,
    MAX_LOGIN_BYTES,
    MID_REQUEST_SECONDS,
    PROTOCOL_VERSION_11,
    Function,
    Message,
    Packet,
)
from lab.oracle.wire.passwords import Passwords
from lab.oracle.wire.replies import Outcome, error_record

log = logging.getLogger(__name__)

#: Mixed into the salts of unknown users, so that they stay the same while the server lives.
_DECOY_SECRET = secrets.token_bytes(32)

_SHORT_MINUTES = re.compile(r"('[+-]\d{1,2}:)(\d')")

_NO_SERVICE = 12504
_UNKNOWN_SERVICE = 12514
_UNKNOWN_SID = 12505


class LoginFailedError(Exception):
    """The client has been told why and the connection ends."""


class Login:
    """Carries one connection through the login; ``run`` returns the engine's session."""

    #: set by ``run``
    passwords: Passwords

    def __init__(self, engine: Engine, channel: Channel, failed_logins: FailedLogins) -> None:
        self._engine = engine
        self._failed_logins = failed_logins
        self._channel = channel
        self._deadline = time.monotonic() + LOGIN_SECONDS
        self._reader = Reader(more=self._more)
        self._received = 0
        self._driver = ""

    def run(self) -> EngineSession:
        """Raises LoginFailedError, ClientGoneError, ProtocolError."""
        service = self._connect()
        request = self._negotiate()
        try:
            return self._authenticate(service, request)
        except OracleError as error:
            log.info("login of %.128r refused: ORA-%05d", request.user, error.code)
            self._channel.send_data(error_record(Outcome(False, error=error)))
            raise LoginFailedError from error

    def _remaining(self) -> float:
        return self._deadline - time.monotonic()

    def _more(self) -> bytes:
        """The rest of a message: nobody who has not logged in holds a process or its memory for
        long.
        """
        return self._counted(self._channel.read_data(min(MID_REQUEST_SECONDS, self._remaining())))

    def _counted(self, data: bytes) -> bytes:
        self._received += len(data)
        if self._received > MAX_LOGIN_BYTES:
            raise ProtocolError(f"more than {MAX_LOGIN_BYTES} bytes before the login")
        return data

    # -- CONNECT
    # ----------------------------------------------------------------------------------------------

    def _connect(self) -> str:
        """Accepts the connection when it asks for a service of this server; returns the service's
        name.
        """
        kind, body = self._channel.read_packet(self._remaining())
        if kind != Packet.CONNECT:
            raise ProtocolError(f"first packet is {kind.name}, not CONNECT")
        request = packets.parse_connect(body)
        data = request.data if request.data is not None else self._channel.read_data()
        code, service = self._resolve(data.decode("utf-8", "replace"))
        if code:
            log.info(
                "connection refused: %s names no service of this server (ORA-%05d)",
                service or "nothing",
                code,
            )
            self._channel.send_packet(Packet.REFUSE, packets.refuse(code))
            raise LoginFailedError
        if self._engine.refuses_thin_clients:
            self._channel.send_packet(Packet.ACCEPT, packets.accept(PROTOCOL_VERSION_11))
            raise LoginFailedError
        self._channel.send_packet(Packet.ACCEPT, packets.accept())
        self._channel.use_large_lengths()
        return service

    def _resolve(self, connect_string: str) -> tuple[int, str]:
        known = {name.upper() for name in self._engine.service_names}
        for key, code in (("SERVICE_NAME", _UNKNOWN_SERVICE), ("SID", _UNKNOWN_SID)):
            name = packets.connect_value(connect_string, key)
            if name:
                return (0 if name.upper() in known else code), name
        return _NO_SERVICE, ""

    # -- negotiation
    # ----------------------------------------------------------------------------------------------

    def _negotiate(self) -> auth.AuthRequest:
        """Answers protocol and data types messages until authentication begins."""
        while True:
            message = self._next_message()
            if message == Message.PROTOCOL:
                self._driver = negotiate.parse_protocol(self._reader)
                self._channel.send_data(negotiate.protocol_reply())
            elif message == Message.DATA_TYPES:
                negotiate.parse_data_types(self._reader)
                self._channel.send_data(negotiate.data_types_reply())
            elif message == Message.FUNCTION:
                return self._auth_call(Function.AUTH_PHASE_ONE)
            else:
                raise ProtocolError(f"message {message} before the login")

    def _next_message(self) -> int:
        if self._reader.exhausted:
            self._reader.feed(self._counted(self._channel.read_data(self._remaining())))
        return self._reader.u8()

    def _auth_call(self, expected: Function) -> auth.AuthRequest:
        function = self._reader.u8()
        self._reader.u8()
        if function != expected:
            raise ProtocolError(f"function {function} instead of {expected.name} during the login")
        return auth.parse_auth(self._reader)

    # -- authentication
    # --------------------------------------------------------------------------------------------

    def _authenticate(self, service: str, first: auth.AuthRequest) -> EngineSession:
        user = auth.normalize_user(first.user)
        # the engine finds a user whatever the case of the name, so an unknown one must not depend
        # on it either
        account = user.upper()
        verifier = self._engine.verifier(user) or auth.decoy_verifier(account, _DECOY_SECRET)
        challenge = auth.Challenge(verifier)
        self._channel.send_data(challenge.reply() + error_record(Outcome(False)))
        if self._next_message() != Message.FUNCTION:
            raise ProtocolError("the login is broken off")
        second = self._auth_call(Function.AUTH_PHASE_TWO)
        response = self._prove(account, challenge, second)
        self.passwords = Passwords(self._engine, self._failed_logins, account, challenge)
        session = self._open(user, first, second)
        if "AUTH_NEWPASSWORD" in second.pairs:
            # behind the checks of who may come in: a locked account keeps its password
            self._change_password(session, second)
        pairs = auth.session_pairs(
            response=response,
            session_id=session.identity.session_id,
            serial=session.identity.serial,
            service=service,
            version=self._engine.version,
        )
        try:
            self._channel.send_data(auth.encode_pairs(pairs) + error_record(Outcome(False)))
        except ClientGoneError:
            session.close()
            raise
        log.info("%s logged in with %s", user, self._driver or "an unknown driver")
        return session

    def _change_password(self, session: EngineSession, request: auth.AuthRequest) -> None:
        """The new password that came with the login; without it there is no session."""
        try:
            self.passwords.replace(request.pairs)
        except OracleError:
            session.close()
            raise

    def _prove(self, account: str, challenge: auth.Challenge, request: auth.AuthRequest) -> str:
        """Checks the password, after a wait when many have been wrong; the failure counts against
        the account.
        """
        time.sleep(self._failed_logins.wait_for_turn(account))
        try:
            response = challenge.prove(request.pairs)
        except OracleError:
            self._failed_logins.failed(account)
            raise
        self._failed_logins.succeeded(account)
        return response

    def _open(self, user: str, first: auth.AuthRequest, request: auth.AuthRequest) -> EngineSession:
        """The engine's session, with the statement applied that the client wants run at login."""
        client = auth.normalize_user(request.pairs.get("PROXY_CLIENT_NAME", ""))
        if client and not self._engine.may_proxy(user, client):
            raise OracleError(28150, "proxy not authorized to connect as client")
        try:
            session = self._engine.connect(client or user, self._channel)
        except OracleError:
            raise
        except Exception as error:
            log.exception("the engine does not open a session")
            raise internal_fault(error) from error
        statement = statement_at_login(request.pairs)
        try:
            _use_edition(session, request.pairs.get("AUTH_ORA_EDITION", ""))
            proxy = {"proxy_user": user} if client else {}
            session.set_attributes(client_attributes(first.pairs | request.pairs) | proxy)
            for namespace, name, value in request.context:
                session.set_context(namespace, {name: value})
            if statement:
                session.execute(session.parse(statement), (), ())
        except Exception as error:
            session.close()
            if isinstance(error, OracleError):
                raise
            log.exception("the engine failed at login")
            raise internal_fault(error) from error
        return session


def _use_edition(session: EngineSession, name: str) -> None:
    """The client asks for an edition; the engine refuses all but the one there is."""
    if name:
        session.execute(
            session.parse('alter session set edition = "{}"'.format(name.replace('"', ""))), (), ()
        )


_ATTRIBUTES = {
    "AUTH_PROGRAM_NM": "program",
    "AUTH_MACHINE": "machine",
    "AUTH_TERMINAL": "terminal",
    "AUTH_SID": "osuser",
    "AUTH_PID": "process",
    "SESSION_CLIENT_DRIVER_NAME": "driver",
}


def client_attributes(pairs: Mapping[str, str]) -> dict[str, str | None]:
    """What the client says about itself while it logs in, by the names of
    ``EngineSession.set_attributes``.
    """
    return {name: pairs[key] for key, name in _ATTRIBUTES.items() if pairs.get(key)}


def statement_at_login(pairs: Mapping[str, str]) -> str:
    """The statement the client wants run at login, "" when there is none.

    node-oracledb writes the minutes of its time zone in one digit where it can ('-00:0'): they get
    their second here.
    """
    statement = pairs.get("AUTH_ALTER_SESSION", "").rstrip("\0 ;")
    return _SHORT_MINUTES.sub(r"\g<1>0\2", statement)


def internal_fault(error: Exception) -> OracleError:
    """A fault of this server as ORA-00604, since clients hang up on the ORA-00600 family."""
    return OracleError(
        604,
        f"error occurred at recursive SQL level 1: {type(error).__name__}: {error}"
        " (a fault of the database stand-in; its log has the details)",
    )
