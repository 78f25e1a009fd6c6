"""An HTTP relay before the AWS API that can answer for it: throttled, denied, expired, or not at
all.
"""

from __future__ import annotations

import http.client
import json
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

#: what is answered instead: the error code for an operation, None to let it through
Answer = Callable[[str], str | None]


class Gate:
    """Relays to 127.0.0.1:``target``; a context manager. ``asked`` are the operations so far, in
    order.
    """

    def __init__(self, target: int) -> None:
        self.asked: list[str] = []
        self._answer: Answer | None = None
        gate = self

        class Relay(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                gate._relay(self, target)

            def log_message(self, format: str, *arguments: object) -> None:  # noqa: A002 - the base class's name
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Relay)
        self.port = self._server.server_address[1]
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)

    def answer(self, answer: Answer) -> None:
        self._answer = answer

    def heal(self) -> None:
        self._answer = None

    def __enter__(self) -> Gate:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def _relay(self, request: BaseHTTPRequestHandler, target: int) -> None:
        body = request.rfile.read(int(request.headers.get("Content-Length") or 0))
        operation = request.headers.get("X-Amz-Target", "").rpartition(".")[2] or _queried(
            body, request.path
        )
        self.asked.append(operation)
        code = self._answer(operation) if self._answer else None
        if code is not None:
            _send(
                request,
                400,
                "application/x-amz-json-1.1",
                json.dumps({"__type": code, "message": "no"}).encode(),
            )
            return
        there = http.client.HTTPConnection("127.0.0.1", target, timeout=60)
        try:
            there.request("POST", request.path, body, dict(request.headers))
            reply = there.getresponse()
            _send(
                request,
                reply.status,
                reply.headers.get("Content-Type", ""),
                reply.read(),
                reply.headers.items(),
            )
        except OSError:
            request.close_connection = True
        finally:
            there.close()


def _queried(body: bytes, path: str) -> str:
    """The operation of a service that writes it into the form (RDS) or the path (CloudWatch)."""
    form = dict(pair.split("=", 1) for pair in body.decode("latin-1").split("&") if "=" in pair)
    return form.get("Action") or path.rpartition("/")[2]


def _send(
    request: BaseHTTPRequestHandler, status: int, kind: str, body: bytes, headers: object = ()
) -> None:
    request.send_response(status)
    kept = {"x-amzn-requestid", "smithy-protocol"}
    for name, value in headers:  # type: ignore[attr-defined]
        if name.lower() in kept:
            request.send_header(name, value)
    request.send_header("Content-Type", kind)
    request.send_header("Content-Length", str(len(body)))
    request.end_headers()
    request.wfile.write(body)
