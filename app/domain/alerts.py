"""Alerts: where a notice of a saved search's hit goes, and its content."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from urllib.parse import urlsplit


class Medium(StrEnum):
    """The ways of delivering a notice."""

    WEBHOOK = "webhook"
    TELEGRAM = "telegram"  # by a bot
    FEED = "feed"  # readers fetch it: nothing is sent


class Reason(StrEnum):
    """Why a publication is a hit of an alert."""

    NEW = "new"
    EDITED = "edited"
    READ_BETTER = "read better"


@dataclass(frozen=True)
class Destination:
    """One address of an alert. address: of the webhook or the number of the chat; it may hold a secret itself.

    secrets: signing secrets of a webhook, the newest first; two while they rotate.
    """

    medium: Medium
    address: str = field(repr=False)
    secrets: tuple[str, ...] = field(default=(), repr=False)


def shown(medium: Medium, address: str) -> str:
    """An address as lists show it: of a webhook only the host, since the rest may hold a secret."""
    return urlsplit(address).netloc.rpartition("@")[2] if medium is Medium.WEBHOOK else address


@dataclass(frozen=True)
class Notice:
    """The message that an alert sends about one hit.

    id: the same at each attempt, so that receivers drop doubles. query: as its user wrote it. channel: its name.
    link: the permalink of Telegram. page: the address of the publication's page; empty without WEB_URL.
    media: sha256 of each file.
    """

    id: str
    alert: str
    query: str
    reason: Reason
    channel: str
    publication_id: int
    revision: int
    posted_at: datetime | None
    link: str
    page: str
    text: str = field(repr=False)
    tags: tuple[str, ...]
    media: tuple[str, ...]


@dataclass(frozen=True)
class Standing:
    """A publication as an alert told of it, or as it is now.

    vision_version: None while its media are not read. content_hash: of its document; None: it is outside of the set.
    """

    revision: int
    vision_version: int | None
    content_hash: str | None


def first(*, edited: bool) -> Reason:
    """Why a publication is told of for the first time. edited: it said something else before."""
    return Reason.EDITED if edited else Reason.NEW


def anew(told: Standing, now: Standing) -> Reason | None:
    """Why an alert with `again` tells of a publication of its set once more; None: it does not.

    Once more: the publication was outside of the set meanwhile; or its document differs from the one that was told of,
    and that comes from an edit or from another reading of media that had been read before. The first reading of a new
    post completes it, and other tags alone are no news.
    """
    if told.content_hash is None:
        return Reason.EDITED if now.revision != told.revision else Reason.READ_BETTER
    if told.content_hash == now.content_hash:
        return None
    if now.revision != told.revision:
        return Reason.EDITED
    read_again = told.vision_version is not None and now.vision_version != told.vision_version
    return Reason.READ_BETTER if read_again else None


def remembered(told: Standing, now: Standing) -> Standing:
    """The last telling, as it is kept when the publication is indexed without a new one."""
    if now.content_hash is None:
        return Standing(told.revision, told.vision_version, None)
    completed = told.vision_version is None and now.vision_version is not None and now.revision == told.revision
    return now if completed else told
