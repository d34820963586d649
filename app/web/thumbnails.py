"""Serves thumbnails; where one is not there, the picture itself, so that no page shows a hole."""

from __future__ import annotations

from fastapi import APIRouter, Request
from fastapi.responses import FileResponse

from app import wiring
from app.db import transaction
from app.domain.access.roles import Act
from app.domain.flow import Call
from app.domain.thumbnails import WIDTHS, is_pictured
from app.models import MediaFile
from app.pipeline.posts.thumbnails import missed
from app.web.admission import needs
from app.web.errors import Missing
from app.web.media import HEADERS, SHA256, SHOWN, file_of, stored
from app.web.rendering import STATIC

router = APIRouter()

NO_WIDTH = f"thumbnails are {', '.join(map(str, WIDTHS))} pixels wide"
UNPICTURED = "files of this type have no thumbnails"
# In place of a thumbnail that may come: browsers keep it, and ask each time whether another one is there.
NOT_YET = {**HEADERS, "Cache-Control": "private, no-cache"}


@router.api_route("/thumb/{width}/{sha256}", methods=["GET", "HEAD"], response_class=FileResponse)
@needs(Act.READ)
def thumb(request: Request, width: int, sha256: str) -> FileResponse:
    """The thumbnail of a file, as wide as the file itself at most. Without one: the picture if browsers show its type,
    else a plain tile."""
    if width not in WIDTHS:
        raise Missing(NO_WIDTH)
    if not SHA256.fullmatch(sha256):
        raise Missing(UNPICTURED)
    try:
        path = wiring.thumbnails().path(sha256, width)
    except FileNotFoundError:
        file, calls = _looked_at(sha256)
        request.app.state.publish(calls)
        return _instead(file)
    return FileResponse(path, media_type="image/webp", headers=HEADERS)


def _looked_at(sha256: str) -> tuple[MediaFile, tuple[Call, ...]]:
    """The file, and the calls that make its thumbnails again if they were lost."""
    file = file_of(sha256)
    if not is_pictured(file.mime):
        raise Missing(UNPICTURED)
    with transaction() as session:
        return file, missed(session, file.id)


def _instead(file: MediaFile) -> FileResponse:
    if file.mime.startswith("image/") and SHOWN.fullmatch(file.mime):
        return FileResponse(stored(file.sha256), media_type=file.mime, headers=NOT_YET)
    return FileResponse(STATIC / "no-thumbnail.svg", media_type="image/svg+xml", headers=NOT_YET)
