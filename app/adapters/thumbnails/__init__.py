"""Thumbnails of media files: made from their pixels, kept in a tree of their own."""

from app.adapters.thumbnails.factory import thumbnails
from app.adapters.thumbnails.tree import ThumbnailTree

__all__ = ["ThumbnailTree", "thumbnails"]
