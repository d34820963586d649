"""The world of the loopback Telegram server: plain values made by the sample channels or by a test."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Literal

FileKind = Literal["photo", "video", "document", "audio"]


@dataclass(frozen=True)
class File:
    """Bytes behind a message.

    kind photo is served as a Telegram photo, the others as documents with their attributes.
    """

    id: int  # the Telegram photo or document id: the same id in two messages is the same file
    kind: FileKind
    data: bytes | Path
    mime: str = "image/jpeg"  # as the sender claims
    name: str | None = None  # as the sender claims
    width: int = 0
    height: int = 0
    duration: float = 0.0  # seconds
    dc: int = 2  # data centre that holds the bytes; the main one is 2

    def read(self) -> bytes:
        """The bytes."""
        return self.data if isinstance(self.data, bytes) else self.data.read_bytes()


@dataclass(frozen=True)
class TextEntity:
    """A message entity; offset and length in UTF-16 code units.

    kind is the TL name: Hashtag, Mention, Url, TextUrl, Bold, ...
    """

    kind: str
    offset: int
    length: int
    url: str | None = None


@dataclass(frozen=True)
class Forwarded:
    """The origin of a forwarded message."""

    channel_id: int | None
    name: str | None
    message_id: int | None
    date: datetime


@dataclass(frozen=True)
class Message:
    """One message of a channel. Ids grow by time within a channel."""

    id: int
    date: datetime  # aware, UTC, whole seconds
    text: str = ""
    entities: tuple[TextEntity, ...] = ()
    file: File | None = None
    grouped_id: int | None = None
    edit_date: datetime | None = None
    reply_to: int | None = None
    forwarded: Forwarded | None = None
    views: int | None = None
    service: bool = False
    tl: bytes | None = None  # a TL message, which is served instead, under this id and in this channel
    files: tuple[File, ...] = ()  # the files that `tl` names
    whole: bytes | None = None  # the same TL message with all of its blocks, where `tl` has the first ones


@dataclass
class Channel:
    """A channel and its messages by id; deleting one leaves a hole."""

    telegram_id: int  # bare positive id
    access_hash: int
    title: str
    username: str | None = None  # None: private
    about: str = ""
    messages: dict[int, Message] = field(default_factory=dict)
    usernames: tuple[str, ...] = ()  # further active names, as a channel with bought names has


@dataclass(frozen=True)
class Post:
    """An action: a new or edited message appears in a channel."""

    channel: int  # telegram_id
    message: Message


@dataclass(frozen=True)
class Delete:
    """An action: a message disappears."""

    channel: int
    message_id: int


@dataclass(frozen=True)
class Rename:
    """A channel gets another name and title. username None: it becomes private."""

    channel: int
    username: str | None
    title: str
    usernames: tuple[str, ...] = ()


Action = Post | Delete


@dataclass(frozen=True)
class Invite:
    """An invitation link of a channel."""

    hash: str
    channel: int  # telegram_id
    approval: bool = False  # whether the owners decide about each request
    expired: bool = False
    kind: Literal["channel", "group", "paid", "peek"] = "channel"
    participants: int = 1234


@dataclass
class World:
    """All channels and their later changes: `later[i]` is applied as one batch when the run asks for the next one."""

    channels: list[Channel] = field(default_factory=list)
    later: list[tuple[Action, ...]] = field(default_factory=list)
    invites: tuple[Invite, ...] = field(default=(), kw_only=True)
