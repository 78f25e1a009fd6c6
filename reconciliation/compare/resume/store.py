"""Checkpoint files: one per table, readable by their owner only, replaced as a whole or not at all.

Keys of rows stand in them (bounds of segments, rows to recheck), no other value and no
password.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import fcntl
import hashlib
import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import IO
from urllib.parse import quote

from reconciliation.compare.plan import Plan, Segment
from reconciliation.compare.resume.written import (
    NotWritable,
    read_plan,
    read_tally,
    write_plan,
    write_tally,
)
from reconciliation.compare.tally import RECHECKED_ROWS, SUSPECT_ROWS, Tally
from reconciliation.documents import members, text, whole
from reconciliation.errors import CannotResume, EnvironmentFault, Unwritten
from reconciliation.model import Document
from reconciliation.process.files import FILE_MODE, private_directory, replaced, sweep

#: raised with every change of what stands in a file
VERSION = 2
#: file systems take 255 bytes, and something is added
_LONGEST_NAME = 200
_ANEW = "without --resume the run begins anew and replaces it"


@dataclass(frozen=True)
class Decided:
    """How to compare, as a ``Choice`` has it: rows to a digest (None: by rows), and words."""

    digested_rows: int | None = None
    why: str = ""
    of: str = ""


@dataclass
class Checkpoint:
    """What is finished of one table. ``identity`` names what is compared: word for the user ->
    value.

    ``begun`` is when the first comparison began, ``watermark`` the position that was read then,
    ``choice`` what was decided about how to compare.
    """

    path: Path
    identity: Mapping[str, str] = field(default_factory=dict)
    plan: Plan | None = None
    watermark: str | None = None
    choice: Decided = field(default_factory=Decided)
    begun: str = ""
    finished: dict[int, Tally] = field(default_factory=dict)
    #: why nothing is written, empty as long as it is
    failed: str = ""

    @property
    def half_done(self) -> bool:
        """Whether there is something to take up and something left to do."""
        return self.plan is not None and 0 < len(self.finished) < len(self.plan.segments)

    def begin(
        self,
        identity: Mapping[str, str],
        plan: Plan,
        watermark: str | None,
        choice: Decided,
    ) -> None:
        """The comparison begins; whatever stood in the file is replaced once
        a segment is finished.
        """
        self.identity, self.plan, self.watermark, self.choice = (
            dict(identity),
            plan,
            watermark,
            choice,
        )
        self.begun, self.finished = dt.datetime.now(dt.UTC).isoformat(timespec="seconds"), {}
        self.remove()

    def keep(self, segment: Segment, tally: Tally) -> None:
        """A segment is finished. A file that cannot be written is no reason to stop: ``failed``
        says why.
        """
        kept = sum(len(tally.suspects) + len(tally.more) for tally in self.finished.values())
        room = max(0, RECHECKED_ROWS + SUSPECT_ROWS - kept)
        more = tally.more[: max(0, room - len(tally.suspects))]
        self.finished[segment.number] = replace(tally, suspects=tally.suspects[:room], more=more)
        if self.failed:
            return
        try:
            _replace(self.path, self._document())
        except NotWritable as reason:
            self.failed = f"{reason}; --resume is not possible"
            self.remove()
        except Unwritten as reason:
            self.failed = f"the checkpoint {reason}; --resume is not possible"

    def _document(self) -> dict[str, Document]:
        if self.plan is None:
            raise RuntimeError("begin() comes first")
        return {
            "version": VERSION,
            "identity": dict(self.identity),
            "begun": self.begun,
            "watermark": self.watermark,
            "choice": asdict(self.choice),
            "plan": write_plan(self.plan),
            "finished": {
                str(number): write_tally(tally) for number, tally in self.finished.items()
            },
        }

    def check(self, identity: Mapping[str, str]) -> None:
        """Raises CannotResume when the file is about something else than ``identity``."""
        unlike = [name for name, value in identity.items() if self.identity.get(name) != value]
        if self.plan is not None and unlike:
            words = " and another ".join(unlike)
            raise CannotResume(f"the checkpoint {self.path} was made with another {words}; {_ANEW}")

    def remove(self) -> None:
        """The file is gone."""
        with contextlib.suppress(OSError):
            self.path.unlink()


def read_checkpoint(path: Path) -> Checkpoint | None:
    """None where there is no file; raises CannotResume for one that cannot be used."""
    try:
        content = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return None
    except (OSError, UnicodeDecodeError) as error:
        raise CannotResume(f"the checkpoint {path} cannot be read ({error}); {_ANEW}") from None
    try:
        given = members(json.loads(content), "it")
        if given["version"] != VERSION:
            raise CannotResume(
                f"the checkpoint {path} was written by another version of this program "
                f"({given['version']} instead of {VERSION}); {_ANEW}"
            )
        plan = read_plan(given["plan"])
        finished = {
            int(number): read_tally(tally)
            for number, tally in members(given["finished"], "finished").items()
        }
        if not set(finished) <= {segment.number for segment in plan.segments}:
            raise ValueError("a finished segment is not in the plan")
        identity = {
            name: str(value) for name, value in members(given["identity"], "identity").items()
        }
        watermark = given["watermark"]
        return Checkpoint(
            path,
            identity,
            plan,
            None if watermark is None else text(watermark, "watermark"),
            _decided(members(given["choice"], "choice")),
            str(given["begun"]),
            finished,
        )
    except (ValueError, TypeError, KeyError, AttributeError, ArithmeticError):
        raise CannotResume(f"the checkpoint {path} is damaged; {_ANEW}") from None


def _decided(given: Mapping[str, Document]) -> Decided:
    rows = given["digested_rows"]
    return Decided(
        None if rows is None else whole(rows, "digested_rows"),
        text(given["why"], "why"),
        text(given["of"], "of"),
    )


def _replace(path: Path, document: Mapping[str, Document]) -> None:
    with replaced(path) as file:
        json.dump(document, file, ensure_ascii=True, allow_nan=False)


# ------------------------------------------------------------------ all tables of a run


def file_name(table: str, target: str = "") -> str:
    """A file's name for a table, or a table and its copy; names are percent-encoded where a path
    needs it.
    """
    name = "=".join(quote(name, safe=" !#$&'()+,-.;@[]^_{}~") for name in (table, target) if name)
    name = f"%2E{name[1:]}" if name.startswith(".") else name
    if len(name) <= _LONGEST_NAME:
        return name
    return f"{name[: _LONGEST_NAME - 17]}-{hashlib.sha256(name.encode()).hexdigest()[:16]}"


class Checkpoints:
    """The checkpoints of one run; a context manager that keeps other runs off them.

    ``directory`` is the environment's, ``names`` are the tables' (see ``file_name``). With
    ``resume`` they are read at once: CannotResume when there is none at all, or one is damaged.
    Another run's lock is an EnvironmentFault. A directory that cannot be written is none: the run
    goes on without, and ``failed`` says why.
    """

    def __init__(self, directory: Path, names: Sequence[str], resume: bool = False) -> None:
        self.directory, self.names, self.resume = directory, tuple(dict.fromkeys(names)), resume
        self._locks: list[IO[str]] = []
        self.failed = ""  # why nothing is kept, empty as long as it is
        self._found: dict[str, Checkpoint] = {}

    def __enter__(self) -> Checkpoints:
        try:
            self._open()
        except BaseException:
            self._unlock()
            raise
        return self

    def _open(self) -> None:
        try:
            private_directory(self.directory)
            sweep(self.directory)
            for name in self.names:
                self._lock(name)
        except OSError as error:
            self.failed = (
                f"checkpoints cannot be kept in {self.directory} ({error.strerror}); name another "
                "directory with --checkpoints"
            )
            if self.resume:
                raise CannotResume(self.failed) from None
        for name in self.names:
            path = self.directory / f"{name}.json"
            found = read_checkpoint(path) if self.resume else None
            self._found[name] = found or Checkpoint(path, failed=self.failed)
        if self.resume and all(found.plan is None for found in self._found.values()):
            raise CannotResume(
                f"there is no checkpoint in {self.directory} to take up; without --resume the run "
                "begins at the beginning"
            )

    def _lock(self, name: str) -> None:
        path = self.directory / f"{name}.lock"
        file = os.fdopen(os.open(path, os.O_RDWR | os.O_CREAT, FILE_MODE), "r+")
        self._locks.append(file)
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            who = file.read().strip() or "just begun"
            raise EnvironmentFault(
                f"another run is comparing this ({who}; {path}); wait for it, end it, or name "
                "another directory with --checkpoints"
            ) from None
        file.truncate()
        file.write(f"process {os.getpid()} since {dt.datetime.now(dt.UTC):%Y-%m-%d %H:%M:%S} UTC")
        file.flush()

    def of(self, name: str) -> Checkpoint:
        """The checkpoint of one table."""
        return self._found[name]

    def finish(self) -> None:
        """The run came to its end. As long as a table is half done, all that is finished is kept
        for --resume.
        """
        if not any(found.half_done for found in self._found.values()):
            for found in self._found.values():
                found.remove()

    def __exit__(self, *_: object) -> None:
        self._unlock()

    def _unlock(self) -> None:
        for file in self._locks:
            # the lock ends with it, as it does when the process is killed; the file stays
            file.close()
        self._locks.clear()
