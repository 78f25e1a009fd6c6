"""LOBs: read beside the rows' texts, in chunks bounded by bytes on both sides, found where they
differ.
"""

from __future__ import annotations

import tracemalloc
from collections.abc import Iterator

import oracledb
import pytest

from reconciliation.canonical import rules_for
from reconciliation.compare.checksums.forms import NoDigests, digest_forms
from reconciliation.compare.streams.beside import FETCH_BYTES
from reconciliation.compare.streams.comparing import compare_streams
from reconciliation.compare.streams.layout import Layout, layout
from reconciliation.compare.streams.source import CHUNK_BYTES
from reconciliation.compare.tally import Tally
from reconciliation.model import ColumnPair, TableContract
from tests.oracle.fake_engine import USER
from tests.type_pairs.sweep import SCHEMA, Both, catalogues, two_databases

ROWS, LONG = 30, 2_000_000
#: neither the first row nor the last, and where the LOBs are long
CHANGED, MISSING = 13, 21


@pytest.fixture(scope="module")
def both(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Both]:
    """``papers``: short texts first, then ROWS rows of LONG bytes each; one differs at its end, one
    is missing.
    """
    with two_databases(tmp_path_factory.mktemp("oracle")) as found:
        found.execute(
            f"CREATE TABLE {SCHEMA}.papers (id int8 PRIMARY KEY, title varchar(40), body bytea)"
        )
        found.execute(
            f"INSERT INTO {SCHEMA}.papers SELECT n, 'short', '\\x00' FROM generate_series(-900, "
            f"-1) n"
        )
        found.execute(
            f"INSERT INTO {SCHEMA}.papers SELECT n, 'long', convert_to(repeat('x', {LONG}), "
            f"'UTF8') "
            f"FROM generate_series(0, {ROWS - 1}) n"
        )
        cursor = found.oracle.cursor()
        cursor.execute(
            "CREATE TABLE papers (id NUMBER(19) PRIMARY KEY, title VARCHAR2(40), body BLOB)"
        )
        cursor.executemany(
            "INSERT INTO papers VALUES (:1, 'short', hextoraw('00'))",
            [(n,) for n in range(-900, 0)],
        )
        cursor.setinputsizes(None, oracledb.DB_TYPE_BLOB)
        for number in range(ROWS):
            body = b"x" * (LONG - 1) + (b"y" if number == CHANGED else b"x")
            if number != MISSING:
                cursor.execute("INSERT INTO papers VALUES (:1, 'long', :2)", [number, body])
        found.oracle.commit()
        yield found


def _papers(both: Both) -> Layout:
    pairs = (ColumnPair("id", "ID"), ColumnPair("title", "TITLE"), ColumnPair("body", "BODY"))
    table = TableContract(f"{SCHEMA}.papers", f"{USER}.PAPERS", ("id",), pairs, "title")
    here, there = catalogues(both)
    source, target = here[table.source], there[table.target]
    return layout(table, rules_for(table, source, target), source, target)


def _looked(both: Both, rows: Layout) -> Tally:
    with both.source.connect() as here, both.target.connect() as there:
        for connection, statement in ((here, "SELECT 1"), (there, "SELECT 1 FROM DUAL")):
            connection.exec_driver_sql(statement)
        return compare_streams(rows, here, there, answer_timeout=30, progress=lambda rows: None)


def test_the_rows_that_differ_are_found_in_bounded_memory(both: Both) -> None:
    rows = _papers(both)
    tracemalloc.start()
    try:
        tally = _looked(both, rows)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert tally.suspects == [(CHANGED,), (MISSING,)]
    assert (tally.source_rows, tally.target_rows, tally.equal_rows) == (
        900 + ROWS,
        899 + ROWS,
        898 + ROWS,
    )
    # one side at a time holds what waits to be compared; the whole table is 60 MB a side
    assert peak < 6 * CHUNK_BYTES + 4 * FETCH_BYTES < ROWS * LONG


def test_a_fetch_is_as_large_as_the_longest_neighbours_allow(both: Both) -> None:
    rows = _papers(both)
    assert rows.beside
    cursor = both.oracle.cursor()
    # any 10 long rows are 20 MB, more than one fetch may hold
    assert rows.beside.rows_at_once(cursor) == 1
    # 900 short rows are small, and 1,000 in a row there are not
    assert rows.beside.where('"ID" < 0').rows_at_once(cursor) == 1_000


def test_digests_are_told_what_the_texts_leave_out(both: Both) -> None:
    rows = _papers(both)
    with pytest.raises(NoDigests, match=r"^the text of a row does not hold body -> BODY$"):
        digest_forms(rows)
    assert [field.rule.pair.source for field in rows.own] == ["body"]
