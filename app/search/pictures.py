"""The pictures that a person names: by sha256 or by their post; and the pictures of which no look-alikes are kept."""

from __future__ import annotations

import re
from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain.look_alikes import hash_of, is_flat_hash
from app.errors import UserError
from app.models import MediaFile, Post, PostMedia
from app.search.within import Within, posted_within

SHA256 = re.compile(r"[0-9a-f]{8,64}")
EMPTY = "nearly empty: no look-alikes are kept"


def by_sha256(session: Session, prefix: str, within: Within = None) -> MediaFile | None:
    """The file whose sha256 begins with these 8 digits or more; None without one. UserError if several do.

    within: channels that have to have posted it.
    """
    inside = (MediaFile.sha256 >= prefix) & (MediaFile.sha256 < prefix + "g") & posted_within(within)
    found = session.scalars(select(MediaFile).where(inside).order_by(MediaFile.sha256).limit(2)).all()
    if len(found) > 1:
        raise UserError(f"several files begin with {prefix}: give more digits of the sha256")
    return found[0] if found else None


def of_publication(session: Session, publication: int) -> Sequence[MediaFile]:
    """The files that a publication shows now, in the order of its messages, each once."""
    query = (
        select(MediaFile)
        .join(PostMedia, PostMedia.sha256 == MediaFile.sha256)
        .join(Post, Post.id == PostMedia.post_id)
        .where(Post.publication_id == publication, PostMedia.replaced_at.is_(None))
        .order_by(Post.telegram_message_id, PostMedia.position)
    )
    return list(dict.fromkeys(session.scalars(query)))


def why_not(file: MediaFile) -> str | None:
    """Why no look-alikes are kept of a file; None if they are."""
    if not file.mime.startswith("image/"):
        return f"no picture but {file.mime}"
    if file.phash is None:
        return f"damaged: {file.damaged}" if file.damaged else "not read yet: `media-audit status` tells how far it is"
    return EMPTY if is_empty(file.phash, file.flat) else None


def is_empty(phash: str, flat: bool | None) -> bool:
    """Whether a picture's hash says nothing about it."""
    return bool(flat) or is_flat_hash(hash_of(phash))
