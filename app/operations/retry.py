"""Retries work that was given up, and loads media again: the operations of `dead retry` and of repairs."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from app.domain.documents import opening
from app.domain.flow import Key
from app.domain.kinds import AGAIN, State, Step
from app.domain.steps import STEPS, Subject
from app.models import Channel, MediaFile, Post, PostMedia, Publication, Question, Work
from app.pipeline.engine import ledger, work
from app.pipeline.posts.left_out import forget

SHOWN = 60  # characters of a question in a list


@dataclass(frozen=True)
class GivenUp:
    """A row of work that stays as it is until an operator retries it. subject: in words."""

    id: int
    step: str
    subject_id: int
    revision: int
    subject: str
    attempts: int
    error: str | None


def given_up(session: Session, state: State, step: Step | None = None) -> list[GivenUp]:
    """The rows in this state, oldest first, of one step or of all."""
    query = select(Work).where(Work.state == state).order_by(Work.id)
    rows = session.scalars(query if step is None else query.where(Work.step == step))
    return [
        GivenUp(
            id=row.id,
            step=row.step,
            subject_id=row.subject_id,
            revision=row.revision,
            subject=_subject(session, Step(row.step), row.subject_id),
            attempts=row.attempts,
            error=row.last_error or row.reason,
        )
        for row in rows
    ]


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


def _subject(session: Session, step: Step, subject: int) -> str:
    """Names the subject of a row in words, so that a user can find it: channel, file or post."""
    about = STEPS[step].subject
    if about is Subject.CHANNEL:
        return session.scalars(select(Channel.reference).where(Channel.id == subject)).first() or f"channel {subject}"
    if about is Subject.FILE:
        name = session.scalars(select(MediaFile.sha256).where(MediaFile.id == subject)).first()
        return f"file {name[:12] if name else subject}"
    if about is Subject.QUESTION:
        asked = session.scalars(select(Question.text).where(Question.id == subject)).first()
        return f"question {subject}: {opening(asked or '', SHOWN)}"
    query = select(Channel.reference, Post.telegram_message_id).join(Channel, Channel.id == Post.channel_id)
    if about is Subject.MEDIUM:
        query = query.join(PostMedia, PostMedia.post_id == Post.id).where(PostMedia.id == subject)
    else:
        query = query.join(Publication, Publication.lead_post_id == Post.id).where(Publication.id == subject)
    found = session.execute(query).first()
    return f"{found[0]}/{found[1]}" if found else f"{step} {subject}"
