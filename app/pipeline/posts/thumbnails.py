"""Makes thumbnails due: of new files, of files from before there were thumbnails, and of files that lost theirs."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

from sqlalchemy import func, literal, select
from sqlalchemy.orm import Session

from app.db import transaction
from app.domain.flow import Call, Key
from app.domain.kinds import State, Step
from app.domain.thumbnails import is_pictured
from app.models import MediaFile, ThumbnailFill, Work
from app.models.work import in_state
from app.pipeline.engine import work
from app.pipeline.engine.row_by_row import named
from app.pipeline.engine.traces import Traces
from app.settings import get_settings

FILLED = 500  # files of before in each pass of the sweeper
REST = timedelta(minutes=10)  # between two times that a look at a page makes the thumbnails of one file again


def key_of(file: int) -> Key:
    """The key of a file's row of work."""
    return file, 0


def enqueue(session: Session, files: Mapping[int, str], traces: Traces) -> tuple[Call, ...]:
    """Makes the thumbnails of new files due, behind the reading of live posts. files: id -> type."""
    keys = tuple(key_of(file) for file, mime in files.items() if is_pictured(mime))
    work.enqueue(session, Step.THUMBNAIL, keys, hint=get_settings().republish_after, traces=traces)
    return (Call(Step.THUMBNAIL, keys, bulk=True),) if keys else ()


def make_again(session: Session, files: Mapping[int, str]) -> None:
    """Makes the thumbnails of these files due, whatever became of them before. files: id -> type."""
    keys = [key_of(file) for file, mime in files.items() if is_pictured(mime)]
    work.requeue(session, Step.THUMBNAIL, keys, hint=0.0)


def missed(session: Session, file: int) -> tuple[Call, ...]:
    """Makes lost thumbnails due that a page has missed.

    Only those that were made, and each file once in REST: requests cannot make more work than there are lost files, not
    even where this process looks into another directory than the worker that made them.
    """
    made = named(Step.THUMBNAIL, [key_of(file)]) & in_state(State.DONE)
    row = session.scalar(select(Work.id).where(made, Work.updated_at < func.now() - REST))
    if row is None:
        return ()
    work.requeue(session, Step.THUMBNAIL, [key_of(file)], hint=get_settings().republish_after)
    return (Call(Step.THUMBNAIL, (key_of(file),), bulk=True),)


def fill() -> bool:
    """Makes thumbnails of the next files of before due, while few are; returns whether more are left."""
    with transaction() as session:
        at = session.get(ThumbnailFill, 1, with_for_update={"skip_locked": True})
        if at is None or _many_due(session):
            return at is not None
        later = select(MediaFile.id, MediaFile.mime).where(MediaFile.id > at.cursor).order_by(MediaFile.id)
        files = dict(session.execute(later.limit(FILLED)).all())
        keys = [key_of(file) for file, mime in files.items() if is_pictured(mime)]
        work.enqueue(session, Step.THUMBNAIL, keys, hint=0.0, traces={})  # their traces ended long ago
        if len(files) < FILLED:
            session.delete(at)
        else:
            at.cursor = max(files)
    return len(files) == FILLED


def _many_due(session: Session) -> bool:
    # The state as a literal: idx_work_turn is partial.
    due = (Work.step == Step.THUMBNAIL) & (Work.state == literal(State.DUE.value, literal_execute=True))
    return session.scalar(select(Work.id).where(due).offset(FILLED).limit(1)) is not None
