"""A loopback Telegram with one of everything, and the adapter connected to it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from telethon import TelegramClient
from telethon.crypto import rsa

from app.adapters.telegram import TelegramAdapter, connect_telegram
from app.demo.telegram.keys import FINGERPRINT, PUBLIC_KEY
from app.demo.world import Channel, File, Forwarded, World
from app.domain.messages import ChannelRef, Incoming, MediaRequest
from app.settings import Settings
from tests.factories import worlds
from tests.factories.files import JPEG, content
from tests.factories.messages import START, message
from tests.factories.worlds import linked, long_history, noise_album

NEWS = ChannelRef(worlds.NEWS, 77)
CLOSED = ChannelRef(worlds.CITY, -78)

PHOTO = File(11, "photo", content(1, 150_001, JPEG), width=1280, height=960)
LARGE = File(12, "document", content(2, 3_145_729), "application/pdf", "report.pdf")
FAR_PHOTO = File(13, "photo", content(3, 90_000, JPEG), width=640, height=480, dc=4)
FAR = File(14, "video", content(4, 1_200_000, b"\x00\x00\x00\x18ftypmp42"), "video/mp4", width=64, height=48, dc=4)
EMPTY = File(15, "document", b"", "text/plain", "empty.txt")
FILES = {10: PHOTO, 11: LARGE, 12: FAR_PHOTO, 13: FAR, 14: EMPTY}


def make_world() -> World:
    """@Loopback_News with ids 1 to 250 and one hole; a private channel."""
    origin = Forwarded(None, "Somebody hidden", None, START)
    title = message(30, "A new title", date=START, service=True)
    news = long_history(FILES, *noise_album((101, 102), caption=102), linked(20, origin), title)
    secret = message(1, "secret", date=START)
    return World([news, Channel(CLOSED.telegram_id, CLOSED.access_hash, "Closed", messages={1: secret})])


@contextmanager
def connected(settings: Settings) -> Iterator[TelegramAdapter]:
    """The adapter, closed at the end; the process trusts no test key afterwards."""
    adapter = connect_telegram(settings)
    try:
        yield adapter
    finally:
        adapter.close()
        rsa._server_keys.pop(FINGERPRINT, None)


def forget_servers() -> None:
    """Telethon keeps addresses and trusted keys for the whole process; afterwards it is as in a fresh one."""
    TelegramClient._config = None
    rsa._server_keys.pop(FINGERPRINT, None)


@contextmanager
def trusting() -> Iterator[None]:
    """Telethon's own client knows the server's key while the context lasts, and nothing of other servers."""
    forget_servers()
    rsa.add_key(PUBLIC_KEY, old=False)
    yield
    forget_servers()


def requests(adapter: TelegramAdapter, *ids: int) -> list[MediaRequest]:
    """Requests for the files of these messages of the news."""
    found = []
    for id_, one in zip(ids, adapter.source.messages(NEWS, ids), strict=True):
        assert isinstance(one, Incoming)
        assert one.id == id_
        found += [MediaRequest(NEWS, one.id, medium) for medium in one.media]
    return found
