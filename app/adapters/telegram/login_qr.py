"""Logs in by a QR code that a Telegram app scans (https://core.telegram.org/api/qr-login)."""

from __future__ import annotations

import asyncio
import base64
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from telethon import TelegramClient, errors, events
from telethon.tl import functions, types

from app.adapters.telegram.login_steps import Questions, check_password
from app.errors import UserError

Show = Callable[[str], object]  # gets the address that the QR code holds
CODES = 20  # shown one after the other, each for about 30 s


async def scan(client: TelegramClient, show: Show, ask: Questions) -> None:
    """Shows codes until an app has scanned one, then asks for the password if the account has one.

    Not Telethon's own wait, which fails if the app scanned a code in the moment of its expiry.
    """
    scanned = asyncio.Event()

    async def note(_: Any) -> None:
        scanned.set()

    client.add_event_handler(note, events.Raw(types.UpdateLoginToken))
    try:
        await _until_scanned(client, show, scanned)
    except errors.SessionPasswordNeededError:
        await check_password(client, ask)
    finally:
        client.remove_event_handler(note)


async def _until_scanned(client: TelegramClient, show: Show, scanned: asyncio.Event) -> None:
    request = functions.auth.ExportLoginTokenRequest(client.api_id, client.api_hash, [])
    for _ in range(CODES):
        answer = await client(request)
        if isinstance(answer, types.auth.LoginTokenMigrateTo):
            await client._switch_dc(answer.dc_id)
            answer = await client(functions.auth.ImportLoginTokenRequest(answer.token))
        if isinstance(answer, types.auth.LoginTokenSuccess):
            return
        show(address(answer.token))
        await _wait(scanned, (answer.expires - datetime.now(UTC)).total_seconds())
    raise UserError("the login failed: no app scanned the code: run `media-audit login --qr` again")


async def _wait(scanned: asyncio.Event, seconds: float) -> None:
    """Waits for the news of a scan or the end of the code; a clock that is wrong changes little."""
    try:
        await asyncio.wait_for(scanned.wait(), min(max(seconds, 1.0), 60.0))
    except TimeoutError:
        return
    scanned.clear()


def address(token: bytes) -> str:
    """The address that a Telegram app opens."""
    return f"tg://login?token={base64.urlsafe_b64encode(token).decode().rstrip('=')}"
