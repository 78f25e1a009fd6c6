"""The writer beside the guarantees keeps to its rules: it writes to every table, never under a key
that is kept free for a run, and nothing of it is refused.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from benchmarks.traffic import Traffic
from benchmarks.traffic_keys import contracts, read_reserved
from benchmarks.writer import transaction
from tests.clusters import temporary_cluster

ROOT = Path(__file__).parents[2]
NAME = "lab-payments"
WORLD = ("source.sql", "source-seeds.sql")
TRANSACTIONS = 400
NUMBERS = "BETWEEN 900000000 AND 900999999"
#: by table what holds for the rows that a run may write
RESERVED = {
    "currency": "code ~* '^z'",
    "exchange_rate": "day >= '2900-01-01'",
    "fee_band": "band >= 32000",
    "category": f"id {NUMBERS}",
    "merchant": f"code ~ '^(zz|ZZ)' OR merchant_id {NUMBERS}",
    "payment": "payment_no ~ '^(zz|ZZ)'",
    '"SettlementBatch"': f'"BatchId" {NUMBERS}',
    "payer": f"payer_id {NUMBERS}",
    "document": f"document_id {NUMBERS}",
    "ledger_entry": f"entry_id {NUMBERS}",
    "merchant_profile": f"profile_id {NUMBERS}",
    "tariff": f"tariff_id {NUMBERS} OR code ~ '^(zz|ZZ)'",
    "transaction_log": "booked_on >= '2900-01-01'",
    '"order"': f"number {NUMBERS}",
    "merchant_settlement_agreements": "agreement_identification_codes ~ '^(zz|ZZ)'",
    "invoice": f"invoice_id {NUMBERS}",
    "dispute": f"dispute_id {NUMBERS}",
    "refund": f"refund_id {NUMBERS}",
}


@pytest.fixture(scope="module")
def connection() -> Iterator[Any]:
    """To the payments world, which refuses the keys of a run here."""
    with temporary_cluster() as cluster:
        for name in WORLD:
            cluster.execute((ROOT / "lab/worlds/payments" / name).read_text(encoding="utf-8"))
        for table, reserved in RESERVED.items():
            cluster.execute(f"ALTER TABLE pay.{table} ADD CHECK (NOT ({reserved}))")
        made = cluster.connect()
        made.autocommit = False
        yield made
        made.close()


@pytest.fixture(scope="module")
def traffic(connection: Any) -> Traffic:
    """What has written ``TRANSACTIONS``; one that PostgreSQL refuses is an error."""
    made = Traffic("pay", read_reserved(ROOT, NAME))
    made.begin(connection)
    for _ in range(TRANSACTIONS):
        transaction(connection, made)
    return made


def test_every_mapped_table_is_written_and_one_that_nobody_maps(traffic: Traffic) -> None:
    assert {*contracts(ROOT, NAME), "pay.notification"} == {*traffic.written}


def ask(connection: Any, query: str) -> Any:
    with connection.cursor() as cursor:
        cursor.execute(query)
        return cursor.fetchall()


def test_rows_stand_right_beside_those_of_a_run(traffic: Traffic, connection: Any) -> None:
    query = "SELECT min(payer_id - 901000000) FILTER (WHERE payer_id > 900999999), "
    query += "min(899999999 - payer_id) FILTER (WHERE payer_id BETWEEN 1e6 AND 900000000) "
    ((behind, before),) = ask(connection, query + "FROM pay.payer")
    assert 0 <= behind < 20
    assert 0 <= before < 20
    assert ask(connection, "SELECT max(band) FROM pay.fee_band WHERE band > 31900") != [(None,)]


def test_what_is_rolled_back_is_forgotten(traffic: Traffic, connection: Any) -> None:
    before = traffic.written.copy()
    with connection.cursor() as cursor:
        for _ in range(50):
            traffic.one(cursor)
    connection.rollback()
    traffic.forget()
    for _ in range(50):
        transaction(connection, traffic)
    assert traffic.written.total() > before.total()


@pytest.mark.parametrize("is_committed", [True, False])
def test_it_goes_on_whatever_became_of_its_last_transaction(
    traffic: Traffic, connection: Any, is_committed: bool
) -> None:
    for _ in range(5):
        with connection.cursor() as cursor:
            for _ in range(100):
                traffic.one(cursor)
        connection.commit() if is_committed else connection.rollback()
        traffic.resume(connection)
        for _ in range(50):
            transaction(connection, traffic)
