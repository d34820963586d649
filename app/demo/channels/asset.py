"""One media file of the sample channels, and the known facts about it."""

from __future__ import annotations

from dataclasses import dataclass

from app.demo.world import FileKind
from app.domain.kinds import Classification


@dataclass(frozen=True)
class Asset:
    """A posted file. text: the words in the picture. shows: its kind; None if opinions differ."""

    data: bytes
    kind: FileKind = "photo"
    mime: str = "image/jpeg"  # as the sender claims
    name: str | None = None  # as the sender claims
    width: int = 0
    height: int = 0
    duration: float = 0.0  # seconds
    text: str | None = None
    shows: Classification | None = None
