"""Table mappings: the document, its validation and what it means for a source catalogue."""

from lab.dms.mapping.document import MappingInvalid, TableMappings, parse_table_mappings, validate_table_mappings
from lab.dms.mapping.resolve import MappedColumn, MappedTable, resolve

__all__ = [
    "MappedColumn",
    "MappedTable",
    "MappingInvalid",
    "TableMappings",
    "parse_table_mappings",
    "resolve",
    "validate_table_mappings",
]
