"""Every pair of types with edge values: the rules in memory and the texts of the databases give the
stated answers.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from reconciliation.canonical import CONVERSIONS
from reconciliation.canonical.rules import NATURAL
from reconciliation.model import Catalogue
from tests.type_pairs.matrix import COMMAND, rendered
from tests.type_pairs.sweep import (
    PAGE,
    Both,
    Judged,
    Table,
    catalogues,
    every_column,
    fill,
    judge,
    tables_of,
    two_databases,
)

TABLES = tables_of(every_column())


class Sweep:
    """Both databases with all tables filled; what was judged is kept."""

    def __init__(self, both: Both, found: tuple[Catalogue, Catalogue]) -> None:
        self.both, self.catalogues = both, found
        self.judged: dict[str, Judged] = {}

    def judge(self, table: Table) -> Judged:
        if table.name not in self.judged:
            self.judged[table.name] = judge(self.both, table, self.catalogues)
        return self.judged[table.name]


@pytest.fixture(scope="module")
def sweep(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sweep]:
    with two_databases(tmp_path_factory.mktemp("oracle")) as both:
        for table in TABLES:
            fill(both, table)
        yield Sweep(both, catalogues(both))


@pytest.mark.parametrize("table", TABLES, ids=[table.columns[0].source for table in TABLES])
def test_texts_and_rules_say_what_must_be_said(sweep: Sweep, table: Table) -> None:
    judged = sweep.judge(table)  # raises for every pair that is judged in another way
    assert judged.combinations[True] >= 2 * len(table.columns), (
        "NULL and some value must be equal for every pair"
    )
    assert judged.combinations[False] > judged.combinations[True]


def test_every_pair_is_run(sweep: Sweep) -> None:
    run = {
        (rule.rule.source_type, rule.rule.target_type, (rule.pair.conversion or "").split(":")[0])
        for table in TABLES
        for rule in sweep.judge(table).rules
    }
    natural = {(*pair, "") for pair in NATURAL}
    named = {
        (source, target, name)
        for name, entry in CONVERSIONS.items()
        for source in entry.sources
        for target in entry.targets
    }
    assert natural | named <= run, sorted((natural | named) - run)


def test_every_pair_has_a_neighbour_that_differs() -> None:
    for column in every_column():
        assert any(case.step for case in column.cases), column
        assert any(case.equal and case.source is not None for case in column.cases), column


def test_the_page_says_what_was_run(sweep: Sweep) -> None:
    page = rendered([sweep.judge(table) for table in TABLES])
    assert page == PAGE.read_text(), (
        f"{PAGE.name} is not what the sweep found; `{COMMAND}` writes it anew"
    )
