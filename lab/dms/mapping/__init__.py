"""Table mappings: the document, its validation and what it means for a source catalogue."""

from lab.dms.mapping.document import parse_table_mappings, validate_table_mappings
from lab.dms.mapping.fields import MappingInvalid
from lab.dms.mapping.resolve import MappedColumn, MappedTable, resolve
from lab.dms.mapping.rules import TableMappings

__all__ = [
    "MappedColumn",
    "MappedTable",
    "MappingInvalid",
    "TableMappings",
    "parse_table_mappings",
    "resolve",
    "validate_table_mappings",
]
