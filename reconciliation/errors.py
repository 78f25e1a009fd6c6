"""What can go wrong, as classes: caught by class everywhere, and imported without a driver.

Each is one clear line: the place or file, what is wrong with which value, and the way out.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

from reconciliation.model import Finding, UnreadableCell


class UsageError(Exception):
    """What was asked for cannot be meant, or not as it was asked: the user's to mend, before
    anything ran.
    """


class ProfileError(UsageError):
    """Which file, which section, which key, and what is allowed."""


class CannotResume(UsageError):  # noqa: N818 - says what differs
    """There is nothing to take up, or it belongs to something else."""


class EnvironmentFault(Exception):  # noqa: N818 - a fault of the surroundings, not of the program
    """The surroundings do not allow a verdict: one line naming the place, what is wrong and the way
    out.
    """


class Unwritten(EnvironmentFault):
    """A file (``path``, or a stream's name) could not be written: ``why`` is what the system says
    of it.
    """

    def __init__(self, path: Path | str, why: str) -> None:
        super().__init__(path, why)
        self.path, self.why = path, why

    def __str__(self) -> str:
        return unwritten_words([self])


def unwritten_words(errors: Sequence[Unwritten]) -> str:
    """One line for any number of them, the files of one cause together."""
    causes: dict[str, list[str]] = {}
    for one in errors:
        causes.setdefault(one.why, []).append(str(one.path))
    return "; ".join(
        f"{', '.join(dict.fromkeys(paths))} cannot be written: {why}"
        for why, paths in causes.items()
    )


class Lost(EnvironmentFault):
    """A connection broke, or cannot be had just now: what was read on it is void, another attempt
    may succeed.
    """


class GivenUp(Lost):
    """An outage that lasted longer than the patience, or came back again and again: nothing is
    tried any more.
    """


class Unreadable(EnvironmentFault):
    """Connected, but this statement was refused or cut off: the other tables
    can still be judged.
    """


class NotPermitted(Unreadable):
    """Reached, but this may not be asked: names the permission that is missing. The rest can still
    be judged.
    """


class Locked(Unreadable):
    """Somebody else's lock kept a statement from running within its limit."""


class TooSlow(Unreadable):
    """No answer within the limit of a statement or call."""


class UnreadableValue(Unreadable):
    """A value that is there cannot be read: no text of its character set, beyond what the driver
    knows, a broken LOB.

    The row that holds it cannot be judged, others can. ``cells`` are those that are known.
    """

    def __init__(self, message: str, cells: Sequence[UnreadableCell] = ()) -> None:
        super().__init__(message)
        self.cells = tuple(cells)


class SnapshotGone(Unreadable):
    """The database could not keep the old versions of rows that the snapshot needs: a new snapshot
    may succeed.
    """


class Unseen(Unreadable):
    """What has to be judged may be hidden from the account: one line naming the account, the thing
    and the grant.

    ``findings`` are what was found nevertheless: what is broken stays broken.
    """

    def __init__(self, line: str, findings: Iterable[Finding] = ()) -> None:
        super().__init__(line)
        self.findings = tuple(findings)


class WorkerDied(EnvironmentFault):
    """A process that compared a part of a table ended without an answer:
    killed, or out of memory.
    """


class LabFault(EnvironmentFault):
    """The lab did not start, or is not running any more."""


class ContractError(Exception):
    """The contract cannot be used; one line naming the file, the table and the way out."""


class ContractMistake(ContractError, UsageError):  # noqa: N818 - the user's, not a fault of the program
    """A file of contracts cannot be meant as it is written, whatever the databases hold; all
    mistakes are told.
    """


class MappingError(Exception):
    """The table mapping cannot be used; one line that says which rule and why."""


class CanonicalError(Exception):
    """Two columns, or two values, that no rule can compare; one line."""


class Broken(AssertionError):  # noqa: N818 - said of a guarantee
    """A guarantee does not hold: its own words, with the evidence. Raised, never asserted: ``python
    -O`` drops that.
    """

    # reports tell the class in front of the words: "Broken: ..." and no address of it
    __module__ = "builtins"


class NotJudged(Exception):  # noqa: N818 - said of a guarantee
    """Nothing can be said about a guarantee; neither that it holds nor that it is broken. One clear
    line.
    """

    __module__ = "builtins"


class Unmakeable(NotJudged):
    """No row of a table can be made: names the table, the column, and the way out."""

    __module__ = "builtins"


class Stuck(NotJudged):
    """A scenario in which nothing moved any more, ended from outside."""
