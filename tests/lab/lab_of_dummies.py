"""``python -m tests.lab.lab_of_dummies``: the supervisor with real clusters, but dummies for the
components.
"""

from __future__ import annotations

import sys

from lab.core import assembly, supervisor

MODULES = dict.fromkeys(assembly.MODULES, "tests.lab.dummy_component")


def _leave_empty(*_arguments: object) -> None:
    """A dummy has no tables."""


if __name__ == "__main__":
    assembly.fill_legacy = _leave_empty
    assembly.grant_control_tables = _leave_empty
    sys.exit(supervisor.main(modules=MODULES))
