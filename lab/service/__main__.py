"""``python -m lab.service --config FILE``: the FlightSpecials service."""

from __future__ import annotations

import argparse
import logging
import sys
from collections.abc import Sequence
from pathlib import Path

from lab.logins import ConfigError
from lab.service.app import create_app
from lab.service.config import load_config
from lab.service.specials import SpecialsStore
from lab.serving import PortTakenError, Server, end_on_sigterm, write_ready_file


def main(argv: Sequence[str]) -> int:
    """Serve until SIGTERM; 0 for that, 2 for a configuration that cannot be used."""
    parser = argparse.ArgumentParser(
        prog="python -m lab.service", description="the FlightSpecials service"
    )
    parser.add_argument("--config", type=Path, required=True)
    logging.basicConfig(
        level=logging.INFO,
        format="%(asctime)s %(name)s %(levelname)s %(message)s",
        stream=sys.stderr,
    )
    try:
        config = load_config(parser.parse_args(argv).config)
        server = Server(create_app(SpecialsStore(config.database)), config.host, config.port)
    except (ConfigError, PortTakenError) as error:
        print(f"lab.service: {error}", file=sys.stderr)
        return 2
    end_on_sigterm()
    write_ready_file(config.ready_file, server.port)
    logging.getLogger("lab.service").info("serving on %s", server.url)
    server.run()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
