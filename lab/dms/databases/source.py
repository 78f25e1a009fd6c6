"""The source database beside the stream: its catalogue and its replication slots."""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any

import psycopg2
import psycopg2.errors
import psycopg2.extensions

from lab.dms.agreed.spec import Endpoint
from lab.dms.databases.slots import SlotCreation, SlotState
from lab.dms.ground.catalogue import SourceColumn, SourceTable
from lab.dms.ground.errors import Recoverable, TaskFailed, one_line
from lab.dms.ground.lsn import parse_lsn

_AUTHENTICATION = ("28P01", "28000", "3D000")

_COLUMNS = """
SELECT n.nspname, c.relname, a.attname,
       coalesce(b.typname, t.typname), CASE WHEN t.typtype = 'd' THEN t.typtypmod
         ELSE a.atttypmod END,
       coalesce(b.typtype, t.typtype)
  FROM pg_catalog.pg_class c
  JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
  JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
  JOIN pg_catalog.pg_type t ON t.oid = a.atttypid
  LEFT JOIN pg_catalog.pg_type b ON t.typtype = 'd' AND b.oid = t.typbasetype
 WHERE c.relkind IN ('r', 'p') AND c.relpersistence = 'p' AND c.relname NOT LIKE 'awsdms\\_%'
   AND n.nspname NOT IN ('pg_catalog', 'information_schema', 'pglogical')
     AND n.nspname NOT LIKE 'pg\\_%'
 ORDER BY n.nspname, c.relname, a.attnum
"""
_KEYS = """
SELECT n.nspname, c.relname, array_agg(a.attname ORDER BY array_position(i.indkey::int2[],
  a.attnum))
  FROM pg_catalog.pg_class c
  JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
  JOIN pg_catalog.pg_index i ON i.indrelid = c.oid AND i.indisvalid
       AND CASE c.relreplident WHEN 'i' THEN i.indisreplident WHEN 'n' THEN false
         ELSE i.indisprimary END
  JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid AND a.attnum = ANY (i.indkey::int2[])
 GROUP BY n.nspname, c.relname
"""
#: the leaves of each partitioned table, null for an ordinary one
_SHAPES = """
SELECT n.nspname, c.relname, c.relreplident,
       CASE WHEN c.relkind = 'p' THEN ARRAY(
            SELECT ARRAY[ln.nspname::text, l.relname::text]
              FROM pg_catalog.pg_partition_tree(c.oid) p
              JOIN pg_catalog.pg_class l ON l.oid = p.relid AND p.isleaf AND l.relkind = 'r'
              JOIN pg_catalog.pg_namespace ln ON ln.oid = l.relnamespace) END
  FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
 WHERE c.relkind = 'p' OR c.relreplident <> 'd'
"""
_SLOT = """
SELECT plugin, confirmed_flush_lsn::text, coalesce(wal_status, '') = 'lost'
  FROM pg_catalog.pg_replication_slots WHERE slot_name = %s AND slot_type = 'logical'
"""


def connect(endpoint: Endpoint, **options: Any) -> Any:
    """A connection of psycopg2; raises Recoverable when the server is away, TaskFailed when it
    refuses the user.
    """
    try:
        return psycopg2.connect(
            host=endpoint.host,
            port=endpoint.port,
            dbname=endpoint.name,
            user=endpoint.user,
            password=endpoint.password,
            connect_timeout=10,
            application_name="AWS DMS",
            client_encoding="UTF8",
            **options,
        )
    except psycopg2.OperationalError as error:
        text = one_line(error)
        if error.pgcode in _AUTHENTICATION or re.search(
            r"authentication failed|does not exist|no pg_hba", text
        ):
            raise TaskFailed(f"Failed to connect to the source database: {text}") from None
        raise Recoverable(f"Failed to connect to the source database: {text}") from None


def _refused(error: psycopg2.Error) -> TaskFailed:
    return TaskFailed(f"The source database refuses the task's work: {one_line(error)}")


