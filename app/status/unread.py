"""Tells in words which reading failed: of channels, of their history, of files and pictures, of the media store."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from datetime import datetime

from sqlalchemy import Select, func, literal, or_, select
from sqlalchemy.orm import Session

from app import wiring
from app.domain.kinds import FINAL, State, Step
from app.errors import MediaAuditError
from app.models import Channel, MediaFile, Work
from app.pipeline.engine.work import NO_ANSWER, REFUSED, TOO_LARGE
from app.settings import get_settings

NEXT = "its next poll asks for it"
MOST = 5  # channels or reasons of one kind to name; the others are counted


def unread(session: Session) -> list[str]:
    """Watched channels whose last poll failed, and histories without work under way, each with the reason."""
    return [*_named(_closed(session), "channels that could not be read"), *_named(_histories(session), "histories")]


def problems(session: Session, since: datetime) -> list[str]:
    """All that a run since `since` left unread, beyond the work that its report counts as dead or unknown."""
    return [*unread(session), *_named(_files(session), "reasons"), *_pictures(session, since), *_store(session)]


def _named(found: Iterator[str], kind: str) -> list[str]:
    told = list(found)
    more = [f"and {len(told) - MOST} more {kind}: `media-audit channels list`"] if len(told) > MOST else []
    return [*told[:MOST], *more]


def _closed(session: Session) -> Iterator[str]:
    names = _references(session)
    return (f"{names[id_]} could not be read: {error}" for id_, error in closed_channels(session))


def _histories(session: Session) -> Iterator[str]:
    names = _references(session)
    return (f"{names[id_]}: {unread_}" for id_, unread_ in held_up_histories(session))


def _references(session: Session) -> dict[int, str]:
    return dict(session.execute(select(Channel.id, Channel.reference)).all())


def closed_channels(session: Session) -> list[tuple[int, str]]:
    """(id, error) of the watched channels whose last poll failed, or that are restricted and show no message."""
    failed = or_(
        Channel.last_success_at.is_(None), Channel.last_success_at < Channel.last_polled_at, Channel.restriction != ""
    )
    query = select(Channel.id, Channel.last_error).where(Channel.enabled, Channel.last_error.is_not(None), failed)
    return [(id_, error or "") for id_, error in session.execute(query.order_by(Channel.id))]


def held_up_histories(session: Session, channels: Collection[int] | None = None) -> list[tuple[int, str]]:
    """(id of the channel, sentence) for each history that is to be read and has no work under way.

    channels: only these; None for all.
    """
    row = (Work.step == Step.BACKFILL) & (Work.subject_id == Channel.id) & (Work.revision == 0)
    query = select(Channel.id, Channel.backfill_cursor, Work.state, Work.reason, Work.last_error)
    wanted = Channel.history_left_before.is_(None)  # else the rest is unread by choice
    query = query.outerjoin(Work, row).where(Channel.enabled, Channel.backfill_cursor > 0, wanted).order_by(Channel.id)
    if channels is not None:
        query = query.where(Channel.id.in_(channels))
    return [
        (id_, f"its history is not read to the beginning ({(cursor or 1) - 1:,} ids left): {reason or error or NEXT}")
        for id_, cursor, state, reason, error in session.execute(query)
        if (get_settings().backfill if state is None else state in {*FINAL, State.WAITING})
    ]


def _files(session: Session) -> Iterator[str]:
    """The reasons for which albums and files wait, the most frequent first."""
    # Literals, not parameters: no generic plan could use the partial index of waiting rows.
    waiting = Work.state == literal(State.WAITING.value, literal_execute=True)
    count = func.count()
    query = select(Work.reason, count).where(Work.step.in_((Step.COLLECT, Step.DOWNLOAD)), waiting)
    for reason, number in session.execute(query.group_by(Work.reason).order_by(count.desc(), Work.reason)):
        yield f"{number:,} albums or files wait: {reason}"


def _pictures(session: Session, since: datetime) -> Iterator[str]:
    """One sentence if pictures were due and none could be read; damaged ones say nothing about their reader.

    A picture that one provider refused, found too large or answered nothing about counts as read where another one has
    read it."""
    ended = _readings(since).with_only_columns(Work.state, func.coalesce(Work.reason, Work.last_error), func.count())
    found = session.execute(ended.group_by(Work.state, func.coalesce(Work.reason, Work.last_error))).all()
    if found and all(state != State.DONE for state, _, _ in found):
        total = sum(number for _, _, number in found)
        _, why, _ = max(found, key=lambda one: one[2])
        yield f"none of the {total:,} pictures that were due could be read: {why}"


def _readings(since: datetime) -> Select[Work]:
    states = (State.DONE, State.WAITING, State.UNKNOWN, State.DEAD)
    begins = or_(*(Work.reason.startswith(begin) for begin in (REFUSED, NO_ANSWER, TOO_LARGE)))
    undone = (Work.state == State.SKIPPED) & begins
    whole = select(Work).join(MediaFile, (MediaFile.id == Work.subject_id) & MediaFile.damaged.is_(None))
    return whole.where(Work.step == Step.ANALYZE, or_(Work.state.in_(states), undone), Work.updated_at >= since)


def _store(session: Session) -> Iterator[str]:
    try:
        wiring.store().temporary()
    except (MediaAuditError, OSError) as error:
        yield f"the media store is away: {error}"
        return
    kept = session.scalar(select(MediaFile.id).limit(1)) is not None
    if kept and not wiring.archive().there():
        yield "the media store is away: it holds none of the files that the database names; is its disk mounted?"
