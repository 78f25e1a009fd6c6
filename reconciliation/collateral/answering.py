"""One table looked at behind the act: what differs from PostgreSQL, and what of that is new."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, replace

from reconciliation.collateral import key_sets, whole
from reconciliation.collateral.change import AGAIN, Change, Rows, changes, changes_of
from reconciliation.collateral.explained import MOST_ROWS, TROUBLES, Suspects
from reconciliation.collateral.opened import Opened, keys_beside
from reconciliation.collateral.past import Past
from reconciliation.collateral.written import keys_beyond
from reconciliation.compare import by_key
from reconciliation.compare.multisets.compare import compare_multiset
from reconciliation.compare.rows import compare_rows
from reconciliation.compare.streams.merge import Unordered
from reconciliation.databases.rows import rows_by_key
from reconciliation.differences.discretion import hidden_names, shown_key
from reconciliation.model import MULTISET, Difference, Key, Status
from reconciliation.parallel_run import ParallelRun
from reconciliation.replication.behind import Delivery

#: rows in blocks written since that are looked up: some thousand a second
MOST_WRITTEN = 100_000
#: how a look begins that nothing was looked at for
LEFT = "left to the whole tables"


@dataclass(frozen=True)
class Collateral:
    """What has changed in one table of Oracle and PostgreSQL does not explain, by which ``look``
    that was found out, in a line, and what kept it from being found out.
    """

    changes: tuple[Change, ...] = ()
    look: str = ""
    trouble: Exception | None = None

    def without(self, needless: Callable[[Change], bool]) -> Collateral:
        return replace(self, changes=tuple(one for one in self.changes if not needless(one)))


class Looking:
    """The looks at one table. Rows ``aside`` are not looked at."""

    def __init__(self, run: ParallelRun, opened: Opened, aside: frozenset[Key]) -> None:
        self._run, self._opened, self._contract = run, opened, opened.contract
        self._suspects = Suspects(run, self._contract.source, aside)
        self._aside = aside
        self._past = Past(opened.known) if opened.rows is None else Past(opened.rows, whole=True)
        self._words: list[str] = []
        self._changed: tuple[Change, ...] = ()
        self._trouble: Exception | None = None

    @property
    def differing(self) -> Sequence[Key]:
        """Keys that have to be looked at again."""
        return () if self._trouble else list(self._suspects.found)

    def look(self, named: Collection[Key], deleted: bool) -> None:
        """Find the rows that differ from PostgreSQL: those ``named``, those that were written;
        ``deleted``: those that went, be the table however large.
        """
        try:
            self._look(deleted)
            if self._opened.by_key:
                self._suspects.take([*self._opened.known, *named])
        except TROUBLES as error:
            self._trouble = error

    def answer(self, stayed: Collection[Key], trouble: Exception | None) -> Collateral:
        """The changes, once it is known which rows still differ."""
        self._trouble = self._trouble or trouble
        if self._trouble is None and self._opened.by_key:
            try:
                self._changed = tuple(self._of_rows(stayed))
            except TROUBLES as error:
                self._trouble = error
        return Collateral(self._changed, "; ".join(self._words), self._trouble)

    # ------------------------------------------------------------------ the looks

    def _look(self, deleted: bool) -> None:
        opened = self._opened
        if opened.rows is not None:
            self._compare_whole(opened.rows)
        elif opened.scn.number is not None:
            self._beyond(opened.scn.number)
        else:
            self._words.append(f"{LEFT}: {opened.why}, more than {whole.SMALL_ROWS} rows")
        if opened.by_key and opened.rows is None:
            self._key_sets(deleted)
        if opened.blocks:
            self._beside()
        if self._suspects.full:
            self._words.append(f"only the first {MOST_ROWS} rows that differ")

    def _beyond(self, scn: int) -> None:
        rows, why = 0, self._opened.scn.why
        with self._run.target.connect() as connection:
            for keys in keys_beyond(connection, self._opened.side, scn):
                rows += len(keys)
                self._suspects.take(keys)
                if self._suspects.full or rows >= MOST_WRITTEN:
                    break
        if rows >= MOST_WRITTEN:
            self._words.append(f"more than {MOST_WRITTEN} rows beyond its SCN, the rest {LEFT}")
        self._words.append(f"rows beyond SCN {scn}: {rows}{f' ({why})' if why else ''}")

    def _compare_whole(self, before: Rows) -> None:
        with self._run.target.connect() as connection:
            after = whole.read_side(connection, self._opened.side)
        self._words.append(f"compared whole: {len(after)} rows ({self._opened.why})")
        contract = self._contract
        found = [
            one
            for one in changes(
                contract.target,
                before,
                after,
                hidden_names(contract),
                lambda key: shown_key(contract, key) if contract.key else "",
            )
            if one.key not in self._aside
        ]
        if self._opened.by_key:
            self._suspects.take(one.key for one in found if AGAIN not in one.key)
            self._changed = tuple(one for one in found if AGAIN in one.key)
        elif found and not (contract.rows == MULTISET and self._counts_agree()):
            self._changed = tuple(found)

    def _counts_agree(self) -> bool:
        """Whether PostgreSQL explains all that a table without a key holds."""
        run, name = self._run, self._contract.source
        delivery = Delivery(run, name, run.profile.replication.arrival_limit_seconds)
        result = compare_multiset(run, self._contract, run.rules(name), delivery.behind)
        return result.status in (Status.EQUAL, Status.IN_FLIGHT)

    def _beside(self) -> None:
        opened = self._opened
        with self._run.target.connect() as connection:
            after = keys_beside(connection, opened)
            new = [key for key in after if key not in opened.known]
            # one that stands nearer than a row that is still there was not there
            there = rows_by_key(connection, opened.side, opened.beside) if new else {}
        if len(there) == len(opened.beside):
            self._past = self._past.with_none(new)
        self._suspects.take(new)
        keys = [key for key in (*opened.beside, *new) if key not in self._aside]
        shown = ", ".join(map(self._shown, keys))
        self._words.append(f"neighbours {shown or 'none'}")

    def _shown(self, key: Key) -> str:
        words = shown_key(self._contract, key)
        return words if len(key) == 1 else f"({words})"

    def _key_sets(self, deleted: bool) -> None:
        try:
            keys = key_sets.unlike_keys(
                self._run, self._contract, None if deleted else whole.SMALL_ROWS
            )
        except Unordered as error:
            said = error.words(lambda key: shown_key(self._contract, key))
            self._words.append(f"key sets {LEFT}: {said}")
        except TROUBLES as error:
            self._words.append(f"key sets {LEFT}: {error}")
        else:
            if keys is None:
                return
            self._suspects.take(keys)
            self._words.append(f"key sets by range: {len(keys)} unlike at first")

    # ------------------------------------------------------------------ what is new of it

    def _of_rows(self, stayed: Collection[Key]) -> Iterator[Change]:
        yield from self._changed
        keys = [key for key in self._suspects.found if key in stayed]
        if not keys:
            return
        run, contract = self._run, self._contract
        rows = by_key.read(run, contract.source, keys)
        differences = compare_rows(contract, run.rules(contract.source), *rows).differences
        opened = self._opened
        past = self._past.reading(run.target, opened.side, opened.scn.number, keys)
        if past.why:
            self._words.append(past.why)
        by_row: dict[Key, list[Difference]] = {}
        for one in differences:
            by_row.setdefault(one.key, []).append(one)
        for key, some in by_row.items():
            yield from changes_of(contract, some, rows[1].get(key), past.image(key))
