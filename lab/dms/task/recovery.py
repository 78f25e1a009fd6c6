"""Work that is done until it succeeds, however often a database is lost meanwhile."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from lab.dms.ground.errors import Recoverable, TargetLost
from lab.dms.ground.logs import METADATA_MANAGER, odbc_line
from lab.dms.task.parts import Parts
from lab.dms.task.retry import Retry

_Result = TypeVar("_Result")


class Recovery:
    """The recovery attempts of one incident; several pieces of work may share them."""

    def __init__(self, parts: Parts, *, starting: bool = False) -> None:
        self._parts = parts
        self._retry = Retry(
            parts.spec.settings.errors,
            parts.spec.resource_id,
            parts.stop,
            starting=starting,
            interval=parts.spec.switches.recoverable_interval_seconds,
            hurried=parts.interruption.cuts_target,
        )

    def persist(
        self,
        component: str,
        work: Callable[[], _Result],
        first: Recoverable | None = None,
    ) -> _Result:
        """Do the work until it succeeds or the retries are used up; raises what Retry raises.

        ``first`` is an error that has happened already, ``component`` the one that warns.
        """

        def again(error: Recoverable) -> None:
            log, attempt = self._parts.log, self._retry.attempts + 1
            if line := odbc_line(str(error)):
                log.error(METADATA_MANAGER, line)
            log.warning(component, f"{error} (recovery attempt {attempt} follows)")
            if isinstance(error, TargetLost):
                self._parts.target.drop()

        return self._retry.until_done(work, again, first)
