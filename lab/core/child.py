"""``python -m lab.core.child MODULE ARGUMENT...``: run a module that must not outlive the
supervisor.

Linux sends the process SIGTERM when its parent dies. That is a convenience: a lab whose supervisor
was killed is swept by its processes' environment in any case.
"""

from __future__ import annotations

import ctypes
import gc
import os
import runpy
import signal
import sys

_PR_SET_PDEATHSIG = 1


def main() -> None:
    parent = os.getppid()
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
    if os.getppid() != parent:
        sys.exit("the supervisor is gone")
    gc.set_threshold(50_000)  # a server imports for most of its start, and keeps all of it
    module = sys.argv[1]
    sys.argv = sys.argv[1:]
    runpy.run_module(module, run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main()
