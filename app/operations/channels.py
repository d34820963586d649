"""Adds and stops watched channels and makes their history due. The next poll asks Telegram, this module does not."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.domain.kinds import Step
from app.domain.links import Reference
from app.domain.links import channel as parse
from app.domain.names import numbered
from app.errors import Permanent, UserError
from app.models import Channel
from app.pipeline.engine import reschedule, work
from app.pipeline.posts import tombstones
from app.pipeline.posts.channels import UNWATCHED
from app.pipeline.posts.identity import free_reference, names_of
from app.pipeline.posts.resumption import resume_unwatched


def add(session: Session, texts: Iterable[str]) -> list[tuple[Channel, bool]]:
    """Starts to watch these channels. Each comes with whether it is new here or was removed.

    A removed channel continues from the position where it stopped.
    """
    return [_add(session, _parse(text)) for text in texts]


def stop(session: Session, channel: Channel) -> None:
    """Watches the channel no more; its posts and files stay."""
    channel.enabled = False
    reschedule.cancel(session, [Step.POLL, Step.BACKFILL], channel.id, UNWATCHED)


def resume(session: Session, channel: Channel) -> bool:
    """Watches a removed channel again, from the position where it stopped; False if it is watched."""
    if channel.enabled:
        return False
    # The next poll resolves it again: error texts name "remove it and add it again" for stale addresses.
    channel.account, channel.enabled = None, True
    session.flush()
    resume_unwatched(session, channel.id)
    if channel.backfill_cursor:
        backfill(session, [channel.id])
    return True


def numbered_row(session: Session, number: int) -> Channel:
    """The channel with this number of its row, watched or not. UserError if there is none."""
    channel = session.get(Channel, number) if 0 < number < 2**63 else None
    if channel is None:
        raise UserError(f"there is no channel {number}: see `media-audit channels list --all`")
    return channel


def watched(session: Session, text: str) -> Channel:
    """The watched channel that the user names. UserError if it is not watched."""
    reference = _parse(text)
    channel = _find(session, reference)
    if channel is None or not channel.enabled:
        raise UserError(f"{text} is not watched{_renamed(session, reference)}: see `media-audit channels list`")
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
        if tombstones.of_reference(session, reference):
            raise UserError(tombstones.NOT_AGAIN)
        _give_up_name(session, reference)
        channel = Channel(reference=_canonical(reference), title="")
        session.add(channel)
        session.flush()
        return channel, True
    fresh = resume(session, channel)
    if reference.telegram_id is not None or not channel.reference.startswith("@"):
        # The number, if that is given: no rename touches it. A name that the channel has today replaces a number.
        free_reference(session, channel, (reference.username,) if reference.username else ())
    return channel, fresh


def _find(session: Session, reference: Reference) -> Channel | None:
    """The channel with this number or, today, this name: the name may have been another's before.

    Names are unique in Telegram: of several rows with one name, the one that Telegram described last has it.
    """
    if reference.username:
        same = Channel.called(reference.username)
    else:
        same = (Channel.telegram_id == reference.telegram_id) | (Channel.reference == _canonical(reference))
    order = (Channel.telegram_id.is_(None), Channel.described_at.desc().nulls_last(), Channel.id)
    return session.scalars(select(Channel).where(same).order_by(*order).limit(1)).first()


def _give_up_name(session: Session, reference: Reference) -> None:
    """Lets go of a name by which another channel was added, and which that one has no longer: references are unique."""
    query = select(Channel).where(func.lower(Channel.reference) == _canonical(reference).lower())
    for holder in session.scalars(query).all():
        free_reference(session, holder, names_of(session, holder.id))


def _renamed(session: Session, reference: Reference) -> str:
    """The name of today of a watched channel that once had this one, for a message."""
    if reference.username is None:
        return ""
    query = select(Channel.reference).where(Channel.enabled, Channel.once_called(reference.username))
    now = session.scalars(query.order_by(Channel.id).limit(1)).first()
    return f" under this name; it was once the name of {now}" if now else ""


def _parse(text: str) -> Reference:
    try:
        found = parse(text)
    except Permanent as error:
        raise UserError(error.reason) from error
    if found.invite:
        raise UserError(
            "this is an invitation link, which names no channel: give the channel's number or a link to one of its"
            " posts (t.me/c/...); `media-audit channels add --join` with the link joins the channel"
        )
    return found


def _canonical(reference: Reference) -> str:
    if reference.username:
        return f"@{reference.username}"
    return numbered(reference.telegram_id or 0)
