"""AWS as the judge sees it: canned pages, and a record of what was asked."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from copy import deepcopy
from types import SimpleNamespace
from typing import Any


class FakeClient:
    """``pages`` maps an operation to its answer; filters are applied the way the judge uses them:
    not at all.
    """

    def __init__(self, **pages: dict[str, Any]) -> None:
        self.pages = pages
        self.asked: list[tuple[str, dict[str, Any]]] = []

    def get_paginator(self, operation: str) -> Any:
        def paginate(**arguments: Any) -> list[dict[str, Any]]:
            self.asked.append((operation, arguments))
            return [deepcopy(self.pages[operation])]

        return SimpleNamespace(paginate=paginate)

    def __getattr__(self, operation: str) -> Any:
        def call(**arguments: Any) -> dict[str, Any]:
            self.asked.append((operation, arguments))
            return {}

        return call


class FakeAws:
    region = "ap-northeast-2"

    def __init__(
        self,
        dms: FakeClient | None = None,
        rds: FakeClient | None = None,
        logs: FakeClient | None = None,
    ) -> None:
        self.dms, self.rds, self.logs = (
            dms or FakeClient(),
            rds or FakeClient(),
            logs or FakeClient(),
        )

    @contextmanager
    def asking(self, what: str) -> Iterator[None]:
        yield
