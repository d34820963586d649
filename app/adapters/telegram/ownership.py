"""Ownership of a Telegram account: one process at a time, because Telegram ends a session that two processes use.

The owner holds a PostgreSQL advisory lock. The lock lives as long as its connection, so the owner must notice the end
of that connection before the server gives the lock to another process. A stopped server or a closed connection shows at
once as the end of the stream. A silent network does not: the ping finds it after at most PING + PING_TIMEOUT seconds,
while the server keeps the lock for the 30 seconds of KEEPALIVES.
"""

from __future__ import annotations

import asyncio
import hashlib
from contextlib import suppress

import psycopg

from app.adapters.telegram.errors import AccountBusy, Disconnected

PING = 3.0  # seconds between pings
PING_TIMEOUT = 5.0
KEEPALIVES = {
    "idle": 15,
    "interval": 5,
    "count": 3,
}  # 15 + 3 x 5 = 30 s of silence end the connection on the server's side
ACQUIRE_TIMEOUT = 15.0


def lock_key(auth_key: bytes) -> int:
    """The lock's 64-bit number, from a hash: pg_locks shows it to all users of the database."""
    digest = hashlib.sha256(b"media-audit telegram account" + auth_key).digest()
    return int.from_bytes(digest[:8], "big", signed=True)


class Ownership:
    """The lock on one account, on a connection of its own."""

    def __init__(self, conninfo: str, key: int) -> None:
        """conninfo: address of PostgreSQL, in the form of libpq."""
        self._conninfo = conninfo
        self._key = key
        self._connection: psycopg.AsyncConnection | None = None

    async def acquire(self) -> None:
        """Takes the lock. AccountBusy if another process has it, Disconnected if the database cannot be reached."""
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
            autocommit=True,  # a session lock must not depend on an idle transaction
            application_name="media-audit telegram owner",
        )
        for name, value in KEEPALIVES.items():
            await self._connection.execute(f"SET tcp_keepalives_{name} = {value}")
        cursor = await self._connection.execute("SELECT pg_try_advisory_lock(%s)", [self._key])
        row = await cursor.fetchone()
        return row is not None and bool(row[0])

    async def lost(self) -> None:
        """Returns as soon as the lock is no longer certain."""
        connection = self._connection
        if connection is None:
            return
        with suppress(psycopg.Error, OSError, TimeoutError):
            while True:
                async for _ in connection.notifies(timeout=PING):
                    pass  # there are no notifications; listening shows the end of the stream at once
                async with asyncio.timeout(PING_TIMEOUT):
                    await connection.execute("SELECT 1")

    async def release(self) -> None:
        """Releases the lock; safe to repeat."""
        connection, self._connection = self._connection, None
        if connection is not None:
            with suppress(psycopg.Error, OSError):
                await connection.close()
