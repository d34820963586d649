"""Fan-in by rows: finds publications whose children are all in a final state. It never consults chord membership."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from sqlalchemy import Select, exists, or_, select, true
from sqlalchemy.orm import Session, aliased
from sqlalchemy.sql import ColumnElement

from app.db import transaction
from app.domain.flow import Call, Next
from app.domain.kinds import FINAL, State, Step
from app.domain.steps import STEPS, StepRegistry, StepSpec, Subject
from app.models import MediaFile, Post, PostMedia, Publication, Work
from app.models.work import in_state
from app.pipeline.engine import work
from app.pipeline.engine.built_once import built_once
from app.pipeline.engine.row_by_row import each_given, fenced, for_each, ids_given
from app.settings import get_settings


def not_ready(session: Session, spec: StepSpec, publications: Collection[int], steps: StepRegistry = STEPS) -> set[int]:
    """Returns the publications that have children of this fan-in in a state that is not final."""
    children = tuple((child, steps[child].subject) for child in spec.fan_in)
    return set(session.scalars(_not_ready(children), ids_given(publications))) if publications else set()


@built_once
def _not_ready(children: tuple[tuple[Step, Subject], ...]) -> Select[int]:
    one = each_given().c.id
    open_ = [exists(fenced(_open_child(step, subject, one))) for step, subject in children]
    return select(one).where(or_(*open_))


def ready_persists(media: Sequence[int]) -> list[Next]:
    """Returns persist calls for the publications of these media that are complete now."""
    posts = select(PostMedia.post_id).where(PostMedia.id.in_(media))
    with transaction() as session:
        return _ready_calls(session, Step.PERSIST, _publications(session, posts))


def ready_merges(files: Sequence[int], *, shared: bool = False) -> list[Next]:
    """Returns merge calls for the publications of these media files that are read to the end now.

    shared: only if a file belongs to several publications: the chord of one of them tells the others nothing.
    """
    with transaction() as session:
        found = _publications(session, _posts_with(files))
        return [] if shared and len(found) < 2 else _ready_calls(session, Step.MERGE, found)


def late_merges(session: Session, file: int) -> list[Next]:
    """Makes the merges due that ended before this file was read; returns their calls."""
    publications = _publications(session, _posts_with([file], PostMedia.replaced_at.is_(None)))
    query = (
        select(Work.subject_id, Work.revision)
        .join(Publication, (Publication.id == Work.subject_id) & (Publication.revision == Work.revision))
        .where(Work.step == Step.MERGE, Work.subject_id.in_(publications), in_state(*FINAL))
    )
    keys = tuple((publication, revision) for publication, revision in session.execute(query))
    work.requeue(session, Step.MERGE, keys, hint=get_settings().republish_after)
    return [Call(Step.MERGE, keys, bulk=True)]


def _posts_with(files: Collection[int], *conditions: ColumnElement[bool]) -> Select[int]:
    names = select(MediaFile.sha256).where(MediaFile.id.in_(files)).subquery()
    media = for_each(select(PostMedia.post_id).where(PostMedia.sha256 == names.c.sha256, *conditions))
    return select(media.c.post_id).select_from(names).join(media, true())


def _publications(session: Session, posts: Select[int]) -> set[int]:
    found = session.scalars(select(Post.publication_id).where(Post.id.in_(set(session.scalars(posts)))))
    return {publication for publication in found if publication is not None}


def _ready_calls(session: Session, step: Step, publications: Collection[int]) -> list[Next]:
    rows = select(Work.subject_id, Work.revision).where(Work.step == step, Work.subject_id.in_(publications))
    due = session.execute(rows.where(in_state(State.DUE)).order_by(Work.id)).all() if publications else []
    open_ = not_ready(session, STEPS[step], {row.subject_id for row in due}) if due else set()
    return [Call(step, tuple((row.subject_id, row.revision) for row in due if row.subject_id not in open_), bulk=True)]


# A row that waits with a reason (vision off, budget, a refusal) holds up no fan-in: its end makes the fan-in due again.
HOLDS_UP_NONE = (*sorted(FINAL), State.WAITING)
Child = aliased(Work)


def _open_child(step: Step, subject: Subject, publication: ColumnElement[int]) -> Select[int]:
    """The children of this step that one publication waits for."""
    open_ = select(Child.id).where(Child.step == step, Child.state.not_in(HOLDS_UP_NONE))
    if subject is Subject.PUBLICATION:
        return open_.where(Child.subject_id == publication)
    return _of_media(open_, subject, publication)


def _of_media(open_: Select[int], subject: Subject, publication: ColumnElement[int]) -> Select[int]:
    """The open children among work on the media of a publication's posts, or on their files."""
    present = (PostMedia.post_id == Post.id) & PostMedia.replaced_at.is_(None)
    media = for_each(select(PostMedia.id, PostMedia.sha256).where(present))
    query = select(Post.id).join(media, true()).where(Post.publication_id == publication)
    if subject is Subject.MEDIUM:
        return query.join(for_each(open_.where(Child.subject_id == media.c.id)), true())
    file = for_each(select(MediaFile.id).where(MediaFile.sha256 == media.c.sha256))
    return query.join(file, true()).join(for_each(open_.where(Child.subject_id == file.c.id)), true())