class Source:
    """One ordinary connection; methods raise Recoverable when it is lost and TaskFailed when the
    server refuses.

    A statement may take as long as the endpoint's ExecuteTimeout says, 60 seconds by default.
    """

    def __init__(self, endpoint: Endpoint) -> None:
        self._endpoint = endpoint
        self._connection: Any = None

    def close(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def query(self, sql: str, parameters: Iterable[Any] | None = None) -> list[tuple[Any, ...]]:
        """Run one statement in its own transaction and return its rows, none
        when it has no result.
        """
        timeout = self._endpoint.number("ExecuteTimeout", 60)
        try:
            if self._connection is None or self._connection.closed:
                self._connection = connect(
                    self._endpoint, options=f"-c statement_timeout={timeout}s"
                )
                self._connection.autocommit = True
            with self._connection.cursor() as cursor:
                cursor.execute(sql, None if parameters is None else tuple(parameters))
                return cursor.fetchall() if cursor.description else []
        except psycopg2.errors.QueryCanceled:
            raise Recoverable(
                f"A statement on the source database took longer than ExecuteTimeout ({timeout} "
                f"seconds) and was "
                f"cancelled: {one_line(sql)[:200]}"
            ) from None
        except psycopg2.errors.ObjectNotInPrerequisiteState as error:
            raise _refused(error) from None
        except (psycopg2.OperationalError, psycopg2.InterfaceError) as error:
            self.close()
            raise Recoverable(
                f"The connection to the source database was lost: {one_line(error)}"
            ) from None
        except psycopg2.Error as error:
            raise _refused(error) from None

    def tables(self) -> tuple[SourceTable, ...]:
        """All tables, also partitioned ones and their partitions, with their columns and replica
        identity.

        DMS's own tables are left out.
        """
        with self._one_moment():
            keys = {(schema, table): tuple(key) for schema, table, key in self.query(_KEYS)}
            shapes = {
                (schema, table): (identity, None if leaves is None else tuple(map(tuple, leaves)))
                for schema, table, identity, leaves in self.query(_SHAPES)
            }
            columns: dict[tuple[str, str], list[SourceColumn]] = {}
            for schema, table, name, type_name, modifier, kind in self.query(_COLUMNS):
                columns.setdefault((schema, table), []).append(
                    SourceColumn(name, type_name, modifier, kind)
                )
        return tuple(
            SourceTable(*name, tuple(found), keys.get(name, ()), *shapes.get(name, ("d", None)))
            for name, found in columns.items()
        )

    @contextmanager
    def _one_moment(self) -> Iterator[None]:
        """Queries that see the same state: a table made meanwhile would be there without its
        key.
        """
        self.query("BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        try:
            yield
        finally:
            if self._connection is not None:  # it goes away with a lost server
                self.query("ROLLBACK")

    # ------------------------------------------------------------------- slot

    def slot_name(self, resource_id: str) -> str:
        """A name as DMS forms it: 16 characters of the resource id, the database's oid, a random
        part.
        """
        oid = self.query(
            "SELECT oid::bigint FROM pg_catalog.pg_database WHERE datname = current_database()"
        )[0][0]
        prefix = re.sub(r"[^a-z0-9_]", "_", resource_id.lower())[:16]
        return f"{prefix}_{oid:08d}_{str(uuid.uuid4()).replace('-', '_')}"

    def slot(self, slot: str) -> SlotState | None:
        """What the server says of a slot, None when there is no such slot."""
        for plugin, confirmed, is_lost in self.query(_SLOT, (slot,)):
            return SlotState(plugin, None if confirmed is None else parse_lsn(confirmed), is_lost)
        return None

    def create_slot(
        self,
        slot: str,
        plugin: str,
        limit: float,
        say: Callable[[str], None],
        stopping: Callable[[], bool],
    ) -> int:
        """Create the slot and return its first position; see SlotCreation for the wait and its
        errors.
        """
        return SlotCreation(connect(self._endpoint), self.query, slot, plugin).position(
            limit, say, stopping
        )

    def drop_slot(self, slot: str) -> None:
        """Drop a slot where it exists."""
        self.query(
            "SELECT pg_drop_replication_slot(slot_name) FROM pg_catalog.pg_replication_slots "
            "WHERE slot_name = %s",
            (slot,),
        )
