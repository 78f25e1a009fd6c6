"""Names as they stand in SQL statements, of PostgreSQL and of Oracle alike."""

from __future__ import annotations


def quoted(name: str) -> str:
    """An identifier in double quotes; its case counts."""
    return '"' + name.replace('"', '""') + '"'


def qualified(*names: str) -> str:
    """Schema and name as they stand in a statement."""
    return ".".join(map(quoted, names))
