"""Processes that tests start and that must not outlive them, however the tests end."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

#: the kernel means the thread that has started a child, so one that stays starts them all
_STARTER = ThreadPoolExecutor(1, thread_name_prefix="children")


def start_child(
    command: Sequence[str], signal: str = "TERM", **options: Any
) -> subprocess.Popen[Any]:
    """A child that the kernel sends ``signal`` when this process is gone; ``options`` are those of
    Popen.

    A fixture stops its servers when it is left; a process that is killed leaves none of its
    fixtures.
    """
    ending_with_us = ["setpriv", "--pdeathsig", signal, "--", *command]
    return _STARTER.submit(subprocess.Popen, ending_with_us, **options).result()


@contextmanager
def lab_in_the_foreground(
    environment: str, root: Path, variables: Mapping[str, str]
) -> Iterator[None]:
    """``python -m lab up`` of the project at ``root``, up at once and down afterwards; a detached
    one would outlive us.

    ``variables`` are the whole environment of its processes.
    """
    command = [sys.executable, "-m", "lab", "up", "--environment", environment, "--json"]
    with (
        tempfile.TemporaryFile("w+") as said,
        start_child(
            command,
            cwd=root,
            env=variables,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=said,
            text=True,
        ) as lab,
    ):
        try:
            assert lab.stdout is not None
            if not lab.stdout.readline():  # its addresses, which it prints as soon as it is up
                said.seek(0)
                raise AssertionError(said.read())
            yield
        finally:
            lab.terminate()
            lab.wait()
