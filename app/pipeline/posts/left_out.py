"""Applies a channel's limits to its media: records which are left out, and lets them in when the limits are wider."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from sqlalchemy import Select, delete, func, select
from sqlalchemy.orm import Session

from app.domain.fetching import FetchRules, LeftOut, left_out
from app.domain.kinds import MediaKind
from app.models import Channel, LeftOutMedia, Post, PostMedia
from app.models.bulk import insert_all

Row = tuple[PostMedia, Post, Channel]


def rules_of(channel: Channel) -> FetchRules:
    """The limits in a channel's row."""
    kinds = channel.fetch_kinds
    return FetchRules(
        None if kinds is None else frozenset(map(MediaKind, kinds)), channel.fetch_max_bytes, channel.fetch_since
    )


def leave_out(session: Session, rows: Iterable[Row]) -> dict[int, str]:
    """Records the media that their channels' limits leave out; returns their reasons by medium.

    `let_in` misses none of them: the limits are read under a lock that waits for a change of them, and that a change
    waits for.
    """
    suspects = [row for row in rows if _judge(row, rules_of(row[2]))]
    if not suspects:
        return {}
    now = _locked_rules(session, {channel.id for _, _, channel in suspects})
    found = [(row, why) for row in suspects if (why := _judge(row, now[row[2].id]))]
    _record(session, found)
    return {media.id: why.reason for (media, _, _), why in found}


def let_in(session: Session, channel: Channel, after: int, limit: int) -> tuple[list[int], int | None]:
    """Finds the next media on the record that the channel's limits do not leave out any more.

    Returns them and the medium to go on after; None at the end. The caller makes their downloads due. Media that are
    gone come off the record.
    """
    page = session.execute(_page(channel.id, after, limit)).all()
    rules = rules_of(channel)
    forget(session, [id_ for id_, media, _ in page if media is None or media.replaced_at is not None])
    present = [(media, post) for _, media, post in page if media is not None and media.replaced_at is None]
    due = [media.id for media, post in present if not _judge_of(media, post, rules)]
    return due, page[-1][0] if len(page) == limit else None


def wrongly_left_out(session: Session, first: int, last: int) -> list[Row]:
    """Media of these ids that are on the record although the limits of their channels take them: letting in was cut
    off."""
    query = (
        select(PostMedia, Post, Channel)
        .join(LeftOutMedia, LeftOutMedia.media_id == PostMedia.id)
        .join(Post, Post.id == PostMedia.post_id)
        .join(Channel, Channel.id == Post.channel_id)
        .where(LeftOutMedia.media_id.between(first, last), PostMedia.replaced_at.is_(None), Channel.enabled)
        .order_by(PostMedia.id)
    )
    rows = [(media, post, channel) for media, post, channel in session.execute(query)]
    return [row for row in rows if not _judge(row, rules_of(row[2]))]


def forget(session: Session, media: Sequence[int]) -> None:
    """Takes media off the record: they are to be downloaded, or an edit replaced them."""
    session.execute(delete(LeftOutMedia).where(LeftOutMedia.media_id.in_(media)))


def _page(channel: int, after: int, limit: int) -> Select[int, PostMedia, Post]:
    """Recorded media of the channel, in the order of their ids; the medium is None where its row was deleted."""
    return (
        select(LeftOutMedia.media_id, PostMedia, Post)
        .outerjoin(PostMedia, PostMedia.id == LeftOutMedia.media_id)
        .outerjoin(Post, Post.id == PostMedia.post_id)
        .where(LeftOutMedia.channel_id == channel, LeftOutMedia.media_id > after)
        .order_by(LeftOutMedia.media_id)
        .limit(limit)
    )


def _locked_rules(session: Session, channels: Iterable[int]) -> Mapping[int, FetchRules]:
    query = select(Channel).where(Channel.id.in_(channels)).order_by(Channel.id)
    # The weakest lock: pages of the channel are written beside it. `channels set` takes the strongest.
    fresh = query.with_for_update(read=True, key_share=True).execution_options(populate_existing=True)
    return {channel.id: rules_of(channel) for channel in session.scalars(fresh)}


def _judge(row: Row, rules: FetchRules) -> LeftOut | None:
    return _judge_of(row[0], row[1], rules)


def _judge_of(media: PostMedia, post: Post, rules: FetchRules) -> LeftOut | None:
    return left_out(rules, MediaKind(media.kind), media.size, post.posted_at)


def _record(session: Session, found: Sequence[tuple[Row, LeftOut]]) -> None:
    if not found:
        return
    values = [
        {"media_id": media.id, "channel_id": channel.id, "rule": why.rule, "bytes": media.size or 0}
        for (media, _, channel), why in sorted(found, key=lambda one: one[0][0].id)
    ]
    statement = insert_all(LeftOutMedia, values)
    fresh = {"rule": statement.excluded.rule, "bytes": statement.excluded.bytes, "left_at": func.now()}
    session.execute(statement.on_conflict_do_update(index_elements=["media_id"], set_=fresh))
