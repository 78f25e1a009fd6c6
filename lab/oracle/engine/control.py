"""Statements about the session and the transaction: COMMIT, SAVEPOINT, SET TRANSACTION, ALTER
SESSION, LOCK TABLE.
"""

from __future__ import annotations

import re

from lab.oracle.engine.errors import StoreError
from lab.oracle.engine.lexer import Lexeme, Token, quote
from lab.oracle.engine.statement import Parsed
from lab.oracle.engine.workspace import Controlled
from lab.oracle.interface import Execution, OracleError


def run(session: Controlled, statement: Parsed) -> None:
    """Executes one of them. Raises OracleError for a form that is not known."""
    words = [token.word or token.text for token in statement.tokens]
    handlers = {
        "COMMIT": _commit,
        "ROLLBACK": _rollback,
        "SAVEPOINT": _savepoint,
        "SET": _set_transaction,
        "ALTER": _alter_system if words[1:2] == ["SYSTEM"] else _alter_session,
        "LOCK": _lock_table,
    }
    handler = handlers.get(words[0])
    if handler is None:
        raise OracleError(3001, f"unimplemented feature: {words[0]}")
    handler(session, statement, words)


def run_block(session: Controlled, statement: Parsed) -> Execution:
    """A PL/SQL block: only one that does nothing, and one that asks for the
    transaction's number.
    """
    if [token.word or token.text for token in statement.tokens] == [
        "BEGIN",
        "NULL",
        ";",
        "END",
        ";",
    ]:
        return Execution()
    if statement.asks_for_transaction:
        return Execution(returned=[[[_transaction_id(session)]]])
    raise OracleError(3001, "unimplemented feature: PL/SQL blocks")


def _transaction_id(session: Controlled) -> bytes:
    """``XIDUSN.XIDSLOT.XIDSQN`` of V$TRANSACTION; opens a transaction, as DBMS_TRANSACTION does
    when told TRUE.
    """
    session.settle()
    session.transaction.atomic(lambda: session.store.rows("SELECT pg_catalog.pg_current_xact_id()"))
    [[number]] = session.store.rows("SELECT pg_catalog.pg_current_xact_id()::xid::text")
    return f"1.{session.store.backend}.{number}".encode()


def _commit(session: Controlled, _statement: Parsed, words: list[str]) -> None:
    if words not in (["COMMIT"], ["COMMIT", "WORK"]):
        raise OracleError(2185, "a token other than WORK follows COMMIT")
    session.commit()


def _rollback(session: Controlled, statement: Parsed, words: list[str]) -> None:
    rest = [word for word in words[1:] if word not in ("WORK", "TO", "SAVEPOINT")]
    if "TO" not in words:
        if rest:
            raise OracleError(2181, "invalid option to ROLLBACK WORK")
        session.rollback()
        return
    name = statement.tokens[-1].name
    error = OracleError(1086, f"savepoint '{name}' never established in this session or is invalid")
    if not session.transaction.is_open:
        raise error
    try:
        session.transaction.rollback_to(_point(name))
        session.after_rollback(wholly=False)
    except StoreError as failure:
        if failure.state == "3B001":
            raise error from None
        raise


def _savepoint(session: Controlled, statement: Parsed, words: list[str]) -> None:
    if len(words) != 2 or not statement.tokens[1].name:
        raise OracleError(3001, "unimplemented feature: this form of SAVEPOINT")
    session.transaction.savepoint(_point(statement.tokens[1].name))


def _point(name: str) -> str:
    return quote(f"user${name}")


def _set_transaction(session: Controlled, _statement: Parsed, words: list[str]) -> None:
    modes = {
        "READ ONLY": "ISOLATION LEVEL REPEATABLE READ READ ONLY",
        "READ WRITE": "ISOLATION LEVEL READ COMMITTED READ WRITE",
        "ISOLATION LEVEL SERIALIZABLE": "ISOLATION LEVEL REPEATABLE READ",
        "ISOLATION LEVEL READ COMMITTED": "ISOLATION LEVEL READ COMMITTED",
    }
    mode = modes.get(" ".join(words[2:])) if words[1:2] == ["TRANSACTION"] else None
    if mode is None:
        raise OracleError(3001, f"unimplemented feature: {' '.join(words)}")
    if session.transaction.is_open:
        raise OracleError(1453, "SET TRANSACTION must be first statement of transaction")
    session.transaction.begin(mode)
    session.store.run("SELECT 1")  # the snapshot is taken now, not with the first query


_FORMATS = ("NLS_DATE_FORMAT", "NLS_TIMESTAMP_FORMAT", "NLS_TIMESTAMP_TZ_FORMAT")
#: accepted when they ask for what is there anyway
_FIXED = {
    "NLS_LANGUAGE": "AMERICAN",
    "NLS_DATE_LANGUAGE": "AMERICAN",
    "NLS_TERRITORY": "AMERICA",
    "NLS_NUMERIC_CHARACTERS": ".,",
    "NLS_SORT": "BINARY",
    "NLS_COMP": "BINARY",
    "NLS_LENGTH_SEMANTICS": "BYTE",
    "NLS_CALENDAR": "GREGORIAN",
}


def _alter_session(session: Controlled, statement: Parsed, words: list[str]) -> None:
    if words[2:3] != ["SET"] or "=" not in words:
        raise OracleError(2248, "invalid option for ALTER SESSION")
    if words[3:5] == ["ISOLATION_LEVEL", "="]:
        _set_isolation(session, " ".join(words[5:]))
        return
    settings = [token for token in statement.tokens[3:] if token.text != ","]
    if len(settings) % 3 or any(settings[i + 1].text != "=" for i in range(0, len(settings), 3)):
        raise OracleError(2248, "invalid option for ALTER SESSION")
    for place in range(0, len(settings), 3):
        _set(session, settings[place].word, settings[place + 2])


