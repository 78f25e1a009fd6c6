"""Functions over bytes, hashes, time zones and sort keys, through the driver; values from Python's
own arithmetic.
"""

from __future__ import annotations

import datetime
import hashlib
from collections.abc import Iterator

import oracledb
import pytest

from tests.oracle.conftest import WireServer

NINE = datetime.datetime(2024, 2, 29, 0, 30)


@pytest.fixture(scope="module")
def cursor(oracle_server: WireServer) -> Iterator[oracledb.Cursor]:
    with oracle_server.connect() as connection, connection.cursor() as cursor:
        yield cursor


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        ("nlssort('aé', 'NLS_SORT=BINARY')", "aé".encode() + b"\0"),
        ("nlssort('a', 'nls_sort = binary')", b"a\0"),
        ("nlssort('a')", b"a\0"),
        ("nlssort(null, 'NLS_SORT=BINARY')", None),
        ("sys_extract_utc(timestamp '2024-02-29 09:30:00 +09:00')", NINE),
        ("sys_extract_utc(to_timestamp_tz(null))", None),
        (
            "timestamp '2024-02-29 00:30:00' at time zone '+09:00'",
            NINE + datetime.timedelta(hours=9),
        ),
        (
            (
                "to_char(timestamp '2024-02-29 00:30:00 +00:00' at time zone '-03:30', 'DD HH24:MI "
                "TZH:TZM')"
            ),
            "28 21:00 -03:30",
        ),
        (
            "to_char(timestamp '2024-02-29 09:30:00 +09:00' at time zone 'UTC', 'HH24:MI TZH:TZM')",
            "00:30 +00:00",
        ),
        (
            (
                "to_char(from_tz(timestamp '2024-02-29 09:30:00', '+09:00') at local, 'HH24:MI "
                "TZH:TZM')"
            ),
            "00:30 +00:00",
        ),
        ("extract(timezone_hour from from_tz(timestamp '2024-02-29 09:30:00', '-05:00'))", -5),
        ("lengthb('é한')", 5),
        ("lengthb(null)", None),
        ("lengthb(12.5)", 4),
        ("rawtohex('Aé')", "Aé".encode().hex().upper()),
        ("rawtohex(hextoraw('0aff'))", "0AFF"),
        ("hextoraw('abc')", b"\x0a\xbc"),
        ("rawtohex(hextoraw(''))", None),
        ("standard_hash('abc', 'MD5')", hashlib.md5(b"abc").digest()),
        ("standard_hash('é', 'sha256')", hashlib.sha256("é".encode()).digest()),
        ("standard_hash('abc', 'SHA384')", hashlib.sha384(b"abc").digest()),
        ("standard_hash(hextoraw('00FF'), 'SHA512')", hashlib.sha512(b"\0\xff").digest()),
        ("rawtohex(standard_hash('x' || 1, 'MD5'))", hashlib.md5(b"x1").hexdigest().upper()),
        ("to_char(interval '1 2:3:4.5' day to second)", "+01 02:03:04.500000"),
        ("to_char(interval '-100 2:3:4.56' day(3) to second(2))", "-100 02:03:04.56"),
        ("to_char(interval '5' year(3))", "+005-00"),
        ("to_char(interval '-1-2' year to month)", "-01-02"),
        ("interval '1:30' hour to minute", datetime.timedelta(minutes=90)),
        (
            "interval '2:3.5' minute to second",
            datetime.timedelta(minutes=2, seconds=3, microseconds=500000),
        ),
        ("interval '3 4' day to hour", datetime.timedelta(days=3, hours=4)),
        ("interval '-3 4:05' day to minute", -datetime.timedelta(days=3, hours=4, minutes=5)),
        ("interval '100' day(3)", datetime.timedelta(days=100)),
        ("interval '25:00' hour to minute", datetime.timedelta(hours=25)),
        ("numtodsinterval(1.5, 'HOUR')", datetime.timedelta(minutes=90)),
        ("numtodsinterval(-2, 'day')", datetime.timedelta(days=-2)),
        ("n'it''s'", "it's"),
        ("nq'[it's]'", "it's"),
    ],
)
def test_a_function_gives_oracles_value(
    cursor: oracledb.Cursor, expression: str, value: object
) -> None:
    assert cursor.execute(f"select {expression} from dual").fetchone() == (value,)


@pytest.mark.parametrize(
    ("expression", "code", "words"),
    [
        ("nlssort('a', 'NLS_SORT=GERMAN')", 3001, "GERMAN"),
        ("nlssort(rpad('a', 2000), 'NLS_SORT=BINARY')", 3001, "NLSSORT"),
        ("sys_extract_utc(sysdate)", 30175, "type"),
        ("sysdate at time zone '+09:00'", 30084, "time zone"),
        ("systimestamp at time zone '+16:00'", 1874, "hour"),
        ("standard_hash('abc', 'CRC')", 3001, "CRC"),
        ("standard_hash(1, 'MD5')", 3001, "STANDARD_HASH"),
        ("standard_hash('', 'MD5')", 3001, "NULL"),
        ("rawtohex(1)", 3001, "RAWTOHEX"),
        ("rawtohex(sysdate)", 3001, "RAWTOHEX"),
        ("hextoraw('xy')", 1465, "hex"),
        ("to_char(interval '90' minute)", 3001, "interval"),
        ("to_char(systimestamp - systimestamp)", 3001, "interval"),
        ("'x' || numtodsinterval(1, 'DAY')", 3001, "interval"),
        ("numtodsinterval(1, 'MONTH')", 1760, "argument"),
        ("interval '100' day", 1873, "leading precision"),
        ("interval '1:1' day", 1867, "interval"),
        ("interval '1 24:00' day to minute", 1850, "hour"),
    ],
)
def test_what_is_not_done_is_refused_by_name(
    cursor: oracledb.Cursor, expression: str, code: int, words: str
) -> None:
    with pytest.raises(oracledb.DatabaseError, match=words) as caught:
        cursor.execute(f"select {expression} from dual").fetchall()
    assert caught.value.args[0].code == code


def test_a_query_is_sorted_by_its_bytes(cursor: oracledb.Cursor) -> None:
    words = ["b", "A", "é", "a ", "한", "a"]
    cursor.execute("create table f_words (word varchar2(20), at timestamp(6) with time zone)")
    try:
        cursor.executemany("insert into f_words (word) values (:1)", [(word,) for word in words])
        cursor.execute("update f_words set at = timestamp '2024-02-29 09:30:00 +09:00'")
        cursor.execute("select word from f_words order by nlssort(word, 'NLS_SORT=BINARY')")
        assert [word for (word,) in cursor.fetchall()] == sorted(words, key=str.encode)
        cursor.execute("select distinct sys_extract_utc(at) from f_words")
        assert cursor.fetchall() == [(NINE,)]
        assert cursor.description[0][1] is oracledb.DB_TYPE_TIMESTAMP
    finally:
        cursor.execute("drop table f_words")
