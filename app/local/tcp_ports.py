"""TCP ports of local services: chooses free ones, remembers them, replaces one that another program has taken."""

from __future__ import annotations

import random
import socket

from app.home.directory import Home, write_private

LOOPBACK = "127.0.0.1"
# Below Linux's ephemeral range (32768 and up), so that no outgoing connection takes the port between two starts.
RANGE = range(20_000, 32_000)


def choose(home: Home, name: str) -> tuple[int, int | None]:
    """(a port that is free now, the remembered port that it replaces or None). Remembers the choice."""
    path = home.root / f"{name}.port"
    kept = int(path.read_text()) if path.exists() else None
    if kept is not None and is_free(kept):
        return kept, None
    port = next(candidate for candidate in random.sample(RANGE, len(RANGE)) if is_free(candidate))
    write_private(path, f"{port}\n")
    return port, kept


def preferred(home: Home, name: str, port: int) -> int:
    """The given port if it is free, else another one (see `choose`)."""
    return port if is_free(port) else choose(home, name)[0]


def is_free(port: int) -> bool:
    """Whether a server could listen on the port. Closed connections in TIME_WAIT do not make it taken."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, port))
        except OSError:
            return False
        return True
