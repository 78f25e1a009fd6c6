"""LOB columns: which there are, how far they are cut, and which are read again from the source.

"LOB" is said of the DMS type: PostgreSQL's text is one, whatever column it goes into.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from lab.dms.ground.changes import DELETE, UPDATE, Change
from lab.dms.ground.errors import TaskFailed
from lab.dms.mapping.resolve import MappedColumn, MappedTable
from lab.dms.transform.traits import Traits
from lab.dms.values.types import LOB_KINDS, DmsType

Warn = Callable[[str, str], None]


class LobTruncated(TaskFailed):
    """A LOB is longer than its limit, and FailTasksOnLobTruncation is set."""


class TableLobs:
    """The LOBs of one table. ``warn`` is told of every value that is cut, and once of columns left
    out.
    """

    def __init__(
        self, mapped: MappedTable, types: Mapping[str, DmsType], traits: Traits, warn: Warn
    ) -> None:
        self._mapped = mapped
        self._types = types
        self._traits = traits
        self._warn = warn
        self._limit = self._limit_bytes()
        self._reads_again = traits.unchanged_toast == "lookup"
        source = frozenset(name for name, kind in types.items() if kind.is_lob)
        #: "LOBs only for tables with a primary key": AWS DMS user guide, Oracle target, limitations
        self.supported = traits.support_lobs and bool(mapped.source.key)
        #: names on the source and on the target, empty where LOBs are not replicated
        self.source = source if self.supported else frozenset()
        self.target = frozenset(column.target for column in mapped.columns if self._is_lob(column))
        #: whether inserts are split
        self.two_steps = bool(self.target) and traits.lob_write == "two_steps"
        #: whether there are LOBs that are not limited in size
        self.unlimited = bool(self.target) and self._limit is None
        #: whether values may have to be read from the source's current row
        self.reads_source = bool(mapped.source.key) and (self.unlimited or self._reads_again)
        if source and traits.support_lobs and not self.supported:
            names = ", ".join(sorted(source))
            warn(
                f"LOBs of {mapped.source.full_name}",
                f"Table '{mapped.source.full_name}' has no primary key; its LOB columns are not "
                f"replicated: {names}",
            )

    def _is_lob(self, column: MappedColumn) -> bool:
        """A LOB of the source that no rule makes something else of."""
        if column.source is None or column.source.name not in self.source:
            return False
        return column.data_type is None or column.data_type.name in LOB_KINDS

    def missing(self, change: Change) -> tuple[str, ...]:
        """The columns of an insert or update whose values are to be read from the source's current
        row.
        """
        if change.operation == DELETE or not self.reads_source:
            return ()
        wanted = self.source if self._limit is None else frozenset()
        if self._reads_again and change.operation == UPDATE:
            wanted |= self._types.keys() - change.new.keys()
        return tuple(sorted(wanted))

    def empty_as_null(self, row: dict[str, Any]) -> None:
        """Batch apply writes an empty LOB as NULL (Qlik Replicate, Oracle target, limitations)."""
        for name in self.source:
            if row.get(name) in ("", b""):
                row[name] = None

    def limited(self, name: str, value: Any) -> Any:
        """A LOB cut to its limit; raises LobTruncated when that is not allowed.

        A limit counts bytes: two for each UTF-16 unit of an NCLOB, one for each of a CLOB (AWS DMS
        user guide, PostgreSQL source, "LOB data types").
        """
        if self._limit is None:
            return value
        content, encoding, limit = value, "", self._limit
        if not isinstance(value, bytes):
            content, encoding = str(value).encode("utf-16-le"), "utf-16-le"
            limit *= 1 if self._types[name].kind == "nclob" else 2
        if len(content) <= limit:
            return value
        length = len(content) * self._limit // limit
        text = f"truncated to {self._limit} bytes, actual length: {length} bytes"
        if self._traits.fail_on_lob_truncation:
            raise LobTruncated(
                f"Column '{name}' in table '{self._mapped.source.full_name}' would be {text}"
            )
        self._warn(
            "", f"Value of column '{name}' in table '{self._mapped.source.full_name}' was {text}"
        )
        return content[:limit].decode(encoding, errors="ignore") if encoding else content[:limit]

    def _limit_bytes(self) -> int | None:
        """The limit; None when LOBs are read from the source as they are."""
        limit = self._traits.lob_max_kb
        settings = self._mapped.settings
        if settings is not None and settings.lob_mode is not None:
            limit = settings.lob_max_kb if settings.lob_mode == "limited" else None
        return None if limit is None or self._traits.cdc_lob_fetch == "lookup" else limit * 1024
