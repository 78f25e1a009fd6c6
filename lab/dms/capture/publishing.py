"""What the server is told to send: pglogical's replication sets, or publications for pgoutput.

Either way there are two of them. Updates and deletes go through the one named like the slot,
inserts through ``i<slot>`` (AWS DMS user guide, PostgreSQL source, native CDC start points): a
table whose updates cannot say which row they mean is in the second one only. test_decoding sends
everything.
"""

from __future__ import annotations

from collections.abc import Iterable

from lab.dms.agreed.spec import TaskSpec
from lab.dms.capture.ddl_audit import ddl_schema
from lab.dms.capture.names import AUDIT_TABLE, HEARTBEAT_TABLE
from lab.dms.capture.plugins import PGLOGICAL, PGOUTPUT
from lab.dms.databases.source import Source
from lab.dms.ground.catalogue import SourceTable
from lab.quoting import qualified

_Name = tuple[str, str]
_OWN = """
SELECT n.nspname, c.relname FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n
  ON n.oid = c.relnamespace
 WHERE c.relkind = 'r' AND c.relname IN (%s, %s)
"""


class Publisher:
    """For one slot; ``publish`` may be called as often as tables come and go."""

    def __init__(self, spec: TaskSpec, source: Source, plugin: str, slot: str) -> None:
        self._endpoint = spec.source
        self._source = source
        self._plugin = plugin
        self._slot = slot

    def publish(self, tables: Iterable[SourceTable]) -> None:
        """Make both sets hold exactly these tables, and what DMS writes itself."""
        if self._plugin not in (PGLOGICAL, PGOUTPUT):
            return
        tables = tuple(tables)
        own = {tuple(name) for name in self._source.query(_OWN, (AUDIT_TABLE, HEARTBEAT_TABLE))}
        beating = {name for name in own if name[1] == HEARTBEAT_TABLE}
        audited = own & {(ddl_schema(self._endpoint), AUDIT_TABLE)}
        keyed = {(table.schema, table.name) for table in tables if self._sends_updates(table)}
        every = {(table.schema, table.name) for table in tables}
        prepare = self._replication_set if self._plugin == PGLOGICAL else self._publication
        prepare(self._slot, False, keyed | beating)
        prepare(f"i{self._slot}", True, every | beating | audited)

    def _sends_updates(self, table: SourceTable) -> bool:
        # REPLICA IDENTITY FULL is not supported with pglogical: it wants a key (AWS DMS user guide,
        # PostgreSQL source)
        return (
            bool(table.key) and not table.has_full_identity
            if self._plugin == PGLOGICAL
            else table.carries_old
        )

    def _replication_set(self, name: str, inserts: bool, wanted: set[_Name]) -> None:
        self._ensure_node()
        query = self._source.query
        if not query("SELECT 1 FROM pglogical.replication_set WHERE set_name = %s", (name,)):
            actions = "true, false, false, true" if inserts else "false, true, true, false"
            query(f"SELECT pglogical.create_replication_set(%s, {actions})", (name,))
        present = set(
            query("SELECT nspname, relname FROM pglogical.tables WHERE set_name = %s", (name,))
        )
        for table in sorted(wanted - present):
            query(
                "SELECT pglogical.replication_set_add_table(%s, %s::regclass)",
                (name, qualified(*table)),
            )
        for table in sorted(present - wanted):
            query(
                "SELECT pglogical.replication_set_remove_table(%s, %s::regclass)",
                (name, qualified(*table)),
            )

    def _ensure_node(self) -> None:
        if not self._source.query("SELECT 1 FROM pglogical.local_node"):
            endpoint = self._endpoint
            dsn = f"host={endpoint.host} port={endpoint.port} dbname={endpoint.name}"
            self._source.query("SELECT pglogical.create_node(%s, %s)", ("awsdms", dsn))

    def _publication(self, name: str, inserts: bool, wanted: set[_Name]) -> None:
        query = self._source.query
        if not query("SELECT 1 FROM pg_catalog.pg_publication WHERE pubname = %s", (name,)):
            actions = "insert, truncate" if inserts else "update, delete"
            query(f"CREATE PUBLICATION \"{name}\" WITH (publish = '{actions}')")
        present = set(
            query(
                "SELECT schemaname, tablename FROM pg_catalog.pg_publication_tables WHERE "
                "pubname = %s",
                (name,),
            )
        )
        for verb, tables in (("ADD", wanted - present), ("DROP", present - wanted)):
            for table in sorted(tables):
                query(f'ALTER PUBLICATION "{name}" {verb} TABLE ONLY {qualified(*table)}')


def withdraw(source: Source, slot: str) -> None:
    """Drop the sets and publications of a slot where they exist."""
    has_sets = source.query("SELECT 1 FROM pg_catalog.pg_extension WHERE extname = 'pglogical'")
    for name in (slot, f"i{slot}"):
        # without a node there are no sets, and pglogical will not be asked
        if has_sets and source.query(
            "SELECT 1 FROM pglogical.replication_set WHERE set_name = %s", (name,)
        ):
            source.query("SELECT pglogical.drop_replication_set(%s, true)", (name,))
        if source.query("SELECT 1 FROM pg_catalog.pg_publication WHERE pubname = %s", (name,)):
            source.query(f'DROP PUBLICATION "{name}"')
