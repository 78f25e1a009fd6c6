"""CHAR and its blanks, national text and its bytes (SQL Language Reference, "Datatype Comparison
Rules").
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator

import oracledb
import pytest

from tests.oracle.conftest import WireServer

TEXT = "é\N{GRINNING FACE}한"


@pytest.fixture(scope="module")
def connection(oracle_server: WireServer) -> Iterator[oracledb.Connection]:
    with oracle_server.connect() as opened, opened.cursor() as cursor:
        cursor.execute(
            "create table ch (c char(5), c3 char(3), v varchar2(5), padded varchar2(5), nc "
            "nchar(5))"
        )
        cursor.execute("insert into ch values ('ab', 'ab', 'ab', 'ab   ', n'ab')")
        cursor.execute("create table nat (nv nvarchar2(10), nc nchar(5), v varchar2(20))")
        cursor.execute("insert into nat values (:1, :1, :1)", (TEXT, TEXT, TEXT))
        yield opened
        cursor.execute("drop table ch")
        cursor.execute("drop table nat")


@pytest.mark.parametrize(
    ("condition", "holds"),
    [
        ("c = 'ab'", True),
        ("c = 'ab '", True),
        ("c = c3", True),
        ("c = nc", True),
        ("c = v", False),
        ("c = padded", True),
        ("v = 'ab '", False),
        ("'ab' = 'ab '", True),
        ("c = 'a' || 'b'", True),
        ("c = 'a' || v", False),
        ("c = upper('AB') or c = lower('AB')", True),
        ("c = trim('ab ')", False),
        ("c = cast('ab' as char(2))", True),
        ("c = cast('ab' as varchar2(2))", False),
        ("c in ('x', 'ab')", True),
        ("c in (v, 'ab')", True),
        ("c in (v, 'x')", False),
        ("c in (select 'ab' from dual)", True),
        ("c in (select v from ch)", False),
        ("(c, v) in (('ab', 'ab'))", True),
        ("(c, v) in (('ab', 'ab '))", False),
        ("c between 'ab' and 'ab'", True),
        ("c like 'ab'", False),
        ("c like 'ab   '", True),
        ("c = case when 1 = 1 then 'ab' else 'xy' end", True),
        ("c = case when 1 = 1 then 'ab' else 'xyz' end", False),
        ("decode(c, 'ab', 1, 2) = 2", True),
        ("decode(c, padded, 1, 2) = 1", True),
        ("c = decode(1, 1, 'ab')", False),
        ("c = nvl2(1, 'ab', 'xy')", False),
        ("nullif(c, 'ab') is null", True),
        ("nullif(v, 'ab ') is null", False),
        ("greatest(c, 'ab') = padded", True),
        ("c = :1", False),
        ("v = :1", True),
    ],
)
def test_blanks_at_the_end_count_only_beside_varchar2(
    connection: oracledb.Connection, condition: str, holds: bool
) -> None:
    binds = ("ab",) if ":1" in condition else ()
    with connection.cursor() as cursor:
        cursor.execute(f"select count(*) from ch where {condition}", binds)
        assert cursor.fetchone() == (int(holds),)


def test_a_bind_of_char_is_compared_as_char(connection: oracledb.Connection) -> None:
    with connection.cursor() as cursor:
        for kind in (oracledb.DB_TYPE_CHAR, oracledb.DB_TYPE_NCHAR):
            cursor.setinputsizes(kind)
            assert cursor.execute("select count(*) from ch where c = :1", ("ab",)).fetchone() == (
                1,
            )


@pytest.mark.parametrize(
    ("query", "rows"),
    [
        ("select c from ch union select 'ab' from dual", ["ab", "ab   "]),
        ("select c from ch union select c3 from ch", ["ab ", "ab   "]),
        ("select c from ch minus select c3 from ch", ["ab   "]),
        ("select c from ch union select c from ch", ["ab   "]),
        ("select 'ab' from dual union select 'ab ' from dual", ["ab", "ab "]),
        (
            (
                "select x from (select 'ab' x from dual union all select 'abc' from dual) where "
                "x = "
                "'ab '"
            ),
            [],
        ),
        (
            (
                "select x from (select 'ab' x from dual union all select 'abd' from dual) where "
                "x = "
                "'ab'"
            ),
            ["ab"],
        ),
        (
            (
                "select x from (select 'ab' x from dual union all select 'cd' from dual) where x = "
                "'ab '"
            ),
            ["ab"],
        ),
    ],
)
def test_char_of_several_lengths_becomes_varchar2(
    connection: oracledb.Connection, query: str, rows: list[str]
) -> None:
    with connection.cursor() as cursor:
        assert sorted(row[0] for row in cursor.execute(query)) == rows


@pytest.mark.parametrize(
    ("expression", "text"),
    [
        ("nv", TEXT),
        ("nc", TEXT + " "),
        ("n'é'", "é"),
        ("nv || 'x'", TEXT + "x"),
        ("'x' || nv", "x" + TEXT),
        ("v || nc", TEXT + TEXT + " "),
        ("upper(nv)", TEXT.upper()),
        ("substr(nv, 2)", TEXT[1:]),
        ("substr(nc, 1, 1)", "é"),
        ("replace(nv, 'é', 'e')", "e" + TEXT[1:]),
        ("rtrim(nc)", TEXT),
        ("trim(nc)", TEXT),
        ("nvl(nv, 'x')", TEXT),
        ("to_nchar(v)", TEXT),
        ("cast(v as nvarchar2(1))", "é"),
        ("cast('x' as nchar(2))", "x "),
        ("(select max(nv) from nat)", TEXT),
    ],
)
def test_national_text_has_the_bytes_of_utf_16(
    connection: oracledb.Connection, expression: str, text: str
) -> None:
    raw = text.encode("utf-16-be")
    source = expression if "select" not in expression else "x"
    table = "nat" if "select" not in expression else "(select max(nv) x from nat)"
    with connection.cursor() as cursor:
        found = cursor.execute(
            f"select {source}, rawtohex({source}), lengthb({source}), standard_hash({source}, "
            f"'SHA256') from {table}"
        ).fetchone()
        assert found == (text, raw.hex().upper(), len(raw), hashlib.sha256(raw).digest())
        assert cursor.description[0].type_code in (
            oracledb.DB_TYPE_NVARCHAR,
            oracledb.DB_TYPE_NCHAR,
        )


@pytest.mark.parametrize(
    "expression", ["v", "v || 'x'", "to_char(nv)", "nvl(v, nv)", "to_char(nc) || v"]
)
def test_other_text_beside_it_has_the_bytes_of_utf_8(
    connection: oracledb.Connection, expression: str
) -> None:
    with connection.cursor() as cursor:
        text, digits = cursor.execute(
            f"select {expression}, rawtohex({expression}) from nat"
        ).fetchone()
        assert digits == text.encode().hex().upper()
        assert cursor.description[0].type_code is oracledb.DB_TYPE_VARCHAR


@pytest.mark.parametrize(
    "query",
    [
        "select rawtohex(case when 1 = 1 then nv else v end) from nat",
        "select lengthb(coalesce(nv, 'x')) from nat",
        "select standard_hash(decode(nv, 'x', nv, v), 'MD5') from nat",
        "select rawtohex(x) from (select coalesce(nv, 'x') x from nat)",
        "select rawtohex(case when 1 = 1 then n'x' end) from dual",
    ],
)
def test_bytes_of_text_that_may_be_national_are_refused(
    connection: oracledb.Connection, query: str
) -> None:
    with connection.cursor() as cursor, pytest.raises(oracledb.DatabaseError, match="ORA-03001"):
        cursor.execute(query).fetchall()


def test_the_same_without_national_text_is_not(connection: oracledb.Connection) -> None:
    with connection.cursor() as cursor:
        assert cursor.execute(
            "select rawtohex(coalesce('x', 'y')), lengthb(case when 1=1 then 'é' end) from dual"
        ).fetchone() == ("78", 2)
