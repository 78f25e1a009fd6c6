"""The source database beside the stream: its catalogue, pglogical's node and replication sets, the slot's life."""

from __future__ import annotations

import re
import threading
import time
import uuid
from collections.abc import Callable, Iterable
from typing import Any

import psycopg2
import psycopg2.extensions

from lab.dms.catalogue import SourceColumn, SourceTable
from lab.dms.errors import Recoverable, TaskFailed, one_line
from lab.dms.lsn import parse_lsn
from lab.dms.spec import Endpoint

PLUGIN = "pglogical_output"
_AUTHENTICATION = ("28P01", "28000", "3D000")

_COLUMNS = """
SELECT n.nspname, c.relname, a.attname,
       coalesce(b.typname, t.typname), CASE WHEN t.typtype = 'd' THEN t.typtypmod ELSE a.atttypmod END,
       coalesce(b.typtype, t.typtype)
  FROM pg_catalog.pg_class c
  JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
  JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
  JOIN pg_catalog.pg_type t ON t.oid = a.atttypid
  LEFT JOIN pg_catalog.pg_type b ON t.typtype = 'd' AND b.oid = t.typbasetype
 WHERE c.relkind = 'r' AND c.relpersistence = 'p'
   AND n.nspname NOT IN ('pg_catalog', 'information_schema', 'pglogical') AND n.nspname NOT LIKE 'pg\\_%'
 ORDER BY n.nspname, c.relname, a.attnum
"""
_KEYS = """
SELECT n.nspname, c.relname, array_agg(a.attname ORDER BY array_position(i.indkey::int2[], a.attnum))
  FROM pg_catalog.pg_class c
  JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
  JOIN pg_catalog.pg_index i ON i.indrelid = c.oid AND i.indisvalid
       AND CASE c.relreplident WHEN 'i' THEN i.indisreplident WHEN 'd' THEN i.indisprimary ELSE false END
  JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid AND a.attnum = ANY (i.indkey::int2[])
 GROUP BY n.nspname, c.relname
"""
_OPEN_TRANSACTIONS = """
SELECT pid, coalesce(datname, '-'), coalesce(application_name, ''), coalesce(state, '-'),
       date_trunc('second', now() - xact_start)::text
  FROM pg_catalog.pg_stat_activity
 WHERE backend_xid IS NOT NULL AND pid <> pg_backend_pid() ORDER BY xact_start LIMIT 3
"""


def connect(endpoint: Endpoint, **options: Any) -> Any:
    """A connection of psycopg2; raises Recoverable when the server is away, TaskFailed when it refuses the user."""
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
        if error.pgcode in _AUTHENTICATION or re.search(r"authentication failed|does not exist|no pg_hba", text):
            raise TaskFailed(f"Failed to connect to the source database: {text}") from None
        raise Recoverable(f"Failed to connect to the source database: {text}") from None


