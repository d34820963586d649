"""Limits of a search (channels, time, deleted posts) as a condition over search_documents."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, String, cast, func, or_, select, true
from sqlalchemy.orm import Session

from app.errors import UserError
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
    """Ids of the channels that a user names: by @name, title, the reference given at adding, or Telegram's id.

    UserError if there is none.
    """
    wanted = name.strip().removeprefix("@").lower()
    ids = session.scalars(
        select(Channel.id).where(
            or_(
                func.lower(Channel.username) == wanted,
                func.lower(Channel.title) == wanted,
                func.lower(func.ltrim(Channel.reference, "@")) == wanted,
                cast(Channel.telegram_id, String) == wanted.removeprefix("-100"),
            )
        )
    ).all()
    if not ids:
        raise UserError(f"no watched channel is called {name!r}: see `media-audit channels list`")
    return tuple(ids)
