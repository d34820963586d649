"""A small world with one of everything, and clients for it."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

from telethon import TelegramClient
from telethon.sessions import StringSession

from app.demo.world import Channel, File, Forwarded, Message, TextEntity, World

T = TypeVar("T")
START = datetime(2024, 3, 1, 12, tzinfo=UTC)
NEWS, CLOSED = 1_500_000_001, 1_500_000_002
HOLE = 40
ALBUM = (101, 102, 103, 104)
GROUP = -5_000_000_000_000_000_007


def content(seed: int, size: int, head: bytes = b"") -> bytes:
    """Bytes that differ from all others and look like nothing."""
    return head + random.Random(seed).randbytes(size - len(head))


PHOTO = File(11, "photo", content(1, 150_001, b"\xff\xd8\xff\xe0"), width=1280, height=960)
PROGRESSIVE = File(12, "photo", content(2, 90_000, b"\xff\xd8\xff\xe0"), width=1280, height=960)
DOCUMENT = File(11, "document", content(3, 3_145_729), "application/pdf", "report.pdf")
ELSEWHERE = File(21, "document", content(4, 700_000), "application/zip", "far.zip", dc=4)
VIDEO = File(31, "video", content(5, 20_000), "video/mp4", "clip.mp4", 640, 360, duration=7.5)
AUDIO = File(41, "audio", content(6, 9_000), "audio/mpeg", "song.mp3", duration=61.0)

FILES = {10: PHOTO, 11: PROGRESSIVE, 12: DOCUMENT, 13: ELSEWHERE, 14: VIDEO, 15: AUDIO}


def make_world() -> World:
    """@Loopback_News with ids 1 to 250 and one hole, and a private channel."""
    news = Channel(NEWS, 77, "Loopback news", "Loopback_News", about="All that is new")
    for number in range(1, 251):
        news.messages[number] = Message(number, START + timedelta(minutes=number), f"text {number}", views=number)
    del news.messages[HOLE]
    for number, file in FILES.items():
        news.messages[number] = Message(number, START, "with a file", file=file)
    for number in ALBUM:
        photo = File(1000 + number, "photo", content(number, 5_000, b"\xff\xd8\xff\xe0"), width=100, height=80)
        text = "caption" if number == ALBUM[2] else ""
        news.messages[number] = Message(number, START + timedelta(minutes=101), text, file=photo, grouped_id=GROUP)
    news.messages[20] = Message(
        20,
        START,
        "😀 #tag link",
        entities=(TextEntity("Hashtag", 3, 4), TextEntity("TextUrl", 8, 4, "https://example.org/")),
        reply_to=19,
        forwarded=Forwarded(CLOSED, None, 3, START),
        edit_date=START + timedelta(days=1),
    )
    news.messages[21] = Message(21, START, "A new title", service=True)
    closed = Channel(CLOSED, 78, "Closed", None)
    closed.messages[3] = Message(3, START, "secret")
    return World([news, closed])


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
