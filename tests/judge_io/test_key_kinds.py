"""Keys of every kind: rows are paired by them and never mismatched, whatever order each database
has of its own.
"""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from .box import Box


@dataclass(frozen=True)
class Kind:
    """Key columns here and there, and ascending or descending keys as SQL on both sides: the order
    must not matter.
    """

    here: str
    there: str
    keys: tuple[tuple[str, str], ...]
    key: tuple[str, ...] = ("k",)
    conversion: str | None = None


def _same(*values: str) -> tuple[tuple[str, str], ...]:
    return tuple((value, value) for value in values)


UUIDS = (
    "00000000-0000-0000-0000-00000000000a",
    "0f000000-0000-0000-0000-000000000000",
    "a0000000-0000-0000-0000-000000000000",
    "ffffffff-ffff-ffff-ffff-ffffffffffff",
    "7fffffff-ffff-ffff-ffff-ffffffffffff",
)
MOMENTS = (
    "1969-12-31 23:59:59.5",
    "1970-01-01 00:00:00",
    "2026-03-01 12:34:56.789012",
    "2026-03-01 12:34:56.789013",
    "9999-12-31 00:00:00",
)

KINDS = {
    "whole numbers": Kind(
        "k int8", "k NUMBER(19)", _same("-5", "0", "9", "10", "9223372036854775807")
    ),
    "numbers of unlike scale": Kind(
        "k numeric",
        "k NUMBER(20,4)",
        (("1.0", "1"), ("1.50", "1.5"), ("-0.5000", "-0.5"), ("10", "10.000"), ("2", "2")),
    ),
    "text": Kind("k varchar(40)", "k VARCHAR2(160)", _same("'a'", "'B'", "'ä'", "'-a'", "'a b'")),
    "text of a linguistic collation": Kind(
        'k text COLLATE "und-x-icu"',
        "k VARCHAR2(160)",
        _same("'a'", "'B'", "'co-op'", "'coop'", "'서울'"),
    ),
    "text that differs in case and blanks": Kind(
        "k text", "k VARCHAR2(40)", _same("'a'", "'A'", "'a '", "' a'", "'é'")
    ),
    "padded text": Kind("k char(6)", "k CHAR(6)", _same("'a'", "'B'", "'ab'", "'a-b'", "'abcdef'")),
    "composite": Kind(
        "k int4, l text",
        "k NUMBER(10), l VARCHAR2(40)",
        _same("1, 'b'", "1, 'B'", "2, 'a'", "10, 'a'", "10, ','"),
        ("k", "l"),
    ),
    "UUID as RAW": Kind(
        "k uuid",
        "k RAW(16)",
        tuple((f"'{one}'", f"HEXTORAW('{one.replace('-', '').upper()}')") for one in UUIDS),
        conversion="uuid_raw",
    ),
    "UUID as text": Kind("k uuid", "k VARCHAR2(36)", _same(*(f"'{one}'" for one in UUIDS))),
    "UUID as padded text": Kind("k uuid", "k CHAR(36)", _same(*(f"'{one}'" for one in UUIDS))),
    "bytes": Kind(
        "k bytea",
        "k RAW(20)",
        tuple(
            (f"'\\x{one}'", f"HEXTORAW('{one.upper()}')")
            for one in ("00", "0000", "7f", "80", "ff00")
        ),
    ),
    "date": Kind(
        "k date",
        "k DATE",
        tuple(
            (f"'{one}'", f"DATE '{one}'")
            for one in ("1969-12-31", "1970-01-01", "2000-02-29", "2026-03-01", "9999-12-31")
        ),
    ),
    "timestamp": Kind(
        "k timestamp",
        "k TIMESTAMP(6)",
        tuple((f"'{one}'", f"TIMESTAMP '{one}'") for one in MOMENTS),
    ),
    "instant": Kind(
        "k timestamptz",
        "k TIMESTAMP(6)",
        tuple((f"'{one}+00'", f"TIMESTAMP '{one}'") for one in MOMENTS),
    ),
    "instant with a zone": Kind(
        "k timestamptz",
        "k TIMESTAMP(6) WITH TIME ZONE",
        tuple((f"'{one}+00'", f"TIMESTAMP '{one} +00:00'") for one in MOMENTS),
    ),
}


