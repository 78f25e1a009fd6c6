"""GRANT and REVOKE: system privileges and roles, and privileges on tables, views and sequences."""

from __future__ import annotations

from dataclasses import dataclass

from lab.oracle.engine.access import insufficient
from lab.oracle.engine.accounts import view_of
from lab.oracle.engine.ddl.reader import Reader
from lab.oracle.engine.workspace import Workspace
from lab.oracle.interface import OracleError

_TABLE = (
    "SELECT",
    "READ",
    "INSERT",
    "UPDATE",
    "DELETE",
    "REFERENCES",
    "ALTER",
    "INDEX",
    "FLASHBACK",
)
_VIEW = ("SELECT", "READ", "INSERT", "UPDATE", "DELETE", "REFERENCES", "FLASHBACK")
_SEQUENCE = ("SELECT", "ALTER")
_PACKAGE = ("EXECUTE",)
#: privileges of Oracle's that nothing here could honour
_NOT_HERE = (
    "DEBUG",
    "EXECUTE",
    "ON COMMIT REFRESH",
    "QUERY REWRITE",
    "UNDER",
    "MERGE VIEW",
)
_END = ("ON", "TO", "FROM", ",", "(", "")


@dataclass(frozen=True)
class Target:
    """What a privilege is given on."""

    schema: str
    oid: int
    kind: str

    @property
    def privileges(self) -> tuple[str, ...]:
        """Those that there are for this kind of object."""
        return {
            "table": _TABLE,
            "view": _VIEW,
            "sequence": _SEQUENCE,
            "package": _PACKAGE,
        }[self.kind]


def change_grants(session: Workspace, reader: Reader, *, granting: bool) -> None:
    """GRANT ... TO ... or REVOKE ... FROM ..., behind the first word."""
    names = [_privilege(reader)]
    while reader.accept(","):
        names.append(_privilege(reader))
    target = _target(session, reader) if reader.accept("ON") else None
    reader.expect("TO" if granting else "FROM")
    grantees = [reader.name()]
    while reader.accept(","):
        grantees.append(reader.name())
    option = granting and reader.accept("WITH", "GRANT" if target else "ADMIN", "OPTION")
    if target is not None and not granting:
        reader.accept("CASCADE", "CONSTRAINTS")
    reader.finish()
    for grantee in grantees:
        _known_grantee(session, grantee)
        if target is None:
            for name in _system_names(session, names):
                (grant_system if granting else _revoke_system)(
                    session, name, grantee, option=option
                )
        else:
            _change_object(session, target, names, grantee, granting=granting, option=option)


def forget_dropped(session: Workspace) -> None:
    """Privileges go with the object they are on, and what else was kept of a table."""
    for kept in ("grants", "row_dependencies"):
        session.store.run(
            f"DELETE FROM ora.{kept} WHERE relation NOT IN (SELECT oid FROM pg_class)"
        )
    session.store.run("SELECT ora.drop_pasts()")


def _privilege(reader: Reader) -> str:
    words = []
    while reader.peek() not in _END:
        words.append(reader.name())
    if not words and not reader.at_end and not reader.peek():
        words.append(reader.name())  # a quoted role
    if not words:
        raise reader.error(990, "missing or invalid privilege")
    if reader.peek() == "(":
        raise reader.error(3001, "unimplemented feature: privileges on columns")
    return " ".join(words)


def _target(session: Workspace, reader: Reader) -> Target:
    """The object behind ON."""
    at = reader.here()
    first = reader.name()
    schema, name = (first, reader.name()) if reader.accept(".") else (None, first)
    name = view_of(name)
    found = session.catalog.find(schema, name, session.schema)
    if found is not None:
        return Target(found.schema, found.oid, "view" if found.is_view else "table")
    sequence = session.catalog.find_sequence(schema, name, session.schema)
    package = session.catalog.package(name) if schema in (None, "SYS") else None
    if sequence is None and package is not None:
        return Target("SYS", package, "package")
    if sequence is None:
        raise OracleError(942, "table or view does not exist", at)
    return Target(sequence[0], sequence[2], "sequence")


def _known_grantee(session: Workspace, name: str) -> None:
    if name == "PUBLIC" or name in session.catalog.users or _is_role(session, name):
        return
    raise OracleError(1917, f"user or role '{name}' does not exist")


def _is_role(session: Workspace, name: str) -> bool:
    return bool(session.store.rows("SELECT 1 FROM ora.roles WHERE name = $1", [name]))


