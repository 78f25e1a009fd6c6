"""Outputs that take nothing: a device that is full, and a pipe nobody reads."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager

FULL, UNREAD = "No space left on device", "Broken pipe"


@contextmanager
def output_that(why: str) -> Iterator[int]:
    """A descriptor that refuses whatever is written, with this as the system's reason."""
    if why == FULL:
        place = os.open("/dev/full", os.O_WRONLY)
    else:
        reader, place = os.pipe()
        os.close(reader)
    try:
        yield place
    finally:
        os.close(place)
