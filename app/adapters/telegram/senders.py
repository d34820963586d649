"""Connections to data centres other than the account's own."""

from __future__ import annotations

import asyncio
from collections import defaultdict

from telethon import TelegramClient
from telethon.network import MTProtoSender


class Senders:
    """Keeps one connected sender for each data centre, made at first use and again after it gave up.

    Replaces Telethon's own pool, which hands out senders whose reconnection has failed.
    """

    def __init__(self, client: TelegramClient, timeout: float) -> None:
        """timeout: seconds to connect, agree on a key and transfer the login."""
        self._client = client
        self._timeout = timeout
        self._senders: dict[int, MTProtoSender] = {}
        self._making: defaultdict[int, asyncio.Lock] = defaultdict(asyncio.Lock)
        self._exporting = asyncio.Lock()  # Telethon builds the request in a field that all exports share
        self._closed = False

    async def get(self, dc: int) -> MTProtoSender:
        """The sender. ConnectionError, TimeoutError or RPCError if there can be none."""
        async with self._making[dc]:
            sender = self._senders.get(dc)
            if sender is None or not sender.is_connected():
                async with self._exporting, asyncio.timeout(self._timeout):
                    sender = await self._client._create_exported_sender(dc)
                if self._closed:
                    await sender.disconnect()
                    raise ConnectionError("the account is being closed")
                self._senders[dc] = sender
            return sender

    async def drop(self, dc: int) -> None:
        """Ends one connection; the next get() agrees on a new key."""
        sender = self._senders.pop(dc, None)
        if sender is not None:
            await sender.disconnect()

    async def close(self) -> None:
        """Ends all connections."""
        self._closed = True
        for sender in self._senders.values():
            await sender.disconnect()
