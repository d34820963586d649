"""Fan-in by rows: which publications have all their children in a final state. Chord membership is never consulted."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Select, exists, select
from sqlalchemy.orm import Session, aliased

from app.db import transaction
from app.domain.flow import Call, Next
from app.domain.kinds import FINAL, State, Step
from app.models import MediaFile, Post, PostMedia, Work

Child = aliased(Work)


def ready(step: Step) -> Select[Work]:
    """The due rows of a fan-in step (persist or merge) whose children are all final."""
    return select(Work).where(Work.step == step, Work.state == State.DUE, *[~exists(c) for c in _open_children(step)])


def is_ready(session: Session, step: Step, publication: int) -> bool:
    """Whether all children of one publication's fan-in are final."""
    return not any(
        session.execute(child.where(Post.publication_id == publication).limit(1)).first() for child in _children(step)
    ) and not (step is Step.PERSIST and _collecting(session, publication))


def ready_persists(media: Sequence[int]) -> list[Next]:
    """Persist calls for the publications of these media that are complete now."""
    publications = (
        select(Post.publication_id).join(PostMedia, PostMedia.post_id == Post.id).where(PostMedia.id.in_(media))
    )
    return _ready_calls(Step.PERSIST, publications)


def ready_merges(files: Sequence[int]) -> list[Next]:
    """Merge calls for the publications of these media files that are read to the end now."""
    publications = (
        select(Post.publication_id)
        .join(PostMedia, PostMedia.post_id == Post.id)
        .join(MediaFile, MediaFile.sha256 == PostMedia.sha256)
        .where(MediaFile.id.in_(files))
    )
    return _ready_calls(Step.MERGE, publications)


def _ready_calls(step: Step, publications: Select[int | None]) -> list[Next]:
    with transaction() as session:
        rows = session.scalars(ready(step).where(Work.subject_id.in_(publications)).order_by(Work.id)).all()
        return [Call(step, tuple((row.subject_id, row.revision) for row in rows), bulk=True)]


def _children(step: Step) -> list[Select[int]]:
    """Children that are not final yet, as queries over posts."""
    media = (
        select(Child.id)
        .select_from(Post)
        .join(PostMedia, (PostMedia.post_id == Post.id) & PostMedia.replaced_at.is_(None))
        .where(Child.state.not_in(FINAL))
    )
    if step is Step.PERSIST:
        return [media.join(Child, (Child.step == Step.DOWNLOAD) & (Child.subject_id == PostMedia.id))]
    files = media.join(MediaFile, MediaFile.sha256 == PostMedia.sha256)
    return [files.join(Child, (Child.step == Step.ANALYZE) & (Child.subject_id == MediaFile.id))]


def _open_children(step: Step) -> list[Select[int]]:
    correlated = [child.where(Post.publication_id == Work.subject_id).correlate(Work) for child in _children(step)]
    if step is Step.PERSIST:
        collect = select(Child.id).where(
            Child.step == Step.COLLECT, Child.subject_id == Work.subject_id, Child.state.not_in(FINAL)
        )
        correlated.append(collect.correlate(Work))
    return correlated


def _collecting(session: Session, publication: int) -> bool:
    query = select(Work.id).where(Work.step == Step.COLLECT, Work.subject_id == publication, Work.state.not_in(FINAL))
    return session.execute(query.limit(1)).first() is not None
