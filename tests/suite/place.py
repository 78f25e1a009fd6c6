"""A copy of the project with a lab of its own, for tests that run the suite
against real databases.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg2

from tests.settled import settled

ROOT = Path(__file__).parents[2]
ROOMS = ("features", "steps", "fixtures", "reconciliation", "lab", "contracts", "environments")
PARTS = (*ROOMS, "conftest.py", "exit_codes.py", "pytest.ini")
COUNTERS = (
    "SELECT sum(n_tup_ins), sum(n_tup_upd), sum(n_tup_del) FROM pg_stat_all_tables WHERE "
    "schemaname !~ '^pg_'"
)

#: for a marker, in a whole run
MOST_WAITS = 12
#: none of the parts of a divided table: their rows are the table's
TABLES = (
    "SELECT relname FROM pg_class WHERE relnamespace = quote_ident(%s)::regnamespace "
    "AND relkind IN ('r', 'p') AND NOT relispartition AND relname !~ '^awsdms_'"
)


class Place:
    """A copy of the project with a lab of its own, so that nobody's reports
    and labs are touched.
    """

    def __init__(self, root: Path, name: str = "lab") -> None:
        self.root, self.name = root, name
        self.environment = {**os.environ, "LAB_STATE_DIR": str(root / "labs")}

    @classmethod
    def copy_to(cls, root: Path, name: str = "lab") -> Place:
        """The project copied to ``root``, with a lag of its lab ``name`` that was not promised to a
        machine on which all tests run.

        Its bytecode comes along, but for what pytest has rewritten (that names the places in the
        files it was made of) and what is just being written.
        """
        ignored = shutil.ignore_patterns("*-pytest-*", "*.pyc.*", "*.tmp")
        for part in PARTS:
            source, copy = ROOT / part, root / part
            shutil.copytree(source, copy, ignore=ignored) if source.is_dir() else shutil.copy(
                source, copy
            )
        made = cls(root, name)
        made._promise("agreed_lag_seconds", 30)
        return made

    @contextmanager
    def expecting_less(self) -> Iterator[None]:
        """Inside, what a fault keeps from arriving is not waited for as long as in earnest."""
        self._promise("arrival_limit_seconds", 12)
        try:
            yield
        finally:
            self._promise("arrival_limit_seconds", 30)

    def _promise(self, name: str, seconds: int) -> None:
        profile = self.root / f"environments/{self.name}.toml"
        text = profile.read_text(encoding="utf-8")
        text, places = re.subn(rf"(?m)^{name} = \d+", f"{name} = {seconds}", text)
        assert places == 1
        profile.write_text(text, encoding="utf-8")

    @property
    def waits(self) -> list[str]:
        """What was waited for in the last run: the feature of each wait, in their order."""
        report = (self.root / "reports/reconciliation.json").read_text(encoding="utf-8")
        return [one["what"] for one in json.loads(report)["lags"] if not one["probe"]]

    def waits_are_few(self) -> bool:
        """Each costs the lag of the task: one a feature file at most, and twelve in all."""
        waits = self.waits
        return len(waits) == len(set(waits)) and 0 < len(waits) <= MOST_WAITS

    def python(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, *arguments]
        return subprocess.run(
            command,
            cwd=self.root,
            env=self.environment,
            capture_output=True,
            text=True,
            check=False,
        )

    def lab(self, verb: str, *more: str) -> str:
        done = self.python("-m", "lab", verb, *more)
        assert done.returncode == 0, done.stderr
        return done.stdout

    @contextmanager
    def faulty(self, *faults: str) -> Iterator[None]:
        """Inside, these faults are on, each as `python -m lab fault on` takes it."""
        for fault in faults:
            self.lab("fault", "on", *fault.split(), "--environment", self.name)
        try:
            yield
        finally:
            self.lab("fault", "off", "--all", "--environment", self.name)

    def features(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        return self.python("-m", "pytest", *arguments, "-p", "no:cacheprovider")

    @property
    def state(self) -> Path:
        """What the lab tells of itself."""
        return self.root / f"labs/{self.name}/state.json"

    def connect(self, which: str) -> Any:
        """PostgreSQL as superuser: `postgres`, the source, or `store`, where the stand-in for
        Oracle keeps its rows.
        """
        state = json.loads(self.state.read_text(encoding="utf-8"))[which]
        return psycopg2.connect(
            host=state["host"],
            port=state["port"],
            dbname=state["database"],
            user=state["user"],
            password=state["password"],
        )

    def ask(self, which: str, query: str) -> Any:
        connection = self.connect(which)
        try:
            with connection.cursor() as cursor:
                cursor.execute(query)
                return cursor.fetchall()
        finally:
            connection.close()

    def rows(self, which: str, schema: str) -> dict[str, Counter[str]]:
        """Every row of every table of a schema, by the table's name, but for what DMS keeps for
        itself.
        """
        found: dict[str, Counter[str]] = {}
        connection = self.connect(which)
        try:
            with connection.cursor() as cursor:
                cursor.execute(TABLES, [schema])
                for (table,) in cursor.fetchall():
                    cursor.execute(f'SELECT t::text FROM "{schema}"."{table}" t')
                    found[f"{schema}.{table}"] = Counter(row for (row,) in cursor.fetchall())
        finally:
            connection.close()
        return found

    def counted(self) -> list[Any]:
        """Rows inserted, updated and deleted so far, by the databases' own count, in the source and
        in the store.
        """
        return [self.ask(which, COUNTERS)[0] for which in ("postgres", "store")]

    def counters(self) -> list[Any]:
        """The same once it stands still: sessions that stay open hand their counts in late."""
        return settled(self.counted)

    def secrets(self) -> set[str]:
        """Every password of the lab."""
        found = set(re.findall(r'"password": "([^"]+)"', self.state.read_text("utf-8")))
        assert len(found) >= 2
        return found

    def everything_written(self) -> str:
        """All text below reports/."""
        files = [path for path in (self.root / "reports").rglob("*") if path.is_file()]
        assert len(files) > 10
        return "\n".join(path.read_text(encoding="utf-8", errors="replace") for path in files)

    @property
    def verdict(self) -> Mapping[str, Any]:
        return json.loads((self.root / "reports/verdict.json").read_text(encoding="utf-8"))
