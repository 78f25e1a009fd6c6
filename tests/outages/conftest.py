"""A stage of its own for every part of the table."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.outages.stage import Stage


@pytest.fixture(scope="module")
def stage(
    tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest
) -> Iterator[Stage]:
    """A lab behind networks that can fail, for all cases of one module."""
    made = Stage(tmp_path_factory.mktemp(request.module.__name__.rpartition("_")[2]))
    yield made
    made.down()
