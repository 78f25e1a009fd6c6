"""Causes: the shape of one cell, the constant of a column, and no cause where there is none."""

from __future__ import annotations

import datetime as dt
import random
from dataclasses import replace
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciliation.differences.causes import WORDS, cause
from reconciliation.differences.group_causes import grouped, refined
from reconciliation.model import Difference, DifferenceKind

ASCII = st.text(
    st.characters(min_codepoint=33, max_codepoint=126, exclude_characters="?"),
    min_size=1,
    max_size=20,
)
KOREAN = st.text(st.characters(min_codepoint=0xAC00, max_codepoint=0xD7A3), min_size=1, max_size=12)
EMOJI = st.text(st.characters(min_codepoint=0x1F300, max_codepoint=0x1F5FF), min_size=1, max_size=4)
MOMENTS = st.datetimes(dt.datetime(1950, 1, 1), dt.datetime(2100, 1, 1))


def cells(
    pairs: list[tuple[Any, Any]], rule: str = "number", target_type: str | None = None
) -> list[Difference]:
    """One differing cell a pair, its cause guessed as a comparison would."""
    return [
        Difference(
            "s.t",
            "S.T",
            (key,),
            DifferenceKind.CHANGED,
            "c",
            "C",
            left,
            right,
            rule,
            cause(left, right, rule),
            target_type=target_type,
            canonical=(left, right),
        )
        for key, (left, right) in enumerate(pairs)
    ]


def found(
    pairs: list[tuple[Any, Any]], rule: str = "number", target_type: str | None = None
) -> list[tuple[Any, ...]]:
    groups = grouped(refined(cells(pairs, rule, target_type)))
    return [(group.cause, group.detail, group.rows) for group in groups]


# ------------------------------------------------------------------ one cell


@pytest.mark.parametrize(
    ("source", "target", "expected"),
    [
        (None, " ", "blank_for_null"),
        (None, "", "blank_for_null"),
        ("", " ", "blank_for_null"),
        ("", None, "null_for_blank"),
        ("   ", None, "null_for_blank"),
        ("x", None, "null_for_value"),
        (None, "x", "value_for_null"),
        (None, 0, "value_for_null"),
        (0, None, "null_for_value"),
        ("x", "", "blank_for_value"),
        ("x", " ", "blank_for_value"),
        (" ", "", "padding"),
        ("a", "a ", "padding"),
        ("a\u00a0", "a", "truncated"),
        (" a", "a", "whitespace"),
        ("a\r\nb", "a\nb", "whitespace"),
        ("e\u0301", "\u00e9", "unicode_form"),
        ("Ä", "ä", "case"),
        ("é", "Ã©", "mojibake"),
        ("€5", "â‚¬5", "mojibake"),
        ("서울 ICN", "?? ICN", "characters_lost"),
        ("서울 ICN", "¿¿ ICN", "characters_lost"),
        ("서울 ICN", " IC", "other"),
        ("서울", "부산", "other"),
        ("ICN", "I?N", "other"),
        (b"", b"x", "other"),
        (b"xy", b"x", "truncated"),
        (True, False, "other"),
        (15, 20, "other"),
        (50, Decimal("50.4"), "other"),
        (Decimal("50.4"), 50, "rounding"),
        (5_000_000, 5_000_001, "other"),
        (Decimal("0.004"), 0, "other"),
        (9007199254740993, 9007199254740992, "rounding"),
        (dt.datetime(2026, 1, 1), dt.datetime(2026, 1, 1, 0, 0, 1), "other"),
        (dt.datetime(2026, 1, 1), dt.datetime(2026, 1, 1, 0, 0, 0, 1), "other"),
        (dt.datetime(2026, 1, 1), dt.datetime(2026, 1, 2), "shifted"),
        (dt.datetime(2026, 1, 1, 10, 20, 33), dt.datetime(2026, 1, 1), "rounding"),
        (dt.datetime(2026, 1, 1, tzinfo=dt.UTC), dt.datetime(2026, 1, 1, 9), "shifted"),
    ],
)
def test_the_cause_of_one_cell(source: Any, target: Any, expected: str) -> None:
    assert cause(source, target) == expected
    assert expected in WORDS


@given(ASCII, st.data())
def test_a_text_cut_anywhere_is_truncated(text: str, data: st.DataObject) -> None:
    cut = data.draw(st.integers(1, len(text)))
    assert cause(text + "x", text[:cut]) == "truncated"


@given(ASCII, st.integers(1, 9))
def test_blanks_at_the_end_are_padding_in_both_directions(text: str, blanks: int) -> None:
    assert cause(text, text + " " * blanks) == cause(text + " " * blanks, text) == "padding"


@given(ASCII.filter(lambda text: text.swapcase() != text))
def test_other_case_is_case(text: str) -> None:
    assert cause(text, text.swapcase()) == "case"


@given(ASCII, KOREAN, st.sampled_from(["latin-1", "cp949"]))
def test_utf_8_in_another_character_set_is_mojibake(plain: str, korean: str, name: str) -> None:
    source = plain + korean
    target = source.encode("utf-8").decode(name, "replace")
    assert cause(source, target) == "mojibake"
    assert found([(source, target)], "text")[0][1] in ("latin-1", "cp1252", "cp949")


