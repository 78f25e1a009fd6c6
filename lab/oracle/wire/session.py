"""One client's session: reads calls, has them answered, and ends in an orderly way whatever the
client does.
"""

from __future__ import annotations

import contextlib
import logging
import socket

from lab.oracle.interface import Engine, EngineSession, OracleError
from lab.oracle.wire import lob_calls, requests
from lab.oracle.wire.attempts import FailedLogins
from lab.oracle.wire.buffer import ProtocolError, Reader
from lab.oracle.wire.channel import BreakError, Channel, ClientGoneError
from lab.oracle.wire.constants import MID_REQUEST_SECONDS, Function, Message
from lab.oracle.wire.executor import Executor
from lab.oracle.wire.login import Login, LoginFailedError, internal_fault
from lab.oracle.wire.passwords import Passwords
from lab.oracle.wire.piggybacks import (
    CancelCursors,
    CloseCursors,
    FreeLobs,
    Piggyback,
    SetAttributes,
    SetContext,
    SetSchema,
    parse_piggyback,
)
from lab.oracle.wire.replies import Outcome, error_record, status
from lab.oracle.wire.requests import ChangePassword, Execute, Fetch, LobCall, Reexecute, Simple

log = logging.getLogger(__name__)

_CANCELLED = 1013
#: errors behind which there is no session any more: killed, and the store's end of it is gone
_ENDINGS = frozenset((28, 3113, 3114))


def serve_client(engine: Engine, sock: socket.socket, failed_logins: FailedLogins) -> None:
    """Serves one connection to its end. Raises nothing: every failure is told to the client where
    it can be.
    """
    channel = Channel(sock)
    try:
        login = Login(engine, channel, failed_logins)
        session = login.run()
    except (LoginFailedError, ClientGoneError):
        return
    except (ProtocolError, BreakError) as error:
        log.warning("connection ended during login: %s", error or "break")
        return
    Session(session, channel, login.passwords).run()


