"""Finds the trace of a work row: that of the publication's revision that made it due."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from sqlalchemy import Select, func, select, true
from sqlalchemy.orm import Session

from app.domain.flow import Key
from app.domain.kinds import Step
from app.domain.steps import STEPS, Subject
from app.models import AlertHit, Export, MediaFile, Post, PostMedia, Publication, Question
from app.pipeline.engine.row_by_row import each_of, for_each

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
        wanted = each_of(subjects)
        media = for_each(select(PostMedia.post_id).where(PostMedia.id == wanted.c.id))
        post = for_each(select(Post.publication_id).where(Post.id == media.c.post_id))
        trace = for_each(select(Publication.trace_id).where(Publication.id == post.c.publication_id))
        query = select(wanted.c.id, trace.c.trace_id).select_from(wanted).join(media, true())
        return query.join(post, true()).join(trace, true())
    if about is Subject.FILE:
        return _of_files(subjects)
    if about is Subject.HIT:
        hits = select(AlertHit.id, Publication.trace_id).join(Publication, Publication.id == AlertHit.publication_id)
        return hits.where(AlertHit.id.in_(subjects))
    if about is Subject.QUESTION:
        return select(Question.id, Question.trace_id).where(Question.id.in_(subjects))
    if about is Subject.EXPORT:
        return select(Export.id, Export.trace_id).where(Export.id.in_(subjects))
    return select(Publication.id, Publication.trace_id).where(Publication.id.in_(subjects))


def _of_files(files: Collection[int]) -> Select[int, str]:
    """Traces of files: of many publications with a file the oldest one counts, as when the file is first read."""
    wanted = each_of(files)
    file = for_each(select(MediaFile.sha256).where(MediaFile.id == wanted.c.id))
    media = for_each(select(PostMedia.post_id).where(PostMedia.sha256 == file.c.sha256))
    post = for_each(select(Post.publication_id).where(Post.id == media.c.post_id))
    every = select(wanted.c.id, func.min(post.c.publication_id).label("publication")).select_from(wanted)
    first = every.join(file, true()).join(media, true()).join(post, true()).group_by(wanted.c.id).subquery()
    trace = for_each(select(Publication.trace_id).where(Publication.id == first.c.publication))
    return select(first.c.id, trace.c.trace_id).select_from(first).join(trace, true())
