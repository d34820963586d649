"""Resumes work that a refusal of Telegram held up: history after a good poll, albums and files after a recovery."""

from __future__ import annotations

from collections.abc import Collection
from datetime import timedelta

from sqlalchemy import ColumnElement, Select, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from app import db
from app.domain.flow import Call, Next
from app.domain.kinds import FINAL, State, Step
from app.models import Channel, Post, PostMedia, Publication, Work
from app.models.work import in_state
from app.pipeline.engine import reschedule, work
from app.pipeline.posts.channels import UNWATCHED, is_history_hidden
from app.settings import get_settings

OUT_OF_ATTEMPTS = timedelta(minutes=15)  # rest of history that failed so often: a page of it may break the step


def resume_history(session: Session, channel: Channel) -> tuple[Next, ...]:
    """Makes the unread history of a channel due that Telegram has just shown, if a user wants it.

    Wanted: by the setting BACKFILL, or because it was begun before. Where Telegram keeps it from this login, a row that
    waits goes on waiting for its date; one that ended is asked for once, and waits then.
    """
    if not channel.backfill_cursor or channel.history_left_before is not None:
        return ()
    mine = (Work.step == Step.BACKFILL) & (Work.subject_id == channel.id) & (Work.revision == 0)
    row = session.scalars(select(Work).where(mine)).first()
    if not _is_held_up(session, row) or (row and row.state == State.WAITING and is_history_hidden(channel)):
        return ()
    key = (channel.id, 0)
    work.requeue(session, Step.BACKFILL, [key], hint=get_settings().republish_after)
    return (Call(Step.BACKFILL, (key,), bulk=True),)


def _is_held_up(session: Session, row: Work | None) -> bool:
    if row is None:
        return get_settings().backfill
    if row.state == State.DEAD and row.attempts >= get_settings().max_attempts:
        return row.updated_at < db.now(session) - OUT_OF_ATTEMPTS
    return row.state in {*FINAL, State.WAITING}


def resume_channel(session: Session) -> None:
    """Wakes albums and files that wait, since a channel can be read again; those of others ask their adapter once."""
    reschedule.wake_all(session, (Step.COLLECT, Step.DOWNLOAD))


def resume_unwatched(session: Session, channel_id: int) -> None:
    """Makes albums and files due that ended because their channel was removed, now that it is watched again.

    Publishes nothing: the sweeper finds the rows.
    """
    files = (
        _ended_unwatched(Step.DOWNLOAD, PostMedia.id, PostMedia.replaced_at.is_(None))
        .join(Post, Post.id == PostMedia.post_id)
        .join(Publication, Publication.id == Post.publication_id)
        .where(Post.channel_id == channel_id)
    )
    albums = _ended_unwatched(Step.COLLECT, Publication.id, Work.revision == Publication.revision).where(
        Publication.channel_id == channel_id
    )
    media, groups = session.execute(files).all(), session.execute(albums).all()
    work.requeue(session, Step.COLLECT, [(id_, revision) for _, id_, revision in groups], hint=0.0)
    work.requeue(session, Step.DOWNLOAD, [(id_, 0) for id_, _, _ in media], hint=0.0)
    work.requeue(session, Step.PERSIST, {(id_, revision) for _, id_, revision in (*media, *groups)}, hint=0.0)


def _ended_unwatched(
    step: Step, subject: InstrumentedAttribute[int], current: ColumnElement[bool]
) -> Select[int, int, int]:
    """Subjects whose work of this step ended because their channel was removed, with their publications."""
    ended = (Work.step == step) & in_state(State.SKIPPED) & (Work.reason == UNWATCHED)
    rows = select(subject, Publication.id, Publication.revision).select_from(subject.class_)
    return rows.join(Work, (Work.subject_id == subject) & ended).where(current)


def persist_again(session: Session, media: Collection[int]) -> tuple[Next, ...]:
    """Makes publications due again that were stored while the file of one of these media waited; returns their call."""
    failed = select(Work.subject_id).where(
        Work.step == Step.DOWNLOAD, Work.subject_id.in_(media), Work.last_error.is_not(None)
    )
    late = list(session.scalars(failed)) if media else []
    if not late:
        return ()
    of_media = select(Post.publication_id).join(PostMedia, PostMedia.post_id == Post.id).where(PostMedia.id.in_(late))
    rows = (
        select(Work)
        .join(Publication, (Publication.id == Work.subject_id) & (Publication.revision == Work.revision))
        .where(Work.step == Step.PERSIST, Publication.id.in_(of_media))
        .order_by(Work.id)
        .with_for_update(of=Work)  # a persist under way has not seen the file: its end is waited for
    )
    found = session.scalars(rows.execution_options(populate_existing=True))
    keys = tuple((row.subject_id, row.revision) for row in found if row.state == State.DONE)
    work.requeue(session, Step.PERSIST, keys, hint=get_settings().republish_after)
    return (Call(Step.PERSIST, keys, bulk=True),) if keys else ()
