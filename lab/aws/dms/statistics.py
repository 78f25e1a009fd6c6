"""Table statistics as DescribeTableStatistics shows them."""

from __future__ import annotations

from typing import Any

from lab.aws.dms.listing import Selectors
from lab.aws.dms.process import TableCounters

LARGEST_PAGE = 500

STATISTICS_SELECTORS: Selectors = {
    "schema-name": lambda counters: [counters.schema_name],
    "table-name": lambda counters: [counters.table_name],
    "table-state": lambda counters: [counters.table_state],
}


def describe_counters(counters: TableCounters, *, validation_wanted: bool) -> dict[str, Any]:
    """One table's counters; a validation that the task asks for and the lab does not do shows as an
    error.
    """
    shown = {
        "SchemaName": counters.schema_name,
        "TableName": counters.table_name,
        "Inserts": counters.inserts,
        "Deletes": counters.deletes,
        "Updates": counters.updates,
        "Ddls": counters.ddls,
        "AppliedInserts": counters.applied_inserts,
        "AppliedDeletes": counters.applied_deletes,
        "AppliedUpdates": counters.applied_updates,
        "AppliedDdls": counters.applied_ddls,
        "FullLoadRows": counters.full_load_rows,
        "FullLoadCondtnlChkFailedRows": 0,
        "FullLoadErrorRows": 0,
        "FullLoadReloaded": False,
        "LastUpdateTime": counters.last_update_time,
        "TableState": counters.table_state,
        "ValidationPendingRecords": 0,
        "ValidationFailedRecords": 0,
        "ValidationSuspendedRecords": 0,
        "ValidationState": "Not enabled",
    }
    if validation_wanted:
        shown |= {
            "ValidationState": "Error",
            "ValidationStateDetails": "the lab does no data validation",
        }
    return shown
