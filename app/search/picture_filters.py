"""Filters by pictures: posts whose picture is elsewhere, too, and posts with a picture near a given one."""

from __future__ import annotations

from sqlalchemy import ColumnElement, Select, exists, func, or_, select
from sqlalchemy.orm import Session, aliased

from app.domain.look_alikes import hash_of, is_flat_hash, probes
from app.domain.query.operators import near_of
from app.domain.query.tree import Limit
from app.errors import UserError
from app.models import LookAlike, MediaFile, Post, PostMedia, SearchDocument
from app.models.near import FILES, near
from app.search.pictures import by_sha256
from app.search.within import Within, is_within


def repeated(within: Within = None) -> ColumnElement[bool]:
    """Whether a file of the publication is in another one, or its star of look-alikes has another picture.

    within: channels in which the other ones have to be.
    """
    own, post = aliased(PostMedia), aliased(Post)
    others = (
        select(PostMedia.id)
        .join(Post, Post.id == PostMedia.post_id)
        .where(PostMedia.sha256 == own.sha256, Post.publication_id != post.publication_id)
        .where(is_within(Post.channel_id, within))
    )
    star = (
        select(LookAlike.centre_id)
        .join(MediaFile, or_(LookAlike.file_id == MediaFile.id, LookAlike.centre_id == MediaFile.id))
        .where(MediaFile.sha256 == own.sha256)
    )
    if within is not None:
        star = _others_of(star.correlate(own), own, within)
    mine = select(own.id).join(post, post.id == own.post_id).where(post.publication_id == SearchDocument.publication_id)
    return exists(mine.where(own.replaced_at.is_(None), or_(exists(others), exists(star))))


def _others_of(star: Select[int], own: type[PostMedia], within: Within) -> Select[int]:
    """Postings, by channels that the caller may see, of the other pictures of a star. star: its centre."""
    mate = aliased(MediaFile)
    members = select(LookAlike.file_id).where(LookAlike.centre_id.in_(star))
    return (
        select(PostMedia.id)
        .join(Post, Post.id == PostMedia.post_id)
        .join(mate, mate.sha256 == PostMedia.sha256)
        .where(or_(mate.id.in_(members), mate.id.in_(star)), mate.sha256 != own.sha256)
        .where(is_within(Post.channel_id, within))
        .correlate(own)
    )


def showing(session: Session, limit: Limit, within: Within = None) -> ColumnElement[bool]:
    """Whether the publication shows the picture of a filter near:, or one that is near it.

    within: channels that have to have posted the picture. UserError if no file, or more than one, has a sha256 that
    begins so. A file that is no picture is near itself alone.
    """
    files = near_files(session, limit, within)
    shown = select(PostMedia.id).join(Post, Post.id == PostMedia.post_id)
    shown = shown.join(MediaFile, MediaFile.sha256 == PostMedia.sha256)
    shown = shown.where(MediaFile.id == func.any(files), PostMedia.replaced_at.is_(None))
    return exists(shown.where(Post.publication_id == SearchDocument.publication_id))


def near_files(session: Session, limit: Limit, within: Within = None) -> list[int]:
    """Ids of the file that a filter near: names, and of the pictures near it. UserError as `showing`."""
    prefix, bits = near_of(limit)
    file = by_sha256(session, prefix, within)
    if file is None:
        raise UserError(f"near:{prefix} names no file: see `media-audit similar` for one that a post shows")
    if file.phash is None or is_flat_hash(hash_of(file.phash)):
        return [file.id]
    return [file.id, *near(session, FILES, file.phash, probes(hash_of(file.phash), bits), bits).bits]
