"""Expressions and their values as Oracle's SQL Language Reference gives them, by its examples or by
its rules.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from decimal import Decimal

import oracledb
import pytest

from tests.oracle.conftest import WireServer
from tests.oracle.fake_engine import USER

NUMBER_FORMATS = [
    ("to_char(-1234567890, '9999999999S')", "1234567890-"),
    ("to_char(1234567890, '9999999999S')", "1234567890+"),
    ("to_char(0, '99.99')", "   .00"),
    ("to_char(0.1, '99.99')", "   .10"),
    ("to_char(-0.2, '99.99')", "  -.20"),
    ("to_char(0, '90.99')", "  0.00"),
    ("to_char(0.1, '90.99')", "  0.10"),
    ("to_char(-0.2, '90.99')", " -0.20"),
    ("to_char(0, '9999')", "    0"),
    ("to_char(1, '9999')", "    1"),
    ("to_char(0, 'B9999')", "     "),
    ("to_char(1, 'B9999')", "    1"),
    ("to_char(0, 'B90.99')", "      "),
    ("to_char(123.456, '999.999')", " 123.456"),
    ("to_char(-123.456, '999.999')", "-123.456"),
    ("to_char(123.456, 'FM999.009')", "123.456"),
    ("to_char(123.456, '9.9EEEE')", "  1.2E+02"),
    ("to_char(1E+123, '9.9EEEE')", " 1.0E+123"),
    ("to_char(123.456, 'FM9.9EEEE')", "1.2E+02"),
    ("to_char(123.45, 'FM999.009')", "123.45"),
    ("to_char(123.0, 'FM999.009')", "123.00"),
    ("to_char(123, 'FM999.99')", "123."),
    ("to_char(12345, '999')", "####"),
    ("to_char(-1234, '9,999')", "-1,234"),
    ("to_char(1234567.891, '9,999,999.99')", " 1,234,567.89"),
    ("to_char(12, '9,999')", "    12"),
    ("to_char(1234.5, '9G999D99')", " 1,234.50"),
    ("to_char(5, '0999')", " 0005"),
    ("to_char(5, 'FM0999')", "0005"),
    ("to_char(-5, '99MI')", " 5-"),
    ("to_char(5, '99MI')", " 5 "),
    ("to_char(-5, '99PR')", " <5>"),
    ("to_char(5, '99PR')", "  5 "),
    ("to_char(5, 'S99')", " +5"),
    ("to_char(-5, '$99')", " -$5"),
    ("to_char(255, 'XX')", " FF"),
    ("to_char(255, 'FMxx')", "ff"),
    ("to_char(255, 'FM000X')", "00FF"),
    ("to_char(256, 'XX')", "###"),
    ("to_char(123.4, '999V9')", " 1234"),
    ("to_char(2026, 'FMRN')", "MMXXVI"),
    ("to_char(4, 'rn')", "             iv"),
    ("to_char(4000, 'RN')", "###############"),
    ("to_char(0.5, 'TM9')", ".5"),
    ("to_char(123.45, 'TM')", "123.45"),
    # fixed notation up to 64 characters, scientific beyond
    (
        "to_char(-1234567890.12345678901234567890123456789, 'TM9')",
        "-1234567890.12345678901234567890123456789",
    ),
    ("to_char(1E-30/3, 'TM9')", "3.333333333333333333333333333333333333333E-31"),
    ("to_char(-12E-40, 'TM9')", "-.0000000000000000000000000000000000000012"),
    ("to_char(-12E-70, 'TM9')", "-1.2E-69"),
    ("to_char(1E63, 'TM9')", "1" + "0" * 63),
    ("to_char(1E64, 'TM9')", "1E+64"),
    ("to_char(1234.5, '9G999D99', 'NLS_NUMERIC_CHARACTERS=''.,''')", " 1,234.50"),
    ("to_char(1234.5, '9G999D99', 'NLS_NUMERIC_CHARACTERS = '',.''')", " 1.234,50"),
    ("to_char(1234.5, 'TM9', 'nls_numeric_characters='',.''')", "1234,5"),
    ("to_char(1234.5, '9,999.9', 'NLS_NUMERIC_CHARACTERS='',.''')", " 1,234.5"),
    ("to_number('1.234,5', '9G999D9', 'NLS_NUMERIC_CHARACTERS='',.''')", Decimal("1234.5")),
    ("to_char(99.99, '99.9')", "#####"),
    ("to_char(1/3)", ".3333333333333333333333333333333333333333"),
    ("to_number('100.00', '9G999D99')", 100),
    ("to_number('1,234.5', '9,999.99')", Decimal("1234.5")),
    ("to_number('-$12', '$99')", -12),
    ("to_number('<5>', '99PR')", -5),
    ("to_number('5-', '99MI')", -5),
    ("to_number('FF', 'XX')", 255),
    ("to_number('  12.5  ')", Decimal("12.5")),
]

ARITHMETIC = [
    ("mod(11, 4)", 3),
    ("mod(-11, 4)", -3),
    ("mod(11, -4)", 3),
    ("mod(-11, -4)", -3),
    ("mod(11, 0)", 11),
    ("remainder(11, 4)", -1),
    ("remainder(-11, 4)", 1),
    ("remainder(5, 2)", 1),
    ("remainder(7, 2)", -1),
    ("remainder(10, 4)", 2),
    ("round(15.193, 1)", Decimal("15.2")),
    ("round(15.193, -1)", 20),
    ("round(-2.5)", -3),
    ("trunc(15.79, 1)", Decimal("15.7")),
    ("trunc(15.79, -1)", 10),
    ("trunc(-2.9)", -2),
    ("ceil(-15.7)", -15),
    ("floor(-15.7)", -16),
    ("sign(-15)", -1),
    ("power(3, 2)", 9),
    ("power(2, -2)", Decimal("0.25")),
    ("sqrt(26)", Decimal(26).sqrt()),
    ("round(ln(95), 20)", round(Decimal(95).ln(), 20)),
    ("log(10, 100)", 2),
    ("log(2, 8)", 3),
    ("round(exp(4), 20)", round(Decimal(4).exp(), 20)),
    ("bitand(6, 3)", 2),
    ("bin_to_num(1, 0, 1, 0)", 10),
    ("width_bucket(250, 0, 1000, 10)", 3),
    ("greatest(1, 3, 2)", 3),
    ("greatest(1, null, 2)", None),
    ("least('HARRY', 'HARRIOT', 'HAROLD')", "HAROLD"),
    ("greatest(1, '3.925', '2.4')", Decimal("3.925")),
    ("nvl2(null, 1, 2)", 2),
    ("nvl2('x', 'a', 2)", "a"),
    ("coalesce(null, null, 3)", 3),
    ("nullif(1, 1)", None),
    ("decode(null, null, 'same', 'other')", "same"),
    ("decode(3, 1, 'one', 2, 'two', 3)", "3"),
    ("decode(3, 1, 10, 3, '30')", 30),
    ("decode(9, 1, 'one')", None),
    ("round('15.193', 1)", Decimal("15.2")),
    ("round(15.193, '1')", Decimal("15.2")),
    ("trunc('15.79', 1)", Decimal("15.7")),
    ("to_char('12', '999')", "  12"),
    ("extract(day from decode(1, 1, interval '2' day, interval '3' day))", 2),
    ("nvl(to_number(null), 3)", 3),
]

TEXT = [
    ("instr('CORPORATE FLOOR', 'OR', 3, 2)", 14),
    ("instr('CORPORATE FLOOR', 'OR', -3, 2)", 2),
    ("instr('abc', 'x')", 0),
    ("substr('ABCDEFG', 3, 4)", "CDEF"),
    ("substr('ABCDEFG', -5, 4)", "CDEF"),
    ("substr('ABCDEFG', 0, 2)", "AB"),
    ("substr('ABC', 2, 0)", None),
    ("lpad('Page 1', 15, '*.')", "*.*.*.*.*Page 1"),
    ("rpad('MORRISON', 12, 'ab')", "MORRISONabab"),
    ("lpad('abc', 2)", "ab"),
    ("ltrim('<=====>BROWNING<=====>', '<>=')", "BROWNING<=====>"),
    ("rtrim('BROWNING: ./=./=./=./=.=', '/=.')", "BROWNING: "),
    ("trim(0 from '0012300')", "123"),
    ("trim(leading '0' from '0012300')", "12300"),
    ("trim(both from '  a ')", "a"),
    ("trim('  ')", None),
    ("translate('SQL*Plus User''s Guide', ' */''', '___')", "SQL_Plus_Users_Guide"),
    ("replace('JACK and JUE', 'J', 'BL')", "BLACK and BLUE"),
    ("replace('abc', 'b')", "ac"),
    ("replace('abc', null, 'x')", "abc"),
    ("initcap('the soap')", "The Soap"),
    ("ascii('Ä')", 50052),
    ("chr(67)||chr(65)||chr(84)", "CAT"),
    ("chr(50052)", "Ä"),
    ("nchr(187)", "»"),
    ("asciistr('ABÄCDE')", "AB\\00C4CDE"),
    ("unistr('abc\\00e5\\00f1\\00f6')", "abcåñö"),
    ("unistr('\\D83D\\DE00')", "😀"),
    ("concat('a', null)", "a"),
    ("'a' || null || 'b'", "ab"),
    ("length('')", None),
    ("q'[it's]'", "it's"),
    ("q'!a'b!'", "a'b"),
    ("/*+ hint */ 'x' /* a comment */", "x"),
    ("vsize('Ä')", 2),
    ("dump('abc', 1016)", "Typ=96 Len=3 CharacterSet=AL32UTF8: 61,62,63"),
    ("dump('abc', 8)", "Typ=96 Len=3: 141,142,143"),
    ("dump(2023, 16)", "Typ=2 Len=3: c2,15,18"),
    ("dump(-123.45, 16)", "Typ=2 Len=5: 3d,64,4e,38,66"),
    ("dump(0)", "Typ=2 Len=1: 128"),
    ("dump(100)", "Typ=2 Len=2: 194,2"),
    ("dump(0.001)", "Typ=2 Len=2: 191,11"),
    ("dump('Tech', 10, 3, 2)", "Typ=96 Len=4: 99,104"),
    ("dump(null)", "NULL"),
    ("utl_raw.cast_to_varchar2(hextoraw('616263'))", "abc"),
    ("dbms_lob.substr(to_clob('abcdef'), 2, 3)", "cd"),
]

PATTERNS = [
    ("regexp_substr('500 Oracle Parkway, Redwood Shores, CA', ',[^,]+,')", ", Redwood Shores,"),
    ("regexp_substr('1234567890', '(123)(4(56)(78))', 1, 1, 'i', 1)", "123"),
    ("regexp_substr('1234567890', '(123)(4(56)(78))', 1, 1, 'i', 4)", "78"),
    ("regexp_substr('aaa', 'b')", None),
    ("regexp_instr('500 Oracle Parkway, Redwood Shores, CA', '[^ ]+', 1, 6)", 37),
    (
        (
            "regexp_instr('500 Oracle Parkway, Redwood Shores, CA', '[s|r|p][[:alpha:]]{6}', 3, 2, "
            "1, 'i')"
        ),
        28,
    ),
    ("regexp_instr('1234567890', '(123)(4(56)(78))', 1, 1, 0, 'i', 2)", 4),
    ("regexp_count('123123123123', '(12)3')", 4),
    ("regexp_count('123123123123', '123', 3, 'i')", 3),
    (
        "regexp_replace('500   Oracle     Parkway,    Redwood  Shores, CA', '( ){2,}', ' ')",
        "500 Oracle Parkway, Redwood Shores, CA",
    ),
    (
        (
            "regexp_replace('515.123.4567', "
            "'([[:digit:]]{3})\\.([[:digit:]]{3})\\.([[:digit:]]{4})', '(\\1) \\2-\\3')"
        ),
        "(515) 123-4567",
    ),
    ("regexp_replace('abcabc', 'b', 'X', 1, 2)", "abcaXc"),
    ("regexp_replace('aaa', 'a')", None),
    ("regexp_replace('a&b', '&', '\\&')", "a\\&b"),
    ("case when regexp_like('Steven', '^Ste(v|ph)en$') then 1 else 0 end", 1),
    ("case when regexp_like('STEVEN', 'steven') then 1 else 0 end", 0),
    ("case when regexp_like('STEVEN', 'steven', 'i') then 1 else 0 end", 1),
    ("case when regexp_like('Ä', 'ä', 'i') then 1 else 0 end", 1),
    ("case when regexp_like('a' || chr(10) || 'b', 'a.b') then 1 else 0 end", 0),
    ("case when regexp_like('a' || chr(10) || 'b', 'a.b', 'n') then 1 else 0 end", 1),
    ("case when regexp_like('a' || chr(10) || 'b', '^b$') then 1 else 0 end", 0),
    ("case when regexp_like('a' || chr(10) || 'b', '^b$', 'm') then 1 else 0 end", 1),
    ("case when regexp_like('ab', 'a b', 'x') then 1 else 0 end", 1),
    ("regexp_substr('a1b22', '\\d+', 1, 2)", "22"),
    ("regexp_substr('a\\d', '[\\d]')", "\\"),
]

MOMENTS = [
    ("to_char(round(to_date('2000-10-27', 'YYYY-MM-DD'), 'YEAR'), 'YYYY-MM-DD')", "2001-01-01"),
    ("to_char(trunc(to_date('1992-10-27', 'YYYY-MM-DD'), 'YEAR'), 'YYYY-MM-DD')", "1992-01-01"),
    ("to_char(trunc(date '2026-11-22', 'IW'), 'YYYY-MM-DD')", "2026-11-16"),
    ("to_char(trunc(date '2026-11-22', 'DAY'), 'YYYY-MM-DD')", "2026-11-22"),
    ("to_char(trunc(date '2026-11-22', 'Q'), 'YYYY-MM-DD')", "2026-10-01"),
    ("to_char(trunc(date '2026-11-22', 'CC'), 'YYYY-MM-DD')", "2001-01-01"),
    ("to_char(trunc(date '2026-11-22', 'W'), 'YYYY-MM-DD')", "2026-11-22"),
    ("to_char(trunc(date '2026-11-22', 'WW'), 'YYYY-MM-DD')", "2026-11-19"),
    ("to_char(trunc(date '2026-01-01', 'IYYY'), 'YYYY-MM-DD')", "2025-12-29"),
    ("to_char(round(date '2026-11-16', 'MM'), 'YYYY-MM-DD')", "2026-12-01"),
    ("to_char(round(date '2026-11-15', 'MM'), 'YYYY-MM-DD')", "2026-11-01"),
    ("to_char(round(date '2026-02-16', 'MM'), 'YYYY-MM-DD')", "2026-03-01"),
    ("to_char(round(date '2026-11-16', 'Q'), 'YYYY-MM-DD')", "2027-01-01"),
    ("to_char(round(date '2026-11-15', 'Q'), 'YYYY-MM-DD')", "2026-10-01"),
    (
        "to_char(round(to_date('2026-11-22 12:00', 'YYYY-MM-DD HH24:MI')), 'YYYY-MM-DD')",
        "2026-11-23",
    ),
    (
        (
            "to_char(trunc(to_date('2026-11-22 12:34:56', 'YYYY-MM-DD HH24:MI:SS'), 'MI'), "
            "'HH24:MI:SS')"
        ),
        "12:34:00",
    ),
    (
        "months_between(date '1995-02-02', date '1995-01-01')",
        Decimal("1.032258064516129032258064516129032258065"),
    ),
    ("months_between(date '2026-02-28', date '2026-01-31')", 1),
    ("to_char(add_months(date '2026-01-31', 1), 'YYYY-MM-DD')", "2026-02-28"),
    ("to_char(add_months(date '2026-02-28', 1), 'YYYY-MM-DD')", "2026-03-31"),
    ("to_char(next_day(date '2009-10-15', 'TUESDAY'), 'YYYY-MM-DD')", "2009-10-20"),
    ("to_char(next_day(date '2026-11-22', 'Sun'), 'YYYY-MM-DD')", "2026-11-29"),
    ("to_char(last_day(date '2024-02-10'), 'YYYY-MM-DD')", "2024-02-29"),
    ("extract(month from date '2026-11-22')", 11),
    ("to_char(date '2026-03-05', 'Month DD')", "March     05"),
    ("to_char(date '2026-03-05', 'fmMonth DD, YYYY')", "March 5, 2026"),
    ("to_char(date '2026-03-05', 'fmDAY')", "THURSDAY"),
    ("to_char(date '2026-03-05', 'dy')", "thu"),
    ("to_char(date '2026-03-05', 'mOnth')", "march    "),
    ("to_char(date '2026-03-05', 'fmDDTH')", "5TH"),
    ("to_char(date '2026-03-05', 'DDD IW WW W Q CC D J')", "064 10 10 1 1 21 5 2461105"),
    ("to_char(date '2026-03-05', 'yyyy-mm-dd')", "2026-03-05"),
    ("to_char(date '2026-03-05', 'YYYY\"y\"MM')", "2026y03"),
    ("to_char(date '2026-03-05', 'DS')", "3/5/2026"),
    (
        "to_char(to_date('2026-03-05 14:05', 'YYYY-MM-DD HH24:MI'), 'HH:MI PM SSSSS')",
        "02:05 PM 50700",
    ),
    ("to_char(to_date('05-MAR-2026', 'DD-MON-RR'), 'YYYY-MM-DD')", "2026-03-05"),
    ("to_char(to_date('05-MAR-99', 'DD-MON-RR'), 'YYYY-MM-DD')", "1999-03-05"),
    ("to_char(to_date('20260305', 'YYYY-MM-DD'), 'YYYY-MM-DD')", "2026-03-05"),
    ("to_char(to_date('2026-MAR-05', 'YYYY-MM-DD'), 'YYYY-MM-DD')", "2026-03-05"),
    ("to_char(to_date('2461105', 'J'), 'YYYY-MM-DD')", "2026-03-05"),
    (
        (
            "to_char(to_date('January 15, 1989, 11:00 A.M.', 'Month dd, YYYY, HH:MI A.M.'), "
            "'YYYY-MM-DD HH24')"
        ),
        "1989-01-15 11",
    ),
    (
        "to_char(date '2024-02-29', 'SYYYY-MM-DD HH24:MI:SS\".000000\"')",
        " 2024-02-29 00:00:00.000000",
    ),
    (
        "to_char(timestamp '0024-02-29 01:02:03.000005', 'SYYYY-MM-DD HH24:MI:SS.FF6')",
        " 0024-02-29 01:02:03.000005",
    ),
    (
        "to_char(timestamp '2024-02-29 01:02:03.000000005', 'SYYYY-MM-DD SS.FF9')",
        " 2024-02-29 03.000000005",
    ),
    (
        (
            "to_char(sys_extract_utc(timestamp '2024-03-01 01:02:03 +02:00'), 'SYYYY-MM-DD "
            "HH24:MI:SS.FF6')"
        ),
        " 2024-02-29 23:02:03.000000",
    ),
    ("to_char(timestamp '2026-01-01 00:00:00.123456789')", "01-JAN-26 12.00.00.123456789 AM"),
    ("to_char(date '2024-02-29', 'fmSYYYY-MM-DD')", "2024-2-29"),
    ("to_char(date '2000-12-31', 'CC SCC')", "20  20"),
    ("to_char(date '2001-01-01', 'CC SCC')", "21  21"),
    ("to_char(date '2024-12-31', 'Y,YYY YYY YY Y Q WW W D DDD')", "2,024 024 24 4 4 53 5 3 366"),
    ("to_char(date '2024-12-31', 'IYYY IYY IY I IW')", "2025 025 25 5 01"),
    ("to_char(date '2024-12-31', 'BC b.c. AD')", "AD a.d. AD"),
    ("to_char(date '2024-12-31', 'SSSSS fmMM', 'NLS_DATE_LANGUAGE = American')", "00000 12"),
    ("to_char(to_date('+2024 AD', 'SYYYY AD'), 'YYYY')", "2024"),
    ("extract(hour from numtodsinterval(100, 'MINUTE'))", 1),
    ("extract(day from to_dsinterval('100 10:00:00'))", 100),
    ("extract(month from to_yminterval('01-02'))", 2),
]

CONVERSIONS = [
    ("to_number('x' default -1 on conversion error)", -1),
    ("to_number('12' default -1 on conversion error)", 12),
    ("to_number('1,2' default '0' on conversion error, '9,9')", 12),
    (
        (
            "to_char(to_date('32.13.2026' default '01.01.2000' on conversion error, 'DD.MM.YYYY'), "
            "'YYYY')"
        ),
        "2000",
    ),
    ("cast('x' as number default 0 on conversion error)", 0),
    ("validate_conversion('29.02.2023' as date, 'DD.MM.YYYY')", 0),
    ("validate_conversion('29.02.2024' as date, 'DD.MM.YYYY')", 1),
    ("validate_conversion('1000' as number)", 1),
    ("validate_conversion('x' as number)", 0),
    ("cast('12.6' as number(3))", 13),
    ("cast(12.6 as integer)", 13),
    ("length(rawtohex(sys_guid()))", 32),
    ("userenv('LANG')", "US"),
    ("sys_context('USERENV', 'SESSION_USER')", USER),
    ("rawtohex(standard_hash('abc'))", hashlib.sha1(b"abc").hexdigest().upper()),
    (
        f"rawtohex(standard_hash('{'x' * 200}', 'SHA1'))",
        hashlib.sha1(b"x" * 200).hexdigest().upper(),
    ),
    (f"rawtohex(standard_hash('{'y' * 55}'))", hashlib.sha1(b"y" * 55).hexdigest().upper()),
    (f"rawtohex(standard_hash('{'y' * 56}'))", hashlib.sha1(b"y" * 56).hexdigest().upper()),
    (f"rawtohex(standard_hash('{'y' * 64}'))", hashlib.sha1(b"y" * 64).hexdigest().upper()),
    # published results of Oracle 19c and 23c
    ("ora_hash('test')", 2662839991),
    ("ora_hash(2023)", 2671887358),
    ("ora_hash(lpad('X', 4000, 'X'))", 1235804801),
    ("ora_hash('abracadabra', 255)", 82),
    ("ora_hash('abracadabra', power(2, 32) - 1, 123)", 4012392341),
]

ERRORS = [
    ("to_number('x')", 1722),
    ("to_number('1234', '999')", 1722),
    ("to_number('1', 'ABC')", 1481),
    ("to_char(1, '9.9.9')", 1481),
    ("to_date('2026-13-01', 'YYYY-MM-DD')", 1843),
    ("to_date('0000-01-01', 'YYYY-MM-DD')", 1841),
    ("date '9999-12-31' + 1", 1841),
    ("add_months(date '9999-12-31', 1)", 1841),
    ("round(date '9999-12-31', 'YYYY')", 1841),
    ("timestamp '9999-12-31 23:59:59' + interval '1' second", 1841),
    ("timestamp '9999-12-31 23:59:59 +00:00' + interval '1' second", 1841),
    ("timestamp '9999-12-31 23:59:59.123456789' + interval '1' second", 1841),
    ("to_char(0.5, '0D9', 'NLS_NOTHING = 1')", 12702),
    ("to_char(0.5, '0D9,9', 'NLS_NUMERIC_CHARACTERS = ''.,''')", 1481),
    ("to_date('2026-02-30', 'YYYY-MM-DD')", 1839),
    ("to_date('2026-02-32', 'YYYY-MM-DD')", 1847),
    ("to_date('2026-02-01 25', 'YYYY-MM-DD HH24')", 1850),
    ("to_date('2026-02-01x', 'YYYY-MM-DD')", 1830),
    ("to_date('2026', 'YYYY-MM')", 1840),
    ("to_date('2026', 'QQQ')", 1821),
    ("to_date('abc', 'YYYY')", 1858),
    ("next_day(date '2026-01-01', 'x')", 1846),
    ("trunc(date '2026-01-01', 'XX')", 1898),
    ("sqrt(-1)", 1428),
    ("ln(0)", 1428),
    ("1 / 0", 1476),
    ("regexp_substr('a', '(')", 12725),
    ("regexp_substr('a', '[')", 12726),
    ("regexp_like('a', 'a', 'q')", 904),
    ("regexp_count('a', 'a', 0)", 1428),
    ("regexp_count('a', 'a', 1, 'q')", 1760),
    ("instr('a', 'a', 1, 0)", 1428),
    ("dbms_random.value", 3001),
    ("dbms_random.value(1, 2)", 3001),
    ("soundex('a')", 3001),
    ("no_such_function(1)", 904),
    ("nvl2(1, 2)", 909),
    ("level", 1788),
    ("unistr('\\00')", 30186),
    ("ora_hash(date '2026-01-01')", 3001),
    ("to_dsinterval('x')", 1867),
]


@pytest.fixture(scope="module")
def cursor(oracle_server: WireServer) -> Iterator[oracledb.Cursor]:
    with oracle_server.connect() as connection, connection.cursor() as cursor:
        cursor.outputtypehandler = _exact
        yield cursor


def _exact(cursor: oracledb.Cursor, fact: oracledb.FetchInfo) -> oracledb.Var | None:
    """NUMBER as Decimal: a float would hide the last digits."""
    return (
        cursor.var(Decimal, arraysize=cursor.arraysize)
        if fact.type_code is oracledb.DB_TYPE_NUMBER
        else None
    )


@pytest.mark.parametrize(
    ("expression", "value"), NUMBER_FORMATS + ARITHMETIC + TEXT + PATTERNS + MOMENTS + CONVERSIONS
)
def test_the_value_of_an_expression(
    cursor: oracledb.Cursor, expression: str, value: object
) -> None:
    cursor.execute(f"select {expression} from dual")
    (found,) = cursor.fetchone()
    if isinstance(value, Decimal) and value != value.to_integral_value():
        assert abs(found - value) <= abs(value).scaleb(-27), (found, value)
    else:
        assert found == value


@pytest.mark.parametrize(("expression", "code"), ERRORS)
def test_what_cannot_be_evaluated_names_its_error(
    cursor: oracledb.Cursor, expression: str, code: int
) -> None:
    with pytest.raises(oracledb.DatabaseError, match=f"ORA-{code:05}"):
        cursor.execute(f"select {expression} from dual").fetchall()
