"""The outcome as text and as JSON."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from typing import Any

from tests.oracle.driver_suite.running import FileResult
from tests.oracle.driver_suite.schema import Refusal

_BAD = ("failed", "error")
_COLUMNS = ("passed", "failed", "error", "skipped")
_CODE = re.compile(r"\b(?:ORA|DPY|DPI)-\d+[^\"]*")


def refusals(refused: Sequence[Refusal]) -> str:
    """What the scripts that make the tables were refused, by error."""
    lines = [f"{len(refused)} statements of the driver's scripts were refused:"]
    for refusal in refused:
        note = " (made in a simpler form)" if refusal.mended else ""
        lines.append(f"  {' '.join(refusal.statement.split())[:60]:60} {refusal.error[:70]}{note}")
    return "\n".join(lines)


def table(results: Sequence[FileResult]) -> str:
    """Per file: outcomes, those of tests that need PL/SQL, and how many of the others pass."""
    heads = (*_COLUMNS, "pl/sql: passed", "failed", "others pass")
    lines = ["", f"{'file':40}" + "".join(f"{head:>15}" for head in heads)]
    whole = FileResult("all", [test for result in results for test in result.tests])
    for result in (*results, whole):
        counts = [result.count(outcome) for outcome in _COLUMNS]
        counts += [
            result.count("passed", plsql=True),
            sum(result.count(outcome, plsql=True) for outcome in _BAD),
        ]
        lines.append(
            f"{result.name[:40]:40}" + "".join(f"{n:15}" for n in counts) + f"{_share(result):>15}"
        )
        if result.trouble:
            lines.append(f"    {result.trouble}")
    return "\n".join(lines)


def _share(result: FileResult) -> str:
    passed = result.count("passed", plsql=False)
    run = passed + sum(result.count(outcome, plsql=False) for outcome in _BAD)
    return f"{passed}/{run} {passed / run:.1%}" if run else "-"


def failures(results: Sequence[FileResult], *, full: bool = False) -> str:
    """The failures of tests that need no PL/SQL, by reason; each of them when ``full``."""
    bad = [
        (result.name, test) for result in results for test in result.tests if test.outcome in _BAD
    ]
    reasons = Counter(_reason(test.reason) for _, test in bad if not test.plsql)
    needs = Counter(test.plsql for _, test in bad if test.plsql)
    lines = ["", "failures of tests that need no PL/SQL, by reason:"]
    lines += [f"{count:6}  {reason}" for reason, count in reasons.most_common()]
    lines += ["", "failures of tests that need PL/SQL, by what they need:"]
    lines += [f"{count:6}  {need}" for need, count in needs.most_common()]
    if full:
        lines += ["", "failed tests that need no PL/SQL:"]
        lines += [f"  {name} {test.test}: {test.reason}" for name, test in bad if not test.plsql]
    return "\n".join(lines)


def _reason(text: str) -> str:
    """The error's code and its first words; an assertion's first words where there is none."""
    found = [match[0] for match in _CODE.finditer(text)]
    return " ".join((found[-1] if found else text).split()[:9])


def as_json(results: Sequence[FileResult]) -> list[dict[str, Any]]:
    """Every test of every file."""
    return [
        {
            "file": result.name,
            "trouble": result.trouble,
            "tests": [vars(test) for test in result.tests],
        }
        for result in results
    ]
