"""Faults of single tables, several at once: each of these tables is broken and named in the first
line of evidence, all others hold, and nothing of the run stays.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.counts import in_full
from tests.table_faults.lab import TABLES, FaultLab
from tests.table_faults.pairs import FAULTS, MOST, Pair, Table, every_pair, rounds, wrong

BY_NAME = {table.source: table for table in TABLES}
PAIRS = every_pair(TABLES)
#: keys of a UUID, of two columns, of an identity that is always generated, of a date, quoted ones
CHOSEN = [
    Pair("inserts_ignored", BY_NAME["pay.settlement_line"]),
    Pair("update_lost_every_nth", BY_NAME["pay.payment"]),
    Pair("deletes_ignored", BY_NAME["pay.ledger_entry"]),
    Pair("applied_counted_twice", BY_NAME["pay.transaction_log"]),
    Pair("changes_lost", BY_NAME["pay.SettlementBatch"]),
]
#: sentences that see these faults, so that the short test is short
SOME = [
    f"features/04-change-propagation/{name}.feature" for name in ("accounting", "insert", "delete")
]
ROUNDS = [(one, ["features"]) for one in rounds(PAIRS, MOST)] if in_full() else [(CHOSEN, SOME)]

ONE, OTHER = Table("s.merchant", "S.MERCHANT"), Table("s.merchant_contact", "S.MERCHANT_CONTACT")


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FaultLab]:
    with FaultLab(tmp_path_factory.mktemp("table-faults")) as made:
        yield made


@pytest.mark.parametrize(
    ("pairs", "features"), ROUNDS, ids=[" + ".join(map(str, pairs)) for pairs, _ in ROUNDS]
)
def test_tables_with_a_fault_are_named_and_the_others_hold(
    lab: FaultLab, pairs: list[Pair], features: list[str]
) -> None:
    assert lab.run(pairs, features) == []


# ---------------------------------------------------------------- what is asked of a verdict


def cell(table: str, judged: str) -> dict[str, Any]:
    return {"table": table, "judged": judged, "guarantee": {"scenario": "A row arrives"}}


def verdict(*cells: dict[str, Any], first: str = "", **changes: Any) -> dict[str, Any]:
    """Of one guarantee that is broken for the tables that are."""
    broken = [one["table"] for one in cells if one["judged"] == "broken"]
    message = first or f"{len(broken)} tables broken: {', '.join(broken)}"
    told = {"scenario": "A row arrives", "outcome": "failed", "tables": broken}
    return {
        "verdict": "NOT READY",
        "reason": "a guarantee does not hold",
        "matrix": cells,
        "not_held": [{**told, "message": f"{message}\ns.merchant: more"}] if broken else [],
        **changes,
    }


FAULTY = [Pair("inserts_ignored", ONE)]
ALSO = cell("s.merchant_contact", "holds")


def test_a_table_that_is_broken_and_named_beside_others_that_hold_is_right() -> None:
    assert wrong(FAULTY, verdict(cell("s.merchant", "broken"), ALSO)) == []
    both = [*FAULTY, Pair("rows_deleted", OTHER)]
    broken = [cell("s.merchant", "broken"), cell("s.merchant_contact", "broken")]
    assert wrong(both, verdict(*broken)) == []


@pytest.mark.parametrize(
    ("given", "line"),
    [
        (verdict(ALSO, verdict="READY"), "the verdict is READY: a guarantee does not hold"),
        (verdict(cell("s.merchant", "holds"), ALSO), "s.merchant is not broken"),
        (
            verdict(cell("s.merchant", "broken"), cell("s.merchant_contact", "broken")),
            "s.merchant_contact is broken in A row arrives",
        ),
        (
            verdict(cell("s.merchant", "broken"), cell("s.merchant_contact", "not judged")),
            "s.merchant_contact is not judged in A row arrives",
        ),
        (
            verdict(cell("s.merchant", "broken"), ALSO, first="s.merchant_contact: a row differs"),
            "s.merchant is not named in: A row arrives: s.merchant_contact: a row differs",
        ),
        (
            verdict(cell("s.merchant", "broken"), ALSO, first="other.s.merchant: a row differs"),
            "s.merchant is not named in: A row arrives: other.s.merchant: a row differs",
        ),
    ],
)
def test_what_is_not_as_it_has_to_be_is_told(given: dict[str, Any], line: str) -> None:
    assert line in wrong(FAULTY, given)


def test_a_run_without_a_verdict_is_wrong() -> None:
    assert wrong(FAULTY, {"verdict": "NOT JUDGED", "reason": "no lab"}) == [
        "the verdict is NOT JUDGED: no lab",
        "s.merchant is not broken",
    ]


def test_rounds_hold_every_pair_once_and_no_fault_or_table_twice() -> None:
    made = list(rounds(PAIRS, MOST))
    names = sorted(one.name for several in made for one in several)
    assert names == sorted(f"{fault} on {table.source}" for fault in FAULTS for table in TABLES)
    for several in made:
        assert len({one.fault for one in several}) == len({one.table for one in several})
        assert len({one.fault for one in several}) == len(several) <= MOST
    assert len(made) < len(PAIRS) / 3
    assert all(len(several) == 1 for several in rounds(PAIRS, 1))


def test_there_are_at_least_twelve_faults_and_every_table_a_run_writes_to() -> None:
    assert len(FAULTS) >= 12
    assert len(TABLES) == 20
    assert "pay.audit_event" not in BY_NAME
