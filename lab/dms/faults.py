"""Faults that can be switched on in a running replication, to see whether somebody notices.

The switchboard is ``<state directory>/dms/faults.json``: {"fault name": {options}}. A running task looks at it before
every transaction. While a fault is on, the replication still says that all is well.
"""

from __future__ import annotations

import datetime as dt
import json
import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any

from lab.dms.changes import DELETE, INSERT, UPDATE, Change, Transaction


class FaultUnknown(ValueError):  # noqa: N818 - the sentence reads so
    """No such fault or option; the message lists what there is."""


@dataclass(frozen=True)
class Fault:
    """``says`` is what a user would see; ``options`` are the options with their defaults."""

    says: str
    options: Mapping[str, Any] = field(default_factory=dict)


FAULTS: Mapping[str, Fault] = {
    "supplementary_character_lost": Fault("the first character beyond U+FFFF of a text is missing in Oracle"),
    "trailing_blanks_trimmed": Fault("blanks at the end of a text are missing in Oracle"),
    "timestamps_shifted": Fault("dates with a time are hours off in Oracle", {"hours": 9}),
    "fraction_of_second_lost": Fault("milliseconds are missing in Oracle"),
    "large_numbers_rounded": Fault("numbers of more than 15 digits end in zeros in Oracle"),
    "deletes_ignored": Fault("rows deleted in PostgreSQL stay in Oracle"),
    "update_lost_every_nth": Fault("every nth updated row keeps its old values in Oracle", {"n": 2}),
    "duplicate_insert_refused": Fault("every insert is sent twice; the second one shows in awsdms_apply_exceptions"),
    "transaction_lost_every_nth": Fault("every nth transaction does not arrive in Oracle", {"n": 5}),
    "first_transaction_lost_on_resume": Fault("the first transaction after a stop and resume does not arrive"),
    "replication_stalled": Fault("the task says it is running, but nothing arrives in Oracle"),
}


def list_faults() -> dict[str, str]:
    """Every fault by name, with one line on what a user would see."""
    return {name: fault.says for name, fault in FAULTS.items()}


def set_fault(state_dir: Path, name: str, options: Mapping[str, Any] | None = None) -> None:
    """Switch a fault on in the lab whose state is in ``state_dir``; raises FaultUnknown."""
    if name not in FAULTS:
        raise FaultUnknown(f"fault '{name}' is unknown; there are: {', '.join(sorted(FAULTS))}")
    known = FAULTS[name].options
    for option, value in (options or {}).items():
        if option not in known:
            raise FaultUnknown(f"fault {name} has no option '{option}'; it has: {', '.join(known) or 'none'}")
        if isinstance(value, bool) or not isinstance(value, int | float) or (option == "n" and value < 1):
            raise FaultUnknown(f"option {option} of fault {name} is {value!r}; it must be a number of at least 1")
    _write(state_dir, {**active_faults(state_dir), name: dict(options or {})})


def clear_fault(state_dir: Path, name: str) -> None:
    """Switch a fault off; nothing happens when it is not on. Raises FaultUnknown."""
    if name not in FAULTS:
        raise FaultUnknown(f"fault '{name}' is unknown; there are: {', '.join(sorted(FAULTS))}")
    _write(state_dir, {key: value for key, value in active_faults(state_dir).items() if key != name})


def active_faults(state_dir: Path) -> dict[str, dict[str, Any]]:
    """The faults that are on, with the options given."""
    return _read(_path(state_dir))


