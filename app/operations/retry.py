"""Retries work that was given up, and loads media again: the operations of `dead retry` and of repairs."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from app.domain.flow import Key
from app.domain.kinds import AGAIN, State, Step
from app.domain.steps import STEPS
from app.models import MediaFile, Post, PostMedia, Publication, Work
from app.operations.stuck import GivenUp, every
from app.pipeline.engine import ledger, work
from app.pipeline.posts.left_out import forget


def given_up(session: Session, state: State, step: Step | None = None) -> list[GivenUp]:
    """The rows in this state, oldest first, of one step or of all."""
    return sorted(every(session, state, step), key=lambda one: one.id)


def retry_rows(session: Session, rows: Sequence[GivenUp]) -> None:
    """Makes the rows due again, and the fan-ins that went on without them.

    Only an operator may ask for this: it repeats paid calls with an unknown outcome.
    """
    ledger.waive(session, [row.id for row in rows])
    keys: dict[Step, list[Key]] = defaultdict(list)
    for row in rows:
        keys[Step(row.step)].append((row.subject_id, row.revision))
    keys[Step.PERSIST] += _publications_of(session, _of_media([key[0] for key in keys[Step.DOWNLOAD]]))
    keys[Step.MERGE] += _publications_of(session, _of_files([key[0] for key in keys[Step.ANALYZE]]))
    lost = _lost(session, rows)
    for step in STEPS:  # in the order of the flow: the steps that a step waits for become due before it
        work.requeue(session, step, keys[step], hint=0.0)
    work.requeue(session, Step.DOWNLOAD, lost, hint=0.0, asked=AGAIN)


def load(session: Session, medium: int, asked: str | None = None) -> None:
    """Makes the download of a medium due again, and the fan-in of its publication. asked: AGAIN for a lost file."""
    load_all(session, [medium], asked)


def load_all(session: Session, media: Sequence[int], asked: str | None = None) -> None:
    """The same for several media. They are left out no more."""
    forget(session, media)
    work.requeue(session, Step.DOWNLOAD, [(medium, 0) for medium in media], hint=0.0, asked=asked)
    work.requeue(session, Step.PERSIST, _publications_of(session, _of_media(media)), hint=0.0)


def _lost(session: Session, rows: Sequence[GivenUp]) -> list[Key]:
    """Those of the rows that are downloads of a file which the store has lost."""
    query = select(Work.subject_id, Work.revision).where(Work.id.in_([row.id for row in rows]))
    lost = session.execute(query.where(Work.step == Step.DOWNLOAD, Work.asked == AGAIN))
    return [(media, revision) for media, revision in lost]


def _publications_of(session: Session, posts: Select[int | None]) -> list[Key]:
    query = select(Publication.id, Publication.revision).where(Publication.id.in_(posts))
    return [(id_, revision) for id_, revision in session.execute(query)]


def _of_media(media: Sequence[int]) -> Select[int | None]:
    return select(Post.publication_id).join(PostMedia, PostMedia.post_id == Post.id).where(PostMedia.id.in_(media))


def _of_files(files: Sequence[int]) -> Select[int | None]:
    return (
        select(Post.publication_id)
        .join(PostMedia, PostMedia.post_id == Post.id)
        .join(MediaFile, MediaFile.sha256 == PostMedia.sha256)
        .where(MediaFile.id.in_(files))
    )
