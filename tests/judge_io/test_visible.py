"""Names and values of others are printed as they are: no terminal obeys them, and rich makes
nothing of them.
"""

from __future__ import annotations

import io
from dataclasses import replace

import pytest
from rich.console import Console

from reconciliation import __main__ as command
from reconciliation.compare.segments.progress import Meter
from reconciliation.compare.tally import grouped
from reconciliation.process.visible import visible, visible_lines
from reconciliation.report import RunReport, render_terminal

from .samples import difference, report

ESC = "\x1b[2J"
WILD = f"a :x: [red]b[/red] {ESC}"
SHOWN = "a :x: [red]b[/red] \\x1b[2J"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain, 한국어, é, 😀", "plain, 한국어, é, 😀"),
        ("a\x1bb", "a\\x1bb"),
        ("a\r\nb\tc", "a\\r\\nb\\tc"),
        ("\x9b1m", "\\x9b1m"),
        ("abc\u202edef", "abc\\u202edef"),
        ("a\u200bb", "a\\u200bb"),
        ("a\ud800b", "a\\ud800b"),
        ("a\u2028b", "a\\u2028b"),
        ("e\u0301", "e\u0301"),
        ("\\x1b", "\\x1b"),
    ],
)
def test_one_line(text: str, shown: str) -> None:
    assert visible(text) == shown


def test_lines_stay_lines() -> None:
    assert visible_lines("a\n\tb\x1b\r\n") == "a\n\tb\\x1b\\r\n"


def wild() -> RunReport:
    """Every text that comes from outside is one a terminal or rich would make something of."""
    names = dict.fromkeys(
        (
            "table",
            "target_table",
            "source_column",
            "target_column",
            "source_value",
            "rule",
            "cause",
            "source_type",
        ),
        WILD,
    )
    items = [difference(key, **names, key_columns=(WILD,)) for key in (1, 2)]
    one, other = report().tables
    tables = (
        replace(
            one,
            table=WILD,
            target_table=WILD,
            differences=tuple(items),
            groups=grouped(items),
            notes=(WILD,),
            not_compared=(WILD,),
            filters=(WILD, WILD),
        ),
        replace(other, table=WILD, reason=WILD),
    )
    findings = tuple(replace(one, message=WILD) for one in report().findings)
    return report(
        tables=tables,
        findings=findings,
        reasons=(WILD,),
        title=WILD,
        run_id=WILD,
        history_note=WILD,
    )


@pytest.mark.parametrize("width", [60, 400])  # as lines, and as a table
@pytest.mark.parametrize("terminal", [False, True])
def test_the_report_on_a_terminal(width: int, terminal: bool) -> None:
    out = io.StringIO()
    console = Console(file=out, width=width, force_terminal=terminal, color_system=None)
    render_terminal(wild(), console)
    text = out.getvalue()
    assert "\x1b[2J" not in text
    assert "❌" not in text
    assert text.count(":x:") > 20
    if width == 400:
        assert text.count(SHOWN) > 15
        assert len([line for line in text.splitlines() if line.startswith(SHOWN)]) > 5


def test_progress_and_the_one_line_of_a_refusal(capsys: pytest.CaptureFixture[str]) -> None:
    meter = Meter(io.StringIO())
    meter(WILD, 5)
    assert meter.line().startswith(f"{SHOWN}: 5 rows")
    assert command.main(["run", "--environment", f"x{ESC}"]) == 4
    assert "\x1b" not in capsys.readouterr().err
