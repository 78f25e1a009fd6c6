"""The task's table mapping: parsed, and resolved against the source catalogue by the documented
rules of DMS.
"""

from reconciliation.mapping.model import (
    CHAINED,
    LOWER_RULE_ID_WINS,
    POLICIES,
    ColumnFilter,
    DataType,
    FilterCondition,
    ResolvedColumn,
    ResolvedMapping,
    ResolvedTable,
    Rule,
    TableMapping,
)
from reconciliation.mapping.parse import parse_mapping
from reconciliation.mapping.resolve import resolve

__all__ = [
    "CHAINED",
    "LOWER_RULE_ID_WINS",
    "POLICIES",
    "ColumnFilter",
    "DataType",
    "FilterCondition",
    "ResolvedColumn",
    "ResolvedMapping",
    "ResolvedTable",
    "Rule",
    "TableMapping",
    "parse_mapping",
    "resolve",
]
