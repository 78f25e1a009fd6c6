"""Both catalogues, read from the documented views only: pg_catalog on one side, ALL_* and DBA_* on
the other.

Each is a handful of statements, whatever the number of its tables.
"""

from reconciliation.databases.catalogue.oracle import (
    read_charset,
    read_target_catalogue,
    read_target_triggers,
)
from reconciliation.databases.catalogue.postgresql import read_source_catalogue
from reconciliation.databases.catalogue.types import source_type, target_type, with_charset

__all__ = [
    "read_charset",
    "read_source_catalogue",
    "read_target_catalogue",
    "read_target_triggers",
    "source_type",
    "target_type",
    "with_charset",
]
