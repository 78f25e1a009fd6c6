"""Templates that were compiled before: jinja2's compiler is a tenth of a small run."""

from __future__ import annotations

import sys
from contextlib import suppress
from importlib.metadata import version
from pathlib import Path

from jinja2 import FileSystemBytecodeCache
from jinja2.bccache import Bucket


class CompiledTemplates(FileSystemBytecodeCache):
    """Kept beside the program's own bytecode, and left out as that is: where nothing may be
    written, each process compiles for itself.
    """

    def __init__(self, directory: Path) -> None:
        self._place = directory / "__pycache__"
        versions = f"{sys.implementation.cache_tag}-jinja2-{version('jinja2')}"
        super().__init__(str(self._place), f"%s.{versions}")

    def load_bytecode(self, bucket: Bucket) -> None:
        with suppress(OSError):
            super().load_bytecode(bucket)

    def dump_bytecode(self, bucket: Bucket) -> None:
        if not sys.dont_write_bytecode:
            with suppress(OSError):
                self._place.mkdir(exist_ok=True)
                super().dump_bytecode(bucket)
