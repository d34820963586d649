"""Loopback receivers of notices: an HTTP server that answers as a test says, and the interface of Telegram's bots."""

from __future__ import annotations

import json
import ssl
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self

INNER = "words of an inner service"


@dataclass(frozen=True)
class Sent:
    """A request. headers: names in lower case."""

    path: str
    headers: Mapping[str, str]
    body: bytes

    def json(self) -> Any:
        return json.loads(self.body)


@dataclass(frozen=True)
class Reply:
    """An answer. how: `whole`; or `hang`: none; `trickle`: a header a byte at a time; `endless`: a body without end."""

    status: int = 200
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)
    how: str = "whole"


class LoopbackReceiver:
    """Keeps every request and answers it. `address` is on 127.0.0.1; https with a context of TLS."""

    def __init__(self, answer: Callable[[Sent], Reply] = lambda sent: Reply(204), tls: ssl.SSLContext | None = None):
        self.sent: list[Sent] = []
        self.answer = answer
        self._closing = threading.Event()
        self._tls = tls
        self._server = _Server(("127.0.0.1", 0), _handler(self, self._closing))
        if tls is not None:
            self._server.socket = tls.wrap_socket(self._server.socket, server_side=True, do_handshake_on_connect=False)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        self._closing.set()
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    @property
    def port(self) -> int:
        return int(self._server.server_address[1])

    @property
    def address(self) -> str:
        return f"{'https' if self._tls else 'http'}://127.0.0.1:{self.port}"


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Ignores clients that hang up or do not trust the certificate."""


def _handler(receiver: LoopbackReceiver, closing: threading.Event) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, format: str, *arguments: Any) -> None:
            pass

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("content-length") or 0))
            sent = Sent(self.path, {name.lower(): value for name, value in self.headers.items()}, body)
            receiver.sent.append(sent)
            self._reply(receiver.answer(sent))

        do_GET = do_POST  # noqa: N815

        def _reply(self, reply: Reply) -> None:
            self.close_connection = True
            if reply.how == "hang":
                closing.wait()
                return
            self.send_response(reply.status)
            for name, value in reply.headers.items():
                self.send_header(name, value)
            if reply.how == "trickle":
                self.flush_headers()
                self._without_end(b"x", 0.02)
            elif reply.how == "endless":
                self.end_headers()
                self._without_end(b"x" * 65_536, 0.0)
            else:
                self.send_header("Content-Length", str(len(reply.body)))
                self.end_headers()
                self.wfile.write(reply.body)

        def _without_end(self, piece: bytes, pause: float) -> None:
            while not closing.wait(pause):
                self.wfile.write(piece)

    return Handler


TOKEN = "123456:AAexample-token_of-the-bot"


class LoopbackBots:
    """The method sendMessage of Telegram's bots, with the answers that Telegram gives.

    chats: that the bot may write to; blocked: whose user blocked it. `next` is answered once instead.
    """

    def __init__(self, token: str = TOKEN) -> None:
        self.token = token
        self.chats = {"42", "-1001234567890", "@newsroom"}
        self.blocked: set[str] = set()
        self.messages: list[dict[str, Any]] = []
        self.next: Reply | None = None

    def __call__(self, sent: Sent) -> Reply:
        """The answer to a request."""
        once, self.next = self.next, None
        if once is not None:
            return once
        if sent.path != f"/bot{self.token}/sendMessage":
            known = sent.path.startswith("/bot" + self.token.partition(":")[0])
            return refusal(401, "Unauthorized") if known else refusal(404, "Not Found")
        message = sent.json()
        chat = str(message["chat_id"])
        if chat in self.blocked:
            return refusal(403, "Forbidden: bot was blocked by the user")
        if chat not in self.chats:
            return refusal(400, "Bad Request: chat not found")
        if len(message["text"].encode("utf-16-le")) > 2 * 4096:
            return refusal(400, "Bad Request: message is too long")
        if not message["text"].strip():
            return refusal(400, "Bad Request: message text is empty")
        self.messages.append(message)
        return Reply(200, json.dumps({"ok": True, "result": {"message_id": len(self.messages)}}).encode())


def refusal(status: int, description: str, **parameters: Any) -> Reply:
    """An answer of Telegram that is none of success."""
    told = {"ok": False, "error_code": status, "description": f"{description}. {INNER}"}
    return Reply(status, json.dumps(told | ({"parameters": parameters} if parameters else {})).encode())
