"""Global temporary tables: one definition for all, rows for each session alone.

The definition is an ordinary table of the store that stays empty; ``ora.temporaries`` says that it
is temporary. Each session keeps its rows in a temporary table of PostgreSQL, made after the
definition when the session first uses it.
"""

from __future__ import annotations

from dataclasses import replace

from lab.oracle.engine.catalog import Catalog
from lab.oracle.engine.facts import Relation
from lab.oracle.engine.lexer import quote
from lab.oracle.engine.store import Store
from lab.oracle.engine.transaction import Transaction
from lab.oracle.interface import OracleError

_INSTANCE = "SELECT oid FROM pg_class WHERE relname = $1 AND relnamespace = pg_my_temp_schema()"
#: unique indexes of the definition ($1) and those of the instance ($2) made after them, by what
#: they index
_INDEXES = """
SELECT d.name, i.name FROM
    (SELECT x.indexrelid::regclass::oid AS oid, c.relname AS name, x.indkey::text AS key,
      x.indoption::text AS option,
        pg_get_expr(x.indexprs, x.indrelid) AS expressions,
          row_number() OVER (PARTITION BY x.indkey::text,
        x.indoption::text, pg_get_expr(x.indexprs, x.indrelid) ORDER BY x.indexrelid) AS place
     FROM pg_index x JOIN pg_class c ON c.oid = x.indexrelid WHERE x.indrelid = $1::int8::oid
       AND x.indisunique) d
JOIN
    (SELECT c.relname AS name, x.indkey::text AS key, x.indoption::text AS option,
        pg_get_expr(x.indexprs, x.indrelid) AS expressions,
          row_number() OVER (PARTITION BY x.indkey::text,
        x.indoption::text, pg_get_expr(x.indexprs, x.indrelid) ORDER BY x.indexrelid) AS place
     FROM pg_index x JOIN pg_class c ON c.oid = x.indexrelid WHERE x.indrelid = $2::int8::oid
       AND x.indisunique) i
ON (i.key, i.option, i.place) = (d.key, d.option, d.place) AND i.expressions IS NOT DISTINCT
  FROM d.expressions"""
#: made after an earlier definition; empty, or the definition could not have been changed
_OUTDATED = """
SELECT relname FROM pg_class WHERE relname LIKE $1 AND relkind = 'r'
  AND relnamespace = pg_my_temp_schema()"""
_IN_USE_ELSEWHERE = """
SELECT 1 FROM pg_class c WHERE c.relpersistence = 't' AND c.relkind = 'r' AND c.relname LIKE $1
AND c.relnamespace <> pg_my_temp_schema() AND pg_relation_size(c.oid) > 0
AND ($2 OR EXISTS (SELECT 1 FROM pg_locks l WHERE l.relation = c.oid))"""


class Temporaries:
    """The instances of one session."""

    def __init__(self, store: Store, transaction: Transaction, catalog: Catalog) -> None:
        self._store = store
        self._transaction = transaction
        self._catalog = catalog
        #: name of the instance -> its oid
        self._open: dict[str, int] = {}
        self._unsettled = False

    def open(self, relation: Relation) -> None:
        """Makes sure that this session has its instance of a temporary table."""
        name = relation.instance
        if name not in self._open:
            self._open[name] = self._transaction.atomic(
                lambda: self._found_or_made(relation), changes=False
            )
            self._unsettled = self._unsettled or self._transaction.is_open
            self._store.stands_for[name] = (relation.schema, relation.name)
        # the instance has no dropped columns; the one of the ROWIDs is among the others
        facts = {
            column.name: replace(column, attnum=place + (0 < relation.rowid < column.attnum))
            for place, column in enumerate(relation.columns.values(), 1)
        }
        self._catalog.know(replace(relation, oid=self._open[name], columns=facts))

    def _found_or_made(self, relation: Relation) -> int:
        found = self._store.rows(_INSTANCE, [relation.instance])
        if not found:
            for (outdated,) in self._store.rows(_OUTDATED, [_pattern(relation)]):
                self._store.run(f"DROP TABLE pg_temp.{quote(outdated or '')}")
            keeps = "PRESERVE" if relation.lifetime == "SESSION" else "DELETE"
            self._store.run(
                f"CREATE TEMPORARY TABLE {quote(relation.instance)} (LIKE {quote(relation.schema)}."
                f"{quote(relation.name)} INCLUDING DEFAULTS INCLUDING CONSTRAINTS INCLUDING "
                f"GENERATED "
                f"INCLUDING INDEXES) ON COMMIT {keeps} ROWS"
            )
            found = self._store.rows(_INSTANCE, [relation.instance])
            self._name_indexes(relation.oid, int(found[0][0] or 0))
        return int(found[0][0] or 0)

    def _name_indexes(self, definition: int, instance: int) -> None:
        """Errors name constraints: the instance's are called as the definition's, if no other
        instance's is.
        """
        for name, made_up in self._store.rows(_INDEXES, [str(definition), str(instance)]):
            if not self._store.rows(_INSTANCE, [name]):
                self._store.run(
                    f"ALTER INDEX pg_temp.{quote(made_up or '')} RENAME TO {quote(name or '')}"
                )

    def after_commit(self) -> None:
        """What was made in the transaction stays."""
        self._unsettled = False

    def after_rollback(self, *, wholly: bool) -> bool:
        """Whether instances may be gone with the transaction, so that nothing prepared may be used
        any more.
        """
        lost = self._unsettled
        if lost:
            self._open.clear()
            self._unsettled = not wholly
        return lost

    def refuse_in_use(self, relation: Relation, *, altering: bool = False) -> None:
        """For DDL: raises ORA-14452, or ORA-14450 for ALTER TABLE, when a session has rows in a
        temporary table.
        """
        if not relation.lifetime:
            return
        own = self._store.rows(_INSTANCE, [relation.instance])
        if (
            own and self._store.rows(f"SELECT 1 FROM pg_temp.{quote(relation.instance)} LIMIT 1")
        ) or self._store.rows(
            _IN_USE_ELSEWHERE, [_pattern(relation), "t" if relation.lifetime == "SESSION" else "f"]
        ):
            if altering:
                raise OracleError(
                    14450, "attempt to access a transactional temp table already in use"
                )
            raise OracleError(
                14452, "attempt to create, alter or drop an index on temporary table already in use"
            )

    def redefined(self, relation: Relation) -> None:
        """After a change of the definition: instances made after the old one are not used again."""
        if not relation.lifetime:
            return
        self._store.run(
            f"UPDATE ora.temporaries SET version = version + 1 WHERE relation = {relation.oid}; "
            f"DROP TABLE IF EXISTS pg_temp.{quote(relation.instance)}"
        )
        self._open.pop(relation.instance, None)

    def truncate(self, relation: Relation) -> None:
        """Empties the session's own instance."""
        if self._store.rows(_INSTANCE, [relation.instance]):
            self._store.run(f"TRUNCATE pg_temp.{quote(relation.instance)}")


def _pattern(relation: Relation) -> str:
    """LIKE pattern of the instances of all versions of the definition."""
    return relation.instance.rpartition("$")[0].replace("_", r"\_") + "$%"


def refuse_sequences(store: Store, relation: int) -> None:
    """Raises ORA-03001 for a default that counts: instances would keep its sequence from being
    dropped.
    """
    if store.rows(
        "SELECT 1 FROM pg_attrdef WHERE adrelid = $1::int8::oid AND pg_get_expr(adbin, adrelid) "
        "LIKE '%nextval(%'",
        [str(relation)],
    ):
        raise OracleError(
            3001, "unimplemented feature: a column of a temporary table that a sequence fills"
        )
