"""Limits of a search (channels, time, deleted posts) as a condition over search_documents."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, String, cast, func, or_, select, true
from sqlalchemy.orm import Session

from app.domain import links
from app.errors import Permanent, UserError
from app.models import Channel, SearchDocument


@dataclass(frozen=True)
class Filters:
    """Limits of a search; None is no limit."""

    channel_ids: tuple[int, ...] | None = None
    since: datetime | None = None
    deleted: bool = True  # whether to find publications that were deleted in Telegram, too

    def condition(self) -> ColumnElement[bool]:
        """The limits for a WHERE clause."""
        condition: ColumnElement[bool] = true()
        if self.channel_ids is not None:
            condition &= SearchDocument.channel_id.in_(self.channel_ids)
        if self.since is not None:
            condition &= SearchDocument.posted_at >= self.since
        if not self.deleted:
            condition &= SearchDocument.deleted_at.is_(None)
        return condition


def find_channels(session: Session, name: str) -> tuple[int, ...]:
    """Ids of the channels that a user names: by @name, title, number, or any link (app/domain/links.py).

    UserError if there is none.
    """
    wanted = storable(name.strip().removeprefix("@").lower())
    said = _said(name)
    ids = session.scalars(
        select(Channel.id).where(
            or_(
                func.lower(Channel.username) == wanted,
                func.lower(Channel.title) == wanted,
                func.lower(func.ltrim(Channel.reference, "@")) == wanted,
                func.lower(Channel.username) == (said.username or wanted).lower(),
                func.lower(func.ltrim(Channel.reference, "@")) == (said.username or wanted).lower(),
                cast(Channel.telegram_id, String) == wanted.removeprefix("-100"),
                Channel.telegram_id == said.telegram_id,
                Channel.reference == str(-links.MARK - (said.telegram_id or 0)),
            )
        )
    ).all()
    if not ids:
        raise UserError(f"no watched channel is called {name!r}: see `media-audit channels list`")
    return tuple(ids)


def storable(text: str) -> str:
    """The text as PostgreSQL can compare it: without NUL and without bytes of the terminal that are no text."""
    return text.replace("\0", "").encode(errors="replace").decode()


def _said(name: str) -> links.Reference:
    """The channel in any form that Telegram has; empty for a title."""
    try:
        return links.channel(name)
    except Permanent:
        return links.Reference()
