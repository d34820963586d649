"""The channel of the benchmark: 2,000 messages, 310 MB, the same in each process that asks."""

from __future__ import annotations

import hashlib
import io
import random
import struct
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from PIL import Image

from app.demo.world import Channel, File, Message, World

USERNAME = "bench_channel"
TELEGRAM_ID = 1_600_000_001
PHOTO_BYTES = 150_000
DOCUMENT_BYTES = 5 * 1024 * 1024
START = datetime(2024, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Shape:
    """How many of each; an album has four photos."""

    albums: int = 300
    photos: int = 200
    documents: int = 20
    texts: int = 580


SHAPES = {
    "full": Shape(),
    "small": Shape(30, 20, 2, 58),
    "texts": Shape(0, 0, 0, 2_000),
    "long": Shape(0, 0, 0, 50_000),
}


@dataclass
class Expected:
    """What an archive of the channel has to contain."""

    files: dict[int, str | None] = field(default_factory=dict)  # message id -> sha256, None without a file
    bytes: int = 0


def full() -> World:
    """The whole channel."""
    return _world(SHAPES["full"])


def small() -> World:
    """A tenth of it."""
    return _world(SHAPES["small"])


def texts() -> World:
    """As many messages, without media."""
    return _world(SHAPES["texts"])


def long() -> World:
    """Many messages without media."""
    return _world(SHAPES["long"])


def expected(name: str) -> Expected:
    """The same as digests, without keeping the bytes."""
    found = Expected()
    for message in _messages(SHAPES[name]):
        data = message.file.read() if message.file else None
        found.files[message.id] = None if data is None else hashlib.sha256(data).hexdigest()
        found.bytes += len(data or b"")
    return found


def _world(shape: Shape) -> World:
    channel = Channel(TELEGRAM_ID, 99, "Benchmark", USERNAME)
    channel.messages = {message.id: message for message in _messages(shape)}
    return World([channel])


def _messages(shape: Shape) -> Iterator[Message]:
    units = ["album"] * shape.albums + ["photo"] * shape.photos + ["doc"] * shape.documents + ["text"] * shape.texts
    random.Random(2024).shuffle(units)
    number = 0
    for unit in units:
        group = (number + 1) * (-(2**62) // 1009) * (-1) ** number if unit == "album" else None
        for item in range(4 if unit == "album" else 1):
            number += 1
            text = f"Post {number} of the benchmark, with some words to read." if item == 0 else ""
            date = START + timedelta(minutes=number - item)  # the items of an album share their second
            yield Message(number, date, text, file=_file(unit, number), grouped_id=group)


def _file(unit: str, number: int) -> File | None:
    if unit == "text":
        return None
    if unit == "doc":
        data = b"%PDF-1.4\n" + random.Random(number).randbytes(DOCUMENT_BYTES - 9)
        return File(number, "document", data, "application/pdf", f"report-{number}.pdf")
    return File(number, "photo", jpeg(number, PHOTO_BYTES), width=64, height=48)


def jpeg(seed: int, size: int) -> bytes:
    """A small valid picture that comment segments with random bytes bring to its size."""
    picture = io.BytesIO()
    Image.new("RGB", (64, 48), (seed % 256, seed // 256 % 256, 128)).save(picture, "JPEG")
    noise = random.Random(seed)
    head, tail = picture.getvalue()[:2], picture.getvalue()[2:]
    segments, left = [], size - len(head) - len(tail)
    while left > 0:
        length = left if left <= 65_000 else min(65_000, left - 100)  # the last segment still needs its four bytes
        segments.append(struct.pack(">BBH", 0xFF, 0xFE, length - 2) + noise.randbytes(length - 4))
        left -= length
    return head + b"".join(segments) + tail
