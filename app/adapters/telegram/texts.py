"""Texts and entities of Telegram as values of the domain."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable
from typing import Any

from telethon.tl import types

from app.domain.messages import Entity

_CAPITAL = re.compile(r"(?<=[a-z])(?=[A-Z])|(?<!^)(?=[A-Z][a-z])")


def clean(text: str) -> str:
    """The text in a form that PostgreSQL stores: NUL becomes U+FFFD, which has the same length in UTF-16."""
    return text.replace("\x00", "\ufffd")


def snake(name: str) -> str:
    """A TL name in snake case."""
    return _CAPITAL.sub("_", name).lower()


def entities_of(entities: Iterable[Any] | None) -> tuple[Entity, ...]:
    """Telegram's message entities."""
    return tuple(_entity(entity) for entity in entities or ())


def _entity(entity: Any) -> Entity:
    url = getattr(entity, "url", None)
    kind = snake(type(entity).__name__.removeprefix("MessageEntity"))
    return Entity(kind, entity.offset, entity.length, clean(url) if url else None)


def length(text: str) -> int:
    """Length in UTF-16 code units, as Telegram counts."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def lines(*parts: str | None) -> str:
    """The distinct parts that say something, a line each."""
    return "\n".join(dict.fromkeys(part for one in parts if one and (part := clean(one).strip())))


def coordinates(geo: Any) -> str | None:
    """Latitude and longitude in degrees; None for a place without them."""
    known = isinstance(geo, types.GeoPoint) and math.isfinite(geo.lat) and math.isfinite(geo.long)
    return f"{geo.lat:.6f}, {geo.long:.6f}" if known else None
