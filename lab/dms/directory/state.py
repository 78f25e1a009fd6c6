"""The state of a task, in a file another process can read while the task runs (SQLite, write-ahead
log).

The position that decides what has been applied is not here but in the target, written in the same
transaction as the changes. Here are the status and the statistics; the statistics of a group are
noted before the target commits and counted after it, so that a killed task neither forgets nor
counts twice.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import json
import sqlite3
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path

from lab.dms.ground.errors import TaskFailed

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
#: (source schema, source table)
TableNames = set[tuple[str, str]]

_SCHEMA = f"""
CREATE TABLE IF NOT EXISTS task (key TEXT PRIMARY KEY, value TEXT);
CREATE TABLE IF NOT EXISTS pending (lsn INTEGER PRIMARY KEY, deltas TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS statistics (
    schema_name TEXT NOT NULL, table_name TEXT NOT NULL,
    {", ".join(f"{name} INTEGER NOT NULL DEFAULT 0" for name in COUNTERS)},
    table_state TEXT NOT NULL DEFAULT 'Table completed', last_update_time TEXT,
    PRIMARY KEY (schema_name, table_name));
"""

_ADD = f"""
INSERT INTO statistics (schema_name, table_name, last_update_time, {", ".join(COUNTERS)})
VALUES (?, ?, ?, {", ".join("?" * len(COUNTERS))})
ON CONFLICT DO UPDATE SET last_update_time = excluded.last_update_time,
    {", ".join(f"{name} = {name} + excluded.{name}" for name in COUNTERS)}
"""


class StateUnusable(TaskFailed):
    """The file of the state cannot be written: no space, no permission, not a database."""

    def __init__(self, path: Path, error: sqlite3.Error) -> None:
        super().__init__(
            f"The task's state in {path} cannot be written ({error}); make room for it and make "
            f"it writable for the "
            "task, then resume: nothing is lost"
        )


def utc_now() -> dt.datetime:
    return dt.datetime.now(dt.UTC)


class TaskState:
    """Read and written by the task, written by whoever starts or stops it, read by everybody."""

    def __init__(self, directory: Path, *, read_only: bool = False) -> None:
        """Raises StateUnusable when it is to be written and cannot be."""
        self._path = path = directory / FILE_NAME
        if read_only:
            self._db = sqlite3.connect(
                f"file:{path}?mode=ro", uri=True, isolation_level=None, timeout=10
            )
            return
        with self._complaining():
            self._db = sqlite3.connect(
                path, isolation_level=None, timeout=10, check_same_thread=False
            )
            path.chmod(0o600)
            # a killed process loses nothing that the operating system has taken; a crash of the
            # machine ends the lab
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
        with self._writing() as db:
            for key, value in values.items():
                if value is None:
                    db.execute("DELETE FROM task WHERE key = ?", (key,))
                else:
                    db.execute("INSERT OR REPLACE INTO task VALUES (?, ?)", (key, str(value)))

    # -------------------------------------------------------------- statistics

    def reset_statistics(self) -> None:
        with self._writing() as db:
            db.execute("DELETE FROM statistics")
            db.execute("DELETE FROM pending")

    def register_table(self, schema: str, table: str) -> None:
        with self._writing() as db:
            db.execute(
                "INSERT OR IGNORE INTO statistics (schema_name, table_name) VALUES (?, ?)",
                (schema, table),
            )

    def set_table_state(self, schema: str, table: str, table_state: str) -> None:
        with self._writing() as db:
            self._set_table_state(db, schema, table, table_state)

    def tables_in_state(self, table_state: str) -> TableNames:
        query = "SELECT schema_name, table_name FROM statistics WHERE table_state = ?"
        return set(self._db.execute(query, (table_state,)))

    def note_group(
        self,
        captured: Deltas,
        captured_lsn: int,
        applied: Deltas,
        lsn: int,
        table_states: Mapping[tuple[str, str], str] | None = None,
    ) -> None:
        """Count what was captured, and note what will be true once the target has committed
        ``lsn``.

        That is what will have been applied, and the states that tables will have come into.
        """
        counts = [[*key, count] for key, count in applied.items()]
        encoded = json.dumps(
            [counts, [[*table, name] for table, name in (table_states or {}).items()]]
        )
        with self._writing() as db:
            self._add(db, captured)
            db.execute(
                "INSERT OR REPLACE INTO task VALUES ('captured_lsn', ?)", (str(captured_lsn),)
            )
            db.execute("INSERT OR REPLACE INTO pending VALUES (?, ?)", (lsn, encoded))

    def settle(self, applied_lsn: int) -> None:
        """Count the noted groups the target has committed, drop those it has not."""
        with self._writing() as db:
            for lsn, encoded in db.execute(
                "SELECT lsn, deltas FROM pending ORDER BY lsn"
            ).fetchall():
                if lsn <= applied_lsn:
                    counts, table_states = json.loads(encoded)
                    self._add(db, Counter({tuple(key): count for *key, count in counts}))
                    for schema, table, table_state in table_states:
                        self._set_table_state(db, schema, table, table_state)
            db.execute("DELETE FROM pending")
            db.execute("INSERT OR REPLACE INTO task VALUES ('applied_lsn', ?)", (str(applied_lsn),))

    def statistics(self) -> list[Mapping[str, object]]:
        cursor = self._db.execute("SELECT * FROM statistics ORDER BY schema_name, table_name")
        names = [item[0] for item in cursor.description]
        return [dict(zip(names, row, strict=True)) for row in cursor]

    @staticmethod
    def _set_table_state(db: sqlite3.Connection, schema: str, table: str, table_state: str) -> None:
        db.execute(
            "INSERT INTO statistics (schema_name, table_name, table_state, last_update_time) "
            "VALUES (?, ?, ?, ?) "
            "ON CONFLICT DO UPDATE "
            "SET table_state = excluded.table_state, last_update_time = excluded.last_update_time",
            (schema, table, table_state, utc_now().isoformat()),
        )

    @staticmethod
    def _add(db: sqlite3.Connection, deltas: Deltas) -> None:
        by_table: dict[tuple[str, str], dict[str, int]] = {}
        for (schema, table, name), count in deltas.items():
            by_table.setdefault((schema, table), {})[name] = count
        now = utc_now().isoformat()
        db.executemany(
            _ADD,
            [
                (*table, now, *(counts.get(name, 0) for name in COUNTERS))
                for table, counts in by_table.items()
            ],
        )

    @contextlib.contextmanager
    def _writing(self) -> Iterator[sqlite3.Connection]:
        """One transaction, as a whole or not at all; raises StateUnusable."""
        with self._complaining():
            self._db.execute("BEGIN IMMEDIATE")
            try:
                yield self._db
                self._db.execute("COMMIT")
            except BaseException:
                if self._db.in_transaction:
                    self._db.execute("ROLLBACK")
                raise

    @contextlib.contextmanager
    def _complaining(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.Error as error:
            raise StateUnusable(self._path, error) from None
