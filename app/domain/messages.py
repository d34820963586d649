"""The values that a Telegram source returns: plain data, free of Telethon."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal, Self, TypeVar

from app.domain.kinds import MediaKind, MediaRole, Origin


@dataclass(frozen=True)
class ChannelRef:
    """The address of a channel for requests: StringSession stores no entities, and access hashes are per account."""

    telegram_id: int  # the bare positive id, without Telegram's -100 prefix
    access_hash: int


Restriction = Literal["", "apps", "all"]
"""Whether Telegram restricts a channel: for no client, for the apps of some platforms, or for every client."""


@dataclass(frozen=True)
class ChannelInfo:
    """A channel as Telegram describes it now. Its number stays the same, all else may change."""

    ref: ChannelRef
    username: str | None  # None for private channels
    title: str
    about: str = ""
    usernames: tuple[str, ...] = ()  # all active names, the first one is `username`
    restriction: Restriction = ""
    hidden_until: int | None = None  # this account sees no id up to it; 0: none is hidden; None: not asked
    at: datetime | None = None  # when the answer came


T = TypeVar("T")


class Page(list[T]):
    """The messages of an answer, with the channel as the same answer describes it; None if it does not."""

    def __init__(self, messages: Iterable[T] = (), channel: ChannelInfo | None = None) -> None:
        super().__init__(messages)
        self.channel = channel


def described_in(*answers: Sequence[Any]) -> ChannelInfo | None:
    """The channel as the newest of these answers describes it; None if none does."""
    return next((a.channel for a in reversed(answers) if isinstance(a, Page) and a.channel is not None), None)


class Account(str):
    """The fingerprint of a Telegram user, safe to store: access hashes are valid for this user alone.

    login: the fingerprint of the session. A user may have several one after another.
    """

    __slots__ = ("login",)
    login: str

    def __new__(cls, user: str, login: str) -> Self:
        """user, login: fingerprints."""
        made = super().__new__(cls, user)
        made.login = login
        return made


def login_of(account: str) -> str:
    """The login of an account; the account itself where no login is known."""
    return account.login if isinstance(account, Account) else account


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
    role: MediaRole = MediaRole.OWN

    @property
    def place(self) -> tuple[MediaRole, str]:
        """Equal for the same medium in two readings of a message."""
        return self.role, self.key


@dataclass(frozen=True)
class Words:
    """Words of a message beside its own text.

    running: a count that changes without an edit, such as votes of an open poll: it is shown but never makes a new
    revision, and is neither searched nor tagged.
    """

    origin: Origin
    text: str
    entities: tuple[Entity, ...] = ()
    running: bool = False


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
    media: tuple[MediaDescriptor, ...] = ()  # own media first; see MediaRole
    kind: str = "text"  # the kind of message for a reader: photo, poll, link preview, ...
    words: tuple[Words, ...] = ()
    not_taken: tuple[str, ...] = ()  # parts of the message that were left in Telegram, each with its reason
    silent: frozenset[MediaRole] = frozenset()
    """Roles that this answer says nothing about: media and words that an earlier answer brought stay as they are."""
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
    seen_from: int | None = None  # the lowest id of the channel that this login ever saw


@dataclass(frozen=True)
class StoredFile:
    """A file in the store, whole and synced to disk."""

    sha256: str  # lower-case hex
    size: int  # bytes
    mime: str  # by content
    extension: str  # by content, with the dot; "" when unknown
    location: dict[str, Any] | None = field(default=None, compare=False)  # fresh address, if the old one was stale
