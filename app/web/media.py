"""Serves the files of the archive by their content type, and nothing in them that a browser could run."""

from __future__ import annotations

import re
from pathlib import Path

from fastapi import APIRouter
from fastapi.responses import FileResponse
from sqlalchemy import select

from app import wiring
from app.db import snapshot
from app.domain.access.roles import Act
from app.models import MediaFile
from app.web.admission import needs
from app.web.errors import Missing

router = APIRouter()

SHA256 = re.compile("[0-9a-f]{64}")
# Types that a browser shows without running anything in them; all others are offered for saving.
SHOWN = re.compile(r"(?:image/(?:jpeg|png|gif|webp|avif|bmp)|video/(?:mp4|webm|ogg|quicktime)|audio/[a-z0-9.+-]+)")
HEADERS = {
    "Content-Security-Policy": "default-src 'none'; sandbox",
    # Bytes never change under their hash; private: what a login may see no shared cache may keep.
    "Cache-Control": "private, max-age=31536000, immutable",
}


@router.api_route("/media/{sha256}", methods=["GET", "HEAD"], response_class=FileResponse)
@needs(Act.READ)
def media(sha256: str) -> FileResponse:
    """The bytes of a file; parts of it where the request names a range."""
    file = file_of(sha256)
    shown = SHOWN.fullmatch(file.mime) is not None
    return FileResponse(
        stored(sha256),
        media_type=file.mime if shown else "application/octet-stream",
        filename=f"{sha256[:16]}{file.extension}",
        content_disposition_type="inline" if shown else "attachment",
        headers=HEADERS,
    )


def file_of(sha256: str) -> MediaFile:
    """The file's row; Missing if the archive has none."""
    with snapshot() as session:
        named = select(MediaFile).where(MediaFile.sha256 == sha256)
        file = session.scalars(named).first() if SHA256.fullmatch(sha256) else None
    if file is None:
        raise Missing("the archive has no file with this sha256")
    return file


def stored(sha256: str) -> Path:
    """Its bytes in the store; Missing if the store has lost them."""
    try:
        return wiring.store().path(sha256)
    except FileNotFoundError:
        raise Missing("the file is not in the store: `media-audit verify` names all that are gone") from None
