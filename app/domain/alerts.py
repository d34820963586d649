"""Alerts: where a notice of a saved search's hit goes, and its content."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum


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
