"""What an account may see of Oracle's dictionary.

Oracle Database Reference and the text of the views (ALL_VIEWS): ALL_TABLES, ALL_TAB_COLUMNS,
ALL_CONSTRAINTS and ALL_CONS_COLUMNS show a table to its owner, to whoever holds an object privilege
on it (a role or PUBLIC included), and to holders of certain system privileges on ANY TABLE.
ALL_TRIGGERS shows a trigger to its owner, to the owner of its table, to a holder of an object
privilege on the table and of CREATE ANY TRIGGER: SELECT ANY TABLE is not enough. SESSION_PRIVS,
SESSION_ROLES and ALL_TAB_PRIVS are for everybody, and so is ALL_POLICIES for the tables one sees.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import Connection, Engine, text

from reconciliation.databases import grants
from reconciliation.databases.faults import place
from reconciliation.databases.quoting import text_quoted
from reconciliation.errors import Locked, TooSlow, Unreadable, Unseen

#: of the system privileges the views of tables and constraints go by, those they have in common
#: since 11.2
ANY_TABLE = frozenset(
    f"{verb} ANY TABLE" for verb in ("SELECT", "INSERT", "UPDATE", "DELETE", "LOCK")
)
ANY_TRIGGER = "CREATE ANY TRIGGER"

_GRANTED = """
SELECT DISTINCT TABLE_NAME FROM ALL_TAB_PRIVS
 WHERE TABLE_SCHEMA = :schema AND (GRANTEE IN (USER, 'PUBLIC') OR GRANTEE IN (SELECT ROLE
   FROM SESSION_ROLES))
"""
_MAY_DELETE = """
SELECT (SELECT COUNT(*) FROM SESSION_PRIVS WHERE PRIVILEGE = 'DELETE ANY TABLE')
       + (SELECT COUNT(*) FROM ALL_TAB_PRIVS
           WHERE TABLE_SCHEMA = :schema AND TABLE_NAME = :name AND PRIVILEGE = 'DELETE'
             AND (GRANTEE IN (USER, 'PUBLIC') OR GRANTEE IN (SELECT ROLE FROM SESSION_ROLES)))
  FROM DUAL
"""
#: a policy of the virtual private database adds a condition to what is read, without a word
_POLICIES = """
SELECT POLICY_NAME FROM ALL_POLICIES
 WHERE OBJECT_OWNER = :schema AND OBJECT_NAME = :name AND SEL = 'YES' AND ENABLE = 'YES'
   AND NOT EXISTS (SELECT NULL FROM SESSION_PRIVS WHERE PRIVILEGE = 'EXEMPT ACCESS POLICY')
 ORDER BY POLICY_NAME
