"""What a form of a table's rows has to offer so that two streams of them can be compared."""

from __future__ import annotations

from collections import Counter
from typing import Protocol

from reconciliation.canonical import ColumnRule
from reconciliation.compare.extent.ranges import KeyRange
from reconciliation.compare.streams.beside import Beside
from reconciliation.compare.streams.statement import Statement
from reconciliation.model import Key


class RowForm(Protocol):
    """How rows of one table are written and read back; equal bytes are equal rows."""

    @property
    def sides(self) -> tuple[str, str]:
        """What the sides are called."""

    @property
    def source(self) -> Statement:
        """What the source is asked, in parts."""

    @property
    def target_is_oracle(self) -> bool:
        """Otherwise it is PostgreSQL too."""

    @property
    def hides_broken(self) -> bool:
        """Whether U+FFFD in Oracle's texts stands for bytes that are none: see
        ``charsets.hides_broken_bytes``.
        """

    @property
    def source_sql(self) -> str:
        """What the source is asked."""

    @property
    def target_sql(self) -> str:
        """What the target is asked."""

    @property
    def reductions_sql(self) -> str:
        """How PostgreSQL counts the values that a conversion makes less exact."""

    @property
    def reductions(self) -> tuple[str, ...]:
        """The names of those counts."""

    @property
    def beside(self) -> Beside | None:
        """What Oracle sends next to the texts, if anything."""

    @property
    def key_rules(self) -> tuple[ColumnRule, ...]:
        """The rules of the key's columns in order."""

    def within(self, keys: KeyRange) -> RowForm:
        """The same for the rows of a range of keys; raises NoRange."""

    def source_key(self, row: bytes) -> Key:
        """ValueError or ArithmeticError for a key that cannot be read."""

    def target_key(self, row: bytes) -> Key:
        """The same for the other side."""

    def alike(
        self, source: bytes, target: bytes, accepted: Counter[str], reductions: Counter[str]
    ) -> bool:
        """Whether two unlike rows of one key hold the same values, but for what somebody accepted;
        counts both.
        """
