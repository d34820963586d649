"""Channels of the loopback Telegram: empty, or with messages of many kinds."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta

from app.demo.world import Channel, File, Forwarded, Message, TextEntity
from tests.factories.files import JPEG, content
from tests.factories.messages import START, album, document, message, photo

NEWS, CITY = 1_500_000_001, 1_500_000_002
GROUP = -5_000_000_000_000_000_007  # grouped ids are signed, and half of them negative
HOLE = 40
LION = photo("lion", "words on a sign")


def channel(id: int = NEWS, name: str | None = "news", *messages: Message, title: str | None = None) -> Channel:
    """A channel with these messages. name: without @, None for a private channel."""
    return Channel(id, id + 7, title or f"The {name}", name, messages={one.id: one for one in messages})


def channels(count: int, first: int, name: str) -> list[Channel]:
    """Empty channels with successive ids, @name_0 and so on."""
    return [channel(first + number, f"{name}_{number}") for number in range(count)]


def long_history(files: Mapping[int, File], *others: Message) -> Channel:
    """@Loopback_News: texts with the ids 1 to 250 without HOLE. files: of messages, by id; others: instead of texts."""
    found = Channel(NEWS, 77, "Loopback news", "Loopback_News", "All that is new")
    texts = (message(number, f"text {number}", views=number) for number in range(1, 251) if number != HOLE)
    bringing = (message(number, "with a file", file, date=START) for number, file in files.items())
    found.messages = {one.id: one for one in (*texts, *bringing, *others)}
    return found


def noise_album(ids: Iterable[int], caption: int, date: datetime = START) -> list[Message]:
    """The album GROUP of photos that are noise, 5,000 bytes each. caption: the id of the item that has it."""
    return [
        message(
            number,
            "caption" if number == caption else "",
            File(1000 + number, "photo", content(number, 5_000, JPEG), width=100, height=80),
            date=date,
            grouped_id=GROUP,
        )
        for number in ids
    ]


def linked(id: int, origin: Forwarded) -> Message:
    """A forwarded and edited reply with a hashtag and a link behind a character of two UTF-16 code units."""
    return message(
        id,
        "😀 #tag link",
        date=START,
        entities=(TextEntity("Hashtag", 3, 4), TextEntity("TextUrl", 8, 4, "https://example.org/")),
        reply_to=id - 1,
        forwarded=origin,
        edit_date=START + timedelta(days=1),
    )


def assorted() -> list[Message]:
    """A text, a picture, an album of three with its caption on the second, a file that no provider reads, and the first
    picture again; 3 and 4 were never messages."""
    return [
        message(1, "The ferry sails again from the old harbour tomorrow"),
        message(2, "A lion in the zoo", LION),
        *album(range(5, 8), GROUP, {6: "Three views of the market square"}),
        message(8, "The plan as a file", document(b"pages and pages", mime="text/plain")),
        message(9, "The lion once more", replace(LION)),
    ]
