"""What a user may do: system privileges, roles and object privileges, remembered until somebody
changes the schema.
"""

from __future__ import annotations

from lab.oracle.engine.facts import Relation
from lab.oracle.engine.store import Store
from lab.oracle.interface import OracleError

_NO_TABLE = "table or view does not exist"
#: dictionary views with these names are for administrators; all others are for everybody
_GUARDED = ("DBA_", "V$")
#: of the guarded ones, those that Oracle's own catalogue scripts grant to PUBLIC
_PUBLIC = frozenset(("V$VERSION", "V$NLS_PARAMETERS", "V$TIMEZONE_NAMES"))
_ANY_TABLE = (
    "SELECT",
    "READ",
    "INSERT",
    "UPDATE",
    "DELETE",
    "ALTER",
    "DROP",
    "LOCK",
    "COMMENT",
    "FLASHBACK",
)

_HELD = """
WITH direct (name) AS (VALUES ($1), ('PUBLIC')), spoken (name) AS (SELECT ora.names_of($1))
SELECT 'name', s.name, '', 't' FROM spoken s
UNION ALL SELECT 'system', g.privilege, '', bool_or(g.grantee IN (SELECT name FROM direct))::text
    FROM ora.system_grants g JOIN spoken s ON s.name = g.grantee GROUP BY g.privilege
UNION ALL SELECT 'object', g.privilege, g.relation::text, bool_or(g.grantee IN (SELECT name
  FROM direct))::text
    FROM ora.grants g JOIN spoken s ON s.name = g.grantee GROUP BY g.privilege, g.relation"""


class Access:
    """The privileges of one user, read with one query when they are first asked for.

    ``direct`` asks for what was granted to the user or to PUBLIC: what came with a role does not
    count in the definition of a view, of a foreign key or of a trigger (SQL Language Reference,
    prerequisites of CREATE VIEW).
    """

    def __init__(self, store: Store, user: str) -> None:
        self._store = store
        self.user = user
        self._loaded = False
        self._names: set[str] = set()
        self._system: dict[str, bool] = {}
        self._objects: dict[int, dict[str, bool]] = {}

    def forget(self) -> None:
        """Everything is read anew."""
        self._loaded = False

    def _load(self) -> None:
        if self._loaded:
            return
        self._names, self._system, self._objects = set(), {}, {}
        for kind, name, relation, direct in self._store.rows(_HELD, [self.user]):
            if kind == "name":
                self._names.add(name or "")
            elif kind == "system":
                self._system[name or ""] = (direct or "").startswith("t")
            else:
                self._objects.setdefault(int(relation or 0), {})[name or ""] = (
                    direct or ""
                ).startswith("t")
        self._loaded = True

    def holds(self, privilege: str, *, direct: bool = False) -> bool:
        """Whether the user has a system privilege or a role."""
        self._load()
        return privilege in self._system and (self._system[privilege] or not direct)

    def require(self, privilege: str) -> None:
        """Raises ORA-01031 without the system privilege."""
        if not self.holds(privilege):
            raise insufficient()

    def granted_on(self, oid: int, *, direct: bool = False) -> frozenset[str]:
        """The object privileges on a relation or sequence of the store."""
        self._load()
        return frozenset(
            name for name, own in self._objects.get(oid, {}).items() if own or not direct
        )

    def sees(self, relation: Relation) -> bool:
        """Whether there is any privilege on the relation, so that its existence is no secret."""
        if relation.schema == self.user or self.granted_on(relation.oid):
            return True
        if relation.schema == "SYS":
            return self._reads_dictionary(relation.name)
        return any(self.holds(f"{verb} ANY TABLE") for verb in _ANY_TABLE)

    def allows(self, relation: Relation, privilege: str, *, direct: bool = False) -> bool:
        """Whether SELECT, INSERT, UPDATE, DELETE or another object privilege is there, granted or
        by ANY.

        ``LOCKING`` is what a query with FOR UPDATE takes: SELECT, for which READ does not stand.
        """
        enough = _ENOUGH.get(privilege, (privilege,))
        if relation.schema == self.user or not self.granted_on(
            relation.oid, direct=direct
        ).isdisjoint(enough):
            return True
        if relation.schema == "SYS":
            return privilege in ("SELECT", LOCKING) and self._reads_dictionary(relation.name)
        return any(
            self.holds(_ANY.get(name, f"{name} ANY TABLE"), direct=direct) for name in enough
        )

    def check(
        self, relation: Relation, privilege: str, offset: int = 0, *, direct: bool = False
    ) -> None:
        """Raises ORA-00942 where nothing may be done with the relation, ORA-01031 where only
        something else may.
        """
        if self.allows(relation, privilege, direct=direct):
            return
        raise insufficient(offset) if self.sees(relation) else OracleError(942, _NO_TABLE, offset)

    def check_sequence(self, schema: str, oid: int, offset: int = 0) -> None:
        """Raises ORA-02289, or ORA-01031 where another privilege is there, without SELECT on a
        sequence.
        """
        if (
            schema == self.user
            or self.holds("SELECT ANY SEQUENCE")
            or "SELECT" in self.granted_on(oid)
        ):
            return
        if self.granted_on(oid):
            raise insufficient(offset)
        raise OracleError(2289, "sequence does not exist", offset)

    def _reads_dictionary(self, name: str) -> bool:
        if name in _PUBLIC or not name.startswith(_GUARDED):
            return True
        return self.holds("SELECT ANY DICTIONARY") or self.holds("SELECT_CATALOG_ROLE")


#: the privilege a query with FOR UPDATE asks for
LOCKING = "SELECT FOR UPDATE"
#: what is asked for -> the object privileges of which one will do; READ has been there since 12.1
_ENOUGH = {"SELECT": ("SELECT", "READ"), LOCKING: ("SELECT",)}
#: the system privileges that are not named after the object privilege
_ANY = {"INDEX": "CREATE ANY INDEX"}


def insufficient(offset: int = 0) -> OracleError:
    """ORA-01031."""
    return OracleError(1031, "insufficient privileges", offset)
