"""One logged-in session: parses, translates, executes, fetches."""

from __future__ import annotations

import contextlib
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import TypeVar

from lab.oracle.engine import arrays, control
from lab.oracle.engine.catalog import Catalog
from lab.oracle.engine.ddl import run_ddl
from lab.oracle.engine.epoch import SharedEpoch
from lab.oracle.engine.errors import OWN_STATE, StoreError, to_oracle, told_as_oracle
from lab.oracle.engine.identity import Identity, reads_sessions
from lab.oracle.engine.packed import can_pack, packed_sql
from lab.oracle.engine.params import (
    NANOSECONDS,
    Wire,
    all_params,
    bind_type,
    returned_rows,
)
from lab.oracle.engine.pgcodec import (
    Converter,
    NanosecondsError,
    stored_lob,
)
from lab.oracle.engine.prepared import Prepared
from lab.oracle.engine.registry import Registry
from lab.oracle.engine.results import Cursor, Types, describe, last_rowid
from lab.oracle.engine.settings import SessionSettings
from lab.oracle.engine.shapes import shapes_of, with_shapes
from lab.oracle.engine.statement import Parsed, parse_statement
from lab.oracle.engine.store import Store
from lab.oracle.engine.stored_lobs import LobHomes
from lab.oracle.engine.temporary import Temporaries
from lab.oracle.engine.transaction import Transaction
from lab.oracle.engine.translation import translate
from lab.oracle.engine.versions import Version, check_version
from lab.oracle.interface import Bind, Column, ColumnarRows, Execution, Kind, OracleError, OraType
from lab.oracle.scalars import ScalarError

Result = TypeVar("Result")
_LOBS = (OraType.CLOB, OraType.BLOB)
_STATEMENT_LIMIT = 200
#: per statement: as many combinations of bind types and schemas are kept translated
_TRANSLATIONS_LIMIT = 8
#: what PostgreSQL says of a statement prepared for a schema that is no more
_STALE = frozenset(("0A000", "42804", "42883", "42703", "42P01"))
#: changes of a schema by another session arrive as a notification on this channel
CHANNEL = "ora_ddl"


