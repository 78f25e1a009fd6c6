"""Templates that were compiled before: half of the time that a small report takes is jinja2's
compiler at work.
"""

from __future__ import annotations

import sys
from contextlib import suppress
from importlib.metadata import version
from pathlib import Path

from jinja2 import BytecodeCache
from jinja2.bccache import Bucket

from reconciliation.errors import Unwritten
from reconciliation.process.files import replaced_bytes


class CompiledTemplates(BytecodeCache):
    """Kept beside the program's own bytecode, and left out as that is: where nothing may be
    written, each process compiles for itself. jinja2 looks whether one is of the template's text.
    """

    def __init__(self, directory: Path) -> None:
        self._directory = directory / "__pycache__"

    def load_bytecode(self, bucket: Bucket) -> None:
        with suppress(OSError), self._place(bucket).open("rb") as file:
            bucket.load_bytecode(file)

    def dump_bytecode(self, bucket: Bucket) -> None:
        if not sys.dont_write_bytecode:
            with suppress(Unwritten), replaced_bytes(self._place(bucket)) as file:
                bucket.write_bytecode(file)

    def _place(self, bucket: Bucket) -> Path:
        """Another place for each version of Python and of jinja2."""
        versions = f"{sys.implementation.cache_tag}-jinja2-{version('jinja2')}"
        return self._directory / f"{bucket.key}.{versions}"
