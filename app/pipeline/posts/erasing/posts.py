"""Erases posts with their media and publications, and files from their postings."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session

from app.domain.flow import Next
from app.domain.kinds import Step
from app.domain.raw_pictures import without_pictures
from app.domain.steps import STEPS
from app.domain.tombstones import FORGOTTEN
from app.models import AlertHit, Channel, MediaGroup, MediaGroupItem, Post, PostMedia, Publication, Shown
from app.pipeline.engine import erased_work
from app.pipeline.posts.channels import ids_read, lock_channels
from app.pipeline.posts.erasing import derived, files
from app.pipeline.posts.left_out import forget
from app.pipeline.posts.revisions import lock_publications, revise
from app.pipeline.posts.schedule import schedule


@dataclass(frozen=True)
class Erased:
    """The end of a portion. late: until when workers may still write bytes of it, None: none does."""

    nexts: tuple[Next, ...] = ()
    late: datetime | None = None

    def and_(self, late: datetime | None) -> Erased:
        """The same, with another time until which bytes may come."""
        return Erased(self.nexts, max((one for one in (self.late, late) if one is not None), default=None))


def erase_posts(session: Session, posts: Sequence[int], tombstone: int) -> Erased:
    """Erases posts with all that only they have. An album that keeps other items gets a new revision."""
    files.lock_stars(session)
    rows = session.execute(select(Post.id, Post.channel_id, Post.publication_id).where(Post.id.in_(posts))).all()
    lock_channels(session, {row.channel_id for row in rows})
    publications = sorted({row.publication_id for row in rows if row.publication_id is not None})
    lock_publications(session, publications)
    late, hashes = _erase_media(session, posts)
    derived.erase(session, publications)
    session.execute(delete(MediaGroupItem).where(MediaGroupItem.post_id.in_(posts)))
    session.execute(delete(Post).where(Post.id.in_(posts)))
    kept = set(session.scalars(select(Post.publication_id).where(Post.publication_id.in_(publications))))
    _erase_publications(session, [id_ for id_ in publications if id_ not in kept])
    late_files = files.erase_unshown(session, hashes, tombstone)
    return Erased(_anew(session, kept), late).and_(late_files)


def erase_postings(session: Session, media: Sequence[int]) -> Erased:
    """Takes a forgotten file from these media: the posts keep their texts, and are read, tagged and indexed anew."""
    files.lock_stars(session)
    query = select(PostMedia.post_id, Post.publication_id).join(Post, Post.id == PostMedia.post_id)
    rows = session.execute(query.where(PostMedia.id.in_(media))).all()
    publications = sorted({row.publication_id for row in rows if row.publication_id is not None})
    lock_publications(session, publications)
    session.execute(select(PostMedia.id).where(PostMedia.id.in_(media)).order_by(PostMedia.id).with_for_update())
    session.execute(update(PostMedia).where(PostMedia.id.in_(media)).values(sha256=None))
    for post in session.scalars(select(Post).where(Post.id.in_({row.post_id for row in rows})).order_by(Post.id)):
        post.raw = without_pictures(post.raw)
    session.flush()
    session.execute(delete(Shown).where(Shown.media_id.in_(media)))
    erased_work.end(session, Step.DOWNLOAD, media, FORGOTTEN)
    derived.erase(session, publications)
    return Erased(_anew(session, publications))


def _erase_media(session: Session, posts: Sequence[int]) -> tuple[datetime | None, set[str]]:
    """Returns until when a download may still write bytes, and the hashes of the files that the posts had."""
    query = select(PostMedia.id, PostMedia.sha256).where(PostMedia.post_id.in_(posts)).order_by(PostMedia.id)
    rows = session.execute(query.with_for_update()).all()
    media = [row.id for row in rows]
    forget(session, media)
    session.execute(delete(Shown).where(Shown.media_id.in_(media)))
    late = erased_work.drop(session, [Step.DOWNLOAD], media)
    session.execute(delete(PostMedia).where(PostMedia.id.in_(media)))
    return late, {row.sha256 for row in rows if row.sha256 is not None}


def _erase_publications(session: Session, ids: Sequence[int]) -> None:
    erased_work.drop(session, STEPS.revised, ids)
    hits = select(AlertHit.id).where(AlertHit.publication_id.in_(ids))
    erased_work.drop(session, [Step.DELIVER], session.scalars(hits).all())
    session.execute(delete(MediaGroup).where(MediaGroup.publication_id.in_(ids)))
    session.execute(delete(Publication).where(Publication.id.in_(ids)))


def _anew(session: Session, publications: Collection[int | None]) -> tuple[Next, ...]:
    """Gives a new revision to publications that lost something, and makes their work due."""
    ids = sorted(id_ for id_ in publications if id_ is not None)
    session.execute(update(Publication).where(Publication.id.in_(ids)).values(fingerprint=func.concat("lost a part")))
    session.expire_all()
    changed = revise(session, ids)
    nexts: list[Next] = []
    for channel in session.scalars(select(Channel).join(Publication).where(Publication.id.in_(ids)).distinct()):
        own = {p: one for p, one in changed.items() if one.rows[0][0].channel_id == channel.id}
        nexts += schedule(session, own, ids_read(channel), bulk=True)
    return tuple(nexts)
