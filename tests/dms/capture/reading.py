"""A capture on a real PostgreSQL, without a task and without a target."""

from __future__ import annotations

import io
import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from lab.dms.agreed.spec import parse_spec
from lab.dms.capture import Capture
from lab.dms.capture.ddl_audit import prepare_ddl_capture
from lab.dms.capture.heartbeat import Heartbeat
from lab.dms.capture.plugins import choose_plugin
from lab.dms.capture.publishing import Publisher, withdraw
from lab.dms.capture.selection import Selection
from lab.dms.databases.source import Source
from lab.dms.ground.changes import Change, Transaction
from lab.dms.ground.logs import TaskLog
from tests.clusters import Cluster
from tests.dms.worlds import spec_content
from tests.waiting import LONG_SECONDS, wait_for

PLUGINS = ("pglogical", "test-decoding", "pgoutput")
#: a table (id serial) that tells a reader where to stop
END_TABLE = "zz_end"


def mappings(schema: str = "s") -> dict[str, Any]:
    """A mapping that selects every table of a schema."""
    locator = {"schema-name": schema, "table-name": "%"}
    rule = {"rule-type": "selection", "rule-id": "1", "rule-name": "1", "rule-action": "include"}
    return {"rules": [rule | {"object-locator": locator}]}


class Reader:
    """A slot of ``plugin`` and the capture that reads it, from now on."""

    def __init__(self, cluster: Cluster, directory: Path, plugin: str, **entries: Any) -> None:
        attributes = {"pluginName": "no-preference" if plugin == "pgoutput" else plugin}
        source = {
            "host": cluster.host,
            "port": cluster.port,
            "database": "dso",
            "user": cluster.user,
            "password": cluster.password,
            "attributes": attributes | entries.pop("attributes", {}),
        }
        switches = {"source_plugin": "pgoutput"} if plugin == "pgoutput" else {}
        switches |= entries.pop("switches", {})
        content = spec_content(source=source, table_mappings=mappings(), switches=switches)
        self.spec = parse_spec(content | entries)
        self.cluster = cluster
        self.written = io.StringIO()
        self.log = TaskLog(stream=self.written)
        self.directory = directory
        self.source = Source(self.spec.source)
        self._wake = os.pipe()
        self.slot = self.source.slot_name("READER")
        chosen = choose_plugin(self.spec, self.source)
        prepare_ddl_capture(self.spec.source, self.source, self.log)
        Heartbeat(self.spec.source, self.source).prepare()
        tables = Selection.of(self.spec, self.source.tables).published
        Publisher(self.spec, self.source, chosen, self.slot).publish(tables)
        self.source.create_slot(self.slot, chosen, LONG_SECONDS, lambda text: None, lambda: False)
        self.capture: Capture | None = None
        self.open()

    def open(self, **options: Any) -> None:
        """Connect, or connect again as after a lost connection."""
        if self.capture is not None:
            self.capture.close()
            # a slot has one reader at a time, and the server has to notice that this one is gone
            unread = (
                "SELECT 1 FROM pg_replication_slots WHERE slot_name = %s AND active_pid IS NULL"
            )
            wait_for(lambda: self.source.query(unread, (self.slot,)))
        self.capture = Capture(
            self.spec, self.source, self.slot, self._wake[0], self.directory, self.log, **options
        )

    def read(self) -> list[Transaction]:
        """Every transaction with something in it that has been committed up to now."""
        [(end,)] = self.source.query(f"INSERT INTO s.{END_TABLE} DEFAULT VALUES RETURNING id")
        found: list[Transaction] = []
        deadline = time.monotonic() + LONG_SECONDS
        while True:
            assert time.monotonic() < deadline, "waited in vain"
            for one in self.capture.read(1, 1000):
                if one.changes and one.changes[0].table == END_TABLE:
                    if one.changes[0].new["id"] == end:
                        return found
                elif one.changes or one.ddls or one.truncated:
                    found.append(one)

    def changes(self) -> list[Change]:
        return [change for transaction in self.read() for change in transaction.changes]

    def close(self) -> None:
        """Disconnect; the slot stays."""
        self.capture.close()
        withdraw(self.source, self.slot)
        self.source.close()
        for descriptor in self._wake:
            os.close(descriptor)


#: makes a reader with the plugin and entries that Reader takes
ReaderOf = Callable[..., Reader]
