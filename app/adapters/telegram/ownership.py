"""One owner for each Telegram account: Telegram closes a session for good that two processes use at once.

A PostgreSQL advisory lock says who the owner is. It lives as long as its connection, so the owner must notice the end
of that connection before the server gives the lock to another. A stopped server or a cut connection shows at once as
the end of the stream. A silent network does not: then the ping finds it after at most PING + PING_TIMEOUT seconds,
while the server, told so below, keeps the lock for the 30 seconds of KEEPALIVES.
"""

from __future__ import annotations

import asyncio
import hashlib
from contextlib import suppress

import psycopg

from app.adapters.telegram.errors import AccountBusy, Disconnected

PING = 3.0  # seconds between pings
PING_TIMEOUT = 5.0
KEEPALIVES = {"idle": 15, "interval": 5, "count": 3}  # 15 + 3 x 5 = 30 s of silence end the connection for the server
ACQUIRE_TIMEOUT = 15.0


def lock_key(auth_key: bytes) -> int:
    """The lock's 64-bit number: from a hash, as pg_locks shows it to everybody with access to the database."""
    digest = hashlib.sha256(b"media-audit telegram account" + auth_key).digest()
    return int.from_bytes(digest[:8], "big", signed=True)


class Ownership:
    """The lock on one account, on a connection of its own."""

    def __init__(self, conninfo: str, key: int) -> None:
        """conninfo: address of PostgreSQL, as libpq understands it."""
        self._conninfo = conninfo
        self._key = key
        self._connection: psycopg.AsyncConnection | None = None

    async def acquire(self) -> None:
        """Takes the lock; AccountBusy when another has it, Disconnected when the database cannot be reached."""
        try:
            async with asyncio.timeout(ACQUIRE_TIMEOUT):
                free = await self._try_lock()
        except (psycopg.Error, OSError) as error:
            await self.release()
            # libpq's messages name host, port and user, never the password
            raise Disconnected(f"the database that guards the Telegram account cannot be reached: {error}") from error
        if not free:
            await self.release()
            raise AccountBusy

    async def _try_lock(self) -> bool:
        self._connection = await psycopg.AsyncConnection.connect(
            self._conninfo,
            autocommit=True,  # a session lock must not hang on an idle transaction
            application_name="media-audit telegram owner",
        )
        for name, value in KEEPALIVES.items():
            await self._connection.execute(f"SET tcp_keepalives_{name} = {value}")
        cursor = await self._connection.execute("SELECT pg_try_advisory_lock(%s)", [self._key])
        row = await cursor.fetchone()
        return row is not None and bool(row[0])

    async def lost(self) -> None:
        """Returns as soon as the lock can no longer be relied upon."""
        connection = self._connection
        if connection is None:
            return
        with suppress(psycopg.Error, OSError, TimeoutError):
            while True:
                async for _ in connection.notifies(timeout=PING):
                    pass  # nobody notifies; listening is what shows the end of the stream at once
                async with asyncio.timeout(PING_TIMEOUT):
                    await connection.execute("SELECT 1")

    async def release(self) -> None:
        """Gives the lock back; safe to repeat."""
        connection, self._connection = self._connection, None
        if connection is not None:
            with suppress(psycopg.Error, OSError):
                await connection.close()
