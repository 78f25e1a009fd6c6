"""Which tables, columns and changes a fault concerns."""

from __future__ import annotations

import random
from collections.abc import Mapping
from typing import Any


class Scope:
    """Decides for one fault that is on; counts from the moment it was switched on or the task was
    started.
    """

    def __init__(self, options: Mapping[str, Any]) -> None:
        self._table: str | None = options.get("table")
        self._column: str | None = options.get("column")
        self._every = int(options.get("every", 1))
        self._probability = float(options.get("probability", 1))
        self._random = random.Random(options.get("seed", 0))
        self._count = 0

    @property
    def is_one_table(self) -> bool:
        """Whether only one table is in the scope."""
        return self._table is not None

    def has_table(self, schema: str, table: str) -> bool:
        """Whether a source table is in the scope."""
        return self._table is None or self._table == f"{schema}.{table}"

    def has_column(self, name: str) -> bool:
        """Whether a source column is in the scope."""
        return self._column is None or self._column == name

    def due(self) -> bool:
        """To be asked once for each thing the fault would do: whether it does it."""
        self._count += 1
        if self._count % self._every:
            return False
        return self._probability >= 1 or self._random.random() < self._probability
