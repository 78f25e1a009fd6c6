"""Files a run leaves: there as a whole or not at all, and readable by their owner alone: rows'
values stand in them.

A file is written beside its place, made durable and renamed. What a killed run left half written is
told from what another run is just writing by the kernel's lock on it, and removed by ``sweep``.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import tempfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import IO, TypeVar

from reconciliation.errors import Unwritten, UsageError

_PREFIX, _SUFFIX = ".reconciliation-", ".part"
FILE_MODE, DIRECTORY_MODE = 0o600, 0o700


File = TypeVar("File", IO[str], IO[bytes])


def replaced(path: Path, newline: str | None = None) -> AbstractContextManager[IO[str]]:
    """A new file that takes the place of ``path`` when the block ends, and leaves no trace when it
    fails.

    Texts are UTF-8; what UTF-8 cannot hold (a lone surrogate) is written as an escape. Raises
    Unwritten.
    """
    return _replaced(
        path,
        lambda descriptor: os.fdopen(
            descriptor, "w", encoding="utf-8", errors="backslashreplace", newline=newline
        ),
    )


def replaced_bytes(path: Path) -> AbstractContextManager[IO[bytes]]:
    """The same for a file of bytes."""
    return _replaced(path, lambda descriptor: os.fdopen(descriptor, "wb"))


@contextmanager
def _replaced(path: Path, opened: Callable[[int], File]) -> Iterator[File]:
    place = Path(os.path.realpath(path))  # what a link points to is replaced, never the link
    fresh = None
    try:
        private_directory(place.parent)
        # mode 0600
        descriptor, fresh = tempfile.mkstemp(prefix=_PREFIX, suffix=_SUFFIX, dir=place.parent)
        with opened(descriptor) as file:
            _lock(descriptor)
            yield file
            file.flush()
            os.fsync(descriptor)
            os.replace(fresh, place)
            fresh = None
    except OSError as error:
        raise Unwritten(path, error.strerror or str(error)) from error
    finally:
        if fresh is not None:
            with contextlib.suppress(OSError):
                os.unlink(fresh)


def write_text(path: Path, text: str) -> None:
    """Replace ``path`` by a text; raises Unwritten."""
    with replaced(path) as file:
        file.write(text)


def private_directory(path: Path) -> None:
    """Make a directory, and those above it that are missing, for their owner alone; others stay as
    they are.
    """
    if path.is_dir():
        return
    private_directory(path.parent)
    path.mkdir(DIRECTORY_MODE, exist_ok=True)


def close_to_others(directory: Path) -> None:
    """A directory of the project's own is its owner's alone from now on, whoever made it."""
    with contextlib.suppress(OSError):
        directory.chmod(DIRECTORY_MODE)


def remove(paths: Iterable[Path]) -> None:
    """Take files away, if they are there, and what killed runs left half written beside them.
    Raises Unwritten.
    """
    for path in paths:
        try:
            path.unlink(missing_ok=True)
        except NotADirectoryError:
            continue
        except OSError as error:
            raise Unwritten(
                path, f"what an earlier run left cannot be removed: {error.strerror}"
            ) from error
        sweep(path.parent)


def sweep(directory: Path) -> None:
    """Remove what killed runs left half written in a directory; a file somebody is writing is
    locked, and stays.
    """
    for path in directory.glob(f"{_PREFIX}*{_SUFFIX}"):
        with contextlib.suppress(OSError), path.open("rb") as file:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            path.unlink()


def _lock(descriptor: int) -> None:
    with contextlib.suppress(OSError):  # a file system without locks: nothing is swept there either
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)


# ------------------------------------------------------------------ refused before the work


def refuse_file(option: str, path: Path) -> None:
    """UsageError for a file that could not be written at the end. Touches nothing."""
    if path.is_dir():
        raise UsageError(f"{option} {path} is a directory; name a file")
    if os.path.exists(path) and not path.is_file():
        raise UsageError(
            f"{option} {path} is a device or a pipe, which cannot be replaced as a whole; name a "
            f"file"
        )
    _refuse_below(option, path, Path(os.path.realpath(path)).parent)


def refuse_directory(option: str, path: Path) -> None:
    """UsageError for a directory that could not be made, or nothing written
    in it. Touches nothing.
    """
    if os.path.exists(path) and not path.is_dir():
        raise UsageError(f"{option} {path} is a file; name a directory")
    _refuse_below(option, path, Path(os.path.realpath(path)))


def _refuse_below(option: str, path: Path, directory: Path) -> None:
    there = next(above for above in (directory, *directory.parents) if os.path.exists(above))
    if not there.is_dir():
        raise UsageError(
            f"{option} {path} cannot be written: {there} is no directory; name another place"
        )
    if not os.access(there, os.W_OK | os.X_OK):
        raise UsageError(
            f"{option} {path} cannot be written: this user may not write in {there}; name "
            f"another place"
        )
