"""Both databases as ``drill`` needs them: bounds, digests and rows of one table, each side within
one snapshot.
"""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

from sqlalchemy import Connection

from reconciliation.compare.checksums.digest import read_digests
from reconciliation.compare.checksums.drill import Held
from reconciliation.compare.checksums.forms import DigestForms
from reconciliation.compare.extent.ranges import KeyRange, NoRange, conditions
from reconciliation.compare.streams.comparing import compare_streams
from reconciliation.compare.streams.row_form import RowForm
from reconciliation.compare.tally import Tally
from reconciliation.databases.drivers import oracledb_of, psycopg2_of
from reconciliation.databases.faults import driver_errors, explain
from reconciliation.databases.quoting import quoted
from reconciliation.model import Key, Value
from reconciliation.process import pulse


class BothSides:
    """A ``Ground``. Both connections are inside read-only transactions, and used by nobody else
    meanwhile.

    ``answer_timeout`` is seconds for a statement of digests, and for the next row when rows are
    read. Raises EnvironmentFault for whatever the databases refuse, and what ``compare_streams``
    raises.
    """

    def __init__(
        self,
        rows: RowForm,
        forms: DigestForms,
        source: Connection,
        target: Connection,
        answer_timeout: float,
    ) -> None:
        self._rows, self._forms = rows, forms
        self._source, self._target, self._answer_timeout = source, target, answer_timeout

    def cut(self, whole: KeyRange, rows: int) -> list[KeyRange]:
        """Cut by the source's rows; a bound that cannot be written in SQL is left out."""
        edges = [whole.low, *filter(self._usable, self._keys(whole, rows)), whole.high]
        return [KeyRange(low, high) for low, high in itertools.pairwise(edges)]

    def digests(self, ranges: Sequence[KeyRange]) -> list[Held]:
        """One statement on each side, both at once."""
        whole = KeyRange(ranges[0].low, ranges[-1].high)
        within = self._conditions(whole)
        belows = [self._conditions(KeyRange(None, one.high)) for one in ranges[:-1]]
        sides = zip(
            (self._forms.source, self._forms.target),
            (self._source, self._target),
            (0, 1),
            strict=True,
        )
        with ThreadPoolExecutor(2) as pool:
            asked = [
                pool.submit(
                    self._ask,
                    connection,
                    sql.select(within[side], [below[side] for below in belows]),
                )
                for sql, connection, side in sides
            ]
            ours, theirs = (read_digests(answer.result(), len(ranges)) for answer in asked)
        return [
            Held(source, target, *self._named(counts))
            for (source, counts), (target, _) in zip(ours, theirs, strict=True)
        ]

    def read(self, part: KeyRange) -> Tally:
        """The rows compared as they are where no digests are used."""
        return compare_streams(
            self._rows.within(part),
            self._source,
            self._target,
            answer_timeout=self._answer_timeout,
            progress=lambda rows: None,
        )

    def step(self, low: Key | None, rows: int) -> Key | None:
        """The key so many source rows after ``low``, or after the first one; None when there are no
        more.
        """
        rules = self._rows.key_rules
        columns = ", ".join(quoted(rule.pair.source) for rule in rules)
        start = self._conditions(KeyRange(low, None))[0]
        keys = replace(self._rows.source, columns=columns).where(start).sql
        found = self._canonical(self._ask(self._source, f"{keys} OFFSET {rows} LIMIT 1"))
        return found[0] if found and self._usable(found[0]) else None

    # -------------------------------------------------------------- asking

    def _conditions(self, keys: KeyRange) -> tuple[str, str]:
        return conditions(self._rows.key_rules, keys, oracle=self._rows.target_is_oracle)

    def _usable(self, bound: Key) -> bool:
        try:
            self._conditions(KeyRange(None, bound))
        except NoRange:
            return False
        return True

    def _keys(self, whole: KeyRange, rows: int) -> list[Key]:
        """The canonical key of every so many rows of the source, but for the first."""
        rules = self._rows.key_rules
        columns = [f"c{number}" for number in range(len(rules))]
        inner = [
            f"{quoted(rule.pair.source)} AS {column}"
            for rule, column in zip(rules, columns, strict=True)
        ]
        numbered = f"row_number() OVER (ORDER BY {self._rows.source.order}) AS n"
        within = self._conditions(whole)[0]
        chosen = replace(self._rows.source, columns=", ".join([*inner, numbered]), order="").where(
            within
        )
        select = (
            f"SELECT {', '.join(columns)} FROM ({chosen.sql}) r WHERE n > 1 AND (n - 1) % "
            f"{rows} = 0 ORDER BY n"
        )
        return self._canonical(self._ask(self._source, select))

    def _canonical(self, found: Sequence[Sequence[Value]]) -> list[Key]:
        rules = self._rows.key_rules
        return [
            tuple(
                rule.canonical_source(_plain(value)) for rule, value in zip(rules, row, strict=True)
            )
            for row in found
        ]

    def _ask(self, connection: Connection, sql: str) -> list[Sequence[Value]]:
        url = connection.engine.url
        try:
            if url.get_backend_name() == "oracle":
                with oracledb_of(connection).cursor() as asked:
                    return [*asked.execute(sql).fetchall()]
            driver = psycopg2_of(connection)
            with driver.cursor() as cursor:
                cursor.execute(f"SET LOCAL statement_timeout = {int(self._answer_timeout * 1000)}")
                cursor.execute(sql)
                found: list[Sequence[Value]] = [*cursor.fetchall()]
                cursor.execute(f"SET LOCAL statement_timeout = {int(driver.longest * 1000)}")
                return found
        except driver_errors("Error") as error:
            raise explain(error, url, connecting=False) from None
        finally:
            pulse.beat()

    def _named(self, counts: Sequence[int]) -> tuple[Counter[str], Counter[str]]:
        names, accepted, reductions = (
            (*self._forms.accepted, *self._forms.reductions),
            Counter[str](),
            Counter[str](),
        )
        for number, (name, count) in enumerate(zip(names, counts, strict=False)):
            if count:
                (accepted if number < len(self._forms.accepted) else reductions)[name] += count
        return accepted, reductions


def _plain(value: Value) -> Value:
    return bytes(value) if isinstance(value, memoryview) else value
