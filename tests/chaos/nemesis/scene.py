"""A small world drawn from a seed: channels with some history, and what happens in them later."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from itertools import count
from random import Random

from PIL import Image, ImageDraw

from app.demo.world import Action, Channel, Delete, File, Message, Post
from tests.factories.messages import now
from tests.factories.pictures import encoded
from tests.factories.worlds import channels

HISTORY = datetime(2026, 5, 1, 12, tzinfo=UTC)  # long ago: an album of that day grows no more
WORDS = ("harbour", "market", "bridge", "evening", "weather", "council", "library", "garden", "museum", "river")
RECENT, LATER = 8, 3.0  # a message is changed only behind so many newer ones, and so many seconds later: it was seen
LARGE = 1_300_000  # bytes: three parts, so that a transfer can end in the middle


@dataclass(frozen=True)
class Event:
    """Something that happens `at` seconds after the nemesis begins."""

    at: float
    action: Action

    def on(self, channel: Channel) -> Action:
        """The action as it happens now: a new message has the date of this moment, an edited one keeps its own."""
        if isinstance(self.action, Delete):
            return self.action
        moment = now()
        known = channel.messages.get(self.action.message.id)
        message = replace(
            self.action.message, date=known.date if known else moment, edit_date=moment if known else None
        )
        return replace(self.action, message=message)


@dataclass
class Scene:
    """channels: as they are in the beginning; the server changes them. events: what happens later, by time."""

    channels: list[Channel]
    events: list[Event]


def draw(seed: int, *, seconds: float, posts: int = 60, channels: int = 3) -> Scene:
    """The same seed draws the same scene. posts: of history in each channel; seconds: for what happens later."""
    return _Painter(Random(f"scene {seed}"), seed).scene(seconds, posts, channels)


class _Painter:
    def __init__(self, random: Random, seed: int) -> None:
        self._random = random
        self._seed = seed
        self._next: dict[int, int] = {}  # channel -> the next message id
        self._alive: dict[int, dict[int, Message]] = {}  # as the channel will be at this point of the story
        self._files: list[File] = []
        self._numbers = count(100_000 * (seed + 1))  # ids of files

    def scene(self, seconds: float, posts: int, number: int) -> Scene:
        made = channels(number, 3_000_000 + 100 * self._seed, f"nemesis_{self._seed}")
        for channel in made:
            self._next[channel.telegram_id], self._alive[channel.telegram_id] = 1, {}
            while len(self._alive[channel.telegram_id]) < posts:
                for event in self._appears(channel.telegram_id, 0.0):
                    assert isinstance(event.action, Post)
                    self._alive[channel.telegram_id][event.action.message.id] = event.action.message
            channel.messages = {
                n: replace(m, date=HISTORY + timedelta(minutes=n)) for n, m in self._alive[channel.telegram_id].items()
            }
        events = sorted(self._story([c.telegram_id for c in made], seconds), key=lambda event: event.at)
        return Scene(made, events)

    def _story(self, channels: list[int], seconds: float) -> Iterator[Event]:
        at = 0.0
        while (at := at + self._random.uniform(0.2, 0.9)) < seconds:
            channel = self._random.choice(channels)
            kind = self._random.choices(("new", "edit", "swap", "delete"), (70, 16, 6, 8))[0]
            if kind == "new":
                for event in self._appears(channel, at):
                    assert isinstance(event.action, Post)
                    self._alive[channel][event.action.message.id] = event.action.message
                    yield event
            else:
                yield self._changes(channel, at, kind)

    def _appears(self, channel: int, at: float) -> Iterator[Event]:
        """A lone post, or an album that is complete at once or item by item; other posts may come in between."""
        if self._random.random() < 0.6:
            yield self._message(channel, at, self._some_file(), None)
            return
        group = self._random.getrandbits(63) - 2**62
        torn = self._random.random() < 0.5
        for _ in range(self._random.randint(2, 5)):
            yield self._message(channel, at, self._some_file(album=True), group)
            at += self._random.uniform(0.0, 1.2) if torn else 0.0

    def _message(self, channel: int, at: float, file: File | None, group: int | None) -> Event:
        number = self._next[channel]
        self._next[channel] += 1
        text = self._text() if file is None or self._random.random() < 0.6 else ""
        return Event(at, Post(channel, Message(number, HISTORY, text, file=file, grouped_id=group)))

    def _changes(self, channel: int, at: float, kind: str) -> Event:
        alive = self._alive[channel]
        message = alive[self._random.choice(list(alive)[:-RECENT])]
        if kind == "delete":
            del alive[message.id]
            return Event(at + LATER, Delete(channel, message.id))
        changed = replace(message, text=self._text())
        if kind == "swap" and message.file is not None and message.file.kind == "photo":
            changed = replace(message, file=self._photo())
        alive[message.id] = changed
        return Event(at + LATER, Post(channel, changed))

    def _text(self) -> str:
        return " ".join(self._random.choice(WORDS) for _ in range(self._random.randint(3, 9))).capitalize() + "."

    def _some_file(self, *, album: bool = False) -> File | None:
        draw = self._random.random()
        if draw < 0.35 and not album:
            return None
        if draw < 0.45 and self._files:
            return self._random.choice(self._files)
        made = self._photo() if draw < 0.85 else self._document()
        self._files.append(made)
        return made

    def _photo(self) -> File:
        number = next(self._numbers)
        colour = tuple(self._random.randrange(40, 200) for _ in range(3))
        picture = Image.new("RGB", (240, 160), colour)
        ImageDraw.Draw(picture).text((12, 60), f"{self._random.choice(WORDS)} {number}", fill="white")
        return File(number, "photo", encoded(picture), width=240, height=160, dc=self._random.choice((2, 2, 4)))

    def _document(self) -> File:
        number = next(self._numbers)
        kind = self._random.randrange(4)
        if kind == 0:
            return File(number, "document", self._random.randbytes(LARGE), "application/octet-stream", "archive.bin")
        if kind == 1:  # says that it is a picture, and ends in the middle
            return File(
                number, "document", b"\xff\xd8\xff\xe0" + self._random.randbytes(3_000), "image/jpeg", "cut.jpg"
            )
        text = "\n".join(self._text() for _ in range(5))
        return File(number, "document", f"{text}\n{number}".encode(), "text/plain", "notes.txt")