@given(ASCII, KOREAN | EMOJI, ASCII, st.sampled_from(["", "?", "\ufffd", "??"]))
def test_dropped_or_replaced_characters_are_lost(
    before: str, lost: str, after: str, mark: str
) -> None:
    target = before + mark * len(lost) + after
    assert cause(before + lost + after, target) == "characters_lost"
    assert cause(before + lost + after, target + "x") != "characters_lost"


@given(st.decimals(-(10**6), 10**6, places=6, allow_nan=False), st.integers(0, 5))
def test_fewer_decimals_are_rounding(value: Decimal, digits: int) -> None:
    target = value.quantize(Decimal(1).scaleb(-digits), ROUND_HALF_UP)
    if target not in (value, 0):
        assert cause(value, target) == "rounding"


@given(st.integers(-(10**15), 10**15), st.integers(1, 10**6))
def test_whole_numbers_that_changed_were_not_rounded(value: int, change: int) -> None:
    assert cause(value, value + (change if (value + change) % 10 else change + 1)) != "rounding"


@given(MOMENTS.filter(lambda moment: moment.microsecond % 1000))
def test_microseconds_cut_off_are_rounding(moment: dt.datetime) -> None:
    assert (
        cause(moment, moment.replace(microsecond=moment.microsecond // 1000 * 1000)) == "rounding"
    )


# ------------------------------------------------------------------ a column


@given(st.lists(MOMENTS, min_size=2, max_size=20), st.integers(-48, 48).filter(bool))
def test_moments_all_off_by_the_same_are_shifted(moments: list[dt.datetime], quarters: int) -> None:
    gap = dt.timedelta(minutes=15 * quarters)
    assert [
        (name, rows) for name, _, rows in found([(one, one + gap) for one in moments], "timestamp")
    ] == [("shifted", len(moments))]


@pytest.mark.parametrize(
    ("gap", "words"),
    [
        (dt.timedelta(hours=9), "by +9 h"),
        (dt.timedelta(hours=-9), "by -9 h"),
        (dt.timedelta(days=1), "by +1 day"),
        (dt.timedelta(microseconds=1), "by +1 µs"),
        (dt.timedelta(seconds=1.5), "by +1 s 500 ms"),
        (dt.timedelta(days=-2, minutes=-1), "by -2 days 1 min"),
    ],
)
def test_a_shift_says_by_how_much(gap: dt.timedelta, words: str) -> None:
    moments = [dt.datetime(2026, 1, day, 12, 3, 4, 567) for day in (5, 6, 9)]
    assert found([(one, one + gap) for one in moments], "timestamp") == [("shifted", words, 3)]


@given(
    st.sets(st.integers(-(10**12), 10**12), min_size=2, max_size=30),
    st.decimals(-1000, 1000, places=2, allow_nan=False).filter(bool),
)
def test_numbers_all_off_by_the_same_are_shifted(values: set[int], gap: Decimal) -> None:
    pairs = [(value, value + gap) for value in values]
    assert [(name, rows) for name, _, rows in found(pairs)] == [("shifted", len(values))]


@given(st.sets(st.integers(1, 10**6), min_size=2, max_size=30), st.sampled_from([1000, 100, 2, -1]))
def test_numbers_all_multiplied_by_the_same_are_scaled(values: set[int], factor: int) -> None:
    pairs = [(value, value * factor) for value in values]
    assert found(pairs) == [("scaled", f"by {factor}", len(values))]


def test_a_division_says_so() -> None:
    assert found([(1000, 1), (23000, 23)]) == [("scaled", "by 1/1000", 2)]


@given(st.integers(0, 2**32))
def test_unrelated_numbers_are_neither_shifted_nor_scaled(seed: int) -> None:
    chance = random.Random(seed)
    values = chance.sample(range(1, 10**6), 12)
    pairs = [
        (value, value + gap)
        for value, gap in zip(values, chance.sample(range(1, 10**6), 12), strict=True)
    ]
    assert not {name for name, _, _ in found(pairs)} & {"shifted", "scaled"}


def test_one_number_alone_has_no_constant() -> None:
    assert found([(70, 75)]) == [("other", "", 1)]
    assert found([(70, 75), (20, 26)]) == [("other", "", 2)]


def test_a_constant_of_most_cells_leaves_the_others_out() -> None:
    pairs = [(value, value + 7) for value in range(100, 118)] + [(5, 900), (6, 13_000)]
    assert found(pairs) == [("shifted", "by +7", 18), ("other", "", 2)]
    assert found(pairs[:3] + pairs[-2:]) == [("other", "", 5)]


def test_rounding_that_happens_to_be_constant_stays_rounding() -> None:
    pairs = [(Decimal("1.005"), Decimal("1.01")), (Decimal("7.125"), Decimal("7.13"))]
    assert found(pairs) == [("rounding", "to 2 decimals", 2)]


def test_big_numbers_that_all_went_up_by_one_are_shifted_not_rounded() -> None:
    pairs = [(2**60 + step, 2**60 + step + 1) for step in (0, 10, 99)]
    assert found(pairs) == [("shifted", "by +1", 3)]


def test_times_of_day_lost_are_no_shift() -> None:
    moments = [dt.datetime(2026, 1, day, hour) for day, hour in ((1, 3), (2, 7), (3, 22))]
    pairs = [(one, one.replace(hour=0)) for one in moments]
    assert found(pairs, "timestamp") == [("rounding", "to days", 3)]


def test_two_zones_of_a_year_are_both_named() -> None:
    moment = dt.datetime(2026, 1, 1, 12)
    pairs = [(moment, moment + dt.timedelta(hours=hours)) for hours in (2, 2, 1)]
    assert found(pairs, "timestamp") == [("shifted", "by +2 h (2), by +1 h (1)", 3)]


def test_an_epoch_number_one_too_high_was_rounded_only_where_there_was_something_to_round() -> None:
    def epoch(microsecond: int, off: int) -> Difference:
        moment = dt.datetime(2026, 1, 1, microsecond=microsecond, tzinfo=dt.UTC)
        left = 1767225600000 + microsecond // 1000
        return Difference(
            "s.t",
            "S.T",
            (microsecond,),
            DifferenceKind.CHANGED,
            "c",
            "C",
            moment,
            Decimal(left + off),
            "epoch_millis",
            cause(left, left + off, "epoch_millis"),
            canonical=(left, left + off),
        )

    assert [item.cause for item in refined([epoch(123_900, 1), epoch(5_600, 1)])] == [
        "rounding",
        "rounding",
    ]
    groups = grouped(refined([epoch(123_000, 1), epoch(5_000, 1)]))
    assert [(group.cause, group.detail) for group in groups] == [("shifted", "by +1 ms")]
    assert [item.cause for item in refined([epoch(123_000, 1)])] == ["other"]
    nine_hours = grouped(refined([epoch(1000, 32_400_000), epoch(2000, 32_400_000)]))
    assert [(group.cause, group.detail) for group in nine_hours] == [("shifted", "by +9 h")]


@pytest.mark.parametrize(
    ("pairs", "target_type", "expected"),
    [
        (
            [("서울특별시", "서울특"), ("a서울특별시", "a서울특")],
            "VARCHAR2(10 BYTE)",
            ("truncated", "to 10 bytes"),
        ),
        ([("abcdef", "abcd"), ("123456", "1234")], "VARCHAR2(4)", ("truncated", "to 4 characters")),
        (
            [("abcdef", "abcd"), ("xyzxyz", "xyzx"), ("123456", "123")],
            None,
            ("truncated", "to 4 characters (2), to 3 characters (1)"),
        ),
        (
            [("abcdefgh", "abcdefgh"[:cut]) for cut in (2, 3, 4, 6)],
            None,
            ("truncated", "to 2 to 6 characters"),
        ),
        ([(b"abcdef", b"abcd"), (b"xxxxx", b"xxxx")], None, ("truncated", "to 4 bytes")),
        ([("a", "a  "), ("b", "b  ")], None, ("padding", "2 more")),
        ([("a", "a  "), ("bb", "bb ")], None, ("padding", "padded to 3 characters")),
        ([("a ", "a"), ("b  ", "b")], None, ("padding", "cut off")),
        ([("a\r\nb", "a\nb"), ("\r\nb", "\nb")], None, ("whitespace", "line ends")),
        ([("Ab", "AB"), ("cd", "CD")], None, ("case", "all upper case")),
        ([("é", "Ã©"), ("ö", "Ã¶")], None, ("mojibake", "latin-1")),
        (
            [("a🛫", "a?"), ("🛫b", "??b")],
            None,
            ("characters_lost", "those beyond U+FFFF, such as emoji, '?' in their place"),
        ),
        ([("a서b", "ab"), ("c울d", "cd")], None, ("characters_lost", "left out")),
    ],
)
def test_what_texts_have_in_common(
    pairs: list[tuple[Any, Any]], target_type: str | None, expected: Any
) -> None:
    assert found(pairs, "text", target_type) == [(*expected, len(pairs))]


def test_padded_columns_say_nothing_about_lengths() -> None:
    padded = [
        replace(item, source_value="abcd", target_value="abc     ")
        for item in cells([("abcd", "abc")], "text")
    ]
    assert [(group.cause, group.detail) for group in grouped(refined(padded))] == [
        ("truncated", "")
    ]


@given(
    st.lists(
        st.tuples(
            ASCII | KOREAN | st.none() | MOMENTS | st.integers() | st.booleans() | st.binary(),
            ASCII | KOREAN | st.none() | MOMENTS | st.integers() | st.floats() | st.binary(),
        ),
        max_size=12,
    )
)
def test_no_mixture_of_values_breaks_the_guess(pairs: list[tuple[Any, Any]]) -> None:
    after = refined(cells(pairs, "text"))
    assert [item.key for item in after] == [(key,) for key in range(len(pairs))]
    assert all(item.cause in WORDS and item.canonical is None for item in after)
    assert sum(group.rows for group in grouped(after)) == len(pairs)
