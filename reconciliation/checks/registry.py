"""The static checks, declared where they are written: the guarantees and the command line read one
registry.

A check is one function under ``@check``, and its promise is one sentence of a feature file: *When
<subject> is examined, Then <promise>*.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from reconciliation.errors import EnvironmentFault, Unreadable, Unseen
from reconciliation.model import Finding
from reconciliation.parallel_run import ParallelRun

#: the promise of a subject about which there is only one thing to say
NOTHING_STANDS_AGAINST_IT = "nothing stands against it"

Ask = Callable[[ParallelRun], Iterable[Finding]]


@dataclass(frozen=True)
class Check:
    """``kinds`` are those of the findings ``ask`` may give (``Finding.check``): each speaks against
    this promise, and against no other one.
    """

    subject: str
    promise: str
    kinds: tuple[str, ...]
    ask: Ask


@dataclass(frozen=True)
class Examined:
    """What the checks of a subject found, and why the rest of it could not be judged; None: all of
    it was.
    """

    subject: str
    findings: tuple[Finding, ...]
    unjudged: EnvironmentFault | None = None

    def against(self, promise: str) -> tuple[Finding, ...]:
        """The findings that speak against one promise of the subject."""
        kinds = kinds_of(self.subject, promise)
        return tuple(finding for finding in self.findings if finding.check in kinds)


class Undeclared(EnvironmentFault):
    """A check found something of a kind it does not declare: no sentence would tell of it."""


#: by function, in the order in which their modules are imported: findings are told in it
CHECKS: list[Check] = []


def check(
    *, subject: str, promise: str = NOTHING_STANDS_AGAINST_IT, kinds: tuple[str, ...]
) -> Callable[[Ask], Ask]:
    """Declare a check. Raises ValueError for a kind of finding that another check has declared."""
    for kind in kinds:
        for other in CHECKS:
            if kind in other.kinds:
                raise ValueError(
                    f"{kind} is a finding of {other.subject!r} already ({other.promise})"
                )

    def declare(ask: Ask) -> Ask:
        CHECKS.append(Check(subject, promise, kinds, ask))
        return ask

    return declare


def subjects() -> tuple[str, ...]:
    """Everything that can be examined, in the words it is asked for with."""
    return tuple(dict.fromkeys(one.subject for one in CHECKS))


def promises() -> tuple[str, ...]:
    """Every sentence a check may break, once each."""
    return tuple(dict.fromkeys(one.promise for one in CHECKS))


def kinds_of(subject: str, promise: str) -> tuple[str, ...]:
    """The kinds of findings that speak against a promise. Raises LookupError for a promise nobody
    makes of this subject, which no finding could break.
    """
    made = [one for one in CHECKS if (one.subject, one.promise) == (subject, promise)]
    if not made:
        raise LookupError(f"no check of {subject} promises that {promise}")
    return tuple(kind for one in made for kind in one.kinds)


def examine(run: ParallelRun, subject: str) -> Examined:
    """Run the checks of a subject. What one of them cannot read leaves standing what the others
    find.

    Raises LookupError for an unknown subject, and EnvironmentFault for what keeps every other check
    from being judged, too.
    """
    asked = [one for one in CHECKS if one.subject == subject]
    if not asked:
        raise LookupError(f"nothing is known of {subject!r}; there are {', '.join(subjects())}")
    found: list[Finding] = []
    against: list[EnvironmentFault] = []
    for one in asked:
        findings, error = _asked(one, run)
        found += [finding for finding in findings if finding.check in one.kinds]
        against += [*filter(None, (error, _undeclared(one, findings)))]
    return Examined(subject, tuple(found), _one_of(against))


def _asked(one: Check, run: ParallelRun) -> tuple[Sequence[Finding], Unreadable | None]:
    try:
        return tuple(one.ask(run)), None
    except Unreadable as error:
        return getattr(error, "findings", ()), error


def _undeclared(one: Check, findings: Sequence[Finding]) -> Undeclared | None:
    """What was found is told, though nobody can say which promise it breaks."""
    strange = [finding for finding in findings if finding.check not in one.kinds]
    if not strange:
        return None
    told = "; ".join(f"{finding.check}: {finding.message}" for finding in strange)
    return Undeclared(
        f"a check of {one.subject} found what it does not declare ({told}); this is a mistake in "
        "the suite"
    )


def _one_of(errors: Sequence[EnvironmentFault]) -> EnvironmentFault | None:
    """One as it is, several in one line."""
    if len(errors) > 1:
        return Unseen("; ".join(dict.fromkeys(map(str, errors))))
    return errors[0] if errors else None
