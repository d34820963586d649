"""Just enough HTTP/1.1 for a client that keeps connections: a thread each, and answers that can go wrong."""

from __future__ import annotations

import contextlib
import json
import socket
import ssl
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from app.demo.llm.faults import Kind

HOST = "127.0.0.1"
HTML = b"<html><body>502 Bad Gateway, said the proxy, with status 200</body></html>"


@dataclass(frozen=True)
class Request:
    """One request; header names in lower case."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes

    def json(self) -> dict[str, Any]:
        """The body as an object; empty if it is not one."""
        try:
            data = json.loads(self.body)
        except ValueError:
            return {}
        return data if isinstance(data, dict) else {}


@dataclass(frozen=True)
class Reply:
    """An answer; `broken` names how it fails on its way."""

    status: int
    content: Mapping[str, Any]
    headers: Mapping[str, str] = field(default_factory=dict)
    broken: Kind | None = None
    raw: bytes | None = None  # in place of the content


Serve = Callable[[Request], Reply]


class HttpServer(ThreadingHTTPServer):
    """Serves on a free port of 127.0.0.1; ends with all its connections."""

    daemon_threads = True  # threads that hang on purpose are ended by `stop`, not waited for

    def __init__(self, serve: Serve, closing: threading.Event, tls: ssl.SSLContext | None = None) -> None:
        super().__init__((HOST, 0), _Handler)
        self.serve, self.closing = serve, closing
        self._tls = tls
        self._open: set[socket.socket] = set()
        self._lock = threading.Lock()
        self._thread = threading.Thread(target=self.serve_forever, args=(0.05,), name="loopback-llm", daemon=True)

    @property
    def address(self) -> str:
        """The server's address without a path."""
        return f"{'https' if self._tls else 'http'}://{HOST}:{self.server_address[1]}"

    def start(self) -> None:
        """Begins to answer."""
        self._thread.start()

    def stop(self) -> None:
        """Ends the server and every connection."""
        self.closing.set()
        self.shutdown()
        self._thread.join()
        with self._lock:
            for connection in self._open:
                _end(connection)
        deadline = time.monotonic() + 5
        while self._open and time.monotonic() < deadline:
            time.sleep(0.01)
        self.server_close()

    def get_request(self) -> tuple[socket.socket, Any]:
        connection, address = super().get_request()
        if self._tls is not None:
            # The handshake comes with the first read, in the connection's own thread.
            connection = self._tls.wrap_socket(connection, server_side=True, do_handshake_on_connect=False)
        with self._lock:
            self._open.add(connection)
        return connection, address

    def shutdown_request(self, request: Any) -> None:
        super().shutdown_request(request)
        with self._lock:
            self._open.discard(request)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Ignores clients that hang up or do not trust the certificate: this server exists to test them."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: HttpServer

    def log_message(self, format: str, *arguments: Any) -> None:
        """Logs nothing: the ledger tells more."""

    def _answer(self) -> None:
        body = self.rfile.read(int(self.headers.get("content-length") or 0))
        headers = {name.lower(): value for name, value in self.headers.items()}
        reply = self.server.serve(Request(self.command, self.path, headers, body))
        if reply.broken == "hang":
            self.server.closing.wait()
            self.close_connection = True
            return
        self._send(reply)

    do_GET = do_POST = _answer  # noqa: N815 - the names that the base class calls

    def _send(self, reply: Reply) -> None:
        content = HTML if reply.broken == "not_json" else json.dumps(reply.content).encode()
        content = content if reply.raw is None else reply.raw
        self.send_response(reply.status)
        self.send_header("Content-Type", "text/html" if content.startswith(b"<") else "application/json")
        self.send_header("Content-Length", str(len(content)))
        for name, value in reply.headers.items():
            self.send_header(name, value)
        self.end_headers()
        if reply.broken == "trickle":
            self._trickle(content)
        elif reply.broken == "cut":
            self.wfile.write(content[: len(content) // 2])
            self.close_connection = True
        else:
            self.wfile.write(content)

    def _trickle(self, content: bytes) -> None:
        for byte in content[:-1]:
            self.wfile.write(bytes([byte]))
            self.wfile.flush()
            if self.server.closing.wait(0.05):
                break
        self.close_connection = True


def _end(connection: socket.socket) -> None:
    with contextlib.suppress(OSError):  # it ended by itself
        connection.shutdown(socket.SHUT_RDWR)
