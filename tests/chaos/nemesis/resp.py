"""The protocol of Redis from a client's side, as far as somebody in the middle must understand it."""

from __future__ import annotations

import base64
import json
from collections.abc import Sequence
from dataclasses import dataclass

Command = list[bytes]


class Incomplete(Exception):
    """More bytes have to come."""


class Commands:
    """Cuts a client's stream of bytes into commands."""

    def __init__(self) -> None:
        self._rest = b""

    def feed(self, data: bytes) -> list[Command]:
        """The commands that are complete now."""
        self._rest += data
        found = []
        while self._rest:
            try:
                command, end = _command(self._rest)
            except Incomplete:
                break
            found.append(command)
            self._rest = self._rest[end:]
        return found


def _command(data: bytes) -> tuple[Command, int]:
    count, at = _number(data, 0, b"*")
    parts = []
    for _ in range(count):
        size, at = _number(data, at, b"$")
        if len(data) < at + size + 2:
            raise Incomplete
        parts.append(data[at : at + size])
        at += size + 2
    return parts, at


def _number(data: bytes, at: int, kind: bytes) -> tuple[int, int]:
    end = data.find(b"\r\n", at)
    if end < 0:
        raise Incomplete
    assert data[at : at + 1] == kind, data[at : at + 20]
    return int(data[at + 1 : end]), end + 2


def packed(command: Sequence[bytes]) -> bytes:
    """The bytes of a command."""
    head = b"*%d\r\n" % len(command)
    return head + b"".join(b"$%d\r\n%b\r\n" % (len(part), part) for part in command)


@dataclass(frozen=True)
class TaskMessage:
    """A task's message on its way into a queue."""

    queue: bytes
    body: bytes  # as it lies in the broker
    task: str
    bulk: bool

    @classmethod
    def of(cls, command: Command) -> TaskMessage | None:
        """What this command sends; None for all else."""
        if len(command) != 3 or command[0].upper() != b"LPUSH" or not command[2].startswith(b"{"):
            return None
        message = json.loads(command[2])
        task = message.get("headers", {}).get("task")
        if not task:
            return None
        args, _, _ = json.loads(base64.b64decode(message["body"]))
        return cls(command[1], command[2], task, len(args) > 1 and bool(args[1]))
