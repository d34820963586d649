"""The name of a channel as users write it; app/domain/links.py has the forms."""

from __future__ import annotations

from app.domain.links import Reference, channel

parse = channel

__all__ = ["Reference", "parse"]
