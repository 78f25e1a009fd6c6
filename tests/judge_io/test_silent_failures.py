"""What other comparison tools call equal although it differs, or different although it is equal:
not here.

Markers that stand for NULL and may be values, columns strung together without a separator, trimmed
blanks, rounded fractions, eleven digits of a number, zones ignored, long texts cut, texts beyond
1024 characters, keys sorted in another way. Every case is compared by texts, by values and by
digests, as far as its types allow.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from reconciliation.model import DifferenceKind, Status

from .hand_made import PATHS, SCHEMA, HandMade, cells, go, hand_made

_LONG = "서울" * 1000
_AT_1024 = "x" * 1024

#: PostgreSQL's type, Oracle's type, conversion, and cases: here, there (SQL expressions), is it
#: equal
TYPES: dict[str, tuple[str, str, str | None, list[tuple[str, str, bool]]]] = {
    "text": (
        "varchar(255)",
        "VARCHAR2(255)",
        None,
        [
            ("'a'", "'a'", True),
            ("'a'", "'a '", False),
            ("'a '", "'a'", False),
            ("' a'", "'a'", False),
            ("' '", "' '", True),
            ("' '", "NULL", False),
            ("NULL", "' '", False),
            ("''", "NULL", False),
            ("'<null>'", "NULL", False),
            ("NULL", "'<null>'", False),
            ("'<null>'", "'<null>'", True),
            ("'DEFAULT_REPLACEMENT_STRING'", "NULL", False),
            ("NULL", "'DEFAULT_REPLACEMENT_STRING'", False),
            ("'NULL'", "NULL", False),
            ("NULL", "NULL", True),
            ("'a'", "'A'", False),
            ("'é'", "'e\u0301'", False),
            ("'서울-1'", "'서울-1'", True),
            ("E'a\\nb'", "'a b'", False),
            ("'0'", "'00'", False),
        ],
    ),
    "long text": (
        "varchar(2000)",
        "VARCHAR2(2000)",
        None,
        [
            (f"'{_AT_1024}a'", f"'{_AT_1024}a'", True),
            (f"'{_AT_1024}a'", f"'{_AT_1024}b'", False),
            (f"'{_AT_1024}'", f"'{_AT_1024} '", False),
            ("repeat('y', 2000)", "RPAD('y', 1999, 'y') || 'z'", False),
        ],
    ),
    "clob": (
        "text",
        "CLOB",
        None,
        [
            (f"'{_LONG}a'", f"TO_CLOB('{_LONG[:1000]}') || '{_LONG[1000:]}a'", True),
            (f"'{_LONG}a'", f"TO_CLOB('{_LONG[:1000]}') || '{_LONG[1000:]}b'", False),
            (f"'{_LONG}'", f"TO_CLOB('{_LONG[:1000]}') || '{_LONG[1000:]} '", False),
            ("'short'", "TO_CLOB('short')", True),
            ("NULL", "NULL", True),
            ("'short'", "NULL", False),
        ],
    ),
    "number": (
        "numeric",
        "NUMBER",
        None,
        [
            ("-0.19", "-0.19", True),
            ("-0.19", "0", False),
            ("-0.19", "-0.2", False),
            ("0.71", ".71", True),
            ("0.71", ".72", False),
            ("0.710", "0.71", True),
            ("1234567890123", "1234567890124", False),
            ("123456789012", "1234567890123", False),
            ("1234567890123", "1234567890123", True),
            ("12345678901234567890.123456789", "12345678901234567890.123456789", True),
            ("12345678901234567890.123456789", "12345678901234567890.123456788", False),
            ("1e-20", "1e-20", True),
            ("1e-20", "2e-20", False),
            ("1e-20", "0", False),
            ("0", "NULL", False),
            (
                "99999999999999999999999999999999999999",
                "99999999999999999999999999999999999999",
                True,
            ),
            (
                "99999999999999999999999999999999999999",
                "99999999999999999999999999999999999998",
                False,
            ),
        ],
    ),
    "number as text": (
        "numeric",
        "VARCHAR2(60)",
        None,
        [
            ("0.71", "'.71'", True),
            ("0.71", "'0.710'", True),
            ("0.71", "'.72'", False),
            ("0.71", "NULL", False),
        ],
    ),
    "float": (
        "float8",
        "BINARY_DOUBLE",
        None,
        [
            ("1.0001", "1.0001", True),
            ("1.0001", "1.00012", False),
            ("0.1", "0.1", True),
            ("0.1::float8 + 0.2::float8", "0.3", False),
            ("1e300", "1e300d", True),
            ("1e300", "1.0000000000000002e300d", False),
        ],
    ),
    "moment": (
        "timestamptz",
        "TIMESTAMP(6)",
        None,
        [
            ("'2026-03-01 12:34:56.789012+00'", "TIMESTAMP '2026-03-01 12:34:56.789012'", True),
            ("'2026-03-01 12:34:56.789012+00'", "TIMESTAMP '2026-03-01 12:34:56.789013'", False),
            ("'2026-03-01 12:34:56.789+00'", "TIMESTAMP '2026-03-01 12:34:56.790'", False),
            ("'2026-03-01 12:34:56+00'", "TIMESTAMP '2026-03-01 12:34:57'", False),
            ("'2026-03-01 12:34:56+09'", "TIMESTAMP '2026-03-01 12:34:56'", False),
            ("'2026-03-01 12:34:56+09'", "TIMESTAMP '2026-03-01 03:34:56'", True),
            ("'1969-12-31 23:59:59.999999+00'", "TIMESTAMP '1970-01-01 00:00:00'", False),
        ],
    ),
    "zoned moment": (
        "timestamptz",
        "TIMESTAMP(6) WITH TIME ZONE",
        None,
        [
            ("'2026-03-01 12:00:00+00'", "TIMESTAMP '2026-03-01 21:00:00.000000 +09:00'", True),
            ("'2026-03-01 12:00:00+00'", "TIMESTAMP '2026-03-01 12:00:00.000000 +00:00'", True),
            ("'2026-03-01 12:00:00+00'", "TIMESTAMP '2026-03-01 12:00:00.000000 +09:00'", False),
            ("'2026-03-01 12:00:00+00'", "TIMESTAMP '2026-03-01 21:00:00.000001 +09:00'", False),
        ],
    ),
    "milliseconds": (
        "timestamptz",
        "NUMBER",
        "epoch_millis",
        [
            ("'2026-03-01 12:34:56.789+00'", "1772368496789", True),
            ("'2026-03-01 12:34:56.789+00'", "1772368496790", False),
            ("'2026-03-01 12:34:56.789+00'", "1772368496000", False),
            ("NULL", "0", False),
            ("'1970-01-01 00:00:00+00'", "NULL", False),
            ("'1970-01-01 00:00:00+00'", "0", True),
        ],
    ),
    "day": (
        "date",
        "DATE",
        None,
        [
            ("'2026-03-01'", "DATE '2026-03-01'", True),
            ("'2026-03-01'", "TO_DATE('2026-03-01 00:00:01', 'YYYY-MM-DD HH24:MI:SS')", False),
        ],
    ),
    "bytes": (
        "bytea",
        "RAW(100)",
        None,
        [
            (r"'\xff00'", "HEXTORAW('FF00')", True),
            (r"'\xff00'", "HEXTORAW('FF')", False),
            (r"'\xff00'", "HEXTORAW('FF01')", False),
            (r"'\x3c6e756c6c3e'", "NULL", False),
        ],
    ),
    "large bytes": (
        "bytea",
        "BLOB",
        None,
        [
            (r"'\xff00'", "TO_BLOB(HEXTORAW('FF00'))", True),
            (r"'\xff00'", "TO_BLOB(HEXTORAW('FF01'))", False),
        ],
    ),
}


@pytest.fixture(scope="module")
def judge(tmp_path_factory: pytest.TempPathFactory) -> Iterator[HandMade]:
    with hand_made(tmp_path_factory.mktemp("oracle")) as opened:
        yield opened


_made: set[str] = set()


def _table(judge: HandMade, case: str) -> list[bool]:
    here, there, conversion, values = TYPES[case]
    name = "v_" + case.replace(" ", "_")
    if name not in _made:
        judge.here(f"CREATE TABLE {SCHEMA}.{name} (id int8 PRIMARY KEY, v {here})")
        judge.there(f"CREATE TABLE {name} (id NUMBER(19) PRIMARY KEY, v {there})")
        for key, (left, right, _) in enumerate(values):
            judge.here(f"INSERT INTO {SCHEMA}.{name} VALUES ({key}, {left})")
            judge.there(f"INSERT INTO {name} VALUES ({key}, {right})")
        _made.add(name)
    judge.agree(name, ["id"], {"id": None, "v": conversion})
    return [is_equal for _, _, is_equal in values]


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("case", TYPES)
def test_exactly_what_differs_is_reported(
    judge: HandMade, case: str, path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    go(judge, path, monkeypatch)
    equal = _table(judge, case)
    result = judge.compared()
    wrong = {key for key, is_equal in enumerate(equal) if not is_equal}
    assert cells(result) == {("changed", key, "v") for key in wrong}
    assert (result.status, result.equal_rows) == (Status.DIVERGENT, len(equal) - len(wrong))
    if case == "text":
        assert path in result.method
    for item in result.differences:
        assert item.source_value != item.target_value
        assert (item.target_column, item.source_type is not None) == ("V", True)


@pytest.mark.parametrize("path", PATHS)
def test_columns_are_not_strung_together(
    judge: HandMade, path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    go(judge, path, monkeypatch)
    name = f"shift_{path}"
    judge.here(f"CREATE TABLE {SCHEMA}.{name} (id int8 PRIMARY KEY, a varchar(20), b varchar(20))")
    judge.here(
        f"INSERT INTO {SCHEMA}.{name} VALUES (1, 'ab', 'c'), (2, NULL, 'x'), (3, 'a,1:b', 'c'), "
        f"(4, 'ab', 'c')"
    )
    judge.there(
        f"CREATE TABLE {name} (id NUMBER(19) PRIMARY KEY, a VARCHAR2(20), b VARCHAR2(20))",
        f"INSERT INTO {name} VALUES (1, 'a', 'bc')",
        f"INSERT INTO {name} VALUES (2, 'x', NULL)",
        f"INSERT INTO {name} VALUES (3, 'a', '1:b,1:c')",
        f"INSERT INTO {name} VALUES (4, 'ab', 'c')",
    )
    judge.agree(name, ["id"], dict.fromkeys(("id", "a", "b")))
    assert cells(judge.compared()) == {
        ("changed", key, column) for key in (1, 2, 3) for column in "ab"
    }


# ------------------------------------------------------------------ keys

_KEYS = [
    "a",
    "B",
    "b-1",
    "b1",
    "b 1",
    "é 3",
    "e\u0301 3",
    "서울-1",
    "o'brien",
    "_x",
    "A b",
    "ab",
    "a-b",
    "ß",
    "Z",
    "z",
    '"q"',
    "100%",
    "a:b",
    "\\",
    "🛬",
]


def _literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


@pytest.mark.parametrize("path", PATHS)
def test_keys_of_any_text_are_paired_whatever_the_databases_sort_by(
    judge: HandMade, path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    go(judge, path, monkeypatch)
    name = f"keys_{path}"
    judge.here(
        f'CREATE TABLE {SCHEMA}.{name} (k varchar(40) COLLATE "und-x-icu" PRIMARY KEY, v int4)'
    )
    judge.there(f"CREATE TABLE {name} (k VARCHAR2(160) PRIMARY KEY, v NUMBER)")
    for number, key in enumerate(_KEYS):
        judge.here(f"INSERT INTO {SCHEMA}.{name} VALUES ({_literal(key)}, {number})")
        judge.there(f"INSERT INTO {name} VALUES ({_literal(key)}, {number})")
    judge.agree(name, ["k"], {"k": None, "v": None})
    result = judge.compared()
    assert (result.status, result.equal_rows) == (Status.EQUAL, len(_KEYS))
    judge.there(
        f"UPDATE {name} SET v = v + 1 WHERE k = '서울-1'",
        f"DELETE FROM {name} WHERE k = 'o''brien'",
        f"INSERT INTO {name} VALUES ('O''BRIEN', 1)",
    )
    assert cells(judge.compared()) == {
        ("changed", "서울-1", "v"),
        ("missing", "o'brien", None),
        ("extra", "O'BRIEN", None),
    }


@pytest.mark.parametrize("path", PATHS)
def test_keys_of_several_columns(
    judge: HandMade, path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    go(judge, path, monkeypatch)
    name = f"composite_{path}"
    judge.here(
        f"CREATE TABLE {SCHEMA}.{name} (a varchar(9), b int4, c timestamptz, v int4, PRIMARY KEY "
        f"(a, b, c))"
    )
    judge.there(
        f"CREATE TABLE {name} (a VARCHAR2(36), b NUMBER(10), c TIMESTAMP(6), v NUMBER, PRIMARY "
        f"KEY (a, b, c))"
    )
    for a in ("1", "11", "서-"):
        for b in (-10, 1, 11):
            for c in (1, 2):
                judge.here(
                    f"INSERT INTO {SCHEMA}.{name} VALUES ('{a}', {b}, '2026-03-01 "
                    f"00:00:00.00000{c}+00', 5)"
                )
                judge.there(
                    f"INSERT INTO {name} VALUES ('{a}', {b}, TIMESTAMP '2026-03-01 "
                    f"00:00:00.00000{c}', 5)"
                )
    judge.agree(name, ["a", "b", "c"], dict.fromkeys("abcv"))
    result = judge.compared()
    assert (result.status, result.equal_rows) == (Status.EQUAL, 18)
    where = "a = '1' AND b = 11 AND c = TIMESTAMP '2026-03-01 00:00:00.000002'"
    judge.there(
        f"UPDATE {name} SET v = NULL WHERE {where}", f"DELETE FROM {name} WHERE a = '11' AND b = 1"
    )
    result = judge.compared()
    counts = (result.missing_rows, result.differing_rows, result.extra_rows)
    assert counts == (2, 1, 0), (result.status, result.reason)
    (changed,) = (item for item in result.differences if item.kind is DifferenceKind.CHANGED)
    assert (changed.key[:2], changed.key[2].microsecond, changed.source_column) == (
        ("1", 11),
        2,
        "v",
    )
    assert (changed.source_value, changed.target_value) == (5, None)


#: types and conversion of a key, its values here and there (SQL) in ascending order
KEYS: dict[str, tuple[str, str, str | None, list[tuple[str, str]]]] = {
    "uuid": (
        "uuid",
        "VARCHAR2(36)",
        None,
        [
            (f"'00000000-0000-0000-0000-{n:012x}'", f"'00000000-0000-0000-0000-{n:012x}'")
            for n in (1, 10, 300)
        ],
    ),
    "uuid as raw": (
        "uuid",
        "RAW(16)",
        "uuid_raw",
        [(f"'00000000-0000-0000-0000-{n:012x}'", f"HEXTORAW('{n:032X}')") for n in (1, 10, 300)],
    ),
    "bytes": (
        "bytea",
        "RAW(20)",
        None,
        [(rf"'\x{text}'", f"HEXTORAW('{text}')") for text in ("00", "0000", "7F", "FF00")],
    ),
    "padded": (
        "char(4)",
        "CHAR(16)",
        None,
        [(f"'{text}'", f"'{text}'") for text in ("1", "11", "서울")],
    ),
    "moment": (
        "timestamptz",
        "TIMESTAMP(6)",
        None,
        [
            (f"'2026-03-01 00:00:00.00000{n}+00'", f"TIMESTAMP '2026-03-01 00:00:00.00000{n}'")
            for n in (1, 2, 9)
        ],
    ),
    "zoned": (
        "timestamptz",
        "TIMESTAMP(6) WITH TIME ZONE",
        None,
        [
            (
                f"'2026-03-01 00:00:00.00000{n}+00'",
                f"TIMESTAMP '2026-03-01 09:00:00.00000{n} +09:00'",
            )
            for n in (1, 2, 9)
        ],
    ),
    "second": (
        "timestamp",
        "DATE",
        None,
        [
            (
                f"'2026-03-01 00:00:0{n}'",
                f"TO_DATE('2026-03-01 00:00:0{n}', 'YYYY-MM-DD HH24:MI:SS')",
            )
            for n in (0, 1, 9)
        ],
    ),
    "day": ("date", "DATE", None, [(f"'2026-03-0{n}'", f"DATE '2026-03-0{n}'") for n in (1, 2, 9)]),
    "decimal": (
        "numeric",
        "NUMBER",
        None,
        [
            (text, text)
            for text in ("-1.5", "-0.19", "0", "0.71", "2", "11", "12345678901234567890.5")
        ],
    ),
}


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("kind", KEYS)
def test_keys_of_other_types(
    judge: HandMade, kind: str, path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A row that differs is looked up by its key on both sides: its values are found, not a missing
    row.
    """
    here, there, conversion, keys = KEYS[kind]
    go(judge, path, monkeypatch)
    name = f"key_{kind.replace(' ', '_')}_{path}"
    judge.here(f"CREATE TABLE {SCHEMA}.{name} (k {here} PRIMARY KEY, v int4)")
    judge.there(f"CREATE TABLE {name} (k {there}, v NUMBER)")
    for number, (left, right) in enumerate(keys):
        judge.here(f"INSERT INTO {SCHEMA}.{name} VALUES ({left}, {number})")
        judge.there(f"INSERT INTO {name} VALUES ({right}, {number + 5 if number == 1 else number})")
    judge.agree(name, ["k"], {"k": conversion, "v": None})
    result = judge.compared()
    assert [(item.kind, item.source_value, item.target_value) for item in result.differences] == [
        (DifferenceKind.CHANGED, 1, 6)
    ]
    assert (result.status, result.equal_rows) == (Status.DIVERGENT, len(keys) - 1)