@pytest.mark.parametrize("how", ["by texts", "by values"])
@pytest.mark.parametrize("name", KINDS)
def test_exactly_what_differs_is_found(box: Box, name: str, how: str) -> None:
    """The first row is equal, the second changed, the third missing, the fourth extra, the fifth
    equal.
    """
    kind = KINDS[name]
    columns = ", ".join(kind.key)
    constraint = "PRIMARY KEY" if how == "by texts" else "UNIQUE"
    rows = [
        (
            f"{ours}, 'n{place}'" if place != 3 else "",
            f"{theirs}, '{'N' if place == 1 else 'n'}{place}'" if place != 2 else "",
        )
        for place, (ours, theirs) in enumerate(kind.keys)
    ]
    box.table(
        "t",
        f"{kind.here}, note text, {constraint} ({columns})",
        f"{kind.there}, note VARCHAR2(20)",
        rows,
    )
    box.contract(
        "t", [*kind.key, "note"], _key(kind), **({"k": kind.conversion} if kind.conversion else {})
    )
    outcome = box.run()
    table = outcome.table("t")
    assert outcome.status == 1, table["reason"]
    assert (table["source_rows"], table["target_rows"], table["equal_rows"]) == (4, 4, 2), table
    found = {
        (one["kind"], one["source_value"], one["target_value"]) for one in table["differences"]
    }
    assert found == {("changed", "n1", "N1"), ("missing", None, None), ("extra", None, None)}
    assert len(table["differences"]) == 3
    keys = {tuple(map(str, one["key"])) for one in table["differences"]}
    assert len(keys) == 3
    box.there(
        *[f"UPDATE t SET note = 'n{place}' WHERE {_where(kind, place)}" for place in (1,)],
        f"DELETE FROM t WHERE {_where(kind, 3)}",
        f"INSERT INTO t VALUES ({kind.keys[2][1]}, 'n2')",
    )
    outcome = box.run()
    assert outcome.status == 0, outcome.table("t")
    assert outcome.table("t")["equal_rows"] == 4


def _key(kind: Kind) -> str:
    names = ", ".join(f'"{one}"' for one in kind.key)
    return f"key = [{names}]"


def _where(kind: Kind, place: int) -> str:
    values = kind.keys[place][1].split(", ") if len(kind.key) > 1 else [kind.keys[place][1]]
    return " AND ".join(
        f"{column} = {value}" for column, value in zip(kind.key, values, strict=True)
    )


@pytest.mark.parametrize("how", ["PRIMARY KEY", "UNIQUE"])
def test_a_key_that_a_conversion_changes_is_judged_as_far_as_it_can_be(box: Box, how: str) -> None:
    rows = [
        ("'1970-01-01 00:00:00+00', 'a'", "0, 'a'"),
        ("'1970-01-01 00:00:01+00', 'b'", "1000, 'b'"),
    ]
    box.table("t", f"k timestamptz {how}, note text", "k NUMBER(19), note VARCHAR2(20)", rows)
    box.contract("t", ["k", "note"], 'key = ["k"]', k="epoch_millis")
    outcome = box.run()
    assert (outcome.status, outcome.table("t")["equal_rows"]) == (0, 2), outcome.table("t")[
        "reason"
    ]
    box.there("UPDATE t SET note = 'B' WHERE k = 1000")
    outcome = box.run()
    assert outcome.status == 2
    assert (
        "1 rows differ at the first look and cannot be looked at again: the key column k is "
        "compared by "
        "epoch_millis" in outcome.table("t")["reason"]
    )
