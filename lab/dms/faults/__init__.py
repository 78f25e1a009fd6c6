"""Faults that can be switched on in a running replication, to see whether somebody notices.

The switchboard is ``<state directory>/dms/faults.json``: {"fault name": {options}}. A running task
looks at it before every group of transactions it applies, and says which version of it is in force.
While a fault is on, the replication still says that all is well.

Where the pipeline asks the board: ``FaultBoard``. What a fault is: ``catalogue``. The faults
themselves: ``kinds``.
"""

from lab.dms.faults import kinds as _kinds  # declares the faults
from lab.dms.faults.board import FaultBoard
from lab.dms.faults.catalogue import FAULTS, Fault
from lab.dms.faults.defects import DEFECTS
from lab.dms.faults.options import FaultUnknown
from lab.dms.faults.surroundings import Surroundings
from lab.dms.faults.switchboard import (
    active_faults,
    check_fault,
    clear_all_faults,
    clear_fault,
    list_faults,
    require_fault,
    set_fault,
)
from lab.dms.faults.switching import (
    WAIT_SECONDS,
    NotInForce,
    Switched,
    switch_all_off,
    switch_off,
    switch_on,
)

__all__ = [
    "DEFECTS",
    "FAULTS",
    "WAIT_SECONDS",
    "Fault",
    "FaultBoard",
    "FaultUnknown",
    "NotInForce",
    "Surroundings",
    "Switched",
    "active_faults",
    "check_fault",
    "clear_all_faults",
    "clear_fault",
    "list_faults",
    "require_fault",
    "set_fault",
    "switch_all_off",
    "switch_off",
    "switch_on",
]
assert _kinds.__all__
