"""Describes the medium of a message and where its bytes are, by Telegram's types, never by names or MIME types."""

from __future__ import annotations

import base64
from typing import Any

from telethon.tl import types

from app.domain.kinds import MediaKind
from app.domain.messages import MediaDescriptor

NOTHING = (
    type(None),
    types.MessageMediaEmpty,
    types.MessageMediaWebPage,
)  # a preview belongs to the link, not to the post
WITHOUT_FILE = MediaDescriptor(MediaKind.UNKNOWN, "", None)  # polls, places, contacts, and expired files


def describe(media: Any) -> MediaDescriptor | None:
    """The descriptor of a message's medium; None if it has none."""
    if isinstance(media, NOTHING):
        return None
    if isinstance(media, types.MessageMediaPhoto) and isinstance(media.photo, types.Photo):
        return _photo(media.photo)
    if isinstance(media, types.MessageMediaDocument) and isinstance(media.document, types.Document):
        return _document(media.document)
    return WITHOUT_FILE


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


def _photo(photo: Any) -> MediaDescriptor:
    sizes = [(size.w * size.h, _bytes(size), size) for size in photo.sizes if _bytes(size) is not None]
    if not sizes:
        return WITHOUT_FILE
    _, length, largest = max(sizes, key=lambda size: size[:2])
    return MediaDescriptor(
        kind=MediaKind.PHOTO,
        key=f"photo:{photo.id}",
        size=length,
        mime="image/jpeg",  # Telegram converts every photo to JPEG
        width=largest.w,
        height=largest.h,
        location=_location("photo", photo, largest.type),
    )


def _bytes(size: Any) -> int | None:
    """The bytes of one size of a photo; None for outlines and blurred previews, which are no pictures."""
    if isinstance(size, types.PhotoSizeProgressive):
        return int(max(size.sizes))  # lengths of ever better prefixes; the last is the whole file
    if isinstance(size, types.PhotoSize):
        return int(size.size)
    return len(size.bytes) if isinstance(size, types.PhotoCachedSize) else None


def _document(document: Any) -> MediaDescriptor:
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
    return claimed.replace("\x00", "\ufffd") if claimed else None
