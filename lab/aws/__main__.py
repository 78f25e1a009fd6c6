"""``python -m lab.aws --config FILE``: the lab's AWS endpoint, with the replication set up and
started in it.
"""

from __future__ import annotations

import argparse
import logging
import sys
import threading
from collections.abc import Sequence
from pathlib import Path

from lab.aws.assembly import Cloud, assemble, keep_secrets
from lab.aws.config import AwsConfig, load_config
from lab.aws.errors import AwsError
from lab.aws.provision import provision
from lab.logins import ConfigError
from lab.serving import PortTakenError, Server, end_on_sigterm, write_ready_file

log = logging.getLogger("lab.aws")

#: the lab's supervisor gives a component 10 s to end: once to wait for a transition, once to stop a
#: process
STOP_LIMIT_SECONDS = 4.0


def main(argv: Sequence[str]) -> int:
    """Serve until SIGTERM; 0 for that, 1 when the replication could not be set up, 2 for a bad
    configuration.
    """
    parser = argparse.ArgumentParser(prog="python -m lab.aws", description="the lab's AWS endpoint")
    parser.add_argument("--config", type=Path, required=True)
    logging.basicConfig(
        level=logging.INFO,
        format="%(asctime)s %(name)s %(levelname)s %(message)s",
        stream=sys.stderr,
    )
    for noisy in ("werkzeug", "botocore", "waitress"):
        logging.getLogger(noisy).setLevel(logging.WARNING)
    try:
        config = load_config(parser.parse_args(argv).config)
        cloud = assemble(config)
        server = Server(cloud.front, config.host, config.port)
    except (ConfigError, PortTakenError) as error:
        print(f"lab.aws: {error}", file=sys.stderr)
        return 2
    cloud.logs.endpoint_url = server.url
    end_on_sigterm()
    failures: list[str] = []
    threading.Thread(
        target=_set_up, args=(cloud, config, server, failures), name="set-up", daemon=True
    ).start()
    log.info("serving on %s", server.url)
    server.run()
    cloud.dms.stop_all(STOP_LIMIT_SECONDS)
    for failure in failures:
        print(f"lab.aws: {failure}", file=sys.stderr)
    return 1 if failures else 0


def _set_up(cloud: Cloud, config: AwsConfig, server: Server, failures: list[str]) -> None:
    try:
        keep_secrets(cloud, config)
        status = provision(cloud.dms, config)
        log.info("the replication task is %s", status)
        write_ready_file(config.ready_file, server.port)
    except AwsError as error:
        failures.append(f"the replication is not set up: {error.message}")
    except Exception as error:
        log.exception("setting up the replication")
        failures.append(f"the replication is not set up: {type(error).__name__}")
    if failures:
        server.stop()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
