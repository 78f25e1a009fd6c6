"""The report's three renderings: complete, escaped, self-contained, without secrets."""

from __future__ import annotations

import io
import json
import re
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import pytest
from rich.console import Console

from reconciliation.compare.tally import grouped
from reconciliation.model import Contract, Status
from reconciliation.report import (
    Lag,
    Meanwhile,
    accepted_entries,
    render_html,
    render_json,
    render_terminal,
)
from reconciliation.report.charts import SMALLEST_SHARE, Part, bar, shares
from reconciliation.report.model import quantile
from reconciliation.report.write import write
from reconciliation.verdict import Verdict, verdict_of_tables

from .samples import CONTRACT, HOSTILE, NOW, TABLE, difference, report


class _Page(HTMLParser):
    """Collects what a browser would load or run, and the text it would show."""

    VOID = frozenset({"meta", "br", "line", "rect"})

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.resources: list[str] = []
        self.texts: list[str] = []
        self.open: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.resources += [
            value or ""
            for name, value in attrs
            if name in ("src", "href", "srcset", "action", "data")
        ]
        self.resources += [name for name, _ in attrs if name.startswith("on")]
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag not in self.VOID:
            assert self.open.pop() == tag

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)

    def handle_data(self, data: str) -> None:
        if self.open and self.open[-1] != "style":
            self.texts.append(data)

    @property
    def text(self) -> str:
        return " ".join(" ".join(self.texts).split())


@pytest.fixture(scope="module")
def page() -> _Page:
    return _Page(render_html(report()))


def test_the_page_is_well_formed_and_loads_and_runs_nothing(page: _Page) -> None:
    assert page.open == []
    assert [name for name in page.resources if not name.startswith("#")] == []
    assert not {"script", "link", "img", "iframe", "object", "form"} & set(page.tags)
    html = render_html(report())
    assert not re.search(r"url\(|@import", html)
    assert "<script>alert" not in html


def test_hostile_text_is_shown_as_text(page: _Page) -> None:
    # title, reason, scenario, message, table reason, value, finding, accepted, refusal, statistics,
    # exception, note
    assert page.text.count(HOSTILE) >= 10


def test_the_page_says_what_a_reader_needs(page: _Page) -> None:
    for words in (
        "NOT READY",
        "Column mapping",
        "header → HEADER",
        "truncated",
        "rechecked",
        "agreed: 5 s",
        "ORA-12899",
        "by nobody",
        "1 not arrived",
        "2 later than agreed",
        "0/16B2D80",
        "4711",
        "no such row",
        "expiry_date: rounded down: 5 values",
        "expired",
    ):
        assert words in page.text, words


def test_every_chart_has_words_for_those_who_do_not_see_it() -> None:
    html = render_html(report())
    charts = re.findall(r"<svg[^>]*>", html)
    assert len(charts) >= 7
    assert all('aria-label="' in chart for chart in charts)


def test_an_empty_report_renders_too() -> None:
    empty = replace(
        report(),
        outcomes=(),
        tables=(),
        lags=(),
        task=None,
        findings=(),
        accepted=(),
        refused=(),
        groups={},
        verdict=Verdict.NOT_JUDGED,
        reasons=(),
        not_judged=("no scenario was run",),
    )
    page = _Page(render_html(empty))
    assert "NOT JUDGED" in page.text
    assert "no scenario was run" in page.text
    assert "READY" not in page.text.replace("NOT READY", "")


@pytest.mark.parametrize(
    ("subject", "words"),
    [
        ("guarantees", ("READY", "NOT READY", "NOT JUDGED")),
        ("tables", ("EQUAL", "DIFFERENT", "NOT JUDGED")),
        ("checks", ("NOTHING FOUND", "FINDINGS", "NOT JUDGED")),
    ],
)
def test_only_a_run_of_guarantees_may_say_ready(subject: str, words: tuple[str, ...]) -> None:
    for verdict, word in zip(
        (Verdict.READY, Verdict.NOT_READY, Verdict.NOT_JUDGED), words, strict=True
    ):
        one = replace(report(), subject=subject, verdict=verdict, reasons=(), not_judged=())
        out = io.StringIO()
        render_terminal(one, Console(file=out, width=200))
        assert out.getvalue().rstrip().endswith(word)
        assert json.loads(render_json(one))["verdict"] == word
        assert _Page(render_html(one)).texts.count(word) == 1


