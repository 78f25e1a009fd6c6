"""Rows and operations as data, derived from the types of the column pairs. No I/O, deterministic
per seed.
"""

from reconciliation.generation.edges import Edge, edges
from reconciliation.generation.operations import Operation, final_rows, generate_operations
from reconciliation.generation.rows import GenerationError, generate_rows
from reconciliation.generation.simplify import simplify

__all__ = [
    "Edge",
    "GenerationError",
    "Operation",
    "edges",
    "final_rows",
    "generate_operations",
    "generate_rows",
    "simplify",
]
