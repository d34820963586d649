"""The channels that a caller may see, as conditions of statements: rows of others are not read at all."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import ColumnElement, exists, func, select, true
from sqlalchemy.orm import InstrumentedAttribute, Session

from app.models import MediaFile, Post, PostMedia

Within = tuple[int, ...] | None  # ids of channels; None is all


def is_within(channel: InstrumentedAttribute[int], within: Within) -> ColumnElement[bool]:
    """Whether a row is of a channel that the caller may see. channel: the column with its id."""
    return true() if within is None else channel == func.any(list(within))


def posted_within(within: Within) -> ColumnElement[bool]:
    """Whether a post of such a channel has, or had, the file of media_files."""
    if within is None:
        return true()
    postings = select(PostMedia.id).join(Post, Post.id == PostMedia.post_id)
    return exists(postings.where(PostMedia.sha256 == MediaFile.sha256, is_within(Post.channel_id, within)))


def seen_hashes(session: Session, hashes: Collection[str], within: Within) -> set[str]:
    """Those of the files that the caller may see."""
    if within is None or not hashes:
        return set(hashes)
    named = select(MediaFile.sha256).where(MediaFile.sha256.in_(hashes), posted_within(within))
    return set(session.scalars(named))