def test_probes_and_what_others_wrote_are_told_beside_the_lag() -> None:
    probes = tuple(Lag(NOW, 0.5, "a probe", probe=True) for _ in range(97))
    one = replace(report(), lags=(*report().lags, *probes), meanwhile=Meanwhile(1200, 60.0))
    text = " ".join(_Page(render_html(one)).texts)
    assert "100 measurements, 97 of them probes: half within 0.500 s" in text
    assert "99 of 100 within 6.500 s, the longest 9.000 s" in text
    assert "Others wrote about 1,200 rows to the mapped tables meanwhile, 20.0 a second." in text
    document = json.loads(render_json(one))
    assert document["meanwhile"] == {"rows": 1200, "seconds": 60.0}
    assert [lag["probe"] for lag in document["lags"]] == [False] * 3 + [True] * 97


def test_json_is_stable_and_complete() -> None:
    document = json.loads(render_json(report()))
    assert document["schema_version"] == 2
    assert document["verdict"] == "NOT READY"
    assert document["seconds"] == 41.5
    assert document["tables"][0]["status"] == "divergent"
    assert document["tables"][0]["differences"][0]["source_value"] == HOSTILE
    assert "header -> HEADER" in document["tables"][0]["differences"][0]["words"]
    assert document["tables"][0]["groups"][0]["rows"] == 2
    assert document["lags"][2]["arrived"] is False
    assert document["refused"][0]["refusal"]["ora_code"] == 12899
    assert document["task"]["slot"]["plugin"] == "pglogical_output"
    assert list(document)[:3] == ["schema_version", "verdict", "seconds"]


def test_sensitive_values_appear_nowhere() -> None:
    secret = "customer 4711"
    table = replace(
        report().tables[0], differences=(difference(1, source_value=secret, target_value=None),)
    )
    hidden = replace(report(), tables=(table,), refused=(), sensitive=("header",))
    out = io.StringIO()
    render_terminal(hidden, Console(file=out, width=200))
    for text in (render_html(hidden), render_json(hidden), out.getvalue()):
        assert secret not in text
    assert secret in render_json(replace(hidden, sensitive=()))


def test_the_terminal_ends_with_the_verdict_and_its_reasons() -> None:
    out = io.StringIO()
    render_terminal(report(), Console(file=out, width=220))
    text = out.getvalue()
    assert "header -> HEADER: 2 changed, truncated" in text
    assert text.index("NOT READY") < text.rindex("Column mapping")
    assert HOSTILE in text


def test_markup_in_data_does_not_style_the_terminal() -> None:
    out = io.StringIO()
    render_terminal(
        replace(report(), title="[bold]x[/bold] [/nonsense]"), Console(file=out, width=220)
    )
    assert "[bold]x[/bold] [/nonsense]" in out.getvalue()


def test_write_leaves_its_files_and_nothing_else(tmp_path: Path) -> None:
    page, machine, differences = write(report(), tmp_path / "deep" / "er")
    names = ["differences.csv", "reconciliation.html", "reconciliation.json"]
    assert sorted(path.name for path in page.parent.iterdir()) == names
    assert differences.read_text(encoding="utf-8").startswith("run_id,table,target_table,key,")
    assert json.loads(machine.read_text(encoding="utf-8"))["run_id"] == report().run_id


