"""The page ``docs/dms-conformance.md``, written from the facts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from lab.dms.agreed.switches import describe_switches
from tests.conformance.facts import IMITATED, NOT_IMITATED, ROOT, SWITCH, Fact, Section

PAGE = ROOT / "docs" / "dms-conformance.md"
_HEAD = """# What the DMS stand-in imitates

Written by `python -m tests.conformance` from `docs/dms-facts/`; a test holds it against them, and them
against the tests they name. Sources: UG23 is the AWS DMS user guide of June 2023, UGc its newer text, SBS
AWS's step-by-step guide, RN the release notes, BC botocore's service model, LS recorded answers of the
service in a public test suite, IPP, FLD, TFS published field reports and recorded payloads, QLIK the manual
of the product DMS shares its engine with, INF an inference: nobody has documented it.
"""  # noqa: E501


def share_imitated(sections: Sequence[Section]) -> float:
    """The part of all facts that is imitated and tested, between 0 and 1."""
    facts = [fact for section in sections for fact in section.facts]
    return sum(fact.status == IMITATED for fact in facts) / len(facts)


def render(sections: Sequence[Section]) -> str:
    parts = [_HEAD, _summary(sections)]
    for section in sections:
        parts.append(f"## {section.number} {section.title}\n")
        parts.append("| fact | behaviour | source | in the stand-in |\n|---|---|---|---|")
        parts.extend(_row(fact) for fact in section.facts)
        parts.append("")
    parts.extend(_switches())
    return "\n".join(parts).rstrip() + "\n"


def write(sections: Sequence[Section], path: Path = PAGE) -> None:
    path.write_text(render(sections), "utf-8")


def _switches() -> list[str]:
    rows = [f"| `{name}` | `{default}` | {says} |" for name, default, says in describe_switches()]
    return [
        "## Switches\n",
        "What nobody has documented, and choices of the stand-in: keys of `[lab]` in a profile.\n",
        "| switch | default | decides |\n|---|---|---|",
        *(row.replace(" \\ ", " \\\\ ") for row in rows),
    ]


def _summary(sections: Sequence[Section]) -> str:
    counts = Counter(fact.status for section in sections for fact in section.facts)
    total = sum(counts.values())
    return (
        f"Of {total} facts, {counts[IMITATED]} are imitated and tested "
        f"({share_imitated(sections):.0%}), "
        f"{counts[SWITCH]} are a switch, {counts[NOT_IMITATED]} are not imitated.\n"
    )


def _row(fact: Fact) -> str:
    cells = (fact.number, fact.fact, fact.source, _made_of(fact))
    return "| " + " | ".join(cell.replace("|", "\\|").replace("\n", " ") for cell in cells) + " |"


def _made_of(fact: Fact) -> str:
    tests = ", ".join(f"`{name}`" for name in fact.tests)
    if fact.status == IMITATED:
        return f"imitated and tested ({tests})"
    if fact.status == SWITCH:
        return f"switch `{fact.switch}`, default `{fact.default}`" + (
            f" ({tests})" if tests else ""
        )
    return f"not imitated, because {fact.because}"
