"""Runs the server as a process of its own, and steers it through a handle."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from app.demo.telegram.control import ControlError, order
from app.demo.telegram.faults import Faults
from app.demo.telegram.keys import PUBLIC_KEY
from app.demo.telegram.ledger import Ledger
from app.demo.telegram.methods.account import HOST
from app.demo.telegram.wire import encode
from app.demo.world import Action, Rename, World

START_SECONDS = 60.0


@dataclass(frozen=True)
class Running:
    """The content of a running server's state file, which only its user can read."""

    port: int
    control_port: int
    token: str
    keys: tuple[str, ...]  # base64, of sessions given out

    @classmethod
    def load(cls, path: Path) -> Self:
        """Reads a state file."""
        found = json.loads(path.read_text())
        return cls(found["port"], found["control_port"], found["token"], tuple(found["keys"]))

    def save(self, path: Path) -> None:
        """Writes it whole or not at all, for this user only."""
        fresh = path.with_suffix(".new")
        with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as stream:
            json.dump(vars(self), stream)
        fresh.replace(path)


class Remote:
    """Steers a running server through its state file; the same methods as LoopbackTelegram."""

    public_key = PUBLIC_KEY

    def __init__(self, state: Path) -> None:
        self.state = state

    @property
    def public_key_file(self) -> Path:
        """PEM file of the server's RSA key, for TELEGRAM_TEST_RSA_KEY."""
        return self.state.with_suffix(".pem")

    def _order(self, do: str, **args: Any) -> Any:
        running = Running.load(self.state)
        return order(running.control_port, running.token, do, **args)

    @property
    def address(self) -> tuple[str, int]:
        """Host and port of the main data centre."""
        return HOST, Running.load(self.state).port

    def session(self, *, authorised: bool = True) -> str:
        """A new StringSession for the server."""
        return str(self._order("session", authorised=authorised))

    def apply(self, action: Action | Rename) -> None:
        """Makes a message appear, change or disappear, or renames a channel, now."""
        self._order("apply", action=action)

    def next_batch(self) -> bool:
        """Applies the next batch of World.later; False when there is none left."""
        return bool(self._order("next_batch"))

    @property
    def faults(self) -> Faults:
        """The switches; assign to replace them all."""
        found: Faults = self._order("faults")
        return found

    @faults.setter
    def faults(self, faults: Faults) -> None:
        self._order("set_faults", faults=faults)

    def expire_references(self) -> None:
        """Invalidates every file reference issued so far."""
        self._order("expire_references")

    def drop_connections(self) -> None:
        """Closes all TCP connections."""
        self._order("drop_connections")

    @property
    def ledger(self) -> Ledger:
        """A copy of all entries so far."""
        return Ledger(self._order("ledger"))

    def clear_ledger(self) -> None:
        """Forgets all entries."""
        self._order("clear_ledger")

    @property
    def bytes_sent(self) -> int:
        """Bytes written to clients since the start."""
        return int(self._order("bytes_sent"))


class LoopbackProcess(Remote):
    """Starts `python -m app.demo.telegram` and stops it at the end of the context, or when this process dies.

    world: a World (sent as JSON: for small ones) or "module:function" that returns one. With a home, a later server
    in the same home keeps the port and the sessions.
    """

    def __init__(self, world: World | str, *, port: int = 0, second_dc: bool = True, home: Path | None = None) -> None:
        self._temporary = tempfile.TemporaryDirectory(prefix="loopback-") if home is None else None
        self._home = Path(self._temporary.name) if self._temporary else home
        assert self._home is not None
        super().__init__(self._home / "telegram.json")
        self._world = world
        self._options = [f"--port={port}", *([] if second_dc else ["--one-dc"])]
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        earlier = _written(self.state)
        arguments = [f"--world={self._world_argument()}", f"--state={self.state}", "--until-eof", *self._options]
        self._process = subprocess.Popen([sys.executable, "-m", "app.demo.telegram", *arguments], stdin=subprocess.PIPE)
        deadline = time.monotonic() + START_SECONDS
        while _written(self.state) == earlier:
            if self._process.poll() is not None or time.monotonic() > deadline:
                self._stop()
                raise ControlError("the loopback Telegram server did not start; its reason is on stderr")
            time.sleep(0.02)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        self._stop()
        if self._temporary is not None:
            self._temporary.cleanup()

    @property
    def pid(self) -> int:
        """Its process id."""
        assert self._process is not None
        return self._process.pid

    def _stop(self) -> None:
        assert self._process is not None
        assert self._process.stdin is not None
        self._process.stdin.close()
        try:
            self._process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def _world_argument(self) -> str:
        if isinstance(self._world, str):
            return self._world
        path = self.state.with_name("world.json")
        path.write_text(json.dumps(encode(self._world)))
        return str(path)


def _written(path: Path) -> int:
    """Time of the file's last write; 0 while it does not exist."""
    return path.stat().st_mtime_ns if path.exists() else 0