# -- system privileges and roles
# ------------------------------------------------------------------------------------


def _system_names(session: Workspace, names: list[str]) -> list[str]:
    if names in (["ALL PRIVILEGES"], ["ALL"]):
        return [
            row[0] or ""
            for row in session.store.rows("SELECT name FROM ora.system_privileges ORDER BY 1")
        ]
    return names


def grant_system(session: Workspace, name: str, grantee: str, *, option: bool) -> None:
    """A system privilege or a role to a user, a role or PUBLIC; ``option`` is the ADMIN option."""
    is_role = _check_system(session, name)
    if is_role and session.store.rows(
        "SELECT 1 FROM ora.names_of($1) AS n WHERE n = $2 AND n <> 'PUBLIC'", [name, grantee]
    ):
        raise OracleError(1934, "circular role grant detected")
    for given in (
        (name, "UNLIMITED TABLESPACE")
        if name == "DBA" and grantee in session.catalog.users
        else (name,)
    ):
        session.store.rows(
            "INSERT INTO ora.system_grants VALUES ($1, $2, $3::bool) ON CONFLICT (grantee, "
            "privilege) "
            "DO UPDATE SET admin = ora.system_grants.admin OR excluded.admin",
            [grantee, given, "t" if option else "f"],
        )


def _revoke_system(session: Workspace, name: str, grantee: str, *, option: bool) -> None:
    is_role = _check_system(session, name)
    gone = session.store.rows(
        "DELETE FROM ora.system_grants WHERE grantee = $1 AND privilege = $2 RETURNING privilege",
        [grantee, name],
    )
    if not gone and is_role:
        raise OracleError(1951, f"ROLE '{name}' not granted to '{grantee}'")
    if not gone:
        raise OracleError(1952, f"system privileges not granted to '{grantee}'")


def _check_system(session: Workspace, name: str) -> bool:
    """Whether the name is a role's; raises when it is nothing, or not the session's to give."""
    is_role = _is_role(session, name)
    if not is_role and not session.store.rows(
        "SELECT 1 FROM ora.system_privileges WHERE name = $1", [name]
    ):
        if " " in name or name in (*_TABLE, *_NOT_HERE):
            raise OracleError(990, "missing or invalid privilege")
        raise OracleError(1919, f"role '{name}' does not exist")
    access = session.catalog.access
    if access.holds("GRANT ANY ROLE" if is_role else "GRANT ANY PRIVILEGE") or session.store.rows(
        "SELECT 1 FROM ora.system_grants g JOIN ora.names_of($1) AS n ON n = g.grantee WHERE "
        "g.privilege = $2 "
        "AND g.admin",
        [access.user, name],
    ):
        return is_role
    raise (
        OracleError(1932, f"ADMIN option not granted for role '{name}'")
        if is_role
        else insufficient()
    )


# -- object privileges
# ----------------------------------------------------------------------------------------------


def _change_object(
    session: Workspace,
    target: Target,
    names: list[str],
    grantee: str,
    *,
    granting: bool,
    option: bool,
) -> None:
    if grantee == session.catalog.access.user:
        raise OracleError(1749, "you may not GRANT/REVOKE privileges to/from yourself")
    everything = names in (["ALL"], ["ALL PRIVILEGES"])
    wanted = list(target.privileges) if everything else names
    for name in wanted:
        _check_object_privilege(target, name)
    if granting:
        if option and _is_role(session, grantee):
            raise OracleError(1926, "cannot GRANT to a role WITH GRANT OPTION")
        grantor, allowed = _grantor(session, target)
        given = [name for name in wanted if allowed is None or name in allowed]
        if not given or (given != wanted and not everything):
            raise _unseen(session, target)
        if target.kind == "view":
            _check_view_base(session, target)
        _insert_grants(session, target, given, grantee, grantor, option=option)
    else:
        _revoke_object(session, target, wanted, grantee)


def _check_object_privilege(target: Target, name: str) -> None:
    if name in target.privileges:
        return
    if name in _NOT_HERE:
        raise OracleError(3001, f"unimplemented feature: the privilege {name}")
    if name not in _TABLE:
        raise OracleError(990, "missing or invalid privilege")
    if target.kind == "package":
        raise OracleError(2225, "only EXECUTE and DEBUG privileges are valid for procedures")
    if target.kind == "sequence":
        raise OracleError(2205, "only SELECT and ALTER privileges are valid for sequences")
    raise OracleError(2204, "ALTER, INDEX and EXECUTE not allowed for views")


