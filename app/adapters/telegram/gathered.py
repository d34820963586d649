"""The parts of a message that its readers have gathered so far."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from app.adapters.telegram.texts import entities_of, lines
from app.domain.kinds import MediaRole, Origin
from app.domain.messages import MediaDescriptor, Words

ORDER = list(MediaRole)


@dataclass
class Content:
    """The parts of a message that were read so far."""

    media: list[MediaDescriptor] = field(default_factory=list)
    words: list[Words] = field(default_factory=list)
    not_taken: list[str] = field(default_factory=list)
    silent: set[MediaRole] = field(default_factory=set)
    text: str = ""  # of the message, with the addresses that its words link to
    date: datetime | None = None  # of the message
    now: datetime | None = None

    def say(self, origin: Origin, *parts: str | None, entities: Any = None, running: bool = False) -> None:
        """Adds words, a line for each distinct part. entities: of the first part."""
        if text := lines(*parts):
            self.words.append(Words(origin, text, entities_of(entities), running))

    def leave(self, why: str, *silent: MediaRole) -> None:
        """Notes a part that is not taken. silent: roles of which the message now says nothing."""
        self.not_taken.append(why)
        self.silent.update(silent)

    def ordered(self) -> tuple[MediaDescriptor, ...]:
        """The media, each place once, own media first."""
        places = {one.place: one for one in self.media}
        return tuple(sorted(places.values(), key=lambda one: ORDER.index(one.role)))
