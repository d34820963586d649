"""Counts the steps' results after their commit. docs/metrics.md relates each metric to a figure of a report.

Each function takes the session whose commit makes the count true, and costs nothing in a process without metrics.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from sqlalchemy import Select, func, select, true
from sqlalchemy.orm import Session

from app import db, metrics
from app.domain.alerts import Medium
from app.domain.kinds import MediaKind, MediaRole, Step
from app.domain.steps import STEPS, Stage, Subject
from app.errors import (
    Declined,
    MediaAuditError,
    Misconfigured,
    NoAnswer,
    OutOfCredit,
    RateLimited,
    Refused,
    Skip,
    Transient,
    Unanswered,
    Unavailable,
)
from app.metrics import Delivered, Media, Outcome, SkipReason, Status
from app.models import MediaFile, Post, PostMedia, Publication
from app.pipeline.engine.row_by_row import each_of, for_each
from app.pipeline.engine.work import Claim

# The more special errors first. Any other error says that no provider was asked.
ENDS: Mapping[type[MediaAuditError], Status] = {
    Refused: "refused",
    NoAnswer: "no_answer",
    RateLimited: "rate_limited",
    OutOfCredit: "out_of_credit",
    Misconfigured: "misconfigured",
    Declined: "declined",
    Unavailable: "unavailable",
    Unanswered: "unanswered",
}


@dataclass(frozen=True)
class StepMeasurement:
    """One counted end of a lease. seconds: duration of the work on this subject.

    media: the label of its subject; None if its step had not read that yet.
    """

    held: Claim
    stage: Stage
    outcome: Outcome
    seconds: float = 0.0
    refused: bool = False
    media: Media | None = None


def failure(
    held: Claim, stage: Stage | None, error: MediaAuditError, seconds: float = 0.0, media: Media | None = None
) -> StepMeasurement | None:
    """Measures a failed row; None if a rule skipped it or the other side's schedule deferred it."""
    if stage is None or isinstance(error, Skip) or (isinstance(error, Transient) and not error.charge):
        return None
    return StepMeasurement(held, stage, "err", seconds, refused=isinstance(error, Refused | NoAnswer), media=media)


def count_steps(session: Session, step: Step, found: Iterable[StepMeasurement | None]) -> None:
    """Counts ended rows of one step, with the media label of each subject. Looks up the labels that no step knew."""
    ended = [one for one in found if one is not None]
    if not ended or not metrics.recording():
        return
    unknown = {one.held.subject_id for one in ended if one.media is None}
    media = media_of(session, step, unknown) if unknown else {}
    db.after_commit(session, partial(_record_steps, ended, media))


def _record_steps(ended: Sequence[StepMeasurement], media: Mapping[int, Media]) -> None:
    for one in ended:
        label = one.media or media.get(one.held.subject_id, "unknown")
        metrics.processed(one.stage, label, one.outcome, one.seconds, one.held.trace_id)
        if one.stage == "retag" and one.outcome == "err" and not one.refused:
            metrics.count(metrics.RETAGGED, ("false", "err"))


def parsed(session: Session, posts: Sequence[tuple[Media, Outcome]], seconds: float) -> None:
    """Counts posts that were stored, or that can be read now. seconds: each one's share. err: kept but unreadable."""
    if posts and metrics.recording():
        db.after_commit(session, partial(_count_posts, posts, seconds))


def _count_posts(posts: Sequence[tuple[Media, Outcome]], seconds: float) -> None:
    for media, outcome in posts:
        metrics.processed("parse", media, outcome, seconds)


def stored(session: Session, files: Sequence[tuple[Media, int]]) -> None:
    """Counts files that are new in the store, with their bytes."""
    for media, size in files:
        db.after_commit(session, partial(metrics.count, metrics.MEDIA_BYTES, (media,), size))
        db.after_commit(session, partial(metrics.observe, metrics.MEDIA_SIZE, (media,), size))


def asked(
    session: Session, provider: str, end: Status | MediaAuditError | None, model: str = "", tokens: int = 0
) -> None:
    """Counts a question to a provider about a file. end: a status or an error. tokens: the cost, 0 if free."""
    status = next((ENDS[kind] for kind in ENDS if isinstance(end, kind)), None) if not isinstance(end, str) else end
    if status is not None:
        db.after_commit(session, partial(metrics.count, metrics.VISION_REQUESTS, (provider, status)))
    if tokens:
        db.after_commit(session, partial(metrics.count, metrics.VISION_TOKENS, (provider, model), tokens))


