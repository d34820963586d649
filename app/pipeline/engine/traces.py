"""Finds the trace of a work row: that of the publication's revision that made it due."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from app.domain.flow import Key
from app.domain.kinds import Step
from app.domain.steps import STEPS, Subject
from app.models import MediaFile, Post, PostMedia, Publication

Traces = Mapping[int, str]  # subject -> trace id


def traces_of(session: Session, step: Step, keys: Collection[Key]) -> Traces:
    """Finds the traces of these subjects in one statement; polls and history have none: they precede any revision."""
    subjects = {subject for subject, _ in keys}
    query = _query(STEPS[step].subject, subjects) if subjects else None
    return {} if query is None else {subject: trace for subject, trace in session.execute(query) if trace}


def _query(about: Subject, subjects: Collection[int]) -> Select[int, str] | None:
    if about is Subject.CHANNEL:
        return None
    if about is Subject.MEDIUM:
        media = select(PostMedia.id, Publication.trace_id).join(Post, Post.id == PostMedia.post_id)
        return media.join(Publication, Publication.id == Post.publication_id).where(PostMedia.id.in_(subjects))
    if about is Subject.FILE:
        return _of_files(subjects)
    return select(Publication.id, Publication.trace_id).where(Publication.id.in_(subjects))


def _of_files(files: Collection[int]) -> Select[int, str]:
    """Traces of files: of many publications with a file the oldest one counts, as when the file is first read."""
    first = (
        select(MediaFile.id, func.min(Post.publication_id).label("publication"))
        .join(PostMedia, PostMedia.sha256 == MediaFile.sha256)
        .join(Post, Post.id == PostMedia.post_id)
        .where(MediaFile.id.in_(files))
        .group_by(MediaFile.id)
        .subquery()
    )
    return select(first.c.id, Publication.trace_id).join(Publication, Publication.id == first.c.publication)
