"""What else changed in Oracle, on a system that others write to as well: a change is unexpected
only if PostgreSQL does not explain it.

Three looks, none of which reads a table out: the rows next to the touched ones (``neighbours``),
the rows in blocks that were written since (``written``), and the keys that went (``key_sets``).
What differs from PostgreSQL then is looked at again while it may be in flight (``explained``), and
held against what Oracle held before (``past``). Where the server allows none of it, small tables
are compared whole (``whole``).
"""

from reconciliation.collateral.answering import Collateral
from reconciliation.collateral.beforehand import Beforehand
from reconciliation.collateral.change import Change

__all__ = ["Beforehand", "Change", "Collateral"]
