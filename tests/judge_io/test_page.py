"""The page as people see it: values that can be told apart, every group with its examples, colours
with contrast.
"""

from __future__ import annotations

import datetime as dt
import html
import itertools
import re
from dataclasses import replace
from importlib import resources

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciliation.compare.tally import grouped
from reconciliation.model import Difference, DifferenceGroup, DifferenceKind, Status
from reconciliation.report import render_html
from reconciliation.report.sections import PER_GROUP, by_cause, by_column
from reconciliation.report.values import STRETCH, WHOLE, pair, single
from reconciliation.verdict import Cell, Coverage, Judged, Matrix, Outcome, matrix_of

from .samples import HOSTILE, difference, report

TEXTS = st.text(max_size=30) | st.text("ab \n\t\u00a0\u202e'\\", max_size=12)


def seen(markup: str) -> str:
    """What stands on the page: marks, sizes and styles aside."""
    return html.unescape(re.sub(r'<span class="(?:size|cut)">.*?</span>|<[^>]*>', "", str(markup)))


# ------------------------------------------------------------------ values

LOOKALIKES = [
    None,
    "NULL",
    "",
    " ",
    "  ",
    "\u00a0",
    "\u2423",
    "A",
    "A ",
    " A",
    "A  B",
    "A B",
    "A\u2423",
    "A\n",
    "A\\n",
    "A\t",
    "A\u21e5",
    "\u200b",
    "\u202eA",
    "e\u0301",
    "\u00e9",
    "'",
    "\\",
    "\\u200b",
    "A\r",
    "\x00",
    "\ud800",
    1,
    "1",
    True,
    "True",
    b"",
    b"A",
]


def test_no_two_values_look_alike() -> None:
    for left, right in itertools.combinations(LOOKALIKES, 2):
        assert single(left) != single(right), (left, right)
        one, two = pair(left, right)
        assert seen(one) != seen(two), (left, right)


@given(TEXTS, TEXTS)
def test_two_different_texts_are_always_told_apart(left: str, right: str) -> None:
    one, two = pair(left, right)
    if left != right:
        assert seen(one).replace("\u2038", "") != seen(two).replace("\u2038", "")
        assert "<mark" in one + two
    for markup in (one, two):
        assert not re.search(
            "[\x00-\x08\x0b-\x1f\x7f\u200b-\u200f\u202a-\u202e\u2066-\u2069]", markup
        )


@pytest.mark.parametrize(
    ("left", "right", "marked"),
    [
        ("London", "Lindon", ("o", "i")),
        ("Paris", "Paris ", ("\u2038", "\u2423")),
        ("abcdef", "abc", ("def", "\u2038")),
        ("aXa", "aYYa", ("X", "YY")),
        (100, 105, ("0", "5")),
    ],
)
def test_the_part_that_differs_is_marked(
    left: object, right: object, marked: tuple[str, str]
) -> None:
    found = tuple(seen("".join(re.findall("<mark.*?</mark>", side))) for side in pair(left, right))
    assert found == marked


def test_long_texts_show_the_place_where_they_part() -> None:
    one, two = pair("x" * 5000 + "seat 14A" + "y" * 5000, "x" * 5000 + "seat 14C" + "y" * 5000)
    assert ("<mark>A</mark>" in one, "<mark>C</mark>" in two) == (True, True)
    for side in (one, two):
        assert len(seen(side)) < WHOLE + STRETCH
        assert "10,008 characters" in side
    left, right = pair("서" * 300, "서" * 85)
    assert "300 characters, 900 bytes" in left
    assert "85 characters, 255 bytes" in right


@given(st.text(min_size=WHOLE, max_size=800), st.text(min_size=WHOLE, max_size=800))
def test_what_is_shown_of_long_texts_is_bounded(left: str, right: str) -> None:
    for side in pair(left, right):
        assert len(re.sub("<[^>]*>", "", side)) < 12 * (WHOLE + STRETCH)


def test_hostile_values_are_text() -> None:
    for side in (*pair(HOSTILE, HOSTILE + "<b>"), single(HOSTILE), *pair(HOSTILE, None)):
        assert "<script" not in side
        assert "<b>" not in side


# ------------------------------------------------------------------ groups


def test_two_hundred_of_one_kind_do_not_hide_the_one_of_another() -> None:
    many = [difference(key) for key in range(200)]
    one = difference(777, source_column="body", target_column="BODY", cause="case")
    table = replace(report().tables[0], differences=(*many, one), groups=grouped([*many, one]))
    page = render_html(report(tables=(table,)))
    assert "777" in page
    assert "upper and lower case" in page
    assert f"The first {PER_GROUP} of 200" in page
    assert page.count("<bdi>'lo") == 2 * (PER_GROUP + 1)
    assert [(item.name, item.count) for item in by_column([table])] == [
        ("header → HEADER", 200),
        ("body → BODY", 1),
    ]
    assert [item.count for item in by_cause([table])] == [200, 1]


def test_rows_without_a_key_show_how_often_they_stand_on_both_sides() -> None:
    row = Difference(
        "s.t",
        "S.T",
        (7, "x"),
        DifferenceKind.MISSING,
        source_value=5,
        target_value=2,
        rule="rows counted",
        key_columns=("a", "b"),
    )
    group = DifferenceGroup(DifferenceKind.MISSING, None, None, None, 3, row.key)
    table = replace(report().tables[0], differences=(row,), groups=(group,))
    page = render_html(report(tables=(table,)))
    assert "7, 'x'" in html.unescape(page)
    assert "5 times" in page
    assert "2 times" in page
    assert "counted but not listed" not in page


