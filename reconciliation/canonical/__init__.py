"""Canonical values: the one place where a value of one side is held against a value of the other.

``rules_for`` gives every agreed column pair its rule. A rule turns the driver's values of both
sides into canonical values that are equal exactly when the pair agrees. There is no tolerance; what
a rule leaves out of the comparison is its ``reduction``, by name, and every value that loses
something is counted.
"""

from reconciliation.canonical.accept import ACCEPTABLE, accepted_rule
from reconciliation.canonical.columns import (
    ColumnRule,
    column_rule,
    rules_for,
    source_key,
    target_key,
)
from reconciliation.canonical.conversions import CONVERSIONS, Conversion, conversion
from reconciliation.canonical.rules import Rule, can_be_written, natural_rule, type_label

__all__ = [
    "ACCEPTABLE",
    "CONVERSIONS",
    "ColumnRule",
    "Conversion",
    "Rule",
    "accepted_rule",
    "can_be_written",
    "column_rule",
    "conversion",
    "natural_rule",
    "rules_for",
    "source_key",
    "target_key",
    "type_label",
]
