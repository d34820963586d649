"""Makes the tree of thumbnails from the settings."""

from __future__ import annotations

from app.adapters.store import thumbnails_root
from app.adapters.thumbnails.tree import ThumbnailTree
from app.settings import Settings


def thumbnails(settings: Settings) -> ThumbnailTree:
    """The tree beside the store, with the limits of readings for its decoder."""
    return ThumbnailTree(thumbnails_root(settings), settings.image_max_pixels)
