"""The values that a Telegram source returns: plain data, free of Telethon."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from app.domain.kinds import MediaKind


@dataclass(frozen=True)
class ChannelRef:
    """The address of a channel for requests: StringSession stores no entities, and access hashes are per account."""

    telegram_id: int  # the bare positive id, without Telegram's -100 prefix
    access_hash: int


@dataclass(frozen=True)
class ChannelInfo:
    """A resolved channel."""

    ref: ChannelRef
    username: str | None  # None for private channels
    title: str
    about: str = ""


@dataclass(frozen=True)
class Entity:
    """One of Telegram's message entities; offset and length in UTF-16 code units, as Telegram counts."""

    kind: str  # hashtag, mention, url, text_url, bold, ...: the TL name in snake case without MessageEntity
    offset: int
    length: int
    url: str | None = None  # target of a text_url


@dataclass(frozen=True)
class MediaDescriptor:
    """The medium of a message and the location of its bytes. `key` is equal for the same Telegram file in any post."""

    kind: MediaKind
    key: str  # photo:<id> or document:<id>; empty for media without a file
    size: int | None  # bytes announced by Telegram; None when there is no file
    mime: str | None = None  # as claimed by the sender
    file_name: str | None = None  # as claimed by the sender
    width: int | None = None
    height: int | None = None
    duration: float | None = None  # seconds
    location: dict[str, Any] = field(default_factory=dict)
    """JSON: type, id, access_hash, file_reference (base64), dc_id, thumb_size: all that a download needs."""


@dataclass(frozen=True)
class Forward:
    """The origin of a forwarded message, as far as Telegram tells."""

    from_telegram_id: int | None = None
    from_name: str | None = None
    message_id: int | None = None
    date: datetime | None = None


@dataclass(frozen=True)
class Incoming:
    """One message of a channel, mapped to our fields. Times are timezone-aware and in UTC."""

    id: int
    date: datetime
    text: str
    grouped_id: int | None = None  # signed 64 bit
    edit_date: datetime | None = None
    entities: tuple[Entity, ...] = ()
    media: MediaDescriptor | None = None
    forward: Forward | None = None
    reply_to: int | None = None
    views: int | None = None
    forwards: int | None = None
    service: bool = False  # service messages (pinned, title changed) are posts, too, without text or media
    raw: dict[str, Any] = field(default_factory=dict)  # JSON of the original message


@dataclass(frozen=True)
class Unparsed:
    """A message that could not be mapped: kept with its raw JSON, and the page goes on."""

    id: int
    date: datetime | None
    raw: dict[str, Any]
    error: str


@dataclass(frozen=True)
class MediaRequest:
    """One file to fetch for a message."""

    channel: ChannelRef
    message_id: int  # an expired file reference is refreshed by reading this message again
    media: MediaDescriptor


@dataclass(frozen=True)
class StoredFile:
    """A file in the store, whole and synced to disk."""

    sha256: str  # lower-case hex
    size: int  # bytes
    mime: str  # by content
    extension: str  # by content, with the dot; "" when unknown
    location: dict[str, Any] | None = field(default=None, compare=False)  # fresh address, if the old one was stale
