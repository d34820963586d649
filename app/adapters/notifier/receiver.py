"""A small receiver of webhooks, for tests and for trying out."""

from __future__ import annotations

from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Lock
from typing import Any

from app.adapters.notifier.inbox import Inbox, Received, Verdict

MOST = 64 * 1024  # bytes of a body; a notice has at most some 20,000
PATIENCE = 10.0  # seconds for a client to send its next bytes
STATUSES = {Verdict.NEW: 204, Verdict.DOUBLE: 204, Verdict.REFUSED: 401}

Tell = Callable[[Received], None]


class Receiver(ThreadingHTTPServer):
    """Answers webhooks at each path and tells what became of each. 401 for one that is refused."""

    daemon_threads = True

    def __init__(self, host: str, port: int, inbox: Inbox, tell: Tell) -> None:
        """port: 0 takes a free one. OSError where it cannot listen there."""
        super().__init__((host, port), _Handler)
        self._inbox, self._tell = inbox, tell
        self._lock = Lock()

    @property
    def address(self) -> str:
        """Where it listens."""
        return f"http://{self.server_address[0]!s}:{self.server_address[1]}/"

    def take(self, headers: dict[str, str], body: bytes) -> int:
        """Judges a request and tells the verdict; the status of the answer."""
        received = self._inbox.judge(headers, body)
        with self._lock:  # one line after the other
            self._tell(received)
        return STATUSES[received.verdict]

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Ignores clients that hang up."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server_version, sys_version = "media-audit", ""
    timeout = PATIENCE
    server: Receiver

    def log_message(self, format: str, *arguments: Any) -> None:
        """Logs nothing: each request is told of once."""

    def do_POST(self) -> None:
        """Takes a webhook."""
        length = self.headers.get("content-length", "")
        if not (length.isascii() and length.isdigit()):
            self._end(411)
        elif int(length[:20]) > MOST:
            self._end(413)
        else:
            self._end(self.server.take(dict(self.headers.items()), self.rfile.read(int(length))))

    def _end(self, status: int) -> None:
        self.send_response(status)
        self.send_header("Content-Length", "0")
        self.send_header("Connection", "close")
        self.end_headers()
