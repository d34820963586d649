"""A publication as an export writes it, with all that the archive knows of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from app.domain.reading import PagesRead, TextOf

Told = Mapping[str, Any]


@dataclass(frozen=True)
class ReadingRecord:
    """The reading in use of a file. recipe: provider and model that made it."""

    version: int
    recipe: str
    classification: str
    is_meme: bool
    description: str | None
    labels: tuple[str, ...]
    words: str  # that OCR found
    language: str | None
    texts: tuple[TextOf, ...] = ()  # those of `words` apart, and those that are not used; empty for a single one
    pages: PagesRead | None = None


@dataclass(frozen=True)
class MediumRecord:
    """A medium of a post. path: its file in the export; None where `missing` says why there is none.

    first_posted_at, last_posted_at: of the file, over all posts of the archive.
    """

    kind: str
    role: str
    sha256: str | None
    size: int | None  # bytes
    mime: str | None
    extension: str  # by content, with its dot
    width: int | None
    height: int | None
    duration: float | None  # seconds
    file_name: str | None  # as the sender called it
    path: str | None
    missing: str | None
    first_posted_at: datetime | None
    last_posted_at: datetime | None
    reading: ReadingRecord | None


@dataclass(frozen=True)
class PostRecord:
    """One message. first_seen_at, last_seen_at: the first and the last moment at which it was read, as rows prove."""

    message_id: int
    permalink: str | None
    posted_at: datetime | None
    first_seen_at: datetime
    last_seen_at: datetime
    edited_at: datetime | None
    deleted_at: datetime | None  # when its deletion was noticed
    text: str
    words: Sequence[Told]  # beside its text: domain.words
    earlier: Sequence[Told]  # texts before its edits, the oldest first
    forward: Told | None  # its origin
    reply_to: int | None
    views: int | None
    forwards: int | None  # how often it was forwarded
    media: tuple[MediumRecord, ...]


@dataclass(frozen=True)
class ChannelRecord:
    """The channel of a publication."""

    title: str
    username: str | None
    telegram_id: int | None


@dataclass(frozen=True)
class Record:
    """A publication: a lone post, or an album with its items."""

    id: int
    permalink: str | None
    channel: ChannelRecord
    posted_at: datetime | None
    first_seen_at: datetime
    last_seen_at: datetime
    edited_at: datetime | None
    deleted_at: datetime | None
    revision: int
    album: str | None
    text: str
    tags: tuple[str, ...]
    posts: tuple[PostRecord, ...]

    @property
    def media(self) -> Iterator[MediumRecord]:
        """The media of all posts, in their order."""
        return (medium for post in self.posts for medium in post.media)

    def with_files(self, paths: Mapping[str, str | None], lost: str) -> Record:
        """The same with the place of each file in the export. paths: by sha256; None for one that the store lost."""
        posts = tuple(
            replace(post, media=tuple(_placed(medium, paths, lost) for medium in post.media)) for post in self.posts
        )
        return replace(self, posts=posts)


def _placed(medium: MediumRecord, paths: Mapping[str, str | None], lost: str) -> MediumRecord:
    if medium.sha256 is None or medium.sha256 not in paths:
        return medium
    path = paths[medium.sha256]
    return replace(medium, path=path, missing=None if path else lost)
