"""Takes the small pictures out of raw messages: Telegram sends a preview of some hundred bytes inside of each."""

from __future__ import annotations

from typing import Any

PREVIEWS = frozenset({"PhotoStrippedSize", "PhotoCachedSize", "PhotoPathSize"})


def without_pictures(raw: Any) -> Any:
    """The same JSON, without the bytes of the previews of photos, videos and documents."""
    if isinstance(raw, list):
        return [without_pictures(item) for item in raw]
    if not isinstance(raw, dict):
        return raw
    left_out = {"bytes"} if raw.get("_") in PREVIEWS else set()
    return {name: without_pictures(value) for name, value in raw.items() if name not in left_out}
