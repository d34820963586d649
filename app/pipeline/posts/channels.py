"""Helpers for a channel's row: its lock, its address for an account, the range of ids that were read."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain.deletions import View
from app.domain.messages import ChannelRef, login_of
from app.errors import MediaAuditError, Transient, Withheld
from app.models import Channel

PAGE = 100  # messages: Telegram's maximum for one request
UNWATCHED = "the channel is not watched any more"  # the reason of work that ended because its channel was removed
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
    """The channel's address for this account; None if it has to be resolved first.

    Rows of earlier versions name the login that resolved them, not its user.
    """
    if channel.account not in (str(account), login_of(account)):
        return None
    return known_ref(channel)


def known_ref(channel: Channel) -> ChannelRef | None:
    """The channel's address by the hash that is stored, which may be that of another account."""
    if channel.telegram_id is None or channel.access_hash is None:
        return None
    return ChannelRef(channel.telegram_id, channel.access_hash)


def view_of(channel: Channel, account: str) -> View:
    """What this login saw of the channel so far; nothing, if another login read it last."""
    if channel.login != login_of(account):
        return View(None, None)
    return View(None, channel.seen_from, channel.hidden_until, confirmed=channel.vanished_at is not None)


def is_history_hidden(channel: Channel) -> bool:
    """Whether Telegram keeps the unread rest of the history from this login, as far as it has told."""
    below = channel.hidden_until is not None and (channel.backfill_cursor or 0) <= channel.hidden_until + 1
    return bool(channel.restriction) or below


def account_of(session: Session, login: str) -> str | None:
    """The user's fingerprint that a login read channels with; None if it has read none."""
    query = select(Channel.account).where(Channel.login == login, Channel.account.is_not(None))
    return session.scalars(query.order_by(Channel.described_at.desc().nulls_last()).limit(1)).first()


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
