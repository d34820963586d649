"""Limits of a search (channels, time, deleted posts) as a condition over search_documents."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import ColumnElement, String, cast, func, or_, select
from sqlalchemy.orm import Session

from app.domain import links
from app.errors import Permanent, UserError
from app.models import Channel, SearchDocument
from app.search.within import Within, is_within

# Names are unique in Telegram: of several channels with one name, the one that was described last has it.
NEWEST = (Channel.described_at.desc().nulls_last(), Channel.id)


@dataclass(frozen=True)
class Filters:
    """Limits of a search; None is no limit.

    within: the channels that the caller may see. Beside hits it bounds all that a query can name or learn of: names of
    channels, pictures, copies, saved searches, words that corrections know.
    """

    channel_ids: tuple[int, ...] | None = None
    since: datetime | None = None
    deleted: bool = True  # whether to find publications that were deleted in Telegram, too
    within: Within = None

    def condition(self) -> ColumnElement[bool]:
        """The limits for a WHERE clause."""
        condition = is_within(SearchDocument.channel_id, self.within)
        if self.channel_ids is not None:
            condition &= SearchDocument.channel_id.in_(self.channel_ids)
        if self.since is not None:
            condition &= SearchDocument.posted_at >= self.since
        if not self.deleted:
            condition &= SearchDocument.deleted_at.is_(None)
        return condition


def read_filters(session: Session, channel: str | None, since: datetime | None, within: Within = None) -> Filters:
    """The limits of a command. since: a day in UTC. UserError for a channel that is not watched, also for no name."""
    ids = find_channels(session, channel, within) if channel is not None else None
    return Filters(ids, since and since.replace(tzinfo=UTC), within=within)


def find_channels(session: Session, name: str, within: Within = None) -> tuple[int, ...]:
    """Ids of the channels that a user names, in any form of app/domain/links.py, by title or by a former name.

    within: only among these. UserError if there is none.
    """
    return name_channels(session, name, within).ids


@dataclass(frozen=True)
class Named:
    """The channels that a name means. now: where it is a former name, the reference of today of the first of them."""

    ids: tuple[int, ...]
    now: str | None = None


def name_channels(session: Session, name: str, within: Within = None) -> Named:
    """The channels that a user names. A former name counts only while no channel has it today. UserError if none."""
    seen = is_within(Channel.id, within)
    said = _said(name)
    written = storable(name.strip().removeprefix("@").lower())
    wanted = said.username.lower() if said.username else written
    today = or_(
        Channel.called(wanted),
        # Until its first poll a channel has no title, which an empty name must not mean.
        (Channel.title != "") & (func.lower(Channel.title) == written),
        cast(Channel.telegram_id, String) == written.removeprefix("-100"),
    )
    if said.telegram_id is not None:
        reference = Channel.reference == str(-links.MARK - said.telegram_id)
        today = or_(today, Channel.telegram_id == said.telegram_id, reference)
    if ids := session.scalars(select(Channel.id).where(seen, today).order_by(*NEWEST)).all():
        return Named(tuple(ids))
    by_reference = func.lower(func.ltrim(Channel.reference, "@")).in_({wanted, written})
    if ids := session.scalars(select(Channel.id).where(seen, by_reference).order_by(Channel.id)).all():
        return Named(tuple(ids))
    former = session.execute(
        select(Channel.id, Channel.reference).where(seen, Channel.once_called(wanted)).order_by(Channel.id)
    ).all()
    if not former:
        raise UserError(f"no watched channel is called {name!r}: see `media-audit channels list`")
    return Named(tuple(id_ for id_, _ in former), former[0][1])


def storable(text: str) -> str:
    """The text as PostgreSQL can compare it: without NUL and without bytes of the terminal that are no text."""
    return text.replace("\0", "").encode(errors="replace").decode()


def _said(name: str) -> links.Reference:
    """The channel in any form that Telegram has; empty for a title."""
    try:
        return links.channel(name)
    except Permanent:
        return links.Reference()
