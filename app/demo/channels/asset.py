"""One media file of the sample channels, and what is known about it."""

from __future__ import annotations

from dataclasses import dataclass

from app.demo.world import FileKind
from app.domain.kinds import Classification


@dataclass(frozen=True)
class Asset:
    """Bytes as they are posted. text: what is written in the picture; shows: its kind, None where opinions differ."""

    data: bytes
    kind: FileKind = "photo"
    mime: str = "image/jpeg"  # as the sender claims
    name: str | None = None  # as the sender claims
    width: int = 0
    height: int = 0
    duration: float = 0.0  # seconds
    text: str | None = None
    shows: Classification | None = None
