"""Stands in for a component of the lab: listens, announces itself, ends on SIGTERM.

Its name and what it does wrong come from the environment: DUMMY_FAULT="api=refuse" makes the
component api end with a message while starting, "api=hang" makes it never ready.
"""

from __future__ import annotations

import json
import os
import signal
import socket
import sys
from pathlib import Path


def main() -> None:
    config = json.loads(Path(sys.argv[2]).read_text(encoding="utf-8"))
    ready = Path(config["ready_file"])
    name, _, fault = os.environ.get("DUMMY_FAULT", "").partition("=")
    if fault and name == ready.name:
        print(f"{name} is not in the mood", file=sys.stderr, flush=True)
        if fault == "refuse":
            sys.exit(3)
        signal.pause()
    with socket.create_server((config["host"], config["port"])) as server:
        ready.with_suffix(".part").write_text(
            json.dumps({"pid": os.getpid(), "port": server.getsockname()[1]})
        )
        ready.with_suffix(".part").rename(ready)
        signal.pause()


if __name__ == "__main__":
    main()
