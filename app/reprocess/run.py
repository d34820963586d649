"""Makes planned work due, in the transaction of the caller."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import exists
from sqlalchemy.orm import Session

from app.db import transaction
from app.domain.flow import Key, Next
from app.domain.kinds import REPROCESS, Step
from app.models import MediaFile, Publication, Work
from app.pipeline.engine import reschedule, sweep, work
from app.reprocess import files, tags
from app.reprocess.choice import places
from app.settings import get_settings


def read_again(session: Session, keys: Sequence[Key]) -> int:
    """Makes readings due. keys: (file, version). Returns the rows that became due."""
    enqueued = reschedule.renew(session, Step.ANALYZE, keys, again=files.again(), asked=REPROCESS)
    _arm_merges(session, [file for file, _ in keys])
    return enqueued


def tag_again(session: Session, keys: Sequence[Key]) -> int:
    """Makes tagging due. keys: (publication, revision). Returns the rows that became due."""
    return reschedule.renew(session, Step.TAG, keys, again=tags.again(), asked=REPROCESS)


def first_portion(step: Step) -> list[Next]:
    """The messages to publish now; the sweeper publishes the rest, a portion in each pass.

    All at once in the broker, they would come before live work that is published again, and could not be stopped.
    """
    with transaction() as session:
        return sweep.portion(session, step)


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
