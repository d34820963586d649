"""The rows of work whose subjects a caller may see who may see some channels only."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from sqlalchemy import ColumnElement, exists, false, or_, select
from sqlalchemy.orm import Session

from app.domain.kinds import Step
from app.domain.steps import STEPS, Subject
from app.models import MediaFile, Post, PostMedia, Publication, Question, Work
from app.models.questions import WITHIN
from app.search.within import Within, is_within, posted_within


def seen_work(session: Session, ids: Collection[int], within: Within) -> set[int]:
    """Those of the rows that the caller may see: of these channels, of their posts, media and files."""
    if within is None:
        return set(session.scalars(select(Work.id).where(Work.id.in_(ids))))
    conditions = _conditions(within)
    seen = [Work.step.in_(_steps_of(kind)) & condition for kind, condition in conditions.items()]
    return set(session.scalars(select(Work.id).where(Work.id.in_(ids), or_(false(), *seen))))


def _steps_of(kind: Subject) -> tuple[Step, ...]:
    return STEPS.where(lambda spec: spec.subject is kind)


def _conditions(within: tuple[int, ...]) -> Mapping[Subject, ColumnElement[bool]]:
    """Whether the subject of a row is seen. A kind that stands not here is never seen."""
    media = select(PostMedia.id).join(Post, Post.id == PostMedia.post_id).where(PostMedia.id == Work.subject_id)
    publications = select(Publication.id).where(Publication.id == Work.subject_id)
    files = select(MediaFile.id).where(MediaFile.id == Work.subject_id)
    asked = select(Question.id).where(Question.id == Work.subject_id)
    return {
        Subject.CHANNEL: is_within(Work.subject_id, within),
        Subject.PUBLICATION: exists(publications.where(is_within(Publication.channel_id, within))),
        Subject.MEDIUM: exists(media.where(is_within(Post.channel_id, within))),
        Subject.FILE: exists(files.where(posted_within(within))),
        Subject.QUESTION: exists(asked.where(Question.retrieval[WITHIN].contained_by(list(within)))),
    }
