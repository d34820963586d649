"""The row of a channel as the steps use it: its lock, its address for an account, the ids that were read."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain.messages import ChannelRef
from app.errors import Transient
from app.models import Channel

PAGE = 100  # messages: the most that Telegram gives for one request


def lock_channel(session: Session, channel_id: int) -> Channel:
    """The channel's row, locked until the transaction ends."""
    query = select(Channel).where(Channel.id == channel_id).with_for_update(key_share=True)
    return session.execute(query).scalar_one()


def lock_channels(session: Session, ids: Iterable[int]) -> None:
    """Locks the channels in the order of their ids, so that two transactions never wait for each other crosswise."""
    for channel_id in sorted(set(ids)):
        lock_channel(session, channel_id)


def channel_ref(channel: Channel, account: str) -> ChannelRef | None:
    """How to address the channel with this account; None when it has to be resolved first."""
    if channel.telegram_id is None or channel.access_hash is None or channel.account != account:
        return None
    return ChannelRef(channel.telegram_id, channel.access_hash)


def resolved_elsewhere() -> Transient:
    """The verdict on work whose channel has no reference for this account: only a poll resolves channels."""
    return Transient("the channel was resolved by another account; its next poll resolves it", charge=False)


def ids_read(channel: Channel) -> range:
    """The ids of a channel that lie between its two cursors: no message of these will come by itself."""
    return range(channel.backfill_cursor or 1, (channel.cursor or 0) + 1)
