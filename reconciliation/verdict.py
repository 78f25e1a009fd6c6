"""The verdict: a pure function of the outcomes of guarantees. Three values, the worst of all counts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum

OUTCOMES = ("passed", "failed", "error", "skipped")


class Verdict(Enum):
    READY = "READY"
    NOT_READY = "NOT READY"
    NOT_JUDGED = "NOT JUDGED"


#: from best to worst: a broken guarantee outweighs one that could not be judged
_RANK = (Verdict.READY, Verdict.NOT_JUDGED, Verdict.NOT_READY)


@dataclass(frozen=True)
class GuaranteeOutcome:
    """How one scenario ended. ``outcome`` is passed, failed, error (could not be judged) or skipped."""

    group: str
    feature: str
    scenario: str
    outcome: str
    message: str = ""
    seconds: float = 0.0

    def __post_init__(self) -> None:
        if self.outcome not in OUTCOMES:
            raise ValueError(f"outcome {self.outcome!r} of {self.scenario!r} is none of {', '.join(OUTCOMES)}")


@dataclass(frozen=True)
class Declaration:
    """The verdict with its grounds. ``reasons`` are the sentences that keep it from being READY."""

    verdict: Verdict
    broken: tuple[GuaranteeOutcome, ...] = ()
    unjudged: tuple[GuaranteeOutcome, ...] = ()
    missing_groups: tuple[str, ...] = ()
    counts: Mapping[str, int] = field(default_factory=dict)
    groups: Mapping[str, Verdict] = field(default_factory=dict)
    reasons: tuple[str, ...] = ()


def declare(outcomes: Iterable[GuaranteeOutcome], required_groups: Sequence[str]) -> Declaration:
    """READY only when every required group was judged and nothing failed, was skipped or broke off.

    NOT READY when anything failed; NOT JUDGED otherwise, also for no outcomes at all or no required groups.
    """
    every = tuple(outcomes)
    groups = {name: _group(item for item in every if item.group == name)
              for name in dict.fromkeys([*required_groups, *(item.group for item in every)])}  # fmt: skip
    broken = tuple(item for item in every if item.outcome == "failed")
    unjudged = tuple(item for item in every if item.outcome in ("error", "skipped"))
    missing = tuple(name for name in dict.fromkeys(required_groups) if not any(item.group == name for item in every))
    found = [*groups.values(), Verdict.READY if every and required_groups else Verdict.NOT_JUDGED]
    return Declaration(worst(found), broken, unjudged, missing, dict(Counter(item.outcome for item in every)), groups,
                       _reasons(every, required_groups, broken, unjudged, missing))  # fmt: skip


def worst(verdicts: Iterable[Verdict]) -> Verdict:
    """The worst of several verdicts; nothing at all is NOT JUDGED."""
    return max(verdicts, key=_RANK.index, default=Verdict.NOT_JUDGED)


def _group(outcomes: Iterable[GuaranteeOutcome]) -> Verdict:
    """A group without an outcome was not judged: worst() of nothing."""
    meaning = {"passed": Verdict.READY, "failed": Verdict.NOT_READY}
    return worst(meaning.get(item.outcome, Verdict.NOT_JUDGED) for item in outcomes)


def _reasons(every: Sequence[GuaranteeOutcome], required: Sequence[str], broken: Sequence[GuaranteeOutcome],
             unjudged: Sequence[GuaranteeOutcome], missing: Sequence[str]) -> tuple[str, ...]:  # fmt: skip
    reasons = [f"{item.group}: {item.scenario}" for item in broken]
    reasons += [f"{item.group}: {item.scenario} ({_UNJUDGED_WORDS[item.outcome]})" for item in unjudged]
    reasons += [f"{name}: no scenario of this group was run" for name in missing]
    if not every:
        reasons.append("no scenario was run")
    if not required:
        reasons.append("no group of guarantees was required")
    return tuple(reasons)


_UNJUDGED_WORDS = {"error": "could not be judged", "skipped": "was skipped"}
