"""Who may execute a DDL statement: the prerequisites that the SQL Language Reference gives for
each.
"""

from __future__ import annotations

from lab.oracle.engine.access import insufficient
from lab.oracle.engine.ddl.reader import Reader
from lab.oracle.engine.ddl.triggers import find_trigger
from lab.oracle.engine.facts import Relation
from lab.oracle.engine.lexer import Lexeme, Token
from lab.oracle.engine.workspace import Workspace
from lab.oracle.interface import OracleError

_KINDS = ("TABLE", "VIEW", "SEQUENCE", "TRIGGER", "INDEX", "SYNONYM")
_IGNORED = ("CREATE", "ALTER", "DROP", "OR", "REPLACE", "UNIQUE", "EDITIONABLE", "NONEDITIONABLE")
_NO_TABLE = "table or view does not exist"


def check_authority(session: Workspace, reader: Reader) -> None:
    """Raises ORA-01031, or the error for an object that does not exist, where the session lacks the
    privilege.

    ``reader`` stays where it is. Statements about users, roles and privileges check for themselves.
    """
    tokens = reader.tokens
    verb = tokens[0].word
    if verb == "TRUNCATE":
        _check_table(session, _path(tokens, 2, session.schema), "DROP", "DROP ANY TABLE")
    elif verb == "COMMENT":
        _check_comment(session, tokens)
    elif verb in ("CREATE", "ALTER", "DROP"):
        place = next(
            (place for place, token in enumerate(tokens) if token.word not in _IGNORED), len(tokens)
        )
        kind = tokens[place].word if place < len(tokens) else ""
        if kind in _KINDS and place + 1 < len(tokens) and tokens[place + 1].name:
            _check_object(session, verb, kind, tokens, place + 1)


def _path(tokens: tuple[Token, ...], place: int, schema: str) -> tuple[str, str]:
    if place + 2 < len(tokens) and tokens[place + 1].text == ".":
        return tokens[place].name, tokens[place + 2].name
    return schema, tokens[place].name if place < len(tokens) else ""


def _check_object(
    session: Workspace, verb: str, kind: str, tokens: tuple[Token, ...], place: int
) -> None:
    access = session.catalog.access
    schema, name = path = _path(tokens, place, session.schema)
    own = schema == access.user
    if verb == "CREATE":
        if kind == "INDEX":
            _check_index(session, schema, tokens, place)
        else:
            access.require(f"CREATE {kind}" if own else f"CREATE ANY {kind}")
            _check_free(session, kind, schema, name)
        if kind == "TRIGGER":
            _check_trigger_table(session, tokens, place, schema)
    elif kind == "TABLE":
        _check_table(session, path, verb, f"{verb} ANY TABLE")
    elif kind == "VIEW" and not own:
        _check_table(session, path, verb, "DROP ANY VIEW")
    elif not own and not access.holds(f"{verb} ANY {kind}"):
        _check_other(session, verb, kind, schema, name)
    if kind == "TABLE" and verb != "DROP":
        _check_references(session, tokens, schema)


def _check_table(session: Workspace, path: tuple[str, str], privilege: str, system: str) -> None:
    """ALTER may be granted on a table; DROP and TRUNCATE need the system privilege."""
    access = session.catalog.access
    found = session.catalog.find(*path, path[0])
    if found is None or found.schema in (access.user, "SYS") or access.holds(system):
        return
    if privilege == "ALTER" and "ALTER" in access.granted_on(found.oid):
        return
    raise _refused(session, found)


def _refused(session: Workspace, found: Relation) -> OracleError:
    return insufficient() if session.catalog.access.sees(found) else OracleError(942, _NO_TABLE)


def _check_other(session: Workspace, verb: str, kind: str, schema: str, name: str) -> None:
    """ALTER may be granted on a sequence; what is nobody else's business does
    not exist for others.
    """
    if kind == "SEQUENCE":
        found = session.catalog.find_sequence(schema, name, schema)
        granted = session.catalog.access.granted_on(found[2]) if found else frozenset()
        if verb == "ALTER" and "ALTER" in granted:
            return
        raise insufficient() if granted else OracleError(2289, "sequence does not exist")
    if kind == "TRIGGER":
        trigger = find_trigger(session, schema, name)
        table = (
            session.catalog.find(trigger.schema, trigger.table, trigger.schema) if trigger else None
        )
        if table is not None and session.catalog.access.sees(table):
            raise insufficient()
    texts = {
        "INDEX": (1418, "specified index does not exist"),
        "TRIGGER": (4080, f"trigger '{name}' does not exist"),
    }
    code, text = texts.get(kind, (1434, "private synonym to be dropped does not exist"))
    raise OracleError(code, text)


def _check_free(session: Workspace, kind: str, schema: str, name: str) -> None:
    """A synonym shares its name space with tables, views and sequences."""
    if kind in ("TABLE", "VIEW", "SEQUENCE") and (schema, name) in session.catalog.synonyms:
        raise OracleError(955, "name is already used by an existing object")


def _after(tokens: tuple[Token, ...], place: int, word: str) -> int | None:
    return next((at + 1 for at in range(place, len(tokens) - 1) if tokens[at].word == word), None)


def _check_index(session: Workspace, schema: str, tokens: tuple[Token, ...], place: int) -> None:
    access = session.catalog.access
    at = _after(tokens, place, "ON")
    if at is None:
        return
    found = session.catalog.find(*_path(tokens, at, session.schema), session.schema)
    if schema != access.user:
        access.require("CREATE ANY INDEX")
    if found is not None and found.schema != "SYS":
        access.check(found, "INDEX", tokens[at].start)


def _check_trigger_table(
    session: Workspace, tokens: tuple[Token, ...], place: int, schema: str
) -> None:
    at = _after(tokens, place, "ON")
    if at is None:
        return
    found = session.catalog.find(*_path(tokens, at, schema), schema)
    access = session.catalog.access
    if (
        found is not None
        and found.schema not in (access.user, "SYS")
        and not access.holds("CREATE ANY TRIGGER")
    ):
        raise _refused(session, found)


def _check_references(session: Workspace, tokens: tuple[Token, ...], schema: str) -> None:
    """A foreign key to another's table takes REFERENCES on it, given to the user itself."""
    access = session.catalog.access
    for at, token in enumerate(tokens[:-1]):
        if token.kind is Lexeme.WORD and token.word == "REFERENCES" and tokens[at + 1].name:
            found = session.catalog.find(*_path(tokens, at + 1, schema), schema)
            if found is not None and found.schema != schema:
                access.check(found, "REFERENCES", tokens[at + 1].start, direct=True)


def _check_comment(session: Workspace, tokens: tuple[Token, ...]) -> None:
    if len(tokens) < 4 or tokens[2].word not in ("TABLE", "COLUMN"):
        return
    end = next(
        (at for at, token in enumerate(tokens) if token.word == "IS" and at > 3), len(tokens)
    )
    names = [token.name for token in tokens[3:end] if token.text != "."]
    parts = names if tokens[2].word == "TABLE" else names[:-1]
    if parts:
        path = (parts[0] if len(parts) > 1 else session.schema, parts[-1])
        _check_table(session, path, "COMMENT", "COMMENT ANY TABLE")
