"""A loopback Telegram with one of everything, and the adapter connected to it."""

from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from pydantic import SecretStr
from telethon.crypto import rsa

from app.adapters.telegram import TelegramAdapter, connect_telegram
from app.demo.telegram import PUBLIC_KEY, LoopbackTelegram
from app.demo.telegram.keys import FINGERPRINT
from app.demo.world import Channel, File, Forwarded, Message, TextEntity, World
from app.domain.messages import ChannelRef, Incoming, MediaRequest
from app.settings import Settings

START = datetime(2024, 3, 1, 12, tzinfo=UTC)
NEWS = ChannelRef(1_500_000_001, 77)
CLOSED = ChannelRef(1_500_000_002, -78)
GROUP = -5_000_000_000_000_000_007
JPEG = b"\xff\xd8\xff\xe0"


def content(seed: int, size: int, head: bytes = b"") -> bytes:
    """Bytes that differ from all others."""
    return head + random.Random(seed).randbytes(size - len(head))


PHOTO = File(11, "photo", content(1, 150_001, JPEG), width=1280, height=960)
LARGE = File(12, "document", content(2, 3_145_729), "application/pdf", "report.pdf")
FAR_PHOTO = File(13, "photo", content(3, 90_000, JPEG), width=640, height=480, dc=4)
FAR = File(14, "video", content(4, 1_200_000, b"\x00\x00\x00\x18ftypmp42"), "video/mp4", width=64, height=48, dc=4)
EMPTY = File(15, "document", b"", "text/plain", "empty.txt")
FILES = {10: PHOTO, 11: LARGE, 12: FAR_PHOTO, 13: FAR, 14: EMPTY}


def make_world() -> World:
    """@Loopback_News with ids 1 to 250 and one hole at 40; a private channel."""
    news = Channel(NEWS.telegram_id, NEWS.access_hash, "Loopback news", "Loopback_News", "All that is new")
    for i in range(1, 251):
        news.messages[i] = Message(i, START + timedelta(minutes=i), f"text {i}", views=i)
    for i, file in FILES.items():
        news.messages[i] = Message(i, START, "with a file", file=file)
    for i in (101, 102):
        picture = File(1000 + i, "photo", content(i, 5_000, JPEG), width=100, height=80)
        news.messages[i] = Message(i, START, "caption" if i == 102 else "", file=picture, grouped_id=GROUP)
    news.messages[20] = Message(
        20,
        START,
        "😀 #tag link",
        entities=(TextEntity("Hashtag", 3, 4), TextEntity("TextUrl", 8, 4, "https://example.org/")),
        reply_to=19,
        forwarded=Forwarded(None, "Somebody hidden", None, START),
        edit_date=START + timedelta(days=1),
    )
    news.messages[30] = Message(30, START, "A new title", service=True)
    del news.messages[40]
    closed = Channel(CLOSED.telegram_id, CLOSED.access_hash, "Closed", messages={1: Message(1, START, "secret")})
    return World([news, closed])


def settings_for(server: LoopbackTelegram, database_url: str, home: Path, **changes: Any) -> Settings:
    """Settings of somebody who is logged in to the server."""
    pem = home / "telegram.pem"
    home.mkdir(parents=True, exist_ok=True)
    pem.write_text(PUBLIC_KEY)
    fields: dict[str, Any] = {
        "media_audit_home": home,
        "database_url": SecretStr(database_url),
        "telegram_api_id": 1,
        "telegram_api_hash": SecretStr("hash"),
        "telegram_session": SecretStr(server.session()),
        "telegram_test_rsa_key": pem,
    }
    return Settings(**fields | changes)


@contextmanager
def connected(settings: Settings) -> Iterator[TelegramAdapter]:
    """The adapter, closed at the end; the process trusts no test key afterwards."""
    adapter = connect_telegram(settings)
    try:
        yield adapter
    finally:
        adapter.close()
        rsa._server_keys.pop(FINGERPRINT, None)


def requests(adapter: TelegramAdapter, *ids: int) -> list[MediaRequest]:
    """What has to be fetched for these messages of the news."""
    found = []
    for message in adapter.source.messages(NEWS, ids):
        assert isinstance(message, Incoming)
        assert message.media is not None
        found.append(MediaRequest(NEWS, message.id, message.media))
    return found
