"""A small world with one of everything, and clients for it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any, TypeVar

from telethon import TelegramClient
from telethon.sessions import StringSession

from app.demo.world import Channel, File, Forwarded, World
from tests.factories.files import JPEG, content
from tests.factories.messages import START, message
from tests.factories.worlds import CITY, linked, long_history, noise_album

T = TypeVar("T")
CLOSED = CITY
ALBUM = (101, 102, 103, 104)


PHOTO = File(11, "photo", content(1, 150_001, JPEG), width=1280, height=960)
PROGRESSIVE = File(12, "photo", content(2, 90_000, JPEG), width=1280, height=960)
DOCUMENT = File(11, "document", content(3, 3_145_729), "application/pdf", "report.pdf")
ELSEWHERE = File(21, "document", content(4, 700_000), "application/zip", "far.zip", dc=4)
VIDEO = File(31, "video", content(5, 20_000), "video/mp4", "clip.mp4", 640, 360, duration=7.5)
AUDIO = File(41, "audio", content(6, 9_000), "audio/mpeg", "song.mp3", duration=61.0)

FILES = {10: PHOTO, 11: PROGRESSIVE, 12: DOCUMENT, 13: ELSEWHERE, 14: VIDEO, 15: AUDIO}


def make_world() -> World:
    """@Loopback_News with ids 1 to 250 and one hole, and a private channel."""
    origin = Forwarded(CLOSED, None, 3, START)
    title = message(21, "A new title", date=START, service=True)
    photos = noise_album(ALBUM, caption=ALBUM[2], date=START + timedelta(minutes=101))
    news = long_history(FILES, *photos, linked(20, origin), title)
    return World([news, Channel(CLOSED, 78, "Closed", messages={3: message(3, "secret", date=START)})])


@asynccontextmanager
async def connected(session: str, **options: Any) -> AsyncIterator[Any]:
    """An unmodified TelegramClient."""
    client = TelegramClient(StringSession(session), 1, "hash", retry_delay=0, **options)
    await client.connect()
    try:
        yield client
    finally:
        await client.disconnect()


def run(work: Coroutine[Any, Any, T]) -> T:
    """Runs a client to its end; a client belongs to one event loop."""
    return asyncio.run(asyncio.wait_for(work, timeout=30))
