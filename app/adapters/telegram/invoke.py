"""One request on one connection, with a deadline."""

from __future__ import annotations

import asyncio
from typing import Any

from telethon.network import MTProtoSender


async def invoke(sender: MTProtoSender, request: Any, seconds: float) -> Any:
    """The answer. RPCError when Telegram refuses, TimeoutError after these seconds, ConnectionError when cut off.

    Not through TelegramClient: that remembers one file's flood wait against all files, sleeps on errors, and keeps
    every entity that it ever saw.
    """
    future: asyncio.Future[Any] = sender.send(request)
    try:
        # What still waits to be sent when Telethon gives up on a connection would wait for ever.
        ended = sender._disconnected
        await asyncio.wait((future, ended), timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
        if not future.done() and ended.done():
            raise ConnectionError("the connection to Telegram ended")
        if not future.done():
            raise TimeoutError(f"no answer within {seconds:.0f} s")
    finally:
        if not future.done():
            _forget(sender, future)
    if future.cancelled():  # and what was sent ends like this
        raise ConnectionError("the connection to Telegram ended")
    return future.result()


def _forget(sender: MTProtoSender, future: asyncio.Future[Any]) -> None:
    """Telethon keeps unanswered requests for ever and sends them again after each reconnection."""
    pending = sender._pending_state
    for msg_id in [msg_id for msg_id, state in pending.items() if state.future is future]:
        del pending[msg_id]
    future.cancel()
