"""The state of a task, in a file another process can read while the task runs (SQLite, write-ahead log).

The position that decides what has been applied is not here but in the target, written in the same transaction as the
changes. Here are the status and the statistics; the statistics of a group are noted before the target commits and
counted after it, so that a killed task neither forgets nor counts twice.
"""

from __future__ import annotations

import datetime as dt
import json
import sqlite3
from collections import Counter
from collections.abc import Mapping
from pathlib import Path

FILE_NAME = "task.sqlite"
#: captured and applied counters, by DMS's names in snake case
COUNTERS = (
    "inserts",
    "updates",
    "deletes",
    "ddls",
    "applied_inserts",
    "applied_updates",
    "applied_deletes",
    "applied_ddls",
)
#: (source schema, source table, counter) -> how many more
Deltas = Counter[tuple[str, str, str]]

_SCHEMA = f"""
CREATE TABLE IF NOT EXISTS task (key TEXT PRIMARY KEY, value TEXT);
CREATE TABLE IF NOT EXISTS pending (lsn INTEGER PRIMARY KEY, deltas TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS statistics (
    schema_name TEXT NOT NULL, table_name TEXT NOT NULL,
    {", ".join(f"{name} INTEGER NOT NULL DEFAULT 0" for name in COUNTERS)},
    table_state TEXT NOT NULL DEFAULT 'Table completed', last_update_time TEXT,
    PRIMARY KEY (schema_name, table_name));
"""


def utc_now() -> dt.datetime:
    return dt.datetime.now(dt.UTC)


class TaskState:
    """Read and written by the task, written by whoever starts or stops it, read by everybody."""

    def __init__(self, directory: Path, *, read_only: bool = False) -> None:
        path = directory / FILE_NAME
        if read_only:
            self._db = sqlite3.connect(f"file:{path}?mode=ro", uri=True, isolation_level=None, timeout=10)
            return
        self._db = sqlite3.connect(path, isolation_level=None, timeout=10, check_same_thread=False)
        path.chmod(0o600)
        # a killed process loses nothing that the operating system has taken; a crash of the machine ends the lab
        self._db.execute("PRAGMA journal_mode=WAL")
        self._db.execute("PRAGMA synchronous=OFF")
        self._db.executescript(_SCHEMA)

    def close(self) -> None:
        self._db.close()

    # ------------------------------------------------------------------ status

    def get(self, key: str, default: str | None = None) -> str | None:
        row = self._db.execute("SELECT value FROM task WHERE key = ?", (key,)).fetchone()
        return default if row is None else row[0]

    def all(self) -> dict[str, str | None]:
        return dict(self._db.execute("SELECT key, value FROM task"))

    def set(self, **values: str | int | float | None) -> None:
        """Set several entries at once; None removes an entry."""
        self._db.execute("BEGIN IMMEDIATE")
        for key, value in values.items():
            if value is None:
                self._db.execute("DELETE FROM task WHERE key = ?", (key,))
            else:
                self._db.execute("INSERT OR REPLACE INTO task VALUES (?, ?)", (key, str(value)))
        self._db.execute("COMMIT")

    # -------------------------------------------------------------- statistics

    def reset_statistics(self) -> None:
        self._db.executescript("DELETE FROM statistics; DELETE FROM pending;")

    def register_table(self, schema: str, table: str) -> None:
        self._db.execute("INSERT OR IGNORE INTO statistics (schema_name, table_name) VALUES (?, ?)", (schema, table))

    def set_table_state(self, schema: str, table: str, table_state: str) -> None:
        self.register_table(schema, table)
        self._db.execute(
            "UPDATE statistics SET table_state = ?, last_update_time = ? WHERE schema_name = ? AND table_name = ?",
            (table_state, utc_now().isoformat(), schema, table),
        )

    def tables_in_state(self, table_state: str) -> set[tuple[str, str]]:
        query = "SELECT schema_name, table_name FROM statistics WHERE table_state = ?"
        return set(self._db.execute(query, (table_state,)))

    def note_group(self, captured: Deltas, captured_lsn: int, applied: Deltas, lsn: int) -> None:
        """Count what was captured, and note what will have been applied once the target has committed ``lsn``."""
        self._db.execute("BEGIN IMMEDIATE")
        self._add(captured)
        self._db.execute("INSERT OR REPLACE INTO task VALUES ('captured_lsn', ?)", (str(captured_lsn),))
        encoded = json.dumps([[*key, count] for key, count in applied.items()])
        self._db.execute("INSERT OR REPLACE INTO pending VALUES (?, ?)", (lsn, encoded))
        self._db.execute("COMMIT")

    def settle(self, applied_lsn: int) -> None:
        """Count the noted groups the target has committed, drop those it has not."""
        self._db.execute("BEGIN IMMEDIATE")
        for lsn, encoded in self._db.execute("SELECT lsn, deltas FROM pending ORDER BY lsn").fetchall():
            if lsn <= applied_lsn:
                self._add(Counter({(schema, table, name): count for schema, table, name, count in json.loads(encoded)}))
        self._db.execute("DELETE FROM pending")
        self._db.execute("INSERT OR REPLACE INTO task VALUES ('applied_lsn', ?)", (str(applied_lsn),))
        self._db.execute("COMMIT")

    def statistics(self) -> list[Mapping[str, object]]:
        cursor = self._db.execute("SELECT * FROM statistics ORDER BY schema_name, table_name")
        names = [item[0] for item in cursor.description]
        return [dict(zip(names, row, strict=True)) for row in cursor]

    def _add(self, deltas: Deltas) -> None:
        now = utc_now().isoformat()
        for (schema, table, name), count in deltas.items():
            self.register_table(schema, table)
            self._db.execute(
                f"UPDATE statistics SET {name} = {name} + ?, last_update_time = ? "
                "WHERE schema_name = ? AND table_name = ?",
                (count, now, schema, table),
            )
