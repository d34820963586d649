"""Controls a server in another process: one JSON line there, one back, on loopback, with a token."""

from __future__ import annotations

import hmac
import json
import socket
import socketserver
import threading
from collections.abc import Callable
from typing import Any

from app.demo.telegram.methods.account import HOST
from app.demo.telegram.server import LoopbackTelegram
from app.demo.telegram.wire import decode, encode

TIMEOUT = 60.0  # seconds for one order


class ControlError(Exception):
    """The server refused an order or does not run."""


class Control(socketserver.ThreadingTCPServer):
    """Takes orders. changed: called after an order that issued a session, so that the caller can save it."""

    allow_reuse_address = True
    daemon_threads = True

    def __init__(self, server: LoopbackTelegram, token: str, port: int, changed: Callable[[], None]) -> None:
        super().__init__((HOST, port), _Handler)
        self.token = token
        self._changed = changed
        self.orders: dict[str, Callable[..., Any]] = {
            "session": self._session,
            "apply": server.apply,
            "next_batch": server.next_batch,
            "set_faults": lambda faults: setattr(server, "faults", faults),
            "faults": lambda: server.faults,
            "expire_references": server.expire_references,
            "drop_connections": server.drop_connections,
            "ledger": lambda: list(server.ledger.entries),
            "clear_ledger": server.ledger.clear,
            "bytes_sent": lambda: server.bytes_sent,
        }
        self._server = server

    def start(self) -> int:
        """Serves in a thread; returns the port."""
        threading.Thread(target=self.serve_forever, name="loopback-control", daemon=True).start()
        return int(self.server_address[1])

    def _session(self, *, authorised: bool) -> str:
        session = self._server.session(authorised=authorised)
        self._changed()
        return session


class _Handler(socketserver.StreamRequestHandler):
    server: Control

    def handle(self) -> None:
        for line in self.rfile:
            self.wfile.write(json.dumps(self._answer(json.loads(line))).encode() + b"\n")

    def _answer(self, order: dict[str, Any]) -> dict[str, Any]:
        if not hmac.compare_digest(str(order.get("token")), self.server.token):
            return {"error": "wrong token"}
        try:
            result = self.server.orders[order["do"]](**decode(order["args"]))
        except Exception as error:  # every failure belongs to the other side, which asked for it
            return {"error": f"{type(error).__name__}: {error}"}
        return {"result": encode(result)}


def order(port: int, token: str, do: str, **args: Any) -> Any:
    """Sends one order and returns its result."""
    line = json.dumps({"token": token, "do": do, "args": encode(args)}).encode() + b"\n"
    try:
        with (
            socket.create_connection((HOST, port), timeout=TIMEOUT) as connection,
            connection.makefile("rwb") as stream,
        ):
            stream.write(line)
            stream.flush()
            answer = json.loads(stream.readline())
    except (OSError, ValueError) as error:
        raise ControlError(f"no loopback Telegram server answers on control port {port}: {error}") from error
    if "error" in answer:
        raise ControlError(answer["error"])
    return decode(answer["result"])
