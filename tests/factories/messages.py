"""Messages of the loopback Telegram, and the files that they bring."""

from __future__ import annotations

import hashlib
import itertools
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from PIL import Image, ImageDraw

from app.demo.world import File, FileKind, Message
from tests.factories.pictures import encoded

START = datetime(2024, 3, 1, 12, tzinfo=UTC)  # long ago: an album of that day grows no more
BROKEN = b"\xff\xd8\xff\xe0 a photograph that was cut short"

_ids = itertools.count(1)


def picture(shows: str = "", ocr: str = "") -> bytes:
    """A JPEG of 8 by 8 pixels unlike any other; its comment says what a PictureReader finds in it."""
    number = next(_ids)
    return commented((number % 256, number // 256 % 256, 99), f"{shows}|{ocr}|{number}")


def commented(colour: tuple[int, int, int], comment: str) -> bytes:
    """A JPEG of 8 by 8 pixels: equal arguments give equal bytes.

    A half of it has another blue: for an even picture nothing is paid, and unlike shades would make look-alikes.
    """
    image, blue = Image.new("RGB", (8, 8), colour), colour[2]
    image.paste((*colour[:2], blue - 36 if blue >= 36 else blue + 36), (4, 0, 8, 8))
    return encoded(image, comment=comment.encode())


def photo(shows: str = "", ocr: str = "", *, data: bytes | None = None) -> File:
    """A Telegram photo with an id of its own."""
    return _file("photo", picture(shows, ocr) if data is None else data)


def drawn_photo(words: str = "", **changes: Any) -> File:
    """A Telegram photo of 320 by 240 pixels that shows its words. changes: fields of File."""
    number = next(_ids)
    image = Image.new("RGB", (320, 240), ((number * 37) % 255, (number * 91) % 255, (number * 53) % 255))
    ImageDraw.Draw(image).text((10, 10), f"{words} {number}", fill="white")
    return replace(File(10_000 + number, "photo", encoded(image), width=320, height=240), **changes)


def document(data: bytes, kind: FileKind = "document", mime: str = "application/octet-stream") -> File:
    """Any other file."""
    return _file(kind, data, mime)


def _file(kind: FileKind, data: bytes, mime: str = "image/jpeg") -> File:
    return File(10_000 + next(_ids), kind, data, mime, width=8, height=8, duration=1.0)


def sha256(file: File) -> str:
    """The name of a file's bytes in the store."""
    return hashlib.sha256(file.read()).hexdigest()


def message(id: int, words: str = "", file: File | None = None, **rest: Any) -> Message:
    """A message of START, one minute later for each id. rest: fields of app.demo.world.Message."""
    rest.setdefault("date", START + timedelta(minutes=id))
    return Message(id, text=words, file=file, **rest)


def album(ids: Iterable[int], grouped_id: int, captions: Mapping[int, str] | None = None, **rest: Any) -> list[Message]:
    """Photos of one album, posted in the same second. captions: by id."""
    rest.setdefault("date", START)
    return [message(i, (captions or {}).get(i, ""), photo(), grouped_id=grouped_id, **rest) for i in ids]


def texts(ids: Iterable[int]) -> list[Message]:
    """Messages without media."""
    return [message(i, f"Text number {i}") for i in ids]


def now() -> datetime:
    """The present, as Telegram dates messages."""
    return datetime.now(UTC).replace(microsecond=0)
