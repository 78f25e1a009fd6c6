"""One run of assessments over a task's specification."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from lab.dms.agreed.spec import TaskSpec, parse_spec
from lab.dms.assessment.checks import CHECKS
from lab.dms.assessment.subject import Subject, Unassessable
from lab.dms.databases.source import Source
from lab.dms.databases.target import OracleTarget, Target, TargetError
from lab.dms.ground.errors import Recoverable, TaskFailed, one_line


@dataclass(frozen=True)
class Finding:
    """``status`` is passed, failed, warning, skipped or error; ``lines`` say what was found, or why
    not.
    """

    name: str
    status: str
    lines: tuple[str, ...] = ()


def assess(
    content: Mapping[str, Any],
    names: Sequence[str],
    connect_target: Callable[[TaskSpec], Target] = lambda spec: OracleTarget(spec.target),
) -> Iterator[Finding]:
    """Run the named checks one after the other on the databases of a task (its specification as
    ``spec.json`` has it).

    A database that cannot be reached makes the checks that ask it an error, not a failure of the
    run.
    """
    spec = parse_spec(content)
    source = Source(spec.source)
    with (
        contextlib.closing(source),
        contextlib.closing(_LazyTarget(spec, connect_target)) as target,
    ):
        subject = Subject(spec, content["settings"], source, target)
        for name in names:
            yield _finding(name, subject)


def _finding(name: str, subject: Subject) -> Finding:
    check = CHECKS[name]
    try:
        lines = tuple(check.find(subject))
    except Unassessable as reason:
        return Finding(name, "skipped", (str(reason),))
    except (Recoverable, TaskFailed, TargetError) as error:
        return Finding(name, "error", (one_line(error),))
    return Finding(name, check.verdict if lines else "passed", lines)


class _LazyTarget:
    """Connects when it is first asked, so that a target that is away spoils only the checks that
    need it.
    """

    def __init__(self, spec: TaskSpec, connect: Callable[[TaskSpec], Target]) -> None:
        self._spec = spec
        self._connect = connect
        self._target: Target | None = None

    def __getattr__(self, name: str) -> Any:
        if self._target is None:
            self._target = self._connect(self._spec)
        return getattr(self._target, name)

    def close(self) -> None:
        if self._target is not None:
            with contextlib.suppress(Recoverable):
                self._target.close()
