"""The proportions of pictures in SQL: each part of a long picture is paid for."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, Float, Integer, cast, func, select

from app.models import MediaFile, PostMedia

SIDE = 4_000  # pixels of the shorter side: a smaller picture of the same proportions has no more parts


def proportion() -> ColumnElement[int]:
    """How many times the longer side is the shorter one, rounded up; NULL if neither decoding nor Telegram told."""
    # idx_post_media_sha256; only files that were never decoded need it.
    told = select(func.max(_times(PostMedia.width, PostMedia.height))).where(PostMedia.sha256 == MediaFile.sha256)
    decoded = _times(MediaFile.width, MediaFile.height)
    return func.coalesce(decoded, told.correlate(MediaFile).scalar_subquery(), type_=Integer()).label("proportion")


def _times(width: Any, height: Any) -> ColumnElement[int]:
    shorter = func.nullif(func.least(width, height), 0)
    return cast(func.ceil(cast(func.greatest(width, height), Float) / shorter), Integer)
