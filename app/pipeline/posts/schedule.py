"""Schedules the work of a publication's new revision: collect its album, download its media, persist it."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Self

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain.albums import is_covered, may_still_grow
from app.domain.flow import Call, FanOut, Key, Next
from app.domain.kinds import FINAL, State, Step
from app.models import Post, Work
from app.pipeline.engine import work
from app.pipeline.engine.traces import Traces, traces_of
from app.pipeline.posts.revisions import Revision, items_of, posts_of
from app.settings import get_settings


def schedule(session: Session, changed: Mapping[int, Revision], read: range, *, bulk: bool) -> list[Next]:
    """Enqueues the work of new revisions; returns its calls. read: the ids of the channel that have been read."""
    plan = Plan.of(changed)
    albums = {p: posts_of(one.rows) for p, one in changed.items() if one.rows[0][0].grouped_id is not None}
    closed = _closed_albums(albums, read)
    collect = [p for p in albums if p not in closed]
    keys = [(p, plan.revisions[p]) for p in collect]
    work.enqueue(session, Step.COLLECT, keys, hint=get_settings().republish_after, traces=plan.traces)
    # Albums in collection too: their known media are downloaded, however the collection ends.
    waiting = plan.only(collect)
    _enqueue_media(session, waiting, waiting.media)
    calls = [_collect_call(albums[p], p, plan.revisions[p], plan.traces.get(p), bulk=bulk) for p in collect]
    return [*calls, *_start(session, plan.only(plan.revisions.keys() - set(collect)), bulk=bulk)]


def start_media(session: Session, revisions: Mapping[int, int], *, bulk: bool) -> list[Next]:
    """Enqueues downloads and persist of complete publications: a chord if there are downloads to fan in."""
    if not revisions:
        return []
    traces, rows = traces_of(session, Step.PERSIST, list(revisions.items())), items_of(session, revisions)
    known = {p: Revision(r, traces.get(p, ""), rows.get(p, ())) for p, r in revisions.items()}
    return _start(session, Plan.of(known), bulk=bulk)


@dataclass(frozen=True)
class Plan:
    """Publications whose media are wanted: their revisions, media with a file to download, and traces."""

    revisions: Mapping[int, int]
    media: Mapping[int, Sequence[int]]
    traces: Traces

    @classmethod
    def of(cls, changed: Mapping[int, Revision]) -> Self:
        """The plan of these revisions, from their rows."""
        media = {
            p: [medium.id for _, medium in one.rows if medium is not None and medium.telegram_key]
            for p, one in changed.items()
        }
        traces = {p: one.trace_id for p, one in changed.items() if one.trace_id}
        return cls({p: one.number for p, one in changed.items()}, {p: ids for p, ids in media.items() if ids}, traces)

    def only(self, publications: Collection[int]) -> Self:
        """The same for some of them, in the same order."""
        kept = {p: revision for p, revision in self.revisions.items() if p in publications}
        return replace(self, revisions=kept, media={p: ids for p, ids in self.media.items() if p in kept})


def _start(session: Session, plan: Plan, *, bulk: bool) -> list[Next]:
    if not plan.revisions:
        return []
    states = _states(session, [m for ids in plan.media.values() for m in ids])
    _enqueue_media(session, plan, _without(plan.media, states))
    open_ = {p: [m for m in ids if states.get(m) not in FINAL] for p, ids in plan.media.items()}
    if bulk:
        ready = tuple((p, r) for p, r in plan.revisions.items() if not open_.get(p))
        downloads = tuple((m, 0) for ids in open_.values() for m in ids)
        return [Call(Step.DOWNLOAD, downloads, bulk=True), Call(Step.PERSIST, ready, bulk=True)]
    return [
        _fan(
            Step.DOWNLOAD,
            [(m, 0) for m in open_.get(p, [])],
            Call(Step.PERSIST, ((p, r),), trace_id=plan.traces.get(p)),
        )
        for p, r in plan.revisions.items()
    ]


def _enqueue_media(session: Session, plan: Plan, media: Mapping[int, Sequence[int]]) -> None:
    """Makes persists of the publications due, and downloads of these of their media, which have no work row yet."""
    downloads = [(m, 0) for ids in media.values() for m in ids]
    of_media = {m: plan.traces[p] for p, ids in media.items() if p in plan.traces for m in ids}
    work.enqueue(session, Step.DOWNLOAD, downloads, hint=get_settings().republish_after, traces=of_media)
    # Children may take longer than any hint; the sweeper checks their states, not the clock.
    keys = list(plan.revisions.items())
    work.enqueue(session, Step.PERSIST, keys, hint=get_settings().sweep_interval, traces=plan.traces)


def _without(media: Mapping[int, Sequence[int]], states: Mapping[int, State]) -> dict[int, list[int]]:
    """The media without a download row, by publication: the media of a collected album have theirs already."""
    return {p: [m for m in ids if m not in states] for p, ids in media.items()}


def _fan(step: Step, children: Sequence[Key], body: Call) -> Next:
    headers = tuple(Call(step, (child,), trace_id=body.trace_id) for child in children)
    return FanOut(headers, body) if children else body


def _closed_albums(albums: Mapping[int, Sequence[Post]], read: range) -> set[int]:
    """Albums that need no collection: every possible sibling was read, and they are too old to grow."""
    return {
        publication
        for publication, posts in albums.items()
        if is_covered([p.telegram_message_id for p in posts], read) and not still_open(posts, asked=0)
    }


def still_open(posts: Sequence[Post], asked: int) -> bool:
    """domain.albums.may_still_grow with this process's settings and clock."""
    settings = get_settings()
    newest = max((p.posted_at for p in posts if p.posted_at), default=None)
    return newest is not None and may_still_grow(
        newest,
        datetime.now(UTC),
        items=len(posts),
        asked=asked,
        wait=timedelta(seconds=settings.album_wait),
        polls=settings.album_polls,
    )


def _collect_call(posts: Sequence[Post], publication: int, revision: int, trace: str | None, *, bulk: bool) -> Call:
    known = ",".join(str(p.telegram_message_id) for p in posts)
    digest = sha256(known.encode()).hexdigest()[:16]
    dedup = f"album:{posts[0].channel_id}:{posts[0].grouped_id}:{digest}"
    return Call(Step.COLLECT, ((publication, revision),), bulk=bulk, dedup=None if bulk else dedup, trace_id=trace)


def _states(session: Session, media: Sequence[int]) -> dict[int, State]:
    """The state of each medium's download; leaves out media without one."""
    query = select(Work.subject_id, Work.state).where(Work.step == Step.DOWNLOAD, Work.subject_id.in_(media))
    return {medium: State(state) for medium, state in session.execute(query)}
