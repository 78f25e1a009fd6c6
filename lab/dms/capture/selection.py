"""Which changes of the stream concern the task, and under which tables' names
they are delivered.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from lab.dms.agreed.spec import TaskSpec
from lab.dms.capture.ddl_audit import ddl_schema
from lab.dms.capture.names import AUDIT_TABLE, OWN_PREFIX, PGLOGICAL_SCHEMA
from lab.dms.ground.catalogue import SourceTable
from lab.dms.mapping.resolve import is_selected
from lab.dms.mapping.rules import TableMappings

TableName = tuple[str, str]


class Selection:
    """The task's tables as the source's catalogue shows them now.

    ``read_tables`` gives that catalogue; it is read again for a table that is not known and after
    ``reload``. ``duplicates`` says whether a change of a partition is delivered for its parent too
    when both are selected.
    """

    def __init__(
        self,
        mappings: TableMappings,
        read_tables: Callable[[], Iterable[SourceTable]],
        *,
        ddl_schema: str | None = "public",
        duplicates: bool = True,
        say: Callable[[str], None] = lambda text: None,
    ) -> None:
        self._mappings = mappings
        self._read_tables = read_tables
        self._audit = (ddl_schema, AUDIT_TABLE)
        self._duplicates = duplicates
        self._say = say
        self._keys: dict[TableName, tuple[str, ...]] = {}
        self._halted: set[TableName] = set()
        self.reload()

    @classmethod
    def of(
        cls,
        spec: TaskSpec,
        read_tables: Callable[[], Iterable[SourceTable]],
        say: Callable[[str], None] = lambda text: None,
    ) -> Selection:
        """The selection of a task; ``say`` is told of tables that are not followed any more."""
        return cls(
            spec.mappings,
            read_tables,
            ddl_schema=ddl_schema(spec.source),
            duplicates=spec.switches.partitioned_parent == "duplicates",
            say=say,
        )

    def reload(self) -> None:
        """Read the catalogue again."""
        self._names: dict[TableName, tuple[TableName, ...]] = {}
        self._tables: dict[TableName, SourceTable] = {}
        parents: dict[TableName, list[TableName]] = {}
        for table in self._read_tables():
            name = (table.schema, table.name)
            self._tables[name] = table
            for partition in table.partitions or ():
                parents.setdefault(partition, []).append(name)
        self._parents = parents
        self._watch_keys()

    @property
    def published(self) -> tuple[SourceTable, ...]:
        """The tables whose changes are wanted from the server: partitions in place of their
        parents.
        """
        return tuple(
            table
            for name, table in self._tables.items()
            if table.partitions is None and self._deliverable(name)
        )

    def selects(self, schema: str, table: str) -> bool:
        """Whether the mapping selects a table of this name."""
        if table.startswith(OWN_PREFIX) or schema == PGLOGICAL_SCHEMA:
            return False
        return is_selected(self._mappings, schema, table)

    def is_audit(self, schema: str, table: str) -> bool:
        return (schema, table) == self._audit

    def delivered(self, schema: str, table: str) -> tuple[TableName, ...]:
        """The names under which a change of this table is delivered; none for one that is not
        wanted.
        """
        found = self._names.get((schema, table))
        return self._look_up((schema, table)) if found is None else found

    def carries_old(self, schema: str, table: str) -> bool:
        """Whether updates and deletes of the table say which row they mean."""
        table_now = self._tables.get((schema, table))
        return table_now is None or table_now.carries_old

    def columns(self, schema: str, table: str) -> tuple[str, ...]:
        """The table's columns now; empty for a table that is gone."""
        found = self._tables.get((schema, table))
        return tuple(column.name for column in found.columns) if found else ()

    def _look_up(self, name: TableName) -> tuple[TableName, ...]:
        if name not in self._tables and self.selects(*name):
            self.reload()
        names = () if name in self._halted else self._deliverable(name)
        self._names[name] = names
        return names

    def _deliverable(self, name: TableName) -> tuple[TableName, ...]:
        own = (name,) if self.selects(*name) else ()
        parents = tuple(parent for parent in self._parents.get(name, ()) if self.selects(*parent))
        return own + parents if self._duplicates or not own else own

    def _watch_keys(self) -> None:
        # "a changed primary key stops the replication of later changes": AWS DMS user guide,
        # PostgreSQL source
        # a table that was dropped and comes again is a new one
        for name in self._keys.keys() - self._tables.keys():
            del self._keys[name]
            self._halted.discard(name)
        for name, table in self._tables.items():
            before = self._keys.setdefault(name, table.key)
            if before != table.key and name not in self._halted and self._deliverable(name):
                self._halted.add(name)
                self._say(
                    f"The primary key of table '{table.full_name}' has changed from "
                    f"({', '.join(before)}) to "
                    f"({', '.join(table.key)}); its changes are not replicated any more until "
                    f"the task is resumed"
                )
