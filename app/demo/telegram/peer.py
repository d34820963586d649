"""The interface of a connection for the methods and the shared state; its socket is in connection.py."""

from __future__ import annotations

from typing import Any, Protocol

from app.demo.telegram.keys import Key


class Peer(Protocol):
    """One client's TCP connection. dc: the data centre that it reached."""

    dc: int
    main: bool  # a client's main connection; it opens with help.getConfig and may listen to updates
    listens: bool
    number: int
    key: Key

    def notify(self, update: Any) -> None:
        """Sends an update that the client did not ask for."""

    def abort(self) -> None:
        """Closes the connection at once; unsent bytes are lost."""
