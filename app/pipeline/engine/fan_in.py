"""Fan-in by rows: finds publications whose children are all in a final state. It never consults chord membership."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence

from sqlalchemy import Select, exists, select
from sqlalchemy.orm import InstrumentedAttribute, Session, aliased

from app.db import transaction
from app.domain.flow import Call, Next
from app.domain.kinds import FINAL, State, Step
from app.domain.steps import STEPS, StepRegistry, StepSpec, Subject
from app.models import MediaFile, Post, PostMedia, Publication, Work
from app.pipeline.engine import work
from app.settings import get_settings


def ready(spec: StepSpec, steps: StepRegistry = STEPS) -> Select[Work]:
    """Selects the due rows of a fan-in step (persist or merge) whose children are all final."""
    open_ = [child.where(of == Work.subject_id).correlate(Work) for child, of in _open_children(spec, steps)]
    return select(Work).where(Work.step == spec.step, Work.state == State.DUE, *[~exists(child) for child in open_])


def not_ready(session: Session, spec: StepSpec, publications: Collection[int], steps: StepRegistry = STEPS) -> set[int]:
    """Returns the publications that have children of this fan-in in a state that is not final."""
    open_ = [child.with_only_columns(of).where(of.in_(publications)) for child, of in _open_children(spec, steps)]
    return {publication for query in open_ for publication in session.scalars(query) if publication is not None}


def ready_persists(media: Sequence[int]) -> list[Next]:
    """Returns persist calls for the publications of these media that are complete now."""
    publications = (
        select(Post.publication_id).join(PostMedia, PostMedia.post_id == Post.id).where(PostMedia.id.in_(media))
    )
    return _ready_calls(Step.PERSIST, publications)


def ready_merges(files: Sequence[int], *, shared: bool = False) -> list[Next]:
    """Returns merge calls for the publications of these media files that are read to the end now.

    shared: only if a file belongs to several publications: the chord of one of them tells the others nothing.
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
    """Makes the merges due that ended before this file was read; returns their calls."""
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
        due = ready(STEPS[step]).where(Work.subject_id.in_(publications))
        rows = session.scalars(due.order_by(Work.id)).all()
        return [Call(step, tuple((row.subject_id, row.revision) for row in rows), bulk=True)]


# A row that waits with a reason (vision off, budget, a refusal) holds up no fan-in: its end makes the fan-in due again.
HOLDS_UP_NONE = (*sorted(FINAL), State.WAITING)
Child = aliased(Work)
Of = InstrumentedAttribute[int | None] | InstrumentedAttribute[int]


def _open_children(spec: StepSpec, steps: StepRegistry) -> Iterator[tuple[Select[int], Of]]:
    """Yields queries of children that are not final yet, each with the column of their publication."""
    for child in spec.fan_in:
        subject = steps[child].subject
        if subject is Subject.PUBLICATION:
            yield select(Child.id).where(Child.step == child, Child.state.not_in(HOLDS_UP_NONE)), Child.subject_id
        else:
            yield _of_media(child, subject), Post.publication_id


def _of_media(step: Step, subject: Subject) -> Select[int]:
    """Selects open work on the media of posts, or on their files."""
    media = (
        select(Child.id)
        .select_from(Post)
        .join(PostMedia, (PostMedia.post_id == Post.id) & PostMedia.replaced_at.is_(None))
        .where(Child.state.not_in(HOLDS_UP_NONE))
    )
    if subject is Subject.MEDIUM:
        return media.join(Child, (Child.step == step) & (Child.subject_id == PostMedia.id))
    files = media.join(MediaFile, MediaFile.sha256 == PostMedia.sha256)
    return files.join(Child, (Child.step == step) & (Child.subject_id == MediaFile.id))
