"""A lab of the payments world that stays up while faults are switched on and off in it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path

from tests.children import lab_in_the_foreground
from tests.suite.place import ROOT, Place
from tests.table_faults.pairs import STRANGERS, Pair, Table, tables, wrong

NAME = "lab-payments"
TABLES = tables(ROOT / "contracts/payments")
#: fewer rows than in earnest, in the copy that is run: what a fault does, it does to a few
FEWER: Mapping[str, Sequence[tuple[str, str]]] = {
    f"environments/{NAME}.toml": [("rows = 60", "rows = 12")],
    "features/04-change-propagation/delete.feature": [("10 rows", "3 rows")],
    "features/04-change-propagation/insert.feature": [("25 rows", "5 rows")],
    "features/04-change-propagation/update.feature": [("20 rows", "4 rows")],
    "fixtures/scenario/stock.py": [("BATCH = 50", "BATCH = 24")],
}
#: by side the rows of every table
Rows = Mapping[str, Mapping[Table, Counter[str]]]


class FaultLab:
    """``root`` is an empty directory. Used as a context: the lab is up inside."""

    def __init__(self, root: Path) -> None:
        self.place = Place.copy_to(root, NAME)
        self._up = ExitStack()
        for name, changes in FEWER.items():
            path = root / name
            text = path.read_text(encoding="utf-8")
            for old, new in changes:
                assert old in text, f"{name} does not say {old!r} any more"
                text = text.replace(old, new)
            path.write_text(text, encoding="utf-8")

    def __enter__(self) -> FaultLab:
        self._up.enter_context(lab_in_the_foreground(NAME, self.place.root, self.place.environment))
        self._keep()
        return self

    def __exit__(self, *_: object) -> None:
        self._up.close()

    def run(self, pairs: Sequence[Pair], features: Sequence[str] = ("features",)) -> list[str]:
        """One run of the guarantees with these faults on; what is not as it has to be."""
        before = self._rows()
        for pair in pairs:
            self.place.lab("fault", "on", pair.fault, *pair.options, "--environment", NAME)
        try:
            with self.place.expecting_less():
                done = self.place.features(*features, "--environment", NAME, "--patience", "30")
        finally:
            self.place.lab("fault", "off", "--all", "--environment", NAME)
        said = [*done.stdout.splitlines(), *done.stderr.splitlines()]
        lines = [line for line in said if "Traceback" in line]
        lines += wrong(pairs, self.place.verdict)
        return [*lines, *self._left(pairs, before)]

    # ---------------------------------------------------------------- what a run leaves behind

    def _left(self, pairs: Sequence[Pair], before: Rows) -> list[str]:
        """Tables that are not as they were. What a stranger did to the application's own rows in
        Oracle nobody brings back, so this does.
        """
        strangers = {pair.table for pair in pairs if pair.fault in STRANGERS}
        after, lines = self._rows(), []
        for side, found in after.items():
            for table, rows in found.items():
                more, less = rows - before[side][table], before[side][table] - rows
                if more or (less and (side == "postgres" or table not in strangers)):
                    counts = f"{more.total()} rows too many, {less.total()} missing"
                    lines.append(f"left behind in {side}: {table.source}: {counts}")
                if side == "store" and (more or less):
                    self._bring_back(table)
        return lines

    def _rows(self) -> Rows:
        return {
            side: {
                table: Counter(row for (row,) in self.place.ask(side, _whole(name(table))))
                for table in TABLES
            }
            for side, name in (("postgres", _source), ("store", _target))
        }

    def _keep(self) -> None:
        self._tell_the_store("CREATE SCHEMA kept")
        for table in TABLES:
            self._tell_the_store(f"CREATE TABLE {_kept(table)} AS TABLE {_target(table)}")

    def _bring_back(self, table: Table) -> None:
        self._tell_the_store(
            f"DELETE FROM {_target(table)}; INSERT INTO {_target(table)} TABLE {_kept(table)}"
        )

    def _tell_the_store(self, statement: str) -> None:
        connection = self.place.connect("store")
        try:
            with connection, connection.cursor() as cursor:
                cursor.execute(statement)
        finally:
            connection.close()


def _whole(table: str) -> str:
    return f"SELECT t::text FROM {table} t"


def _quoted(name: str) -> str:
    return ".".join(f'"{part}"' for part in name.split("."))


def _source(table: Table) -> str:
    return _quoted(table.source)


def _target(table: Table) -> str:
    return _quoted(table.target)


def _kept(table: Table) -> str:
    return _quoted(f"kept.{table.target.partition('.')[2]}")
