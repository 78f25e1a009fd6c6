"""The rule of one pair of types, and what it takes for equal."""

from __future__ import annotations

from typing import Any

from reconciliation.canonical import ColumnRule, rules_for
from reconciliation.model import ColumnType
from tests.judge.catalogues import pair_table


def rule(
    source: str | ColumnType, target: str | ColumnType, conversion: str | None = None
) -> ColumnRule:
    """The rule of a pair of types, or of names of such."""
    kinds = [
        kind if isinstance(kind, ColumnType) else ColumnType(kind) for kind in (source, target)
    ]
    return rules_for(*pair_table(*kinds, conversion=conversion))["v"]


def equal(of: ColumnRule, source: Any, target: Any) -> bool:
    """Whether a rule takes two values of the drivers for the same."""
    return of.canonical_source(source) == of.canonical_target(target)