class Session:
    """Implements ``EngineSession``."""

    def __init__(
        self, store: Store, user: str, version: Version, shared: SharedEpoch, registry: Registry
    ) -> None:
        self.user = user
        self.schema = user
        self.store = store
        self.catalog = Catalog(store, user)
        self.catalog.sql92_security = version[:2] >= (12, 2)
        self._version = version
        self._shared, self._mark = shared, shared.mark
        self.transaction = Transaction(store)
        self.temporaries = Temporaries(store, self.transaction, self.catalog)
        self.catalog.temporaries = self.temporaries
        self.settings = SessionSettings(store, user)
        self.identity = Identity(store, self.settings, registry, user)
        self.registry = registry
        self._types = Types(store)
        self._lobs = LobHomes(self)
        self._parsed: OrderedDict[str, Parsed] = OrderedDict()
        self._stream: Cursor | None = None
        self._epoch = 0
        store.run(f"LISTEN {CHANNEL}")

    @property
    def in_transaction(self) -> bool:
        """Whether there is something to commit or to roll back."""
        return self.transaction.is_open

    # -- parse, describe
    # --------------------------------------------------------------------------------------

    def parse(self, text: str) -> Parsed:
        """The statement; raises OracleError when it is none."""
        self.identity.count_parse()
        found = self._parsed.get(text)
        if found is None:
            found = parse_statement(text)
            check_version(found.tokens, self._version)
            self._parsed[text] = found
            if len(self._parsed) > _STATEMENT_LIMIT:
                self._parsed.popitem(last=False)
        else:
            self._parsed.move_to_end(text)
        return found

    def describe(self, statement: Parsed) -> tuple[Column, ...]:
        """The columns of a query without executing it; its binds are taken for text."""
        if statement.kind is not Kind.QUERY:
            return ()
        binds = tuple(Bind(OraType.VARCHAR2, 4000) for _ in statement.returning)
        self._refresh()
        try:
            return self._prepared(statement, binds).columns
        except StoreError as error:
            raise to_oracle(error, tokens=statement.tokens) from None

    # -- execute
    # ----------------------------------------------------------------------------------------------

    def execute(
        self,
        statement: Parsed,
        binds: Sequence[Bind],
        rows: Sequence[Wire],
        *,
        iterations: int = 1,
        batch_errors: bool = False,
        row_counts: bool = False,
        commit: bool = False,
    ) -> Execution:
        """See ``EngineSession.execute``."""
        self._refresh()
        try:
            if statement.kind is Kind.QUERY and reads_sessions(statement.tokens):
                self.identity.show_sessions()
            execution = self._attempt(statement, tuple(binds), rows, iterations, batch_errors)
            if not row_counts:
                execution.row_counts = []
            if commit:
                self.commit()
        except StoreError as error:
            self._refuse_if_killed()
            raise to_oracle(
                error, updating=statement.verb == "UPDATE", tokens=statement.tokens
            ) from None
        except ScalarError as error:
            raise OracleError(
                1801, f"date format is too long for internal buffer ({error})"
            ) from None
        return execution

    def _attempt(
        self,
        statement: Parsed,
        binds: tuple[Bind, ...],
        rows: Sequence[Wire],
        iterations: int,
        batch_errors: bool,
    ) -> Execution:
        """Executes; once more when the statement met a schema that another session has just
        changed.
        """
        try:
            return self._dispatch(statement, binds, rows, iterations, batch_errors)
        except StoreError as error:
            if error.state not in _STALE or not self.store.poll_notifications():
                raise
        self.forget()
        return self._dispatch(statement, binds, rows, iterations, batch_errors)

    def _dispatch(
        self,
        statement: Parsed,
        binds: tuple[Bind, ...],
        rows: Sequence[Wire],
        iterations: int,
        batch_errors: bool,
    ) -> Execution:
        if statement.kind is Kind.DDL:
            self.commit()
            run_ddl(self, statement)
            return Execution()
        if statement.kind is Kind.OTHER:
            control.run(self, statement)
            return Execution()
        if statement.kind is Kind.PLSQL:
            return control.run_block(self, statement)
        if len(binds) != len(statement.returning):
            raise OracleError(1008, "not all variables bound")
        try:
            prepared = self._prepared(statement, binds)
            params = all_params(prepared, statement, rows) or [[]] * max(iterations, 1)
        except NanosecondsError:
            fine = tuple(
                replace(bind, size=NANOSECONDS) if bind.type is OraType.TIMESTAMP else bind
                for bind in binds
            )
            prepared = self._prepared(statement, fine)
            params = all_params(prepared, statement, rows)
        if statement.kind is Kind.QUERY:
            return self._query(prepared, params[0])
        return self._change(statement, prepared, params, batch_errors)

    def _query(self, prepared: Prepared, params: arrays.Params) -> Execution:
        locks = prepared.translation.locks_rows
        packed = not locks and can_pack(prepared.columns, prepared.result_converters)
        wait = prepared.translation.wait_seconds

        def start() -> Cursor:
            if wait is not None:
                self.store.run(f"SET LOCAL lock_timeout = {max(wait * 1000, 1)}")
            name = prepared.name
            if packed:
                name = self.store.prepare(packed_sql(prepared.translation.sql), prepared.oids)
            try:
                stream = self.store.start_stream(name, params)
                cursor = Cursor(self.store, prepared.result_converters, stream, packed=packed)
                if locks:
                    cursor.read_ahead(None)
            except StoreError as error:
                if wait and error.state == "55P03":
                    raise StoreError(
                        OWN_STATE, "30006:resource busy; acquire with WAIT timeout expired"
                    ) from None
                raise
            if wait is not None:
                self.store.run("SET LOCAL lock_timeout = 0")
            return cursor

        cursor = self.transaction.atomic(start, changes=locks)
        self._stream = cursor if cursor.streaming else None
        return Execution(columns=prepared.columns, handle=cursor)

    def _change(
        self,
        statement: Parsed,
        prepared: Prepared,
        params: list[arrays.Params],
        batch_errors: bool,
    ) -> Execution:
        job = arrays.Job(
            self.store, self.transaction, prepared, statement.verb == "UPDATE", statement.tokens
        )
        outcome: arrays.Results
        errors: list[tuple[int, OracleError]] = []
        gives_rowid, is_single = (
            prepared.translation.gives_rowid,
            len(params) == 1 and not batch_errors,
        )
        if is_single and gives_rowid and statement.verb != "INSERT" and not statement.returned:
            count, last = self.transaction.atomic(
                lambda: self.store.execute_for_last(prepared.name, params[0])
            )
            outcome, counts = [last], [count]
        elif is_single:
            outcome = [
                self.transaction.atomic(lambda: self.store.execute(prepared.name, params[0]))
            ]
            counts = arrays.row_counts(outcome, 1)
        else:
            outcome, errors = arrays.execute_many(
                job, self._types, params, batch_errors=batch_errors
            )
            counts = arrays.row_counts(outcome, len(params))
        execution = Execution(rowcount=sum(counts), row_counts=counts, batch_errors=errors)
        converters = prepared.result_converters
        if gives_rowid:
            execution.rowid = last_rowid(outcome[-1] if outcome else None, converters)
            converters = converters[:-1]
        if statement.returned:
            execution.returned = [returned_rows(result, converters) for result in outcome]
        return execution

    # -- preparing
    # --------------------------------------------------------------------------------------------

    def _prepared(self, statement: Parsed, binds: tuple[Bind, ...]) -> Prepared:
        may_write = statement.kind is Kind.QUERY and self.transaction.is_open
        shapes = tuple((bind.type, bind.csfrm, bind.size == NANOSECONDS) for bind in binds)
        key = (self._epoch, self.schema, shapes, may_write)
        found = statement.translations.get(key)
        if found is None:
            if len(statement.translations) >= _TRANSLATIONS_LIMIT:
                statement.translations.clear()
            found = statement.translations[key] = self._prepare(
                statement, binds, may_write=may_write
            )
        else:
            # the store keeps a limited number of prepared statements
            name = self.store.prepare(found.translation.sql, found.oids)
            if name != found.name:
                found = statement.translations[key] = self._prepare(
                    statement, binds, may_write=may_write
                )
        return found

    def _prepare(self, statement: Parsed, binds: tuple[Bind, ...], *, may_write: bool) -> Prepared:
        translation = translate(
            statement, self.catalog, self.schema, binds, with_lob_places=may_write
        )
        kinds = [bind_type(binds[number]) for number in statement.inputs]
        oids = tuple(self._types.oids[name][0] for name, _ in kinds)

        def prepare() -> tuple[bytes, tuple[Column, ...], tuple[Converter, ...]]:
            name = self.store.prepare(translation.sql, oids)
            if (
                statement.kind is not Kind.QUERY
                and not statement.returned
                and not translation.gives_rowid
            ):
                return name, (), ()
            columns, out = describe(
                self.store.describe(name), self._types, self.catalog, statement.names
            )
            out = tuple(self._lobs.stored if convert is stored_lob else convert for convert in out)
            columns = with_shapes(
                with_shapes(columns, shapes_of(statement.tree)), translation.shapes
            )
            return name, columns, out

        name, columns, converters = self.transaction.atomic(prepare, changes=False)
        lobs = tuple(
            place for place, number in enumerate(statement.inputs) if binds[number].type in _LOBS
        )
        return Prepared(
            name,
            oids,
            tuple(converter for _, converter in kinds),
            translation,
            columns,
            converters,
            lobs,
        )

    def _refresh(self) -> None:
        """Frees the connection for a new statement and forgets what another session has changed."""
        self.settle()
        with told_as_oracle():
            if self.store.poll_notifications() or self._shared.mark != self._mark:
                self.forget()

    def forget(self) -> None:
        """After a change of the schema: nothing remembered of it may be used."""
        self._epoch += 1
        self._mark = self._shared.mark
        self.catalog.forget()
        if not self.store.lost:
            self.store.forget_prepared()

    def announce_change(self) -> None:
        """Tells the other sessions of this server that a change of the schema is committed."""
        self._shared.advance()

    def settle(self) -> None:
        """Frees the connection for another statement: an open result is taken into memory."""
        if self._stream is not None:
            stream, self._stream = self._stream, None
            if not self._reading(stream.settle):
                self.transaction.undo_statement()

    def _reading(self, action: Callable[[], Result]) -> Result:
        try:
            return action()
        except StoreError as error:
            self._stream = None
            self._refuse_if_killed()
            self.transaction.undo_statement()
            raise to_oracle(error) from None

    # -- fetch, end
    # -------------------------------------------------------------------------------------------

    def fetch(self, execution: Execution, count: int) -> tuple[ColumnarRows, bool]:
        """Up to ``count`` further rows and whether they were the last."""
        cursor = execution.handle
        if not isinstance(cursor, Cursor):
            raise OracleError(1002, "fetch out of sequence")
        rows, done = self._reading(lambda: cursor.take(count))
        if self._stream is cursor and not cursor.streaming:
            self._stream = None
        return rows, done

    def await_rows(self, execution: Execution, count: int) -> bool:
        """See ``EngineSession.await_rows``."""
        cursor = execution.handle
        return isinstance(cursor, Cursor) and self._reading(lambda: cursor.await_rows(count))

    def close_execution(self, execution: Execution) -> None:
        """Gives up what a query still holds."""
        cursor = execution.handle
        execution.handle = None
        if isinstance(cursor, Cursor) and cursor is self._stream:
            self._stream = None
            self._reading(cursor.discard)
            self.transaction.undo_statement()

    def take_back(self) -> bool:
        """See ``EngineSession.take_back``."""
        return self.transaction.take_back()

    def set_schema(self, schema: str) -> None:
        """ALTER SESSION SET CURRENT_SCHEMA; raises ORA-01435 for an unknown one."""
        self.settle()
        with told_as_oracle():
            if schema not in self.catalog.users and schema != "SYS":
                raise OracleError(1435, "user does not exist")
            self.schema = schema
            self.set_setting("schema", schema)

    def begin_call(self) -> None:
        """See ``EngineSession.begin_call``."""
        self.identity.count_round_trip()
        self.transaction.start_call()
        self._refuse_if_killed()
        if self.store.lost or self.store.has_hung_up:
            raise OracleError(
                3113, "end-of-file on communication channel (the store has ended the session)"
            )

    def _refuse_if_killed(self) -> None:
        if self.identity.is_killed:
            raise OracleError(28, "your session has been killed")

    def set_attributes(self, attributes: Mapping[str, str | None]) -> None:
        """See ``EngineSession.set_attributes``."""
        self.settle()
        with told_as_oracle():
            self.identity.set(attributes, in_transaction=self.transaction.is_open)

    def set_context(self, namespace: str, values: Mapping[str, str]) -> None:
        """See ``EngineSession.set_context``."""
        self.settle()
        with told_as_oracle():
            self.identity.set_context(namespace, values, in_transaction=self.transaction.is_open)

    def set_setting(self, name: str, value: str) -> None:
        """A setting of the session, whatever becomes of the transaction."""
        self.settings.set(name, value, in_transaction=self.transaction.is_open)

    def commit(self) -> None:
        """Makes the changes permanent; open cursors stay readable."""
        self._end("COMMIT")

    def rollback(self) -> None:
        """Takes the changes back; open cursors stay readable."""
        self._end("ROLLBACK")

    def _end(self, word: str) -> None:
        self.settle()
        try:
            self.transaction.end(word)
            if word == "ROLLBACK":
                self.after_rollback(wholly=True)
            self.settings.after_commit()
            self.temporaries.after_commit()
        except StoreError as error:
            raise to_oracle(error) from None

    def after_rollback(self, *, wholly: bool) -> None:
        """What a rollback, wholly or to a savepoint, takes back in PostgreSQL but not in Oracle is
        put right.
        """
        self.settings.after_rollback()
        if self.temporaries.after_rollback(wholly=wholly):
            self.forget()

    def _forget_old_pasts(self) -> None:
        """Whoever leaves clears away what the store keeps of the past for longer than it has to."""
        if self._stream is None and not self.transaction.is_open and not self.store.lost:
            with contextlib.suppress(StoreError):
                self.store.control("SELECT ora.prune_pasts()")

    def close(self) -> None:
        """Ends the session; PostgreSQL rolls back what is open."""
        self._forget_old_pasts()
        self.identity.close()
        self.store.close()
