"""``python -m lab interrupt``: what happens to a replication and no call of AWS can do."""

from __future__ import annotations

from exit_codes import ExitCode
from lab.core.errors import LabError
from lab.core.paths import LabPaths
from lab.core.state import running_state

#: by action what it does
ACTIONS = {
    "kill-replication": "the task dies in the middle of the next large transaction",
    "cut-oracle": "the task does not reach Oracle until it has given up",
    "drop-slot": "the task's replication slot is gone; a copy is kept aside",
    "mend-slot": "the slot is there again, where it was",
}


def run(paths: LabPaths, action: str) -> int:
    """Do it, and say so once it is in force. Raises LabError for what is not possible now."""
    # brings the drivers of two databases with it
    from lab.dms import interrupting

    if running_state(paths) is None:
        raise LabError(
            f"the lab {paths.environment!r} is not running; start it: python -m lab up --detach"
        )
    acts = {
        "kill-replication": interrupting.kill_amid,
        "cut-oracle": interrupting.cut_target,
        "drop-slot": interrupting.drop_slot,
        "mend-slot": interrupting.mend_slot,
    }
    try:
        print(acts[action](paths.directory))
    except interrupting.NotPossible as error:
        raise LabError(str(error)) from None
    return ExitCode.DONE
