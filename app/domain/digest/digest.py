"""The values of a digest."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from app.domain.ask.answer import Source
from app.domain.digest.topics import Kind


@dataclass(frozen=True)
class DigestPost:
    """A post of a line, pinned at the revision that was read. copy: it repeats another post of the line."""

    publication_id: int
    revision: int
    post_id: int  # the lead post's row, as `explain` takes it
    message_id: int  # the lead post's id in Telegram
    channel: str  # title, or the reference by which the channel was added
    permalink: str | None  # None until the channel was resolved
    posted_at: datetime
    deleted_at: datetime | None  # when it was deleted in Telegram; the archive still has it
    edited_at: datetime | None
    copy: bool


@dataclass(frozen=True)
class Headline:
    """A sentence, letter for letter, and the post that has it. start: characters before it in its field."""

    text: str
    source: Source
    start: int
    post: DigestPost


@dataclass(frozen=True)
class Reason:
    """Why a line is one: a topic of it. posts and usual: publications in the period, and by the weeks before."""

    kind: Kind
    name: str
    posts: int
    usual: float
    score: float


@dataclass(frozen=True)
class DigestLine:
    """A topic of the period. headline: None where no post has a sentence to show.

    posts, channels, sources: numbers of all publications, of channels that posted them, and of first-hand authors; in
    the digest of one channel, sources are its different posts. usual: of the first reason.
    """

    headline: Headline | None
    posts: int
    channels: int
    sources: int
    usual: float
    tags: tuple[str, ...]
    reasons: tuple[Reason, ...]
    shown: tuple[DigestPost, ...]  # at most five, first-hand ones first


@dataclass(frozen=True)
class DigestPeriod:
    """The time that was looked at, and the days (the last one not included) that it is compared with."""

    since: datetime
    until: datetime
    posts: int
    compared_since: date
    compared_until: date


@dataclass(frozen=True)
class Digest:
    """The lines of a period, the highest score first. more: lines that --limit left out."""

    lines: tuple[DigestLine, ...]
    period: DigestPeriod
    notes: tuple[str, ...]
    more: int = 0
