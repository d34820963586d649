"""Checks posts and media: each post is in its publication, each medium has its file or a reason why not."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from sqlalchemy import ColumnElement, Select, and_, func, or_, select
from sqlalchemy.orm import Session

from app.db import snapshot, transaction
from app.domain.kinds import State, Step
from app.models import Channel, LeftOutMedia, Post, PostMedia, Publication, Work
from app.operations import retry
from app.pipeline.posts.channels import ids_read, lock_channel
from app.pipeline.posts.ingest import home_of
from app.pipeline.posts.left_out import wrongly_left_out
from app.pipeline.posts.revisions import revise
from app.pipeline.posts.schedule import schedule
from app.verify.check import Check, Fault
from app.verify.publications import UNDER_WAY
from app.verify.reading import pages

MANY = 5_000  # posts in a page: only faults leave the database


class Posts(Check[int]):
    """Checks that every visible post belongs to a publication, and all items of a grouped_id to the same one."""

    name = "posts"

    def pages(self) -> Iterator[Sequence[int]]:
        return pages(Post.id, size=MANY)

    def judge(self, keys: Sequence[int]) -> list[Fault[int]]:
        with snapshot() as session:
            return _misplaced(session, Post.id.between(keys[0], keys[-1]))

    def mend_one(self, fault: Fault[int]) -> bool:
        with transaction() as session:
            channel = lock_channel(session, session.get_one(Post, fault.key).channel_id)
            for found in _misplaced(session, Post.id == fault.key):
                if found.hopeless is not None:
                    return False
                _move(session, channel, session.get_one(Post, fault.key))
        return True

    def notes(self) -> list[str]:
        with snapshot() as session:
            unparsed, raw = session.execute(_unparsed()).one()
            absent = [f"{name}: {count:,}" for name, count in session.execute(_absent()) if count]
        notes = [f"{unparsed} unparsed: of {raw} the raw form is kept, of the others the id alone"] if unparsed else []
        if absent:
            listed = ", ".join(absent[:5]) + (f" and {len(absent) - 5} channels more" if len(absent) > 5 else "")
            notes.append(f"ids read of which no message is kept: {listed}; --telegram asks whether there are messages")
        return notes


class Media(Check[int]):
    """Checks that every medium with a file in Telegram has it here, or has work that fetches it or says why not."""

    name = "media"

    def pages(self) -> Iterator[Sequence[int]]:
        return pages(PostMedia.id, size=MANY)

    def judge(self, keys: Sequence[int]) -> list[Fault[int]]:
        with snapshot() as session:
            fileless = _fileless(session, PostMedia.id.between(keys[0], keys[-1]))
            return sorted(fileless + _held_back(session, keys[0], keys[-1]), key=lambda fault: fault.key)

    def mend_one(self, fault: Fault[int]) -> bool:
        with transaction() as session:
            if _fileless(session, PostMedia.id == fault.key) or _held_back(session, fault.key, fault.key):
                retry.load(session, fault.key)
        return True

    def notes(self) -> list[str]:
        why = select(Work.state, func.count()).join(PostMedia, _download()).where(_wanted(), Work.state != State.DONE)
        with snapshot() as session:
            found = session.execute(why.group_by(Work.state).order_by(Work.state)).all()
            left = session.scalar(select(func.count()).select_from(LeftOutMedia)) or 0
        others = ((state, count - (left if state == State.SKIPPED else 0)) for state, count in found)
        chosen = [f"{left} left out by choice: `media-audit channels list` says by which limits"] if left else []
        return [f"{count} without a file, their download is {state}" for state, count in others if count > 0] + chosen


def _misplaced(session: Session, which: ColumnElement[bool]) -> list[Fault[int]]:
    wanted = and_(Post.status == "ok", ~Post.service)
    # The group of a publication never changes; the group of a post comes from Telegram.
    elsewhere = or_(Publication.grouped_id.is_distinct_from(Post.grouped_id), Publication.channel_id != Post.channel_id)
    query = (
        select(Post.id, Channel.reference, Post.telegram_message_id, Publication.id)
        .join(Channel, Channel.id == Post.channel_id)
        .outerjoin(Publication, Publication.id == Post.publication_id)
        .where(which, wanted, or_(Publication.id.is_(None), elsewhere))
        .order_by(Post.id)
    )
    faults = []
    for post, channel, message, publication in session.execute(query):
        what = "it belongs to no publication" if publication is None else "it lies in a publication that is not its own"
        alone = publication is not None and _items(session, publication) < 2
        hopeless = "the publication would have no posts left" if alone else None
        faults.append(Fault(post, f"{channel}/{message}", what, hopeless))
    return faults


def _items(session: Session, publication: int) -> int:
    return session.scalar(select(func.count()).where(Post.publication_id == publication)) or 0


def _move(session: Session, channel: Channel, post: Post) -> None:
    """Moves the post to where ingest would have put it; each changed publication gets a new revision."""
    left, post.publication_id = post.publication_id, home_of(session, post)
    session.flush()
    # First the publication that it leaves, because a post leads one publication only.
    changed = revise(session, [left]) if left is not None else {}
    changed |= revise(session, [post.publication_id])
    schedule(session, changed, ids_read(channel), bulk=True)


def _unparsed() -> Select[int, int]:
    """The number of messages that could not be read, and of those among them of which more is kept than the id."""
    more = Post.raw.op("-")("id") != func.jsonb_build_object()
    return select(func.count(), func.count().filter(more)).where(Post.status == "unparsed")


def _absent() -> Select[str, int | None]:
    """channel -> ids between its cursors without a post: deleted before they were read, or never messages."""
    first = func.greatest(Channel.backfill_cursor, 1)
    read = and_(Post.channel_id == Channel.id, Post.telegram_message_id.between(first, Channel.cursor))
    return (
        select(Channel.reference, Channel.cursor - first + 1 - func.count(Post.id))
        .outerjoin(Post, read)
        .where(Channel.cursor > 0, Channel.backfill_cursor.is_not(None))
        .group_by(Channel.id)
        .order_by(Channel.id)
    )


def _download() -> ColumnElement[bool]:
    return and_(Work.step == Step.DOWNLOAD, Work.subject_id == PostMedia.id)


def _wanted() -> ColumnElement[bool]:
    """Matches current media with a file in Telegram and none here."""
    return and_(PostMedia.replaced_at.is_(None), PostMedia.telegram_key != "", PostMedia.sha256.is_(None))


def _held_back(session: Session, first: int, last: int) -> list[Fault[int]]:
    what = "left out, although the limits of its channel take it"
    return [
        Fault(media.id, f"{channel.reference}/{post.telegram_message_id}", what)
        for media, post, channel in wrongly_left_out(session, first, last)
    ]


def _fileless(session: Session, which: ColumnElement[bool]) -> list[Fault[int]]:
    # Any other state has a reason of its own.
    silent = or_(Work.id.is_(None), Work.state == State.DONE)
    collecting = select(Work.subject_id).where(Work.step == Step.COLLECT, Work.state.in_(UNDER_WAY))
    query = (
        select(PostMedia.id, Channel.reference, Post.telegram_message_id, Work.state)
        .join(Post, Post.id == PostMedia.post_id)
        .join(Channel, Channel.id == Post.channel_id)
        .outerjoin(Work, _download())
        .where(which, _wanted(), silent, Post.publication_id.is_not(None), Post.publication_id.not_in(collecting))
        .order_by(PostMedia.id)
    )
    return [
        Fault(media, f"{channel}/{message}", f"no file, and {'its download is done' if state else 'no work for one'}")
        for media, channel, message, state in session.execute(query)
    ]