def _set(session: Controlled, name: str, value: Token) -> None:
    text = value.string if value.kind is Lexeme.STRING else value.name
    if name == "CURRENT_SCHEMA":
        session.set_schema(value.name)
    elif name == "TIME_ZONE":
        session.set_setting("time_zone", _zone(session, text))
    elif name in _FORMATS:
        session.set_setting(name.lower(), text)
    elif name == "NLS_NCHAR_CONV_EXCP" and text.upper() in ("TRUE", "FALSE"):
        session.set_setting(name.lower(), text.upper())
    elif name == "EDITION":
        check_edition(text)
    elif name not in _FIXED:
        raise OracleError(2248, f"invalid option for ALTER SESSION: {name}")
    elif text.upper() != _FIXED[name]:
        raise OracleError(3001, f"unimplemented feature: {name} = {text}")


def _set_isolation(session: Controlled, level: str) -> None:
    """For the transactions to come, until it is changed again."""
    if level not in ("SERIALIZABLE", "READ COMMITTED"):
        raise OracleError(2248, "invalid option for ALTER SESSION")
    session.transaction.is_serializable = level == "SERIALIZABLE"


def _zone(session: Controlled, text: str) -> str:
    """The zone as the store keeps it; LOCAL and DBTIMEZONE are the server's own."""
    if text.upper() in ("LOCAL", "DBTIMEZONE"):
        return "+00:00"
    found = session.transaction.atomic(
        lambda: session.store.rows("SELECT ora.zone_name($1)", [text]), changes=False
    )
    return found[0][0] or "+00:00"


#: Oracle's lock modes are those of PostgreSQL, and so is which of them exclude each other
_LOCK_MODES = {
    "ROW SHARE": "ROW SHARE",
    "ROW EXCLUSIVE": "ROW EXCLUSIVE",
    "SHARE UPDATE": "ROW SHARE",
    "SHARE": "SHARE",
    "SHARE ROW EXCLUSIVE": "SHARE ROW EXCLUSIVE",
    "EXCLUSIVE": "EXCLUSIVE",
}


def check_edition(name: str) -> None:
    """There is one edition only. Raises ORA-38802 for any other."""
    if name.upper() != "ORA$BASE":
        raise OracleError(38802, "edition does not exist")


_SESSION_NUMBERS = re.compile(r"\s*(\d{1,9})\s*,\s*(\d{1,9})\s*")


def _alter_system(session: Controlled, statement: Parsed, words: list[str]) -> None:
    """ALTER SYSTEM KILL SESSION 'sid, serial#' [IMMEDIATE]; everything else
    is the administrator's.
    """
    if words[2:4] != ["KILL", "SESSION"] or len(words) < 5 or words[5:] not in ([], ["IMMEDIATE"]):
        raise OracleError(1031, "insufficient privileges")
    if not session.catalog.access.holds("ALTER SYSTEM"):
        raise OracleError(1031, "insufficient privileges")
    numbers = statement.tokens[4]
    named = _SESSION_NUMBERS.fullmatch(numbers.string) if numbers.kind is Lexeme.STRING else None
    if named is None:
        raise OracleError(26, "missing or invalid session ID")
    backend, serial = int(named[1]), int(named[2])
    if backend == session.identity.session_id:
        raise OracleError(27, "cannot kill current session")
    if not session.registry.kill(backend, serial):
        raise OracleError(30, "User session ID does not exist.")
    session.store.run(f"SELECT pg_terminate_backend({backend})")


def _lock_table(session: Controlled, statement: Parsed, words: list[str]) -> None:
    """LOCK TABLE [schema.]name, ... IN mode MODE [NOWAIT | WAIT seconds]."""
    if words[1:2] != ["TABLE"] or "IN" not in words or "MODE" not in words[words.index("IN") :]:
        raise OracleError(3001, "unimplemented feature: this form of LOCK")
    start, end = words.index("IN"), words.index("MODE", words.index("IN"))
    mode, wait = _LOCK_MODES.get(" ".join(words[start + 1 : end])), words[end + 1 :]
    is_wait = len(wait) == 2 and wait[0] == "WAIT" and wait[1].isdigit()
    if mode is None or (wait and wait != ["NOWAIT"] and not is_wait):
        raise OracleError(1737, "valid modes: [ROW] SHARE, [[SHARE] ROW] EXCLUSIVE, SHARE UPDATE")
    targets, path = [], []
    for token in (*statement.tokens[2:start], None):
        if token is not None and token.text not in (",", "."):
            path.append(token.name)
        elif token is None or token.text == ",":
            schema = path[0] if len(path) == 2 else None
            found = session.catalog.find(schema, path[-1], session.schema) if path else None
            if found is None:
                raise OracleError(942, "table or view does not exist")
            access = session.catalog.access
            granted = access.granted_on(found.oid) - {"READ"}
            if not (found.schema == access.user or granted or access.holds("LOCK ANY TABLE")):
                access.check(found, "LOCK")
            targets.append(f"{quote(found.schema)}.{quote(found.name)}")
            path = []
    text = (
        f"LOCK TABLE {', '.join(targets)} IN {mode} MODE{' NOWAIT' if wait == ['NOWAIT'] else ''}"
    )
    if is_wait:
        text = (
            f"SET LOCAL lock_timeout = {max(int(wait[1]) * 1000, 1)}; {text}; SET LOCAL "
            f"lock_timeout = 0"
        )
    session.transaction.atomic(lambda: session.store.run(text))
