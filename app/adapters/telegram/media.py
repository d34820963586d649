"""Describes photos and documents and where their bytes are, by Telegram's types, never by names or MIME types."""

from __future__ import annotations

import base64
from typing import Any

from telethon.tl import types

from app.adapters.telegram.texts import clean
from app.domain.kinds import MediaKind, MediaRole
from app.domain.messages import MediaDescriptor

# Longest sides of a photo's sizes by their type (https://core.telegram.org/api/files#image-thumbnail-types).
BOXES = {"s": 100, "m": 320, "x": 800, "y": 1280, "w": 2560, "a": 160, "b": 320, "c": 640, "d": 1280}
WITHOUT_FILE = MediaDescriptor(MediaKind.UNKNOWN, "", None)  # polls, places, contacts, and expired files


def location_of(descriptor: MediaDescriptor) -> Any:
    """The TL location for upload.getFile; ValueError for a descriptor without a file."""
    where = descriptor.location
    kind = {"photo": types.InputPhotoFileLocation, "document": types.InputDocumentFileLocation}.get(
        where.get("type", "")
    )
    if kind is None:
        raise ValueError("the medium has no file")
    reference = base64.b64decode(where["file_reference"])
    return kind(where["id"], where["access_hash"], reference, where["thumb_size"])


def photo(photo: Any, role: MediaRole = MediaRole.OWN) -> MediaDescriptor | None:
    """The descriptor of a types.Photo by its largest size; None if it has none."""
    sizes = [(_area(size), _bytes(size), size) for size in photo.sizes if _bytes(size) is not None]
    if not sizes:
        return None
    _, length, largest = max(sizes, key=lambda size: size[:2])
    return MediaDescriptor(
        kind=MediaKind.PHOTO,
        key=f"photo:{photo.id}",
        size=length,
        mime="image/jpeg",  # Telegram converts every photo to JPEG
        width=largest.w,
        height=largest.h,
        location=_location("photo", photo, largest.type),
        role=role,
    )


def _area(size: Any) -> int:
    """Pixels of a size by which it is chosen; those of a known type fit into its box, whatever is announced."""
    most = BOXES.get(size.type, max(size.w, size.h))
    return int(min(size.w, most) * min(size.h, most))


def _bytes(size: Any) -> int | None:
    """The bytes of one size of a photo; None for outlines and blurred previews, which are no pictures."""
    if isinstance(size, types.PhotoSizeProgressive):
        return int(max(size.sizes, default=0))  # lengths of ever better prefixes; the last is the whole file
    if isinstance(size, types.PhotoSize):
        return int(size.size)
    return len(size.bytes) if isinstance(size, types.PhotoCachedSize) else None


def document(document: Any, role: MediaRole = MediaRole.OWN) -> MediaDescriptor:
    """The descriptor of a types.Document by its attributes."""
    attributes = {type(attribute): attribute for attribute in document.attributes}
    video = attributes.get(types.DocumentAttributeVideo)
    audio = attributes.get(types.DocumentAttributeAudio)
    frame = video or attributes.get(types.DocumentAttributeImageSize)
    timed = video or audio
    name = attributes.get(types.DocumentAttributeFilename)
    return MediaDescriptor(
        kind=MediaKind.VIDEO if video else MediaKind.AUDIO if audio else MediaKind.DOCUMENT,
        key=f"document:{document.id}",
        size=int(document.size),
        mime=_stored(document.mime_type),
        file_name=_stored(name.file_name) if name else None,
        width=frame.w if frame else None,
        height=frame.h if frame else None,
        duration=float(timed.duration) if timed else None,
        location=_location("document", document, ""),
        role=role,
    )


def _location(kind: str, file: Any, thumb_size: str) -> dict[str, Any]:
    return {
        "type": kind,
        "id": file.id,
        "access_hash": file.access_hash,
        "file_reference": base64.b64encode(file.file_reference).decode(),
        "dc_id": file.dc_id,
        "thumb_size": thumb_size,
    }


def _stored(claimed: str | None) -> str | None:
    """A sender's text in a form that PostgreSQL stores."""
    return clean(claimed) if claimed else None