def read(session: Session, held: Claim, provider: str, *, ocr: bool, seconds: float) -> None:
    """Counts a stored reading. seconds: time that the model took."""
    labels = (provider, _yes(ocr))
    db.after_commit(session, partial(metrics.observe, metrics.VISION_SECONDS, labels, seconds, held.trace_id))


def retagged(session: Session, held: Claim, *, changed: bool, seconds: float) -> None:
    """Counts a publication with tags that a call of the tagger tagged again."""
    labels = (_yes(changed),)
    db.after_commit(session, partial(metrics.count, metrics.RETAGGED, (*labels, "ok")))
    db.after_commit(session, partial(metrics.observe, metrics.RETAGGING_SECONDS, labels, seconds, held.trace_id))


def not_retagged(session: Session, reason: SkipReason) -> None:
    """Counts a publication that keeps its tags without a call."""
    db.after_commit(session, partial(metrics.count, metrics.RETAGGING_SKIPPED, (reason,)))


def answered(session: Session, verdicts: Iterable[str]) -> None:
    """Counts the sentences of an answer, kept and dropped."""
    for verdict in verdicts:
        db.after_commit(session, partial(metrics.count, metrics.ANSWER_SENTENCES, (verdict,)))


def delivered(session: Session, medium: Medium, end: Delivered) -> None:
    """Counts an attempt to deliver a notice of an alert."""
    db.after_commit(session, partial(metrics.count, metrics.ALERT_DELIVERIES, (medium.value, end)))


def assembled(session: Session, held: Claim, arrived: Sequence[datetime]) -> None:
    """Observes the lag of an album that is complete for the first time. arrived: the database's time of each item."""
    if arrived and metrics.recording():
        now = db.now(session)
        lag = max(0.0, (now - max(arrived)).total_seconds())
        db.after_commit(session, partial(metrics.observe, metrics.ALBUM_LAG, (), lag, held.trace_id))


def _yes(value: bool) -> str:
    return "true" if value else "false"


def media_label(kind: str | None, *, grouped: bool) -> Media:
    """`album` for a part of one, else the label of the kind; audio counts as doc, a text or a poll as unknown."""
    if grouped:
        return "album"
    labels: Mapping[str | None, Media] = {
        MediaKind.PHOTO: "photo",
        MediaKind.VIDEO: "video",
        MediaKind.DOCUMENT: "doc",
        MediaKind.AUDIO: "doc",
    }
    return labels.get(kind, "unknown")


def mime_label(mime: str) -> Media:
    """The label of a file; never album, since a file may be part of many."""
    first = mime.partition("/")[0]
    return "photo" if first == "image" else "video" if first == "video" else "doc"


def media_of(session: Session, step: Step, subjects: Collection[int]) -> dict[int, Media]:
    """The media label of each subject of a step."""
    about = STEPS[step].subject
    if about is Subject.FILE:
        files = session.execute(select(MediaFile.id, MediaFile.mime).where(MediaFile.id.in_(subjects)))
        return {file: mime_label(mime) for file, mime in files}
    if about in (Subject.QUESTION, Subject.HIT, Subject.EXPORT):
        return dict.fromkeys(subjects, "unknown")
    query = _media(subjects) if about is Subject.MEDIUM else _publications(subjects)
    return {subject: media_label(kind, grouped=grouped) for subject, kind, grouped in session.execute(query)}


def _media(ids: Collection[int]) -> Select[int, str | None, bool]:
    wanted = each_of(ids)
    media = for_each(select(PostMedia.kind, PostMedia.post_id).where(PostMedia.id == wanted.c.id))
    post = for_each(select(Post.grouped_id).where(Post.id == media.c.post_id))
    query = select(wanted.c.id, media.c.kind, post.c.grouped_id.is_not(None)).select_from(wanted)
    return query.join(media, true()).join(post, true())


def _publications(ids: Collection[int]) -> Select[int, str | None, bool]:
    own = (PostMedia.post_id == Post.id) & PostMedia.replaced_at.is_(None) & (PostMedia.role == MediaRole.OWN)
    media = for_each(select(PostMedia.kind).where(own))
    kinds = select(func.min(media.c.kind)).select_from(Post).join(media, true())
    carried = kinds.where(Post.publication_id == Publication.id).scalar_subquery()
    return select(Publication.id, carried, Publication.grouped_id.is_not(None)).where(Publication.id.in_(ids))
