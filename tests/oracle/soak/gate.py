"""A relay between clients and the server whose links can be cut: at once, or after so many further
bytes.
"""

from __future__ import annotations

import contextlib
import random
import selectors
import socket
import struct
import threading

from tests.waiting import LONG_SECONDS

_CHUNK = 65_536
_RESET = struct.pack("ii", 1, 0)


class Link:
    """One relayed connection. ``is_cut`` tells whether this relay has ended it (rather than one of
    its two sides).
    """

    def __init__(self, client: socket.socket, server: socket.socket) -> None:
        self._sockets = (client, server)
        self._budget: int | None = None
        self._abrupt = False
        self.is_cut = False
        threading.Thread(target=self._relay, daemon=True).start()

    def cut_after(self, count: int, *, abrupt: bool) -> None:
        """Ends the link once ``count`` further bytes have passed; with a reset if ``abrupt``."""
        self._abrupt = abrupt
        self._budget = count

    def _relay(self) -> None:
        client, server = self._sockets
        with contextlib.suppress(OSError), selectors.DefaultSelector() as selector:
            selector.register(client, selectors.EVENT_READ, server)
            selector.register(server, selectors.EVENT_READ, client)
            while self._turn(selector):
                pass
        for side in self._sockets:
            if self.is_cut and self._abrupt:
                with contextlib.suppress(OSError):
                    side.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
            side.close()

    def _turn(self, selector: selectors.BaseSelector) -> bool:
        for key, _ in selector.select():
            source, target = key.fileobj, key.data
            assert isinstance(source, socket.socket)
            data = source.recv(_CHUNK)
            if not data:
                return False
            if self._budget is not None:
                data, self._budget = data[: self._budget], self._budget - len(data)
                if self._budget <= 0:
                    # marked first: the client must never see an end that nobody admits to
                    self.is_cut = True
                    with contextlib.suppress(OSError):
                        target.sendall(data)
                    return False
            target.sendall(data)
        return True


class Gate:
    """Listens on a free port and relays to the server; every connection made through it gets a
    ``Link``.
    """

    def __init__(self, port: int) -> None:
        self._target = ("127.0.0.1", port)
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._listener.getsockname()[1])
        self._links: dict[int, Link] = {}
        self._lock = threading.Condition()
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self) -> None:
        """Takes no further connections."""
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    def _accept(self) -> None:
        while True:
            try:
                client, address = self._listener.accept()
            except OSError:
                return
            server = socket.create_connection(self._target)
            for side in (client, server):
                side.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            with self._lock:
                self._links[address[1]] = Link(client, server)
                self._lock.notify_all()

    def newest(self, before: set[int]) -> Link:
        """The link made since ``before`` (a result of ``known``); callers connect one at a time."""
        with self._lock:
            self._lock.wait_for(lambda: set(self._links) - before, timeout=LONG_SECONDS)
            return self._links[next(iter(set(self._links) - before))]

    def known(self) -> set[int]:
        """The client ports seen so far."""
        with self._lock:
            for port in [port for port, link in self._links.items() if link.is_cut]:
                del self._links[port]
            return set(self._links)


def random_cut(chance: random.Random) -> tuple[int, bool]:
    """How many bytes may still pass, and whether the end is abrupt."""
    return chance.choice(
        (1, 5, 30, 200, chance.randrange(3_000), chance.randrange(100_000))
    ), chance.random() < 0.5
