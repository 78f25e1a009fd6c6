"""Before an act, and behind it: what both can say of the rows that nobody meant to touch."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import partial

from sqlalchemy import Connection

from reconciliation.collateral.answering import Collateral, Looking
from reconciliation.collateral.explained import staying
from reconciliation.collateral.opened import Opened, open_table, touching
from reconciliation.collateral.scn import Scn, current
from reconciliation.databases.rows import each_asked
from reconciliation.errors import NotJudged, Unreadable, Unseen
from reconciliation.model import Key
from reconciliation.parallel_run import ParallelRun

Keys = Mapping[str, Collection[Key]]


@dataclass(frozen=True)
class Beforehand:
    """``tables`` are by source name what was opened, or why that was not possible."""

    run: ParallelRun
    tables: Mapping[str, Opened | Unreadable] = field(default_factory=dict)

    @classmethod
    def open(cls, run: ParallelRun, tables: Iterable[str], touched: Keys) -> Beforehand:
        """Look at these tables before rows of them are touched. What cannot be read is kept by
        table, and not raised.
        """
        names = list(dict.fromkeys(tables))
        unfit = {name: Unseen(run.unfit[name]) for name in names if name in run.unfit}
        fit = [name for name in names if name not in unfit]
        now = _now(run) if fit else Scn(None)
        asked = {
            name: partial(_opened, run=run, name=name, touched=touched.get(name, ()), now=now)
            for name in fit
        }
        return cls(run, {**each_asked(run.target, asked), **unfit})

    def touching(self, touched: Keys) -> Beforehand:
        """The same with further rows that will be touched, in tables that are open."""
        further = {
            name: partial(touching, opened=opened, touched=touched[name])
            for name, opened in self.tables.items()
            if isinstance(opened, Opened) and not opened.known.keys() >= {*touched.get(name, ())}
        }
        return replace(self, tables={**self.tables, **each_asked(self.run.target, further)})

    def and_also(self, other: Beforehand) -> Beforehand:
        """The tables of both."""
        return replace(self, tables={**self.tables, **other.tables})

    def collateral(
        self,
        tables: Iterable[str],
        touched: Keys,
        *,
        named: Keys | None = None,
        deleted: bool = False,
        astray: set[str] | None = None,
    ) -> dict[str, Collateral]:
        """By table what has changed in Oracle since, and PostgreSQL does not explain.

        ``touched`` rows are left out: whoever touched them judges them. ``named`` rows are looked
        at wherever they stand. ``deleted``: rows that went are looked for in large tables, too.
        ``astray`` are tables in which something stayed unexplained before; it grows.
        """
        known = set[str]() if astray is None else astray
        looks: dict[str, Looking] = {}
        found: dict[str, Collateral] = {}
        for name in dict.fromkeys(tables):
            opened = self.tables.get(name)
            if isinstance(opened, Opened):
                looks[name] = Looking(self.run, opened, frozenset(touched.get(name, ())))
                looks[name].look((named or {}).get(name, ()), deleted)
            else:
                found[name] = Collateral(trouble=opened or _unopened(name))
        differing = {name: look.differing for name, look in looks.items() if look.differing}
        stayed = staying(self.run, differing, known)
        for name, look in looks.items():
            found[name] = look.answer(stayed.keys.get(name, frozenset()), stayed.troubles.get(name))
            if found[name].changes:
                known.add(name)
        return found


def _now(run: ParallelRun) -> Scn:
    with run.target.connect() as connection:
        return current(connection)


def _opened(
    connection: Connection, run: ParallelRun, name: str, touched: Collection[Key], now: Scn
) -> Opened:
    return open_table(connection, run, name, touched, now)


def _unopened(name: str) -> NotJudged:
    return NotJudged(f"nothing was read of {name} before the change")
