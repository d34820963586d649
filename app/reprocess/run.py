"""Makes the planned work due, a batch in each transaction: an interrupted command continues where it stopped."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from sqlalchemy import ColumnElement, exists
from sqlalchemy.orm import Session

from app.db import transaction
from app.domain.flow import Key, Next
from app.domain.kinds import REPROCESS, Step
from app.models import MediaFile, Publication, Work
from app.pipeline.engine import reschedule, sweep, work
from app.reprocess import files, tags
from app.reprocess.choice import places
from app.reprocess.skipped_subjects import BATCH
from app.settings import get_settings


def read_again(keys: Sequence[Key]) -> Iterator[tuple[int, int]]:
    """Makes readings due. keys: (file, version). Yields (keys, rows made due) for each batch."""
    for part in _parts(keys):
        with transaction() as session:
            enqueued = _enqueue(session, Step.ANALYZE, part, files.again())
            _arm_merges(session, [file for file, _ in part])
        yield len(part), enqueued


def tag_again(keys: Sequence[Key]) -> Iterator[tuple[int, int]]:
    """Makes tagging due. keys: (publication, revision). Yields (keys, rows made due) for each batch."""
    for part in _parts(keys):
        with transaction() as session:
            enqueued = _enqueue(session, Step.TAG, part, tags.again())
        yield len(part), enqueued


def first_portion(step: Step) -> list[Next]:
    """The messages to publish now; the sweeper publishes the rest, a portion in each pass.

    All at once in the broker, they would come before live work that is published again, and could not be stopped.
    """
    with transaction() as session:
        return sweep.portion(session, step)


def _enqueue(session: Session, step: Step, keys: Sequence[Key], again: ColumnElement[bool]) -> int:
    return reschedule.renew(session, step, keys, again=again, asked=REPROCESS)


def _arm_merges(session: Session, ids: Sequence[int]) -> None:
    """Makes merges due for publications without one: those that came while vision was off.

    Without a merge no step would use their readings.
    """
    row = exists().where(
        Work.step == Step.MERGE, Work.subject_id == Publication.id, Work.revision == Publication.revision
    )
    new = places().where(MediaFile.id.in_(ids), ~row).with_only_columns(Publication.id, Publication.revision).distinct()
    keys = sorted((id_, revision) for id_, revision in session.execute(new))
    work.enqueue(session, Step.MERGE, keys, hint=get_settings().sweep_interval)


def _parts(keys: Sequence[Key]) -> Iterator[Sequence[Key]]:
    for start in range(0, len(keys), BATCH):
        yield keys[start : start + BATCH]