class Session:
    """A logged-in client."""

    def __init__(self, engine: EngineSession, channel: Channel, passwords: Passwords) -> None:
        self._engine = engine
        self._channel = channel
        self._passwords = passwords
        self._reader = Reader(more=channel.read_data)
        self._executor = Executor(engine)
        self._deferred: OracleError | None = None
        #: the call that has just been performed without an error
        self._performed: requests.Call | None = None
        self._logged_off = False
        self._mid_request = False

    def run(self) -> None:
        """Answers calls until the client logs off, disappears or breaks the protocol."""
        try:
            while not self._logged_off:
                self._serve_one()
        except ClientGoneError:
            log.info("client of %s is gone", self._engine.user)
        except ProtocolError as error:
            log.warning("session of %s ended: %s", self._engine.user, error)
            self._say_goodbye(error)
        finally:
            log.info(
                "session of %s closed; %d cursors and %d LOBs were open",
                self._engine.user,
                len(self._executor.cursors),
                len(self._executor.lobs),
            )
            self._engine.close()

    def _say_goodbye(self, reason: ProtocolError) -> None:
        error = OracleError(3106, f"fatal two-task communication protocol error: {reason}")
        with contextlib.suppress(ClientGoneError):
            self._channel.send_data(error_record(Outcome(False, error=error)))

    # -- one request
    # ----------------------------------------------------------------------------------------------

    def _serve_one(self) -> None:
        """One request and its answer; a break before the answer is sent turns it into ORA-01013,
        see below.
        """
        try:
            if self._reader.exhausted:
                # behind a piggyback its call has to follow, else the two sides disagree about where
                # it ended
                self._reader.feed(
                    self._channel.read_data(MID_REQUEST_SECONDS if self._mid_request else None)
                )
            answer = self._answer()
        except BreakError:
            self._answer_break(None, was_idle=self._reader.exhausted and not self._mid_request)
            return
        self._mid_request = answer is None
        if answer is None:
            return
        if self._channel.break_requested():
            self._channel.take_break()
            self._answer_break(self._answer_of_broken(answer))
        else:
            self._channel.send_data(answer)
            if self._reader.exhausted and self._channel.is_silent:
                self._executor.work_ahead()

    def _answer_of_broken(self, answer: bytes) -> bytes | None:
        """What a call is answered that was finished when the break arrived; None for ORA-01013.

        ORA-01013 must mean that nothing has happened. What cannot be undone, a commit for instance,
        is answered as it would have been without the break, and so is an error.
        """
        call = self._performed
        return None if call is not None and self._executor.take_back(call) else answer

    def _answer_break(self, answer: bytes | None, *, was_idle: bool = False) -> None:
        """The handshake, then the answer to the broken call. Whatever was half read is dropped."""
        self._channel.reset(was_idle=was_idle)
        self._reader.clear()
        self._mid_request = False
        if answer is None:
            error = OracleError(_CANCELLED, "user requested cancel of current operation")
            answer = error_record(Outcome(self._engine.in_transaction, error=error))
        self._channel.send_data(answer)

    def _answer(self) -> bytes | None:
        """Reads one message and returns the answer; None for a message that has none."""
        message = self._reader.u8()
        if message == Message.PIGGYBACK:
            piggyback = parse_piggyback(self._reader)
            self._deferred = self._guarded_piggyback(piggyback) or self._deferred
            return None
        if message != Message.FUNCTION:
            raise ProtocolError(f"message of type {message}")
        function = self._reader.u8()
        self._reader.u8()
        try:
            call = requests.parse_call(self._reader, function, self._executor.cursors.find)
        except requests.UnknownCallError:
            self._reader.clear()
            return self._failure(OracleError(3001, f"unimplemented feature: call {function}"), 0)
        return self._guarded(call)

    def _guarded_piggyback(self, piggyback: Piggyback) -> OracleError | None:
        """Applies a piggyback; it has no answer of its own, so its error becomes that of the call
        behind it.
        """
        try:
            self._apply(piggyback)
        except OracleError as error:
            return error
        except Exception as error:
            return _unexpected(error)
        return None

    def _apply(self, piggyback: Piggyback) -> None:
        if isinstance(piggyback, CloseCursors):
            for cursor_id in piggyback.cursor_ids:
                self._executor.cursors.close(cursor_id)
        elif isinstance(piggyback, CancelCursors):
            for cursor_id in piggyback.cursor_ids:
                self._executor.cursors.cancel(cursor_id)
        elif isinstance(piggyback, FreeLobs):
            for locator in piggyback.locators:
                self._executor.lobs.free(locator)
        elif isinstance(piggyback, SetSchema):
            self._engine.set_schema(piggyback.schema)
        elif isinstance(piggyback, SetAttributes):
            self._engine.set_attributes(piggyback.attributes)
        elif isinstance(piggyback, SetContext):
            self._engine.set_context(piggyback.namespace, piggyback.values)

    def _guarded(self, call: requests.Call) -> bytes:
        """The call's answer, or the error record of what went wrong."""
        deferred, self._deferred = self._deferred, None
        self._performed = None
        try:
            self._engine.begin_call()
            if deferred is not None:
                raise deferred
            answer = self._perform(call)
            self._performed = call
            return answer
        except OracleError as error:
            self._logged_off = self._logged_off or error.code in _ENDINGS
            return self._failure(error, _cursor_id(call, self._executor))
        except (ClientGoneError, BreakError, ProtocolError):
            raise
        except Exception as error:
            return self._failure(_unexpected(error), _cursor_id(call, self._executor))

    def _failure(self, error: OracleError, cursor_id: int) -> bytes:
        return error_record(
            Outcome(self._engine.in_transaction, cursor_id, error.rows_done, error=error)
        )

    def _perform(self, call: requests.Call) -> bytes:
        if isinstance(call, Execute):
            return self._executor.execute(call)
        if isinstance(call, Reexecute):
            return self._executor.reexecute(call)
        if isinstance(call, Fetch):
            return self._executor.fetch(call)
        if isinstance(call, LobCall):
            answer = lob_calls.answer(self._executor.lobs, call)
            return answer + error_record(Outcome(self._engine.in_transaction))
        if isinstance(call, ChangePassword):
            self._passwords.change(call.account, call.pairs)
            return error_record(Outcome(self._engine.in_transaction))
        return self._simple(call)

    def _simple(self, call: Simple) -> bytes:
        if call.function == Function.COMMIT:
            self._engine.commit()
        elif call.function == Function.ROLLBACK:
            self._engine.rollback()
        elif call.function == Function.LOGOFF:
            # who has the answer may look for the session at once, and must not find it
            self._engine.close()
            self._logged_off = True
            return status(in_transaction=False)
        return status(in_transaction=self._engine.in_transaction)


def _cursor_id(call: requests.Call, executor: Executor) -> int:
    """The cursor id for an error record: a client closes the cursor it names, so only one that is
    open.
    """
    cursor_id = call.cursor_id if isinstance(call, Execute | Reexecute | Fetch) else 0
    return cursor_id if executor.cursors.find(cursor_id) else 0


def _unexpected(error: Exception) -> OracleError:
    """A fault of this server: logged with its traceback and told to the client."""
    log.error("the engine failed", exc_info=error)
    return internal_fault(error)