def _grantor(session: Workspace, target: Target) -> tuple[str, frozenset[str] | None]:
    """In whose name the session grants, and which privileges; None for all."""
    access = session.catalog.access
    if target.schema == access.user or access.holds("GRANT ANY OBJECT PRIVILEGE"):
        return target.schema, None
    rows = session.store.rows(
        "SELECT privilege FROM ora.grants WHERE relation = $1::int8::oid AND grantee IN ($2, "
        "'PUBLIC') AND grantable",
        [str(target.oid), access.user],
    )
    return access.user, frozenset(row[0] or "" for row in rows)


def _unseen(session: Workspace, target: Target) -> OracleError:
    access = session.catalog.access
    found = session.catalog.by_oid(target.oid)
    seen = access.granted_on(target.oid) or (found is not None and access.sees(found))
    return insufficient() if seen else OracleError(942, "table or view does not exist")


def _check_view_base(session: Workspace, target: Target) -> None:
    """Who lets others read a view must be able to let them read what is behind it."""
    if target.schema == "SYS":
        return
    rows = session.store.rows(
        "SELECT n.nspname, c.relname FROM pg_rewrite w JOIN pg_depend d ON d.classid = "
        "'pg_rewrite'::regclass "
        "AND d.objid = w.oid AND d.refclassid = 'pg_class'::regclass AND d.refobjid <> w.ev_class "
        "JOIN pg_class c ON c.oid = d.refobjid AND c.relkind IN ('r', 'v') "
        "JOIN pg_namespace n ON n.oid = c.relnamespace "
        "WHERE w.ev_class = $1::int8::oid AND n.nspname NOT IN ($2, 'SYS', 'ora') "
        "AND NOT EXISTS (SELECT 1 FROM ora.grants g WHERE g.relation = c.oid "
        "AND g.grantee IN ($2, 'PUBLIC') AND g.privilege = 'SELECT' AND g.grantable) "
        "AND NOT EXISTS (SELECT 1 FROM ora.system_grants s WHERE s.grantee = $2 AND s.privilege "
        "= 'SELECT ANY TABLE' "
        "AND s.admin)",
        [str(target.oid), target.schema],
    )
    if rows:
        raise OracleError(1720, f"grant option does not exist for '{rows[0][0]}.{rows[0][1]}'")


def _insert_grants(
    session: Workspace,
    target: Target,
    names: list[str],
    grantee: str,
    grantor: str,
    *,
    option: bool,
) -> None:
    for name in names:
        session.store.rows(
            "INSERT INTO ora.grants VALUES ($1::int8::oid, $2, $3, $4, $5::bool) "
            "ON CONFLICT (relation, grantee, privilege, grantor) "
            "DO UPDATE SET grantable = ora.grants.grantable OR excluded.grantable",
            [str(target.oid), grantee, name, grantor, "t" if option else "f"],
        )


def _revoke_object(session: Workspace, target: Target, names: list[str], grantee: str) -> None:
    """Takes back what the session granted, and what was granted on with it."""
    access = session.catalog.access
    grantor = target.schema if access.holds("GRANT ANY OBJECT PRIVILEGE") else access.user
    gone = session.store.rows(
        "DELETE FROM ora.grants WHERE relation = $1::int8::oid AND grantee = $2 AND grantor = $3 "
        "AND privilege = ANY ($4::text[]) RETURNING privilege",
        [str(target.oid), grantee, grantor, "{" + ",".join(names) + "}"],
    )
    if not gone:
        seen = (
            target.schema == access.user
            or access.granted_on(target.oid)
            or access.holds("SELECT ANY TABLE")
        )
        if not seen:
            raise OracleError(942, "table or view does not exist")
        raise OracleError(1927, "cannot REVOKE privileges you did not grant")
    _revoke_passed_on(session, target)


def _revoke_passed_on(session: Workspace, target: Target) -> None:
    """Grants whose grantor has lost the grant option go too, until all that are left rest on the
    owner's.
    """
    while session.store.rows(
        "DELETE FROM ora.grants g WHERE g.relation = $1::int8::oid AND g.grantor <> $2 AND NOT "
        "EXISTS "
        "(SELECT 1 FROM ora.grants o WHERE o.relation = g.relation AND o.privilege = g.privilege "
        "AND o.grantee IN (g.grantor, 'PUBLIC') AND o.grantable) RETURNING g.grantee",
        [str(target.oid), target.schema],
    ):
        pass