"""


@dataclass(frozen=True)
class OracleSight:
    """``granted`` are tables, with their schema, on which the account holds anything; ``whole`` the
    DBA_ views it may read. ``where`` is the place in words.
    """

    where: str
    user: str
    privileges: frozenset[str]
    granted: frozenset[str]
    whole: frozenset[str]

    def view(self, what: str) -> str:
        """The dictionary view to be asked for ``what`` (``TRIGGERS``): the one that hides nothing,
        where it may be.
        """
        return _view(what, f"DBA_{what}" in self.whole)

    def sees_triggers(self, table: str) -> bool:
        """Whether every trigger on a table (with its schema) is shown."""
        return "DBA_TRIGGERS" in self.whole or ANY_TRIGGER in self.privileges or self._holds(table)

    def sees_tables(self, schema: str) -> bool:
        """Whether every table of a schema is shown: what is not there does not exist."""
        return schema == self.user or bool(self.privileges & ANY_TABLE)

    @property
    def sees_constraints(self) -> bool:
        """Whether constraints of every table are shown, also of those that refer to others from
        other schemas.
        """
        return (
            bool(self.privileges & ANY_TABLE)
            or {"DBA_CONSTRAINTS", "DBA_CONS_COLUMNS"} <= self.whole
        )

    def _holds(self, table: str) -> bool:
        return table.partition(".")[0] == self.user or table in self.granted

    def hidden_triggers(self, table: str) -> str | None:
        """The grant without which triggers on a table may be hidden; None:
        all of them are shown.
        """
        return None if self.sees_triggers(table) else grants.oracle_view("DBA_TRIGGERS", self.user)

    @property
    def hidden_constraints(self) -> str | None:
        """The grants without which foreign keys from other tables may be hidden; None: all of them
        are shown.
        """
        if self.sees_constraints:
            return None
        return "; ".join(
            grants.oracle_view(view, self.user) for view in ("DBA_CONSTRAINTS", "DBA_CONS_COLUMNS")
        )


def read_sight(connection: Connection, schemas: Iterable[str]) -> OracleSight:
    """What the account of ``connection`` may see of the tables of ``schemas``, as it is now."""
    privileges = connection.execute(text("SELECT PRIVILEGE FROM SESSION_PRIVS")).scalars().all()
    granted = {
        f"{schema}.{name}"
        for schema in dict.fromkeys(schemas)
        for name in connection.execute(text(_GRANTED), {"schema": schema}).scalars()
    }
    whole = {view for view in grants.WHOLE_VIEWS if _may_read(connection, view)}
    return OracleSight(
        place(connection.engine.url),
        user_of(connection),
        frozenset(privileges),
        frozenset(granted),
        frozenset(whole),
    )


def view(connection: Connection, what: str) -> str:
    """The same without everything else that the account may see."""
    return _view(what, _may_read(connection, f"DBA_{what}"))


def _view(what: str, whole: bool) -> str:
    return f"SYS.DBA_{what}" if whole else f"ALL_{what}"


def _may_read(connection: Connection, view: str) -> bool:
    try:
        connection.execute(text(f"SELECT 1 FROM SYS.{view} WHERE 1 = 0"))
    except (Locked, TooSlow):
        raise
    except Unreadable:  # ORA-00942, ORA-01031, or ORA-41900 of 23ai
        return False
    return True


def table_unseen(engine: Engine, table: str) -> Unseen | None:
    """Why nothing may be concluded about a table that the catalogue does not show; None: it does
    not exist.
    """
    schema, _, name = table.partition(".")
    with engine.connect() as connection:
        if _reads(connection, table):
            return Unseen(
                f"{place(engine.url)}: {table} can be read, but is no table of a schema that the "
                "profile's [target] names: it stands in another schema, or is a view or a synonym"
            )
        sight = read_sight(connection, (schema,))
        if sight.sees_tables(schema) or (
            "DBA_TABLES" in sight.whole and not _exists(connection, schema, name)
        ):
            return None
    known = "DBA_TABLES" in sight.whole
    words = (
        f"{sight.user} may not see {table};"
        if known
        else f"table {table} is not there, or {sight.user} may not see it; check its name, or"
    )
    return Unseen(f"{sight.where}: {words} {grants.oracle_table(table, sight.user)}")


def hidden_tables(engine: Engine, absent: Iterable[str]) -> dict[str, str]:
    """Of tables that the catalogue does not show those that may be there, by name, and why nobody
    knows.
    """
    unseen = {name: table_unseen(engine, name) for name in absent}
    return {name: str(error) for name, error in unseen.items() if error is not None}


def _exists(connection: Connection, schema: str, name: str) -> bool:
    statement = text(
        "SELECT COUNT(*) FROM SYS.DBA_TABLES WHERE OWNER = :schema AND TABLE_NAME = :name"
    )
    count = connection.execute(statement, {"schema": schema, "name": name}).scalar_one()
    return bool(count > 0)


def rows_unseen(connection: Connection, table: str) -> Unseen | None:
    """Why the rows of a table that the catalogue shows cannot be read."""
    schema, _, name = table.partition(".")
    if not _reads(connection, table):
        return Unseen(
            f"{place(connection.engine.url)}: {user_of(connection)} may not read {table}; "
            f"{grants.oracle_table(table, user_of(connection))}"
        )
    policy = connection.execute(text(_POLICIES), {"schema": schema, "name": name}).scalars().first()
    if policy is None:
        return None
    user = user_of(connection)
    return Unseen(
        f"{place(connection.engine.url)}: policy {policy} of {table} may hide rows from {user}; "
        f"GRANT EXEMPT ACCESS POLICY TO {grants.in_oracle(user)}"
    )


def _reads(connection: Connection, table: str) -> bool:
    schema, _, name = table.partition(".")
    try:
        connection.execute(
            text(f"SELECT 1 FROM {text_quoted(schema)}.{text_quoted(name)} WHERE 1 = 0")
        )
    except (Locked, TooSlow):
        raise
    except Unreadable:
        return False
    return True


def delete_refused(connection: Connection, table: str) -> Unseen | None:
    """Why rows of a table could not be removed, found out without removing one."""
    schema, _, name = table.partition(".")
    user = user_of(connection)
    binds = {"schema": schema, "name": name}
    if schema == user or connection.execute(text(_MAY_DELETE), binds).scalar_one() > 0:
        return None
    return Unseen(
        f"{place(connection.engine.url)}: {user} may not remove "
        f"from {table} what a run leaves there; {grants.oracle_table(table, user, 'DELETE')}"
    )


def user_of(connection: Connection) -> str:
    """The account's name as Oracle has it."""
    user: str = connection.execute(text("SELECT USER FROM DUAL")).scalar_one()
    return user


def require_seen(engine: Engine, table: str) -> None:
    """Raises Unseen unless a table that the catalogue does not show is known not to exist."""
    unseen = table_unseen(engine, table)
    if unseen is not None:
        raise unseen
