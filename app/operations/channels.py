"""The list of watched channels: added, removed, looked up. Telegram is asked by the next poll, not here."""

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
    """Watches these channels; each with whether that is news. One that was removed goes on where it stopped."""
    return [_add(session, _parse(text)) for text in texts]


def remove(session: Session, text: str) -> Channel:
    """Watches the channel no more; everything that was read stays. UserError when it is not watched."""
    channel = _find(session, _parse(text))
    if channel is None or not channel.enabled:
        raise UserError(f"{text} is not watched: see `media-audit channels list`")
    channel.enabled = False
    reschedule.cancel(session, [Step.POLL, Step.BACKFILL], channel.id, "the channel is not watched any more")
    return channel


def backfill(session: Session, channels: Collection[int] | None = None, *, again: bool = False) -> list[Channel]:
    """Makes the history of these channels (None: of all watched) due; the channels that have some to read.

    again: from the newest post on, also where the beginning was reached: what is known stays as it is.
    """
    query = select(Channel).where(Channel.enabled, Channel.cursor > 0).order_by(Channel.id).with_for_update()
    found = list(session.scalars(query if channels is None else query.where(Channel.id.in_(channels))))
    for channel in found:
        if again or channel.backfill_cursor is None:
            channel.backfill_cursor = (channel.cursor or 0) + 1
    due = [channel for channel in found if channel.backfill_cursor]
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
        channel.account = None  # resolved anew: "remove it and add it again" is the remedy for an address gone stale
    channel.enabled = True
    if fresh and channel.backfill_cursor:
        backfill(session, [channel.id])
    return channel, fresh


def _find(session: Session, reference: Reference) -> Channel | None:
    """The channel, however it was written when it was added."""
    same = func.lower(Channel.reference) == _canonical(reference).lower()  # names of Telegram know no case
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