def test_what_was_not_judged_comes_before_everything_else_about_tables() -> None:
    page = render_html(report())
    assert (
        page.index("Nothing may be concluded")
        < page.index('id="tables"')
        < page.index('id="differences"')
    )
    equal = replace(report().tables[0], status=Status.EQUAL, differences=(), groups=())
    assert "Nothing may be concluded" not in render_html(report(tables=(equal,)))


def test_rows_that_were_not_looked_at_are_named() -> None:
    table = replace(report().tables[0], unlooked_rows=1234)
    page = render_html(report(tables=(table,)))
    assert "1,234 more rows differed at the first look and were not looked at again" in page


def test_every_link_leads_somewhere() -> None:
    page = render_html(report())
    assert set(re.findall(r'href="#([^"]+)"', page)) <= set(re.findall(r'id="([^"]+)"', page))
    assert len(re.findall(r'id="([^"]+)"', page)) == len(set(re.findall(r'id="([^"]+)"', page)))


def test_the_sides_are_called_by_their_names() -> None:
    tables = tuple(
        replace(
            table,
            sides=("source", "target"),
            differences=tuple(
                replace(item, sides=("source", "target")) for item in table.differences
            ),
        )
        for table in report().tables
    )
    page = render_html(
        report(
            tables=tables,
            outcomes=(),
            reasons=(),
            lags=(),
            refused=(),
            task=None,
            notes=(),
            findings=(),
            accepted=(),
            versions={},
            subject="tables",
        )
    )
    assert "missing in target" in page
    assert "Oracle" not in page
    assert "PostgreSQL" not in page


# ------------------------------------------------------------------ colours


def _schemes() -> list[dict[str, str]]:
    style = (
        resources.files("reconciliation.report").joinpath("style.css").read_text(encoding="utf-8")
    )
    blocks = re.findall(r":root \{(.*?)\}", style, re.DOTALL)
    found = [dict(re.findall(r"--([a-z-]+): (#[0-9a-f]{6})", block)) for block in blocks]
    assert len(found) == 2
    assert found[0].keys() == found[1].keys()
    return found


def _luminance(colour: str) -> float:
    parts = (int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5))
    red, green, blue = (
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _contrast(one: str, two: str) -> float:
    darker, lighter = sorted((_luminance(one), _luminance(two)))
    return (lighter + 0.05) / (darker + 0.05)


#: text on ground, by WCAG 2.1's success criterion 1.4.3: at least 4.5 to 1; drawings by 1.4.11: 3
#: to 1
_INKS = ("ink", "soft", "accent", "good", "bad", "unsure", "idle")
_READ = [(ink, ground) for ground in ("paper", "card") for ink in _INKS]
_READ += [
    ("good", "good-wash"),
    ("bad", "bad-wash"),
    ("unsure", "unsure-wash"),
    ("ink", "mark"),
    ("ink", "bad-wash"),
    ("ink", "unsure-wash"),
    ("soft", "faint"),
    ("soft", "unsure-wash"),
]


@pytest.mark.parametrize("scheme", _schemes(), ids=["light", "dark"])
def test_colours_have_contrast(scheme: dict[str, str]) -> None:
    assert round(_contrast("#000000", "#ffffff"), 1) == 21.0
    weak = {
        f"{ink} on {ground}": round(_contrast(scheme[ink], scheme[ground]), 2)
        for ink, ground in _READ
        if _contrast(scheme[ink], scheme[ground]) < 4.5
    }
    assert weak == {}
    assert all(
        _contrast(scheme[name], scheme["card"]) >= 3
        for name in ("good", "bad", "worse", "odd", "unsure")
    )


# ------------------------------------------------------------------ coverage


def test_a_cell_has_a_colour_a_sign_and_its_words_under_the_pointer() -> None:
    page = render_html(report())
    cells = re.findall(r'<td class="(\w+)( first)?" title="([^"]*)">(.)</td>', page)
    assert [(css, bool(first), sign) for css, first, _, sign in cells] == [
        ("good", True, "✓"),
        ("unsure", True, "?"),
        ("good", False, "✓"),
        ("good", False, "✓"),
        ("bad", True, "✗"),
        ("idle", True, "e"),
        ("bad", False, "✗"),
        ("none", False, "·"),
    ]
    titles = [html.unescape(title) for _, _, title, _ in cells]
    assert titles[0] == f"1 survives {HOSTILE}: holds"
    assert titles[4] == f"1 survives {HOSTILE}: broken\n{HOSTILE}\nmore"
    heads = re.findall(r'<th scope="colgroup" colspan="(\d)" title="([^"]*)">(\d+)</th>', page)
    assert heads == [("1", "04-values", "04"), ("3", "07-tables", "07")]


def test_a_long_reason_is_cut_under_the_pointer_and_whole_below() -> None:
    words = "\n".join(f"row {number} differs" for number in range(9))
    cells = {"pay.fee": Cell(Judged.BROKEN, words)}
    outcomes = (Outcome("04-values", "f", "s", "failed", cells=cells),)
    matrix = matrix_of(outcomes, Coverage(("pay.fee",), dt.date(2026, 12, 1)))
    page = render_html(replace(report(), matrix=matrix))
    assert page.count("row 4 differs") == 2
    assert page.count("row 8 differs") == 1
    assert 'row 4 differs\n...">' in page


def test_a_reason_is_spelled_out_once_for_all_guarantees_it_holds_for() -> None:
    page = html.unescape(render_html(report()))
    section = page.partition('id="coverage"')[2].partition('id="guarantees"')[0]
    assert section.count(">came out as<") == 1
    assert f"1 survives {HOSTILE}, and for the same reason 3<br>" in section
    assert section.index('class="tag broken"') < section.index('class="tag not-judged"')
    without = render_html(replace(report(), matrix=Matrix()))
    assert 'id="coverage"' not in without
    assert 'href="#coverage"' not in without
