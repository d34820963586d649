"""The scene of the example: the album, the messages around it, and its later picture."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from app.demo.channels import SampleWorld
from app.demo.world import Action, Channel, File, Message, Post, World

CHANNEL = "verhneozersk_news"
CAPTION = "Кот нашёлся!"  # how the album's caption begins; it stands on the third item
NOTICE = "Пропал кот Персик."  # the post before it, whose picture joins the album late
AROUND = 4  # messages before the album: the history that the channel has when it is added
AGE = timedelta(hours=1)  # of the album: it does not wait for more items, as one of the last seconds would


@dataclass(frozen=True)
class Scene:
    """A channel with a little history. later[0]: the album appears; later[1]: one more picture of it does."""

    world: World
    reference: str
    album: tuple[Message, ...]
    late: Message

    @property
    def messages(self) -> tuple[Message, ...]:
        """All items of the album in the end."""
        return (*self.album, self.late)


def scene(sample: SampleWorld, now: datetime | None = None) -> Scene:
    """Cuts the sample channel around the album, with dates moved so that the album is an hour old."""
    whole = next(channel for channel in sample.channels if channel.username == CHANNEL)
    caption = _first(whole, lambda message: message.text.startswith(CAPTION))
    album = _items(whole, caption.grouped_id)
    shift = (now or datetime.now(UTC)).replace(microsecond=0) - AGE - caption.date
    before = [whole.messages[i] for i in range(album[0].id - AROUND, album[0].id) if i in whole.messages]
    notice = _first(whole, lambda message: message.text.startswith(NOTICE))
    late = _late(album, notice.file)
    channel = Channel(whole.telegram_id, whole.access_hash, whole.title, whole.username, whole.about)
    channel.messages = {message.id: _moved(message, shift) for message in before}
    batches = [[_moved(message, shift) for message in batch] for batch in (album, [late])]
    later: list[tuple[Action, ...]] = [tuple(Post(channel.telegram_id, one) for one in batch) for batch in batches]
    return Scene(World([channel], later), f"@{CHANNEL}", tuple(album), late)


def _late(album: list[Message], file: File | None) -> Message:
    """The next id, the same group, no caption, and a picture that was posted before."""
    return replace(album[0], id=album[-1].id + 1, text="", entities=(), file=file)


def _first(channel: Channel, wanted: Callable[[Message], bool]) -> Message:
    return next(message for message in channel.messages.values() if wanted(message))


def _items(channel: Channel, group: int | None) -> list[Message]:
    return sorted((m for m in channel.messages.values() if m.grouped_id == group), key=lambda message: message.id)


def _moved(message: Message, shift: timedelta) -> Message:
    return replace(message, date=message.date + shift)
