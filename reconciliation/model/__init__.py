"""The values that flow between the rooms of the judge. Plain frozen dataclasses, no behaviour, no
I/O.
"""

from reconciliation.model.catalogue import (
    ALWAYS,
    BY_DEFAULT,
    Catalogue,
    CatalogueColumn,
    CatalogueTable,
    CheckConstraint,
    ColumnType,
    ForeignKey,
    Trigger,
)
from reconciliation.model.comparison import (
    COUNTED_ROWS,
    Amount,
    Difference,
    DifferenceGroup,
    DifferenceKind,
    Status,
    TableResult,
    UnreadableCell,
)
from reconciliation.model.contract import (
    KEYED,
    MULTISET,
    AcceptedDifference,
    ColumnPair,
    Contract,
    Excuse,
    NotCompared,
    TableContract,
)
from reconciliation.model.findings import Finding, Refusal
from reconciliation.model.task import TaskInfo
from reconciliation.model.values import SIDES, Document, Key, Row, Value

__all__ = [
    "ALWAYS",
    "BY_DEFAULT",
    "COUNTED_ROWS",
    "KEYED",
    "MULTISET",
    "SIDES",
    "AcceptedDifference",
    "Amount",
    "Catalogue",
    "CatalogueColumn",
    "CatalogueTable",
    "CheckConstraint",
    "ColumnPair",
    "ColumnType",
    "Contract",
    "Difference",
    "DifferenceGroup",
    "DifferenceKind",
    "Document",
    "Excuse",
    "Finding",
    "ForeignKey",
    "Key",
    "NotCompared",
    "Refusal",
    "Row",
    "Status",
    "TableContract",
    "TableResult",
    "TaskInfo",
    "Trigger",
    "UnreadableCell",
    "Value",
]
