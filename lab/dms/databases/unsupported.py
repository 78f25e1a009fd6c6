"""Tables that DMS takes and then does not replicate (AWS DMS user guide, PostgreSQL source,
limitations).
"""

from __future__ import annotations

from lab.dms.ground.catalogue import SourceTable


def why_suspended(table: SourceTable) -> str | None:
    """Why a table is suspended before its first change; None for one that is not."""
    arrays = [column.name for column in table.columns if column.type_name.startswith("_")]
    if arrays and not table.key:
        return f"it has no primary key and columns of arrays: {', '.join(arrays)}"
    return None
