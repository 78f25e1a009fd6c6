"""A TCP forwarder on 127.0.0.1 that can be a bad network: cut, refuse, stall, or carry only so many
bytes a second.

with Proxy(cluster.port) as network:
    ... connect to 127.0.0.1:network.port ...
    network.cut(refuse_seconds=5)
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
import struct
import threading
import time
from collections.abc import Callable

from tests.waiting import LONG_SECONDS

_READ_BYTES = 16_384
#: closing sends a reset instead of waiting for what is under way
_RESET = struct.pack("ii", 1, 0)


class Proxy:
    """Forwards to 127.0.0.1:``target``; a context manager. Its methods may be called from any
    thread.

    ``received`` and ``sent`` count bytes that came from the server and went to it, ``connections``
    those accepted.
    """

    def __init__(self, target: int) -> None:
        self._target = target
        self.port = 0
        self.received = self.sent = self.connections = 0
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._serve, name="proxy", daemon=True)
        self._ready, self._open = threading.Event(), set[asyncio.StreamWriter]()
        self._place: socket.socket | None = None
        self._server: asyncio.Server | None = None
        self._rate: float | None = None
        self._free_at = 0.0
        self._parts = 0
        self._again: asyncio.TimerHandle | None = None
        self._watch: tuple[int, Callable[[], None]] | None = None
        self._rewritten: tuple[bytes, bytes] | None = None
        self._refused = False
        self._torn = self._flipped = False
        self._pause: tuple[int, float] | None = None

    # -------------------------------------------------------------- what a test does

    def cut(self, refuse_seconds: float = 0.0) -> None:
        """Reset every connection; new ones are refused for ``refuse_seconds``."""
        self._call(self._cut, refuse_seconds)

    def stall(self) -> None:
        """Carry nothing any more, in neither direction, and keep every connection open: a black
        hole.
        """
        self._call(self._flowing.clear)

    def flow(self) -> None:
        """End a stall."""
        self._call(self._flowing.set)

    def throttle(self, bytes_per_second: float | None) -> None:
        """Carry so many bytes a second on all connections together, each direction counted; None:
        as fast as it can.
        """
        self._rate = bytes_per_second

    def after(self, received: int, action: Callable[[], None]) -> None:
        """Call ``action`` once, as soon as so many bytes more have come from the server
        (``proxy.cut`` for example).
        """
        self._watch = (self.received + received, action)

    def rewrite(self, old: bytes, new: bytes) -> None:
        """From here on, put ``new`` into what comes from the server wherever it says ``old``, which
        is as long.
        """
        assert len(old) == len(new)
        self._rewritten = (old, new)

    def refuse(self, refused: bool = True) -> None:
        """Reset whoever connects, as soon as they do; those who are connected stay."""
        self._refused = refused

    def tear(self) -> None:
        """Cut the next answer of the server in its middle, and every connection with it."""
        self._torn = True

    def flip(self) -> None:
        """Turn one bit of a byte in the middle of the server's next answer."""
        self._flipped = True

    def hiccup(self, every: int, seconds: float) -> None:
        """Hold every so many-th part back for some seconds: a lost packet that TCP sends again."""
        self._pause = (every, seconds)

    def heal(self) -> None:
        """Be a good network again: one that listens, and whose connections go on that hang in a
        stall.
        """
        self._refused = self._torn = self._flipped = False
        self._pause = self._rate = self._watch = self._rewritten = None
        self.flow()
        asyncio.run_coroutine_threadsafe(self._listen_again(), self._loop).result(LONG_SECONDS)

    # -------------------------------------------------------------- the loop's thread

    def __enter__(self) -> Proxy:
        self._thread.start()
        assert self._ready.wait(LONG_SECONDS), "the proxy does not listen"
        return self

    def __exit__(self, *_: object) -> None:
        self._call(self._loop.stop)
        self._thread.join(LONG_SECONDS)
        assert not self._thread.is_alive()

    def _call(self, action: Callable[..., None], *arguments: object) -> None:
        if threading.get_ident() == self._thread.ident:
            action(*arguments)
            return
        done = threading.Event()

        def run() -> None:
            action(*arguments)
            done.set()

        self._loop.call_soon_threadsafe(run)
        assert done.wait(LONG_SECONDS), "the proxy does not answer"

    def _serve(self) -> None:
        asyncio.set_event_loop(self._loop)
        self._flowing = asyncio.Event()
        self._flowing.set()
        self._place = self._bound()
        self.port = self._place.getsockname()[1]
        self._loop.run_until_complete(self._listen())
        self._ready.set()
        self._loop.run_forever()
        self._cut(0.0)
        self._loop.run_until_complete(self._end())
        self._loop.close()

    async def _end(self) -> None:
        assert self._server is not None
        assert self._place is not None
        self._server.close()
        self._place.close()
        others = asyncio.all_tasks() - {asyncio.current_task()}
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)

    def _bound(self) -> socket.socket:
        """One that never listens keeps the port while nobody does: otherwise somebody else could be
        given it.
        """
        place = socket.socket()
        # the one beside it, and no one else's
        place.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        place.bind(("127.0.0.1", self.port))
        return place

    async def _listen(self) -> None:
        self._server = await asyncio.start_server(
            self._accepted, sock=self._bound(), limit=_READ_BYTES
        )

    def _cut(self, refuse_seconds: float) -> None:
        for writer in self._open:
            self._reset(writer)
        if refuse_seconds and self._server is not None and self._again is None:
            self._server.close()
            self._again = self._loop.call_later(refuse_seconds, self._relisten)

    def _reset(self, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError):  # closed meanwhile
            writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
        writer.transport.abort()

    def _relisten(self) -> None:
        self._listening = self._loop.create_task(self._listen_again())

    async def _listen_again(self) -> None:
        if self._again is not None:
            self._again.cancel()
            self._again = None
            await self._listen()

    async def _accepted(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        self._open.add(writer)
        if self._refused or self._again is not None:  # cut before this one was known
            self._reset(writer)
            self._open.discard(writer)
            return
        there: asyncio.StreamWriter | None = None
        try:
            answers, there = await asyncio.open_connection(
                "127.0.0.1", self._target, limit=_READ_BYTES
            )
            self._open.add(there)
            await asyncio.gather(
                self._carry(reader, there, False), self._carry(answers, writer, True)
            )
        except (OSError, asyncio.CancelledError):
            pass  # cut, or the proxy ends
        finally:
            for end in (writer, there):
                if end is not None:
                    self._open.discard(end)
                    end.transport.abort()

    async def _carry(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, answers: bool
    ) -> None:
        while data := await reader.read(_READ_BYTES):
            if answers and self._rewritten:
                data = await self._changed(data, reader, *self._rewritten)
            await self._flowing.wait()
            await self._take_time(len(data))
            writer.write(self._harmed(data) if answers else data)
            await writer.drain()
            if answers and self._torn:
                self._torn = False
                self._cut(0.0)
                return
            if answers:
                self.received += len(data)
                self._look_at_watch()
            else:
                self.sent += len(data)
        with contextlib.suppress(OSError, RuntimeError):
            writer.write_eof()

    @staticmethod
    async def _changed(data: bytes, reader: asyncio.StreamReader, old: bytes, new: bytes) -> bytes:
        # the rest is on its way
        while any(data.endswith(old[:size]) for size in range(1, len(old))):
            data += await reader.read(_READ_BYTES) or b"\0"
        return data.replace(old, new)

    def _harmed(self, data: bytes) -> bytes:
        middle = len(data) // 2
        if self._torn:
            return data[:middle]
        if self._flipped:
            self._flipped = False
            return data[:middle] + bytes([data[middle] ^ 0x04]) + data[middle + 1 :]
        return data

    async def _take_time(self, size: int) -> None:
        self._parts += 1
        if self._pause and self._parts % self._pause[0] == 0:
            await asyncio.sleep(self._pause[1])
        if self._rate:
            self._free_at = max(self._free_at, time.monotonic()) + size / self._rate
            await asyncio.sleep(self._free_at - time.monotonic())

    def _look_at_watch(self) -> None:
        if self._watch is not None and self.received >= self._watch[0]:
            _, action = self._watch
            self._watch = None
            action()
