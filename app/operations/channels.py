"""Adds and removes watched channels and makes their history due. The next poll asks Telegram, this module does not."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.adapters.telegram.references import Reference, parse
from app.domain.kinds import Step
from app.errors import Permanent, UserError
from app.models import Channel
from app.pipeline.engine import reschedule, work


def add(session: Session, texts: Iterable[str]) -> list[tuple[Channel, bool]]:
    """Starts to watch these channels. Each comes with whether it is new here or was removed.

    A removed channel continues from the position where it stopped.
    """
    return [_add(session, _parse(text)) for text in texts]


def remove(session: Session, text: str) -> Channel:
    """Stops watching the channel; its posts and files stay. UserError if it is not watched."""
    channel = watched(session, text)
    channel.enabled = False
    reschedule.cancel(session, [Step.POLL, Step.BACKFILL], channel.id, "the channel is not watched any more")
    return channel


def watched(session: Session, text: str) -> Channel:
    """The watched channel that the user names. UserError if it is not watched."""
    channel = _find(session, _parse(text))
    if channel is None or not channel.enabled:
        raise UserError(f"{text} is not watched: see `media-audit channels list`")
    return channel


def backfill(session: Session, channels: Collection[int] | None = None, *, again: bool = False) -> list[Channel]:
    """Makes the history of these channels (None: of all watched) due and returns the channels that have any to read.

    A history that ended at the limit of its channel has none. again: starts over at the newest post, also for a
    channel read to its beginning. Known posts stay unchanged.
    """
    query = select(Channel).where(Channel.enabled, Channel.cursor > 0).order_by(Channel.id).with_for_update()
    found = list(session.scalars(query if channels is None else query.where(Channel.id.in_(channels))))
    for channel in found:
        if again or channel.backfill_cursor is None:
            channel.backfill_cursor, channel.history_left_before = (channel.cursor or 0) + 1, None
    due = [channel for channel in found if channel.backfill_cursor and channel.history_left_before is None]
    work.requeue(session, Step.BACKFILL, [(channel.id, 0) for channel in due], hint=0.0)
    return due


def _add(session: Session, reference: Reference) -> tuple[Channel, bool]:
    channel = _find(session, reference)
    if channel is None:
        channel = Channel(reference=_canonical(reference), title="")
        session.add(channel)
        session.flush()
        return channel, True
    fresh = not channel.enabled
    if fresh:
        channel.account = (
            None  # the next poll resolves it again: error texts name "remove it and add it again" for stale addresses
        )
    channel.enabled = True
    if fresh and channel.backfill_cursor:
        backfill(session, [channel.id])
    return channel, fresh


def _find(session: Session, reference: Reference) -> Channel | None:
    """The channel, whichever form of its name it was added by."""
    same = func.lower(Channel.reference) == _canonical(reference).lower()  # Telegram's usernames ignore case
    if reference.username:
        same |= func.lower(Channel.username) == reference.username.lower()
    else:
        same |= Channel.telegram_id == reference.telegram_id
    return session.scalars(select(Channel).where(same).order_by(Channel.id).limit(1)).first()


def _parse(text: str) -> Reference:
    try:
        return parse(text)
    except Permanent as error:
        raise UserError(error.reason) from error


def _canonical(reference: Reference) -> str:
    if reference.username:
        return f"@{reference.username}"
    return str(-(10**12) - (reference.telegram_id or 0))
