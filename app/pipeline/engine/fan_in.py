"""Fan-in by rows: which publications have all their children in a final state. Chord membership is never consulted."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from sqlalchemy import Select, exists, select
from sqlalchemy.orm import Session, aliased

from app.db import transaction
from app.domain.flow import Call, Next
from app.domain.kinds import FINAL, State, Step
from app.models import MediaFile, Post, PostMedia, Publication, Work
from app.pipeline.engine import work
from app.settings import get_settings

Child = aliased(Work)


def ready(step: Step) -> Select[Work]:
    """The due rows of a fan-in step (persist or merge) whose children are all final."""
    return select(Work).where(Work.step == step, Work.state == State.DUE, *[~exists(c) for c in _open_children(step)])


def not_ready(session: Session, step: Step, publications: Collection[int]) -> set[int]:
    """Those of the publications that have children of this fan-in which are not final."""
    of = Post.publication_id.in_(publications)
    open_ = [child.with_only_columns(Post.publication_id).where(of) for child in _children(step)]
    found = {publication for query in open_ for publication in session.scalars(query) if publication is not None}
    if step is Step.PERSIST:
        collecting = select(Work.subject_id).where(
            Work.step == Step.COLLECT, Work.subject_id.in_(publications), Work.state.not_in(FINAL)
        )
        found |= set(session.scalars(collecting))
    return found


def ready_persists(media: Sequence[int]) -> list[Next]:
    """Persist calls for the publications of these media that are complete now."""
    publications = (
        select(Post.publication_id).join(PostMedia, PostMedia.post_id == Post.id).where(PostMedia.id.in_(media))
    )
    return _ready_calls(Step.PERSIST, publications)


def ready_merges(files: Sequence[int], *, shared: bool = False) -> list[Next]:
    """Merge calls for the publications of these media files that are read to the end now.

    shared: only where a file belongs to several publications: the chord of one of them tells the others nothing.
    """
    publications = (
        select(Post.publication_id)
        .join(PostMedia, PostMedia.post_id == Post.id)
        .join(MediaFile, MediaFile.sha256 == PostMedia.sha256)
        .where(MediaFile.id.in_(files))
    )
    if shared:
        with transaction() as session:
            if len(set(session.scalars(publications))) < 2:
                return []
    return _ready_calls(Step.MERGE, publications)


def late_merges(session: Session, file: int) -> list[Next]:
    """Makes due, and returns, the merges that ended before this file was read."""
    query = (
        select(Work.subject_id, Work.revision)
        .join(Publication, (Publication.id == Work.subject_id) & (Publication.revision == Work.revision))
        .join(Post, Post.publication_id == Publication.id)
        .join(PostMedia, (PostMedia.post_id == Post.id) & PostMedia.replaced_at.is_(None))
        .join(MediaFile, MediaFile.sha256 == PostMedia.sha256)
        .where(MediaFile.id == file, Work.step == Step.MERGE, Work.state.in_(FINAL))
        .distinct()
    )
    keys = tuple((publication, revision) for publication, revision in session.execute(query))
    work.requeue(session, Step.MERGE, keys, hint=get_settings().republish_after)
    return [Call(Step.MERGE, keys, bulk=True)]


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
        # What waits with a reason (vision off, budget) holds up nobody; its merge comes again with its reading.
        .where(Child.state.not_in({*FINAL, State.WAITING}))
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
