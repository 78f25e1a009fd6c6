"""A text of SQL has 4,000 bytes at most (MAX_STRING_SIZE = STANDARD): what is longer is cut or
refused; LOBs are free.

Sources: SQL Language Reference, "Concatenation Operator" (4,000 bytes, a CLOB with a CLOB), RPAD,
LISTAGG; ORA-01489.
"""

from __future__ import annotations

from collections.abc import Iterator

import oracledb
import pytest

from tests.oracle.conftest import WireServer


@pytest.fixture(scope="module")
def cursor(oracle_server: WireServer) -> Iterator[oracledb.Cursor]:
    with oracle_server.connect() as connection, connection.cursor() as opened:
        yield opened


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        ("lengthb(rpad('é', 4000, 'é'))", 4000),
        ("length(rpad('é', 4000, 'é'))", 2000),
        ("lengthb(lpad('é', 5000, 'é'))", 4000),
        # a character that would be cut through goes altogether
        ("lengthb(rpad('x', 4000, 'é'))", 3999),
        ("length(rpad('x', 1000000, 'x'))", 4000),
        ("length(rpad(n'é', 4000, n'é'))", 2000),
        ("length(rpad('x', 3999, 'x') || 'y')", 4000),
        ("length(n'x' || rpad('x', 1999, 'x'))", 2000),
        ("length(replace(rpad('x', 2000, 'x'), 'x', 'yy'))", 4000),
        ("length(to_clob(rpad('x', 4000, 'x')) || 'y')", 4001),
        ("length('y' || to_clob(rpad('x', 4000, 'x')) || rpad('x', 4000, 'x'))", 8001),
        ("length(concat(to_clob(rpad('x', 4000, 'x')), 'y'))", 4001),
        ("length(to_nclob(rpad('x', 4000, 'x')) || 'y')", 4001),
        ("nvl(null || null, 'nothing')", "nothing"),
        ("substr(to_clob('abc') || 'def', 3, 2)", "cd"),
    ],
)
def test_what_fits(cursor: oracledb.Cursor, expression: str, value: object) -> None:
    assert cursor.execute(f"select {expression} from dual").fetchone() == (value,)


@pytest.mark.parametrize(
    "expression",
    [
        "rpad('x', 4000, 'x') || 'y'",
        "rpad('x', 3999, 'x') || 'é'",
        "length(rpad('x', 4000, 'x') || 'y')",
        "concat(rpad('x', 4000, 'x'), 'y')",
        "rpad('x', 2000, 'x') || rpad('x', 2000, 'x') || 'y'",
        "n'x' || rpad('x', 2000, 'x')",
        "replace(rpad('x', 2001, 'x'), 'x', 'yy')",
    ],
)
def test_what_does_not_fit_is_ora_01489(cursor: oracledb.Cursor, expression: str) -> None:
    with pytest.raises(oracledb.DatabaseError, match="ORA-01489"):
        cursor.execute(f"select {expression} from dual").fetchone()


def test_a_lob_joined_is_a_lob(cursor: oracledb.Cursor) -> None:
    cursor.execute("select to_clob('a') || 'b', to_clob('a') || n'b', 'a' || 'b' from dual")
    kinds = [column[1] for column in cursor.description]
    assert kinds[:2] == [oracledb.DB_TYPE_CLOB, oracledb.DB_TYPE_NCLOB]
    assert kinds[2] not in (oracledb.DB_TYPE_CLOB, oracledb.DB_TYPE_NCLOB)
