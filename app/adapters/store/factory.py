"""Makes the media store from the settings."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import unquote, urlsplit

from app.adapters.store.files import FileStore
from app.adapters.store.inventory import Inventory
from app.errors import UserError
from app.settings import Settings


def file_store(settings: Settings) -> FileStore:
    """The store that the settings name: MEDIA_URL (file:///absolute/path), or media/ under the home.

    UserError for any other address.
    """
    return FileStore(_root(settings))


def inventory(settings: Settings) -> Inventory:
    """The inventory of the same store."""
    return Inventory(_root(settings))


def thumbnails_root(settings: Settings) -> Path:
    """The directory of thumbnails: thumbnails/ beside the store under the home, or inside the store of MEDIA_URL.

    A store elsewhere may be on a disk that several machines share: the page shows what any of their workers made.
    """
    return (settings.home if settings.media_url is None else _root(settings)) / "thumbnails"


def _root(settings: Settings) -> Path:
    if settings.media_url is None:
        return settings.home / "media"
    parts = urlsplit(settings.media_url)
    if parts.scheme == "s3":
        raise UserError("MEDIA_URL=s3:... is not available yet: set MEDIA_URL to file:///path or leave it unset")
    path = Path(unquote(parts.path))
    if parts.scheme != "file" or parts.netloc not in ("", "localhost") or not path.is_absolute() or path == Path("/"):
        raise UserError(f"MEDIA_URL={settings.media_url} is not an address of a store: write file:///absolute/path")
    return path