@pytest.mark.parametrize("path", PATHS)
def test_a_key_that_is_not_unique_in_oracle_is_never_equal(
    judge: HandMade, path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    go(judge, path, monkeypatch)
    name = f"twice_{path}"
    judge.here(f"CREATE TABLE {SCHEMA}.{name} (id int8 PRIMARY KEY, v int4)")
    judge.here(f"INSERT INTO {SCHEMA}.{name} VALUES (1, 1), (2, 2), (3, 3)")
    judge.there(
        f"CREATE TABLE {name} (id NUMBER(19), v NUMBER)",
        *(f"INSERT INTO {name} VALUES ({key}, {key})" for key in (1, 2, 2, 3)),
    )
    judge.agree(name, ["id"], {"id": None, "v": None})
    result = judge.compared()
    assert result.status is Status.NOT_JUDGED
    assert "the key ID=2 stands 2 times in Oracle" in result.reason


# ------------------------------------------------------------------ many columns


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("count", [60, 120])
def test_many_columns(
    judge: HandMade, count: int, path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    go(judge, path, monkeypatch)
    name, columns = f"wide_{count}_{path}", [f"c{number}" for number in range(count)]
    here = ", ".join(
        f"{column} {'varchar(100)' if column[-1] in '05' else 'numeric'}" for column in columns
    )
    there = ", ".join(
        f"{column} {'VARCHAR2(400)' if column[-1] in '05' else 'NUMBER'}" for column in columns
    )
    judge.here(f"CREATE TABLE {SCHEMA}.{name} (id int8 PRIMARY KEY, {here})")
    judge.there(f"CREATE TABLE {name} (id NUMBER(19) PRIMARY KEY, {there})")
    values = ", ".join(
        f"'값{number}'" if number % 5 == 0 else f"{number}.5" for number in range(count)
    )
    for key in (1, 2, 3):
        judge.here(f"INSERT INTO {SCHEMA}.{name} VALUES ({key}, {values})")
        judge.there(f"INSERT INTO {name} VALUES ({key}, {values})")
    judge.agree(name, ["id"], dict.fromkeys(("id", *columns)))
    assert judge.compared().status is Status.EQUAL
    judge.there(
        f"UPDATE {name} SET {columns[-1]} = 1 WHERE id = 2",
        f"UPDATE {name} SET {columns[50]} = ' ' WHERE id = 3",
    )
    assert cells(judge.compared()) == {("changed", 2, columns[-1]), ("changed", 3, columns[50])}


def test_a_result_says_which_rule_and_which_columns_it_used(judge: HandMade) -> None:
    _table(judge, "number")
    result: Any = judge.compared()
    assert result.rules == {"id -> ID": "number", "v -> V": "number"}
    assert result.watermark is not None
