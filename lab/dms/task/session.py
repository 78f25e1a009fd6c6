"""The task's session on the target, which may be lost and opened again at any time."""

from __future__ import annotations

import contextlib
from collections.abc import Callable

from lab.dms.agreed.spec import TaskSpec
from lab.dms.databases.target import Target
from lab.dms.ground.errors import Recoverable


class TargetSession:
    """One session at a time. ``connect`` raises what connecting raises."""

    def __init__(self, spec: TaskSpec, connect: Callable[[TaskSpec], Target]) -> None:
        self._spec = spec
        self._connect = connect
        self._target: Target | None = None

    @property
    def is_open(self) -> bool:
        return self._target is not None

    def open(self) -> None:
        """A new session, whatever there was before."""
        self.drop()
        self._target = self._connect(self._spec)

    def working(self) -> Target:
        """The session; opened where there is none."""
        if self._target is None:
            self.open()
        assert self._target is not None
        return self._target

    def drop(self) -> None:
        """End the session; what it has not committed is gone."""
        if self._target is not None:
            with contextlib.suppress(Recoverable):
                self._target.close()
            self._target = None
