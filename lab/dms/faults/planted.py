"""What the faults that are somebody else's session do to the target, and its undoing, also by a
later process.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from lab.dms.databases.target import Target, TargetError
from lab.dms.directory.state import Deltas
from lab.dms.faults import switchboard
from lab.dms.faults.scope import Scope
from lab.dms.faults.surroundings import Stranger, Surroundings
from lab.dms.ground.errors import Recoverable, TaskFailed
from lab.dms.ground.logs import TASK_MANAGER

FILE_NAME = "faults.planted.json"
_SUSPENDED, _COMPLETED = "Table error", "Table completed"


@dataclass
class _Active:
    stranger: Stranger
    options: Mapping[str, Any]
    scope: Scope
    last: float


class Strangers:
    """The strangers that are on. Called only while the task has no transaction open on the target.

    ``faults.planted.json`` in the task's directory holds how to undo what was done: {"fault name":
    {"owner": schema, "undo": [statements], "suspended": [schema, table] or [], "unsure": whether
    the connection was lost on the way}}.

    ``refused`` says by the fault's name what the target will not have, ``delayed`` what is tried
    again.
    """

    def __init__(self, around: Surroundings) -> None:
        self._around = around
        self._active: dict[str, _Active] = {}
        self._sessions: dict[str, Target] = {}
        self._path = around.directory / FILE_NAME if around.directory else None
        self._planted: dict[str, dict[str, Any]] = (
            switchboard.read(self._path) if self._path else {}
        )
        self.refused: dict[str, str] = {}
        self.delayed: dict[str, str] = {}

    @property
    def on(self) -> bool:
        """Whether there is something to do or to undo."""
        return bool(self._active or self._planted)

    @property
    def shortest_pause(self) -> float | None:
        """Seconds between two visits of the most eager stranger."""
        return min(
            (one.stranger.seconds for one in self._active.values() if one.stranger.seconds),
            default=None,
        )

    def set_active(self, strangers: Mapping[str, tuple[Stranger, Mapping[str, Any]]]) -> None:
        """These are on from now; what is on already with the same options goes on as it was."""
        kept = {}
        for name, (stranger, options) in strangers.items():
            before = self._active.get(name)
            if before is not None and before.options == options:
                kept[name] = before
            else:
                kept[name] = _Active(stranger, options, Scope(options), time.monotonic())
        self._active = kept
        self.refused = {name: text for name, text in self.refused.items() if name in kept}

    def visit(self) -> None:
        """Undo what is not on any more, do what is new, and what is due by the clock."""
        self.delayed = {}
        for name in [name for name, done in self._planted.items() if not self._stays(name, done)]:
            self._undo(name)
        for name, one in self._active.items():
            if name not in self._planted and self._around.connect is not None:
                self._plant(name, one)
        for name, one in self._active.items():
            if one.stranger.seconds and time.monotonic() - one.last >= one.stranger.seconds:
                self._regularly(name, one)

    def committed(self, counts: Deltas) -> None:
        """The task has committed; ``counts`` is what it has applied."""
        for name, one in self._active.items():
            after = one.stranger.after
            concerned = not after or any(key[2] == after and count for key, count in counts.items())
            if concerned and one.stranger.regularly is not None and one.scope.due():
                self._regularly(name, one)

    def forget_suspended(self) -> None:
        """A run begins and reads which tables are suspended: not those that a
        fault only shows so.
        """
        for name in [name for name, done in self._planted.items() if done["suspended"]]:
            self._undo(name)

    def close(self) -> None:
        """End the sessions; what was done to the target stays."""
        for session in self._sessions.values():
            with contextlib.suppress(Recoverable):
                session.close()
        self._sessions = {}

    def _stays(self, name: str, done: Mapping[str, Any]) -> bool:
        """Whether it is on as it was planted, and has been planted completely."""
        return (
            name in self._active
            and done["options"] == dict(self._active[name].options)
            and not done.get("unsure")
        )

    def _plant(self, name: str, one: _Active) -> None:
        stranger = one.stranger
        state, suspended = self._around.state, stranger.suspended
        if suspended and state is not None and suspended in state.tables_in_state(_SUSPENDED):
            suspended = ()  # the task itself has suspended it, and it stays so
        note = {
            "owner": stranger.owner,
            "undo": [],
            "suspended": suspended,
            "options": dict(one.options),
        }
        self.refused.pop(name, None)
        try:
            statements, undo = (
                stranger.prepare(self._session(stranger.owner)) if stranger.prepare else ((), ())
            )
            note |= {"undo": list(undo)}
            # noted before it is done: a killed task must not leave a trigger behind that nobody
            # knows of
            self._note(name, note | {"unsure": True})
            self._plant_all(stranger.owner, statements, undo)
            self._note(name, note)
        except (TargetError, TaskFailed) as error:
            self._note(name, note | {"undo": []})
            self._refuse(name, error)
        except Recoverable as error:
            self._delay(name, stranger.owner, error)
            return
        if suspended and state is not None:
            schema, table = suspended
            state.set_table_state(schema, table, _SUSPENDED)

    def _plant_all(self, owner: str, statements: Sequence[str], undo: Sequence[str]) -> None:
        """All of the statements or none: what was done before one was refused is undone."""
        for number, statement in enumerate(statements):
            try:
                self._run(owner, [statement])
            except TargetError:
                # the first one may be refused because there is such a thing already: that is
                # nobody's to drop
                for again in undo if number else ():
                    with contextlib.suppress(TargetError):
                        self._run(owner, [again])
                raise

    def _undo(self, name: str) -> None:
        done = self._planted[name]
        self.refused.pop(name, None)
        for statement in done["undo"]:
            try:
                self._run(done["owner"], [statement])
            except TargetError as error:
                if not done.get("unsure"):  # what may never have been planted may be missing
                    self._refuse(name, error)
            except (Recoverable, TaskFailed) as error:
                self._delay(name, done["owner"], error)
                return
        if done["suspended"] and self._around.state is not None:
            schema, table = done["suspended"]
            self._around.state.set_table_state(schema, table, _COMPLETED)
            self._around.suspended.discard((schema, table))
        self._note(name, None)

    def _regularly(self, name: str, one: _Active) -> None:
        one.last = time.monotonic()
        if one.stranger.regularly is None or self._around.connect is None:
            return
        try:
            self._run(one.stranger.owner, one.stranger.regularly(self._session(one.stranger.owner)))
        except TargetError as error:
            self._complain(name, error.text)
        except (Recoverable, TaskFailed) as error:
            self._lost(one.stranger.owner)
            self._complain(name, str(error))

    def _run(self, owner: str, statements: Sequence[str]) -> None:
        if not statements:
            return
        session = self._session(owner)
        try:
            for statement in statements:
                session.execute(statement)
        except TargetError:
            session.rollback()
            raise
        session.commit()

    def _session(self, owner: str) -> Target:
        if owner not in self._sessions:
            self._sessions[owner] = self._around.session(owner)
        return self._sessions[owner]

    def _lost(self, owner: str) -> None:
        session = self._sessions.pop(owner, None)
        if session is not None:
            with contextlib.suppress(Recoverable):
                session.close()

    def _note(self, name: str, note: Mapping[str, Any] | None) -> None:
        if note is None:
            del self._planted[name]
        else:
            self._planted[name] = dict(note)
        if self._path is not None:
            switchboard.write(self._path, self._planted)

    def _refuse(self, name: str, error: TargetError | TaskFailed) -> None:
        self.refused[name] = error.text if isinstance(error, TargetError) else str(error)
        self._complain(name, self.refused[name])

    def _delay(self, name: str, owner: str, error: Recoverable | TaskFailed) -> None:
        """The next visit tries it again, in a new session."""
        self.delayed[name] = str(error)
        self._lost(owner)
        self._complain(name, str(error))

    def _complain(self, name: str, text: str) -> None:
        self._around.log.error(TASK_MANAGER, f"Fault {name}: {text}")
