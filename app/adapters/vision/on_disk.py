"""Looks at a picture file that is on this disk and not in the archive, as a reader would."""

from __future__ import annotations

import hashlib
import sys
from pathlib import Path

from app.adapters.store.types import identify
from app.adapters.vision.remote.decoder import Limits, decoder
from app.domain.reading import LocalFacts
from app.errors import MediaAuditError, UserError
from app.ports import MediaInput
from app.settings import Settings


def look(path: Path, settings: Settings) -> tuple[MediaInput, LocalFacts]:
    """The file and the facts that decoding shows, within the limits of readings. UserError if it is no picture."""
    try:
        mime = identify(path).mime
        with path.open("rb") as stream:
            sha256 = hashlib.file_digest(stream, "sha256").hexdigest()
    except OSError as error:
        raise UserError(f"{path} cannot be read: {error.strerror}") from error
    if not mime.startswith("image/"):
        raise UserError(f"{path} is no picture but {mime}: give the path of a picture")
    media = MediaInput(path.resolve(), sha256, mime)
    limits = Limits(settings.vision_max_side, settings.image_max_pixels, sys.maxsize)
    try:
        return media, decoder().prepare(media, limits, settings.decode_timeout).facts
    except MediaAuditError as error:
        raise UserError(f"{path} cannot be decoded: {error}") from error
