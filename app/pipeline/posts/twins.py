"""Merges a row that was added for a channel which another row knows already, by its number or another name."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain.flow import Call
from app.domain.kinds import State, Step
from app.domain.messages import ChannelInfo
from app.models import Channel
from app.pipeline.engine import work
from app.pipeline.engine.outcomes import Outcome
from app.pipeline.posts.channels import lock_channel
from app.pipeline.posts.identity import learn
from app.pipeline.posts.resumption import resume_unwatched


def twin_of(session: Session, channel: Channel, info: ChannelInfo) -> Channel | None:
    """The other row of the channel that this row was resolved to."""
    same = (Channel.telegram_id == info.ref.telegram_id) & (Channel.id != channel.id)
    return session.scalars(select(Channel).where(same)).first()


def merge_twin(session: Session, fresh: Channel, twin: Channel, info: ChannelInfo, account: str) -> Outcome:
    """Ends the fresh row, which has no posts, and lets the known one go on, enabled and with the names of today."""
    known = lock_channel(session, twin.id)
    learn(session, known, info, account, None)
    fresh.enabled = False
    fresh.last_error = f"the same channel as {known.reference}"
    return Outcome(_go_on(session, known), State.SKIPPED, fresh.last_error)


def _go_on(session: Session, known: Channel) -> tuple[Call, ...]:
    if known.enabled:
        return ()
    known.enabled, known.last_error = True, None
    resume_unwatched(session, known.id)
    work.requeue(session, Step.POLL, [(known.id, 0)], hint=0.0)
    if known.backfill_cursor:
        work.requeue(session, Step.BACKFILL, [(known.id, 0)], hint=0.0)
    return (Call(Step.POLL, ((known.id, 0),)),)