class FaultBoard:
    """A task's view of the switchboard."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._seen: tuple[int, int] | None = None
        self._active: dict[str, dict[str, Any]] = {}
        self._counts = {"update": 0, "transaction": 0}
        self._resumed = False
        #: applied to every DMS value of a row, None when no fault concerns values
        self.value: Callable[[Any], Any] | None = None

    def look(self) -> None:
        """Read the switchboard again if it has changed."""
        try:
            status = os.stat(self._path)
            seen = (status.st_mtime_ns, status.st_size)
        except FileNotFoundError:
            seen = None
        if seen != self._seen:
            self._seen = seen
            self._active = _read(self._path)
            changes = [_VALUE_FAULTS[name](self._options(name)) for name in self._active if name in _VALUE_FAULTS]
            self.value = _chain(changes) if changes else None

    @property
    def active(self) -> tuple[str, ...]:
        return tuple(sorted(self._active))

    @property
    def stalled(self) -> bool:
        return "replication_stalled" in self._active

    def resumed(self) -> None:
        """Called once by a task that goes on where it had stopped."""
        self._resumed = True

    def transaction_lost(self, transaction: Transaction) -> bool:
        """Whether this transaction is to be dropped; to be asked once for each that has changes."""
        first, self._resumed = self._resumed, False
        if not self._active or not transaction.changes:
            return False
        if first and "first_transaction_lost_on_resume" in self._active:
            return True
        return self._every_nth("transaction", "transaction_lost_every_nth")

    def changes(self, changes: Iterable[Change]) -> Iterator[Change]:
        """The changes that are applied in place of the given ones."""
        for change in changes:
            if change.operation == DELETE and "deletes_ignored" in self._active:
                continue
            if change.operation == UPDATE and self._every_nth("update", "update_lost_every_nth"):
                continue
            yield change
            if change.operation == INSERT and "duplicate_insert_refused" in self._active:
                yield change

    def _options(self, name: str) -> dict[str, Any]:
        return {**FAULTS[name].options, **self._active[name]}

    def _every_nth(self, counter: str, name: str) -> bool:
        if name not in self._active:
            return False
        self._counts[counter] += 1
        return self._counts[counter] % max(1, int(self._options(name)["n"])) == 0


def _path(state_dir: Path) -> Path:
    return Path(state_dir) / "dms" / "faults.json"


def _read(path: Path) -> dict[str, dict[str, Any]]:
    try:
        content = json.loads(path.read_text("utf-8"))
    except (FileNotFoundError, ValueError):
        return {}
    return {name: options or {} for name, options in content.items() if name in FAULTS}


def _write(state_dir: Path, content: Mapping[str, Any]) -> None:
    path = _path(state_dir)
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f"faults.{os.getpid()}.new")
    temporary.write_text(json.dumps(content), "utf-8")
    temporary.replace(path)


# ------------------------------------------------------------------ faults of values


def _chain(changes: list[Callable[[Any], Any]]) -> Callable[[Any], Any]:
    def change(value: Any) -> Any:
        for step in changes:
            value = step(value)
        return value

    return change


def _lose_supplementary(_: Mapping[str, Any]) -> Callable[[Any], Any]:
    def change(value: Any) -> Any:
        if isinstance(value, str):
            for position, character in enumerate(value):
                if ord(character) > 0xFFFF:
                    return value[:position] + value[position + 1 :]
        return value

    return change


def _trim_blanks(_: Mapping[str, Any]) -> Callable[[Any], Any]:
    return lambda value: value.rstrip(" ") if isinstance(value, str) else value


def _shift(options: Mapping[str, Any]) -> Callable[[Any], Any]:
    by = dt.timedelta(hours=options["hours"])

    def change(value: Any) -> Any:
        moment = _moment(value)
        try:
            return value if moment is None else str(moment + by)
        except OverflowError:
            return value

    return change


def _lose_fraction(_: Mapping[str, Any]) -> Callable[[Any], Any]:
    return lambda value: value if _moment(value) is None else value[:19]


def _round_large(_: Mapping[str, Any]) -> Callable[[Any], Any]:
    def change(value: Any) -> Any:
        large = isinstance(value, int | Decimal) and not isinstance(value, bool) and abs(value) >= 10**15
        return Decimal(f"{value:.14e}") if large else value

    return change


def _moment(value: Any) -> dt.datetime | None:
    """A value that is a date with a time in DMS's text form."""
    if not isinstance(value, str) or len(value) not in (19, 26) or value[4:5] != "-" or value[10:11] != " ":
        return None
    try:
        return dt.datetime.fromisoformat(value)
    except ValueError:
        return None


_VALUE_FAULTS: Mapping[str, Callable[[Mapping[str, Any]], Callable[[Any], Any]]] = {
    "supplementary_character_lost": _lose_supplementary,
    "trailing_blanks_trimmed": _trim_blanks,
    "timestamps_shifted": _shift,
    "fraction_of_second_lost": _lose_fraction,
    "large_numbers_rounded": _round_large,
}
