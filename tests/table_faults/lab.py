"""A lab of the payments world that stays up while faults are switched on and off in it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from itertools import product
from pathlib import Path

from tests.children import lab_in_the_foreground
from tests.suite.payments import NAME, SCHEMAS, shorter_copy
from tests.suite.place import ROOT
from tests.table_faults.pairs import STRANGERS, Pair, Table, tables, wrong

TABLES = tables(ROOT / "contracts/payments")
#: by side and table its rows
Rows = Mapping[str, Mapping[str, Counter[str]]]


class FaultLab:
    """``root`` is an empty directory. Used as a context: the lab is up inside."""

    def __init__(self, root: Path) -> None:
        self.place = shorter_copy(root)
        self._up = ExitStack()

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
        for side, table in product(SCHEMAS, TABLES):
            name = table.source if side == "postgres" else table.target
            found, rows = after[side][name], before[side][name]
            more, less = found - rows, rows - found
            if more or (less and (side == "postgres" or table not in strangers)):
                counts = f"{more.total()} rows too many, {less.total()} missing"
                lines.append(f"left behind in {side}: {table.source}: {counts}")
            if side == "store" and (more or less):
                self._bring_back(table)
        return lines

    def _rows(self) -> Rows:
        return {side: self.place.rows(side, schema) for side, schema in SCHEMAS.items()}

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


def _quoted(name: str) -> str:
    return ".".join(f'"{part}"' for part in name.split("."))


def _target(table: Table) -> str:
    return _quoted(table.target)


def _kept(table: Table) -> str:
    return _quoted(f"kept.{table.target.partition('.')[2]}")
