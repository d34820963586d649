"""Sends one request over one connection, with a deadline."""

from __future__ import annotations

import asyncio
from typing import Any

from telethon.network import MTProtoSender

from app.adapters.telegram.answers import unreadable
from app.adapters.telegram.redaction import UNREADABLE


async def invoke(sender: MTProtoSender, request: Any, seconds: float) -> Any:
    """The answer. RPCError if Telegram refuses, TimeoutError after `seconds`, ConnectionError if the line breaks,
    Unreadable if Telethon cannot read it.

    Not through TelegramClient, which applies the flood wait of one file to all files, sleeps on errors, and keeps every
    entity that it ever saw.
    """
    future: asyncio.Future[Any] = sender.send(request)
    future.add_done_callback(_seen)
    try:
        # Requests that are not sent yet when Telethon gives up on a connection would wait for ever.
        ended = sender._disconnected
        await asyncio.wait((future, ended), timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
        if not future.done() and ended.done():
            raise ConnectionError("the connection to Telegram ended")
        if not future.done():
            raise TimeoutError(f"no answer within {seconds:.0f} s")
    finally:
        if not future.done():
            _forget(sender, future)
    if future.cancelled():  # Telethon cancels requests that were sent
        raise ConnectionError("the connection to Telegram ended")
    try:
        return future.result()
    except UNREADABLE as error:
        raise unreadable(error) from None  # a traceback would show the bytes of the answer


def _seen(future: asyncio.Future[Any]) -> None:
    """Looks at an error that arrives after the caller has left: else Python logs it with its text."""
    if not future.cancelled():
        future.exception()


def _forget(sender: MTProtoSender, future: asyncio.Future[Any]) -> None:
    """Removes an unanswered request: Telethon would keep it for ever and send it again after each reconnection."""
    pending = sender._pending_state
    for msg_id in [msg_id for msg_id, state in pending.items() if state.future is future]:
        del pending[msg_id]
    future.cancel()
