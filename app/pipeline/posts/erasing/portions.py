"""Erases the rows of a forgotten thing in portions of one transaction each, until none is left."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from app.domain.flow import Next
from app.domain.kinds import Step
from app.models import Channel, ChannelName, Forgetting, LeftOutMedia, MediaGroup, Post, PostMedia, Publication
from app.pipeline.engine import erased_work
from app.pipeline.posts.channels import lock_channels
from app.pipeline.posts.erasing import files
from app.pipeline.posts.erasing.exports import begin_anew
from app.pipeline.posts.erasing.posts import Erased, erase_postings, erase_posts

POSTS = 100  # posts or postings of a portion: half a second
FILES = 100  # files whose bytes go together


@dataclass(frozen=True)
class Portion:
    """more: whether rows are left. ended: nothing was left to erase. The others are as of Forgetting."""

    more: bool = False
    ended: bool = False
    nexts: tuple[Next, ...] = ()
    late_until: datetime | None = None
    began_at: datetime | None = None
    exports: tuple[str, ...] = ()


def erase_portion(session: Session, tombstone: int) -> Portion:
    """Erases the next rows. The row of Forgetting stays locked: two portions never meet."""
    forgetting = session.get(Forgetting, tombstone, with_for_update=True)
    if forgetting is None:
        return Portion(ended=True)
    channel, sha256 = forgetting.channel_id, forgetting.sha256
    erased, more = Erased(), False
    if channel is not None:
        erased, more = _of_channel(session, channel, tombstone)
    elif sha256 is not None:
        erased, more = _of_file(session, sha256, tombstone)
    return _noted(session, tombstone, erased, more)


def erase_at_once(session: Session, tombstone: int, post: int) -> tuple[Next, ...]:
    """Erases one post in the transaction of its tombstone; returns the calls for the rest of its album."""
    return _noted(session, tombstone, erase_posts(session, [post], tombstone), more=False).nexts


def _noted(session: Session, tombstone: int, erased: Erased, more: bool) -> Portion:
    # Again: the session knows nothing any more of rows that it read before.
    forgetting = session.get_one(Forgetting, tombstone)
    if erased.late is not None:
        forgetting.late_until = max(erased.late, forgetting.late_until or erased.late)
    if not more:
        begin_anew(session, tombstone)
        session.refresh(forgetting)
    left = tuple(forgetting.exports)
    return Portion(more, False, erased.nexts, forgetting.late_until, forgetting.began_at, left)


def _of_channel(session: Session, channel: int, tombstone: int) -> tuple[Erased, bool]:
    newest = select(Post.id, Post.publication_id).where(Post.channel_id == channel)
    rows = session.execute(newest.order_by(Post.telegram_message_id.desc()).limit(POSTS)).all()
    if not rows:
        _erase_channel(session, channel)
        return Erased(), False
    whole = {row.publication_id for row in rows if row.publication_id is not None}
    items = session.scalars(select(Post.id).where(Post.publication_id.in_(whole)))
    return erase_posts(session, sorted({*(row.id for row in rows), *items}), tombstone), True


def _of_file(session: Session, sha256: str, tombstone: int) -> tuple[Erased, bool]:
    query = select(PostMedia.id).where(PostMedia.sha256 == sha256).order_by(PostMedia.id).limit(POSTS)
    if media := session.scalars(query).all():
        return erase_postings(session, media), True
    files.lock_stars(session)
    return Erased(late=files.erase_unshown(session, [sha256], tombstone)), False


def _erase_channel(session: Session, channel: int) -> None:
    """Erases the rest of a channel that has no posts any more."""
    lock_channels(session, session.scalars(select(Channel.id).where(Channel.id == channel)).all())
    for table in (MediaGroup, Publication, LeftOutMedia, ChannelName):
        session.execute(delete(table).where(table.channel_id == channel))
    erased_work.drop(session, [Step.POLL, Step.BACKFILL], [channel])
    session.execute(delete(Channel).where(Channel.id == channel))
