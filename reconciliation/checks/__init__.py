"""The static checks: what can be said of a replication without changing or comparing a row.

Importing the room declares them all, one module a group of subjects.
"""

# in the order in which findings are told: what lies at the bottom of others comes first
# isort: off
from reconciliation.checks import (
    rds,
    decoding,
    keys,
    sequences,
    slot,
    replication_instance,
    endpoints,
    task,
    triggers,
    mapping,
    capacity,
    made_rows,
    acceptance,
)

# isort: on
from reconciliation.checks.registry import (
    NOTHING_STANDS_AGAINST_IT,
    Check,
    Examined,
    examine,
    promises,
    subjects,
)

__all__ = [
    "NOTHING_STANDS_AGAINST_IT",
    "Check",
    "Examined",
    "acceptance",
    "capacity",
    "decoding",
    "endpoints",
    "examine",
    "keys",
    "made_rows",
    "mapping",
    "promises",
    "rds",
    "replication_instance",
    "sequences",
    "slot",
    "subjects",
    "task",
    "triggers",
]