class Source:
    """One ordinary connection; methods raise Recoverable when it is lost and TaskFailed when the server refuses."""

    def __init__(self, endpoint: Endpoint) -> None:
        self._endpoint = endpoint
        self._connection: Any = None

    def close(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def query(self, sql: str, parameters: Iterable[Any] | None = None) -> list[tuple[Any, ...]]:
        """Run one statement in its own transaction and return its rows, none when it has no result."""
        try:
            if self._connection is None or self._connection.closed:
                self._connection = connect(self._endpoint)
                self._connection.autocommit = True
            with self._connection.cursor() as cursor:
                cursor.execute(sql, None if parameters is None else tuple(parameters))
                return cursor.fetchall() if cursor.description else []
        except (psycopg2.OperationalError, psycopg2.InterfaceError) as error:
            self.close()
            raise Recoverable(f"The connection to the source database was lost: {one_line(error)}") from None
        except psycopg2.Error as error:
            raise TaskFailed(f"The source database refuses the task's work: {one_line(error)}") from None

    def tables(self) -> tuple[SourceTable, ...]:
        """All ordinary tables (partitions are such tables) with their columns and replica identity."""
        keys = {(schema, table): tuple(key) for schema, table, key in self.query(_KEYS)}
        columns: dict[tuple[str, str], list[SourceColumn]] = {}
        for schema, table, name, type_name, modifier, kind in self.query(_COLUMNS):
            columns.setdefault((schema, table), []).append(SourceColumn(name, type_name, modifier, kind))
        return tuple(SourceTable(*name, tuple(found), keys.get(name, ())) for name, found in columns.items())

    def check_prerequisites(self) -> None:
        """Raise TaskFailed with the way out when the source cannot give its changes away."""
        if self.query("SELECT current_setting('wal_level')")[0][0] != "logical":
            raise TaskFailed("wal_level must be 'logical' on the source database; change it and restart the server")
        if not self.query("SELECT 1 FROM pg_catalog.pg_extension WHERE extname = 'pglogical'"):
            raise TaskFailed(
                "Extension pglogical is not installed in the source database; add it to shared_preload_libraries, "
                "restart, then CREATE EXTENSION pglogical"
            )
        timeout = int(self.query("SELECT setting FROM pg_catalog.pg_settings WHERE name = 'wal_sender_timeout'")[0][0])
        if 0 < timeout < 10000:
            raise TaskFailed(f"wal_sender_timeout is {timeout} ms on the source; it must be 0 or at least 10000 ms")

    # ------------------------------------------------- pglogical's node and sets

    def prepare_sets(self, slot: str, tables: Iterable[SourceTable]) -> None:
        """Make the node and the slot's two sets hold exactly these tables.

        Updates and deletes go through the set named like the slot, inserts through ``i<slot>`` (AWS DMS user guide,
        PostgreSQL source, native CDC start points); a table without a replica identity is in the second one only.
        """
        if not self.query("SELECT 1 FROM pglogical.local_node"):
            dsn = f"host={self._endpoint.host} port={self._endpoint.port} dbname={self._endpoint.name}"
            self.query("SELECT pglogical.create_node(%s, %s)", ("awsdms", dsn))
        tables = tuple(tables)
        keyed = {(table.schema, table.name) for table in tables if table.key}
        self._prepare_set(slot, "false, true, true, false", keyed)
        self._prepare_set(f"i{slot}", "true, false, false, true", {(table.schema, table.name) for table in tables})

    def _prepare_set(self, name: str, actions: str, wanted: set[tuple[str, str]]) -> None:
        if not self.query("SELECT 1 FROM pglogical.replication_set WHERE set_name = %s", (name,)):
            self.query(f"SELECT pglogical.create_replication_set(%s, {actions})", (name,))
        present = set(self.query("SELECT nspname, relname FROM pglogical.tables WHERE set_name = %s", (name,)))
        for schema, table in sorted(wanted - present):
            self.query(
                "SELECT pglogical.replication_set_add_table(%s, format('%%I.%%I', %s, %s)::regclass)",
                (name, schema, table),
            )
        for schema, table in sorted(present - wanted):
            self.query(
                "SELECT pglogical.replication_set_remove_table(%s, format('%%I.%%I', %s, %s)::regclass)",
                (name, schema, table),
            )

    def drop_slot(self, slot: str) -> None:
        """Drop a slot and its sets where they exist."""
        self.query(
            "SELECT pg_drop_replication_slot(slot_name) FROM pg_catalog.pg_replication_slots WHERE slot_name = %s",
            (slot,),
        )
        for name in (slot, f"i{slot}"):
            self.query("SELECT pglogical.drop_replication_set(%s, true)", (name,))

    # ------------------------------------------------------------------- slot

    def slot_name(self, resource_id: str) -> str:
        """A name as DMS forms it: 16 characters of the resource id, the database's oid, a random part."""
        oid = self.query("SELECT oid::bigint FROM pg_catalog.pg_database WHERE datname = current_database()")[0][0]
        prefix = re.sub(r"[^a-z0-9_]", "_", resource_id.lower())[:16]
        return f"{prefix}_{oid:08d}_{str(uuid.uuid4()).replace('-', '_')}"

    def confirmed_position(self, slot: str) -> int | None:
        """The slot's confirmed position, None when there is no such slot or it has been invalidated."""
        found = self.query(
            "SELECT confirmed_flush_lsn::text, coalesce(wal_status, '') FROM pg_catalog.pg_replication_slots "
            "WHERE slot_name = %s",
            (slot,),
        )
        if not found or found[0][0] is None or found[0][1] == "lost":
            return None
        return parse_lsn(found[0][0])

    def create_slot(self, slot: str, limit: float, say: Callable[[str], None], stopping: Callable[[], bool]) -> int:
        """Create the slot and return its first position.

        PostgreSQL waits for every transaction open at that moment, in any database of the server. ``say`` is told
        what is waited for; after ``limit`` seconds, or when ``stopping`` says so, TaskFailed is raised.
        """
        creation = _SlotCreation(self._endpoint, slot)
        started, told = time.monotonic(), 0.0
        while not creation.finished(0.25):
            waited = time.monotonic() - started
            if waited >= limit or stopping():
                holders = self.open_transactions()
                creation.cancel()
                raise TaskFailed(
                    f"Replication slot {slot} could not be created within {limit:g} seconds: it waits for open "
                    f"transactions ({holders or 'none is open any more'}). End them and start the task again"
                )
            if waited - told >= 2:
                told = waited
                say(f"Creation of replication slot '{slot}' waits for open transactions: {self.open_transactions()}")
        return creation.result()

    def open_transactions(self) -> str:
        """The oldest open transactions that have an id, in words; empty when there is none."""
        return "; ".join(
            f"pid {pid} in database {database}{f' of {program}' if program else ''}, {state} for {age}"
            for pid, database, program, state, age in self.query(_OPEN_TRANSACTIONS)
        )


class _SlotCreation(threading.Thread):
    """The blocking call in a thread of its own, so that it can be watched and called off."""

    def __init__(self, endpoint: Endpoint, slot: str) -> None:
        super().__init__(name="slot creation", daemon=True)
        self._connection = connect(endpoint)
        self._connection.autocommit = True
        self._slot = slot
        self._position: int | None = None
        self._error: psycopg2.Error | None = None
        self.start()

    def run(self) -> None:
        try:
            with self._connection.cursor() as cursor:
                cursor.execute("SELECT lsn::text FROM pg_create_logical_replication_slot(%s, %s)", (self._slot, PLUGIN))
                self._position = parse_lsn(cursor.fetchone()[0])
        except psycopg2.Error as error:
            self._error = error

    def finished(self, timeout: float) -> bool:
        self.join(timeout)
        return not self.is_alive()

    def cancel(self) -> None:
        self._connection.cancel()
        self.join(10)
        self._connection.close()

    def result(self) -> int:
        self._connection.close()
        if self._position is not None:
            return self._position
        text = one_line(self._error)
        if isinstance(self._error, psycopg2.OperationalError) and self._connection.closed > 1:
            raise Recoverable(text)
        raise TaskFailed(f"Replication slot {self._slot} could not be created: {text}")
