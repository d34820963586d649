"""Helpers for a channel's row: its lock, its address for an account, the range of ids that were read."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain.messages import ChannelRef
from app.errors import MediaAuditError, Transient, Withheld
from app.models import Channel

PAGE = 100  # messages: Telegram's maximum for one request
UNRESOLVED = 900.0  # seconds between two looks at work whose channel cannot be resolved


def lock_channel(session: Session, channel_id: int) -> Channel:
    """Locks the channel's row until the transaction ends, and returns it."""
    query = select(Channel).where(Channel.id == channel_id).with_for_update(key_share=True)
    return session.execute(query).scalar_one()


def lock_channels(session: Session, ids: Iterable[int]) -> None:
    """Locks the channels in the order of their ids, so that two transactions never deadlock."""
    for channel_id in sorted(set(ids)):
        lock_channel(session, channel_id)


def channel_ref(channel: Channel, account: str) -> ChannelRef | None:
    """The channel's address for this account; None if it has to be resolved first."""
    if channel.telegram_id is None or channel.access_hash is None or channel.account != account:
        return None
    return ChannelRef(channel.telegram_id, channel.access_hash)


def resolved_elsewhere(channel: Channel) -> Transient:
    """The verdict on work whose channel has no reference for this account: only a poll resolves channels.

    The work waits with the error of the last poll, if there is one: the next success wakes it.
    """
    if channel.last_error is None:
        return Transient("this account has not resolved the channel yet: its next poll does", charge=False)
    return Withheld(f"this account has not resolved the channel: {channel.last_error}", UNRESOLVED)


def note_refusal(session: Session, channel_id: int, error: MediaAuditError) -> None:
    """Tells in the channel's row that Telegram refuses; the next poll that succeeds takes it back. Lock the row."""
    if isinstance(error, Withheld):
        session.get_one(Channel, channel_id).last_error = error.reason


def ids_read(channel: Channel) -> range:
    """The ids between a channel's two cursors: all were read, and no new message will come among them by itself."""
    return range(channel.backfill_cursor or 1, (channel.cursor or 0) + 1)
