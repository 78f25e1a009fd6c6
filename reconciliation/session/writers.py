"""The engines that write."""

from __future__ import annotations

from functools import cached_property

from sqlalchemy import Engine

from reconciliation.agreed import second_key
from reconciliation.databases.connections import source_engine, target_engine
from reconciliation.errors import EnvironmentFault
from reconciliation.parallel_run import ParallelRun


class Writers:
    """They exist only where the profile says ``mutations = true``, and on a live system only with
    the second key; they connect only when first used, so that a run which only reads never opens a
    writable connection.
    """

    def __init__(self, run: ParallelRun, writes_to: str | None = None) -> None:
        self._run, self._writes_to = run, writes_to
        self._made: list[Engine] = []

    @cached_property
    def source(self) -> Engine:
        """A writable engine for PostgreSQL; EnvironmentFault where the
        profile forbids mutations.
        """
        self._may_write()
        limits = self._run.endurance.limits
        return self._kept(
            source_engine(
                self._run.source_credentials, False, limits.answer, limits.lock, limits.statement
            )
        )

    @cached_property
    def target(self) -> Engine:
        """A writable engine for Oracle, for sweeping only; EnvironmentFault where the profile
        forbids mutations.
        """
        self._may_write()
        run, limit = self._run, self._run.endurance.limits.answer
        mode = run.profile.target.driver_mode
        return self._kept(
            target_engine(run.target_credentials, mode, read_only=False, call_timeout=limit)
        )

    def dispose(self) -> None:
        """Close every connection; what is asked for afterwards opens new ones."""
        for engine in self._made:
            engine.dispose()

    def _kept(self, engine: Engine) -> Engine:
        self._made.append(engine)
        return engine

    def _may_write(self) -> None:
        profile = self._run.profile
        if not profile.mutations:
            raise EnvironmentFault(
                f"environment {profile.name!r} is read-only (mutations = false); nothing was "
                "written"
            )
        if refusal := second_key.missing(profile, self._writes_to):
            raise EnvironmentFault(refusal)
