"""Choosing ports on the loopback interface."""

from __future__ import annotations

import errno
import socket

from lab.core.errors import LabError

HOST = "127.0.0.1"


def free_port() -> int:
    """A port that was free a moment ago; who uses it must be ready to ask for another."""
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return probe.getsockname()[1]


def in_use(port: int) -> bool:
    """Whether somebody listens on the port (a connection in TIME_WAIT does not count)."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError as error:
            if error.errno == errno.EACCES:
                raise LabError(
                    f"port {port} may not be opened by this user; choose one above 1023"
                ) from None
            return True
    return False


def require_free(port: int, purpose: str) -> int:
    """The configured port itself, or a LabError naming it when it is taken."""
    if in_use(port):
        raise LabError(
            f"port {port}, configured for {purpose} in [lab.ports], is in use; choose another "
            f"one or leave it out"
        )
    return port
