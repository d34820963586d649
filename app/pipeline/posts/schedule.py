"""Schedules the work of a publication's new revision: collect its album, download its media, persist it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from hashlib import sha256

from sqlalchemy import select, true
from sqlalchemy.orm import Session

from app.domain.albums import is_covered, may_still_grow
from app.domain.flow import Call, FanOut, Key, Next
from app.domain.kinds import FINAL, State, Step
from app.models import Post, PostMedia, Work
from app.pipeline.engine import work
from app.pipeline.engine.row_by_row import each_of, for_each
from app.pipeline.engine.traces import Traces, traces_of
from app.settings import get_settings


def schedule(session: Session, revisions: Mapping[int, int], read: range, *, bulk: bool) -> list[Next]:
    """Enqueues the work of new revisions; returns its calls. read: the ids of the channel that have been read."""
    posts = _posts(session, revisions)
    albums = {p: rows for p, rows in posts.items() if rows[0].grouped_id is not None}
    closed = _closed_albums(albums, read)
    collect = [p for p in albums if p not in closed]
    keys = [(p, revisions[p]) for p in collect]
    traces = traces_of(session, Step.COLLECT, list(revisions.items()))
    work.enqueue(session, Step.COLLECT, keys, hint=get_settings().republish_after, traces=traces)
    # Albums in collection too: their known media are downloaded, however the collection ends.
    waiting = {p: revisions[p] for p in collect}
    _enqueue_media(session, waiting, _open_media(session, waiting) if waiting else {}, traces)
    calls = [_collect_call(albums[p], p, revisions[p], traces.get(p), bulk=bulk) for p in collect]
    rest = {p: revision for p, revision in revisions.items() if p not in collect}
    return [*calls, *start_media(session, rest, bulk=bulk, traces=traces)]


def start_media(
    session: Session, revisions: Mapping[int, int], *, bulk: bool, traces: Traces | None = None
) -> list[Next]:
    """Enqueues downloads and persist of complete publications: a chord if there are downloads to fan in.

    traces: of the publications; None looks them up.
    """
    if not revisions:
        return []
    traces = traces_of(session, Step.PERSIST, list(revisions.items())) if traces is None else traces
    media = _open_media(session, revisions)
    states = _states(session, [m for ids in media.values() for m in ids])
    _enqueue_media(session, revisions, _without(media, states), traces)
    open_ = {p: [m for m in ids if states.get(m) not in FINAL] for p, ids in media.items()}
    if bulk:
        ready = tuple((p, r) for p, r in revisions.items() if not open_.get(p))
        downloads = tuple((m, 0) for ids in open_.values() for m in ids)
        return [Call(Step.DOWNLOAD, downloads, bulk=True), Call(Step.PERSIST, ready, bulk=True)]
    return [
        _fan(Step.DOWNLOAD, [(m, 0) for m in open_.get(p, [])], Call(Step.PERSIST, ((p, r),), trace_id=traces.get(p)))
        for p, r in revisions.items()
    ]


def _enqueue_media(
    session: Session, revisions: Mapping[int, int], media: Mapping[int, Sequence[int]], traces: Traces
) -> None:
    """Makes persists of the publications due, and downloads of these media, which have no work row yet."""
    downloads = [(m, 0) for ids in media.values() for m in ids]
    of_media = {m: traces[p] for p, ids in media.items() if p in traces for m in ids}
    work.enqueue(session, Step.DOWNLOAD, downloads, hint=get_settings().republish_after, traces=of_media)
    # Children may take longer than any hint; the sweeper checks their states, not the clock.
    work.enqueue(session, Step.PERSIST, list(revisions.items()), hint=get_settings().sweep_interval, traces=traces)


def _without(media: Mapping[int, Sequence[int]], states: Mapping[int, State]) -> dict[int, list[int]]:
    """The media without a download row, by publication: the media of a collected album have theirs already."""
    return {p: [m for m in ids if m not in states] for p, ids in media.items()}


def _fan(step: Step, children: Sequence[Key], body: Call) -> Next:
    headers = tuple(Call(step, (child,), trace_id=body.trace_id) for child in children)
    return FanOut(headers, body) if children else body


def _posts(session: Session, publications: Mapping[int, int]) -> dict[int, list[Post]]:
    rows: dict[int, list[Post]] = defaultdict(list)
    query = select(Post).where(Post.publication_id.in_(publications)).order_by(Post.telegram_message_id)
    for post in session.scalars(query):
        assert post.publication_id is not None
        rows[post.publication_id].append(post)
    return rows


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


def _open_media(session: Session, publications: Mapping[int, int]) -> dict[int, list[int]]:
    """Ids of the media rows with a file to download, by publication."""
    one = each_of(publications)
    posts = for_each(select(Post.id, Post.telegram_message_id).where(Post.publication_id == one.c.id))
    with_file = PostMedia.replaced_at.is_(None) & (PostMedia.telegram_key != "")
    media = for_each(select(PostMedia.id).where(PostMedia.post_id == posts.c.id, with_file))
    query = select(one.c.id, media.c.id).select_from(one).join(posts, true()).join(media, true())
    query = query.order_by(posts.c.telegram_message_id)
    found: dict[int, list[int]] = defaultdict(list)
    for publication, medium in session.execute(query):
        found[publication].append(medium)
    return found


def _states(session: Session, media: Sequence[int]) -> dict[int, State]:
    """The state of each medium's download; leaves out media without one."""
    query = select(Work.subject_id, Work.state).where(Work.step == Step.DOWNLOAD, Work.subject_id.in_(media))
    return {medium: State(state) for medium, state in session.execute(query)}