@pytest.mark.parametrize(
    ("statuses", "verdict"),
    [
        ([], Verdict.NOT_JUDGED),
        ([Status.EQUAL], Verdict.READY),
        ([Status.EQUAL, Status.IN_FLIGHT], Verdict.NOT_JUDGED),
        ([Status.EQUAL, Status.NOT_JUDGED], Verdict.NOT_JUDGED),
        ([Status.NOT_JUDGED, Status.DIVERGENT], Verdict.NOT_READY),
    ],
)
def test_the_verdict_of_tables(statuses: list[Status], verdict: Verdict) -> None:
    table = report().tables[0]
    assert verdict_of_tables([replace(table, status=status) for status in statuses]) is verdict


def test_accepted_differences_say_whether_they_occurred() -> None:
    entries = [
        report().accepted[0].difference,
        replace(report().accepted[0].difference, rule="empty_string_is_null"),
    ]
    contract = Contract((replace(TABLE, accepted=tuple(entries)),))
    found = accepted_entries(
        contract,
        NOW.date(),
        {TABLE.source: {"header: refused_empty_string": 3}},
        judged_rules=["empty_string_is_null"],
    )
    assert [(entry.occurred, entry.expired) for entry in found] == [(3, False), (0, False)]
    assert "is it still needed" in found[1].words
    unseen = accepted_entries(contract, NOW.date().replace(year=2030), {})
    assert [(entry.occurred, entry.expired) for entry in unseen] == [(None, True), (None, True)]
    assert accepted_entries(CONTRACT, NOW.date(), {}) == ()


@pytest.mark.parametrize(
    ("counts", "total"), [([119_993, 5, 1, 1], 120_000), ([1], 1), ([1, 1], 1000), ([0, 0], 0)]
)
def test_bars_fill_their_share_and_hide_nothing(counts: list[int], total: int) -> None:
    widths = shares(counts, total)
    assert sum(widths) <= 100.001
    assert all(
        width >= SMALLEST_SHARE - 0.001
        for width, count in zip(widths, counts, strict=True)
        if count
    )


def test_a_bar_names_its_parts() -> None:
    assert 'aria-label="3 equal, 1 &lt;differ&gt;"' in bar(
        [Part("good", 3, "equal"), Part("bad", 1, "<differ>"), Part("odd", 0, "extra")]
    )
    assert 'aria-label="nothing"' in bar([])


def test_quantiles() -> None:
    values = [float(number) for number in range(1, 101)]
    assert [quantile(values, share) for share in (0.0, 0.5, 0.95, 1.0)] == [1.0, 50.0, 95.0, 100.0]
    assert quantile([7.0], 0.95) == 7.0


# ------------------------------------------------------------------ the terminal


def _printed(width: int, **changes: object) -> str:
    out = io.StringIO()
    render_terminal(replace(report(), **changes), Console(file=out, width=width))
    return out.getvalue()


@pytest.mark.parametrize("width", [40, 60, 80, 100, 140, 220])
def test_no_number_is_ever_cut(width: int) -> None:
    table = replace(
        report().tables[0],
        source_rows=300_123_456,
        target_rows=300_123_457,
        equal_rows=299_999_999,
        differing_rows=123_458,
    )
    text = _printed(width, tables=(table, report().tables[1]))
    for number in ("300,123,456", "300,123,457", "299,999,999", "123,458"):
        assert number in text
    assert "\u2026" not in text


def test_a_rare_difference_is_printed_beside_a_frequent_one() -> None:
    many = [difference(key) for key in range(50)]
    one = difference(777, source_column="body", target_column="BODY", cause="case")
    table = replace(report().tables[0], differences=(*many, one), groups=grouped([*many, one]))
    text = _printed(220, tables=(table,))
    assert "header -> HEADER: 50 changed, truncated" in text
    assert "... and 47 more of these in the report" in text
    assert "id=777" in text or "key1=777" in text


def test_no_colour_where_nobody_wants_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    out = io.StringIO()
    render_terminal(report(), Console(file=out, width=200, force_terminal=True))
    assert not re.search(r"\x1b\[[0-9;]*3[0-9]", out.getvalue())
    assert "\x1b" not in _printed(200)
