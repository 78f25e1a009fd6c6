"""What a fault can reach besides the data that flows: the task's parts, and somebody else's session
on the target.
"""

from __future__ import annotations

import io
import json
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from lab.dms.agreed.spec import TaskSpec
from lab.dms.databases.source import Source
from lab.dms.databases.target import Target
from lab.dms.directory.state import Deltas, TaskState
from lab.dms.ground.logs import TaskLog


@dataclass
class Start:
    """How the running task began (``resume`` or ``restart``) or went on (``reconnect``), and how
    many transactions it has had since.
    """

    kind: str = ""
    transactions: int = 0


@dataclass
class Surroundings:
    """The task around a board. ``directory`` is the task's own; without a task only data can be
    changed.
    """

    directory: Path | None = None
    log: TaskLog = field(default_factory=lambda: TaskLog(stream=io.StringIO()))
    spec: TaskSpec | None = field(default=None, repr=False)
    state: TaskState | None = None
    #: the source beside the stream
    source: Source | None = None
    connect: Callable[[TaskSpec], Target] | None = field(default=None, repr=False)
    #: the source tables that are no longer applied
    suspended: set[tuple[str, str]] = field(default_factory=set)
    start: Start = field(default_factory=Start)
    #: what the statistics are to count as applied though it was not
    owed: Deltas = field(default_factory=Counter)

    def session(self, owner: str) -> Target:
        """A new session on the target as the owner of a schema, or as the task's user when nobody
        knows better.

        The lab writes the logins of its Oracle stand-in to a file of its own; raises what
        connecting raises.
        """
        assert self.spec is not None
        assert self.connect is not None
        endpoint = self.spec.target
        password = self._password(owner)
        if password is not None:
            endpoint = replace(endpoint, user=owner, password=password)
        return self.connect(replace(self.spec, target=endpoint))

    def _password(self, user: str) -> str | None:
        if self.directory is None:
            return None
        try:
            config = json.loads(
                (self.directory.parents[1] / "config" / "oracle.json").read_text("utf-8")
            )
        except (FileNotFoundError, IndexError, ValueError):
            return None
        return config.get("users", {}).get(user, {}).get("password")


@dataclass(frozen=True)
class Stranger:
    """What somebody else does to the target while a fault is on.

    ``prepare`` is asked once for the statements that are run when the fault is switched on and for
    those that undo them. ``regularly`` gives statements that are run after commits of the task, and
    every ``seconds``, 0 for never. ``suspended`` is a source table whose state is shown as an error
    and of which nothing is applied.
    """

    owner: str = ""
    prepare: Callable[[Target], tuple[Sequence[str], Sequence[str]]] | None = None
    regularly: Callable[[Target], Sequence[str]] | None = None
    seconds: float = 0
    #: only after commits with such a counter, "applied_deletes" for one; empty for after all
    after: str = ""
    suspended: tuple[str, ...] = ()
