"""Oracle in another character set: bytes are counted in it, and what it lacks is told before it is
altered.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from reconciliation.canonical import accepted_rule, charsets, rules_for
from reconciliation.canonical.types import fits, lacking, padded, text_length
from reconciliation.capacity import check_capacity, refusals
from reconciliation.compare.extent.ranges import KeyRange, NoRange, conditions
from reconciliation.generation import generate_rows
from reconciliation.model import AcceptedDifference, ColumnType
from tests.judge.catalogues import pair_table, varchar, varchar2

KOREAN, EMOJI = "KO16MSWIN949", "\U0001f6ec"


def _in(charset: str, kind: ColumnType) -> ColumnType:
    return replace(kind, charset=charset)


@pytest.mark.parametrize(
    ("charset", "text", "size", "lacks"),
    [
        (None, "서울", 6, ""),
        (None, EMOJI, 4, ""),
        ("AL32UTF8", EMOJI, 4, ""),
        ("UTF8", EMOJI, 6, ""),
        ("UTF8", "서울", 6, ""),
        (KOREAN, "서울", 4, ""),
        (KOREAN, "뷁", 2, ""),
        (KOREAN, "€", 2, ""),
        (KOREAN, f"a{EMOJI}{EMOJI}é", 4, f"{EMOJI}é"),
        ("WE8MSWIN1252", "é€", 2, ""),
        ("WE8MSWIN1252", "서é", 2, "서"),
        ("WE8ISO8859P1", "€", 1, "€"),
        ("JA16EUC", "日", 2, ""),
        ("ZHS32GB18030", EMOJI, 4, ""),
        ("KO16KSC5601", "서뷁똠", 4, "뷁똠"),
        ("XX99UNKNOWN", "aé", 2, "é"),
    ],
)
def test_sizes_and_lacks(charset: str | None, text: str, size: int, lacks: str) -> None:
    assert charsets.size(charset, text) == size
    assert charsets.lacking(charset, text) == lacks
    assert charsets.widest(charset) * len(text) >= size


def test_lengths_of_columns() -> None:
    four = _in(KOREAN, varchar2(4))
    assert (text_length(four, "서울"), fits(four, "서울"), fits(four, "서울a")) == (4, True, False)
    assert padded(_in(KOREAN, ColumnType("CHAR", 6, byte_length=True)), "서울") == "서울  "
    assert not fits(varchar2(4), "서울")
    assert fits(_in(KOREAN, ColumnType("VARCHAR2", 4000)), "가" * 2000)
    # 4,000 bytes, whatever is declared
    assert not fits(_in(KOREAN, ColumnType("VARCHAR2", 4000)), "가" * 2001)
    assert text_length(_in("UTF8", ColumnType("VARCHAR2", 4)), EMOJI) == 2
    assert lacking(four, EMOJI) == EMOJI
    assert lacking(varchar2(4), EMOJI) == ""


EMPTY = "value_altered empty_string_is_null"
LACKS, LONG = "value_altered character_replaced", "value_refused refused_byte_length"
STATIC: list[tuple[str, ColumnType, ColumnType, set[str]]] = [
    (KOREAN, varchar(2), varchar2(4), {EMPTY, LACKS}),
    (KOREAN, varchar(3), varchar2(4), {EMPTY, LACKS, LONG}),
    (KOREAN, varchar(2000), ColumnType("VARCHAR2", 2000), {EMPTY, LACKS}),
    (KOREAN, varchar(2), ColumnType("CLOB"), {EMPTY, LACKS}),
    (KOREAN, ColumnType("int4"), varchar2(11), set()),
    (KOREAN, ColumnType("uuid"), varchar2(36), set()),
    ("WE8MSWIN1252", varchar(4), varchar2(4), {EMPTY, LACKS}),
    ("UTF8", varchar(1), varchar2(5), {EMPTY, LONG}),
    ("UTF8", varchar(1), varchar2(6), {EMPTY}),
    ("ZHS32GB18030", varchar(1), varchar2(4), {EMPTY}),
]


@pytest.mark.parametrize(("charset", "source", "target", "expected"), STATIC)
def test_static_findings(
    charset: str, source: ColumnType, target: ColumnType, expected: set[str]
) -> None:
    findings = check_capacity(*pair_table(source, _in(charset, target)))
    assert {
        f"{finding.check} {finding.message.rpartition(' ')[2]}" for finding in findings
    } == expected
    for finding in findings:
        if finding.check == "value_altered" and "character" in finding.message:
            assert (
                f"the database's character set {charset} lacks is altered silently"
                in finding.message
            )


def test_refusals_count_the_bytes_of_the_set() -> None:
    rules = rules_for(*pair_table(varchar(10), _in(KOREAN, varchar2(4))))
    assert refusals(rules, {"v": "서울"}) == ()
    (refusal,) = refusals(rules, {"v": "서울역"})
    assert (refusal.ora_code, refusal.reason) == (12899, "6 bytes do not fit V VARCHAR2(4 BYTE)")


def _accepted(source: str, target: str, kind: ColumnType) -> bool:
    entry = AcceptedDifference("t", ("v",), "character_replaced", "r", "o", None)  # type: ignore[arg-type]
    return accepted_rule((entry,), ColumnType("text"), kind, source, target) is not None


@pytest.mark.parametrize("stands_for", ["?", "¿", "??"])
def test_replaced_characters_may_be_accepted_and_nothing_else(stands_for: str) -> None:
    kind = _in(KOREAN, varchar2(100))
    assert _accepted(f"서울 {EMOJI}.", f"서울 {stands_for}.", kind)
    assert not _accepted(f"서울 {EMOJI}.", f"부산 {stands_for}.", kind)
    assert not _accepted(f"서울 {EMOJI}.", "서울 .", kind)
    assert not _accepted("서울 ?", "서울 ¿", kind)
    # bytes that are none, and no replacement
    assert not _accepted(f"서울 {EMOJI}.", "서울 \ufffd.", kind)
    assert _accepted(EMOJI * 2000, stands_for * 2000, kind)
    assert not _accepted(EMOJI * 2000, stands_for * 2000 + "x", kind)
    assert not _accepted(f"서울 {EMOJI}.", f"서울 {stands_for}.", varchar2(100))


@pytest.mark.parametrize("target", [varchar2(40), ColumnType("CLOB")])
def test_rows_that_are_made_hold_what_the_set_has(target: ColumnType) -> None:
    table, source_table, target_table = pair_table(varchar(40), _in(KOREAN, target))
    rows = generate_rows(table, source_table, target_table, count=120, seed=7)
    texts = [row["v"] for row in rows if row["v"]]
    rules = rules_for(table, source_table, target_table)
    assert any("가" <= character <= "힣" for text in texts for character in text)
    assert not [
        text
        for text in texts
        if lacking(target_table.columns["V"].type, text) and not refusals(rules, {"v": text})
    ]


def _range(kind: ColumnType, low: str) -> str:
    rule: Any = rules_for(*pair_table(varchar(40), kind))["v"]
    return conditions((rule,), KeyRange(low=(low,)))[1]


def test_bounds_of_text_keys_are_compared_in_an_order_both_sides_have() -> None:
    assert _range(varchar2(40), "가'").startswith("(\"V\" >= '가''')")
    assert _range(_in(KOREAN, varchar2(40)), "가'").startswith(
        "(TO_NCHAR(\"V\") >= UNISTR('\\AC00\\0027'))"
    )
    with pytest.raises(NoRange, match="stands elsewhere in the order of UTF-16"):
        _range(_in(KOREAN, varchar2(40)), EMOJI)
    assert "TO_NCHAR" not in _range(_in("UTF8", varchar2(40)), EMOJI)
    assert "TO_NCHAR" in _range(_in("WE8MSWIN1252", varchar2(40)), "a")
    # 丂 (8140) is behind 一 (D2BB) in Unicode
    assert "TO_NCHAR" in _range(_in("ZHS32GB18030", varchar2(40)), "a")
