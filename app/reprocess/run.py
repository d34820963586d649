"""The doing: rows of work, in batches of a transaction each; whoever stops in between goes on where he was."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from sqlalchemy import ColumnElement, exists
from sqlalchemy.orm import Session

from app.db import transaction
from app.domain.flow import Key, Next
from app.domain.kinds import REREAD, Step
from app.models import MediaFile, Publication, Work
from app.pipeline.engine import reschedule, sweep, work
from app.reprocess import files, tags
from app.reprocess.choice import places
from app.reprocess.skipped_subjects import BATCH
from app.settings import get_settings


def read_again(keys: Sequence[Key]) -> Iterator[tuple[int, int]]:
    """Makes the readings due, (file, version); yields (keys, rows made due) of each batch."""
    for part in _parts(keys):
        with transaction() as session:
            armed = _arm(session, Step.ANALYZE, part, files.again())
            _arm_merges(session, [file for file, _ in part])
        yield len(part), armed


def tag_again(keys: Sequence[Key]) -> Iterator[tuple[int, int]]:
    """The same of tags, (publication, revision)."""
    for part in _parts(keys):
        with transaction() as session:
            armed = _arm(session, Step.TAG, part, tags.again())
        yield len(part), armed


def first_portion(step: Step) -> list[Next]:
    """The calls to publish at once. The others are the sweeper's, a portion a pass: all of them in the broker would
    stand before live work that is published again, and could not be stopped."""
    with transaction() as session:
        return sweep.portion(session, step)


def _arm(session: Session, step: Step, keys: Sequence[Key], again: ColumnElement[bool]) -> int:
    return reschedule.renew(session, step, keys, again=again, asked=REREAD)


def _arm_merges(session: Session, ids: Sequence[int]) -> None:
    """Who came while vision was off has never been merged, so nobody else would look at the readings."""
    row = exists().where(
        Work.step == Step.MERGE, Work.subject_id == Publication.id, Work.revision == Publication.revision
    )
    new = places().where(MediaFile.id.in_(ids), ~row).with_only_columns(Publication.id, Publication.revision).distinct()
    keys = sorted((id_, revision) for id_, revision in session.execute(new))
    work.enqueue(session, Step.MERGE, keys, hint=get_settings().sweep_interval)


def _parts(keys: Sequence[Key]) -> Iterator[Sequence[Key]]:
    for start in range(0, len(keys), BATCH):
        yield keys[start : start + BATCH]
