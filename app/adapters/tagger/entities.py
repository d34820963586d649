"""Reads tags from the entities that Telegram marks in a text: hashtags, mentions and links."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import urlsplit

from app.domain.messages import Entity
from app.domain.tags import normalise_tag

_LINK = re.compile(r"(?:https?://|www\.|t\.me/)\S+|\b[\w.+-]+@[\w-]+\.[\w.]+|(?<!\w)@\w+|(?<!\w)/\w+", re.IGNORECASE)
_TELEGRAM = frozenset({"t.me", "telegram.me", "telegram.dog"})
_NOT_A_CHANNEL = frozenset({"c", "s", "joinchat", "share", "addstickers", "proxy", "iv", "addlist", "boost"})


@dataclass(frozen=True)
class Marks:
    """Tags that the author set, and those that links suggest; normalised, in order of appearance."""

    hashtags: tuple[str, ...]
    links: tuple[str, ...]  # mentions without @, hosts of links


def marks(items: Iterable[tuple[str, tuple[Entity, ...]]]) -> Marks:
    """The marks of all items' texts. A link into Telegram counts as a mention of the channel that it leads to."""
    hashtags: list[str | None] = []
    links: list[str | None] = []
    for text, entities in items:
        for entity in entities:
            span = utf16_slice(text, entity.offset, entity.length)
            if entity.kind == "hashtag":
                hashtags.append(normalise_tag(span.split("@")[0]))  # #news@channel searches one channel only
            elif entity.kind == "mention":
                links.append(normalise_tag(span.removeprefix("@")))
            elif entity.kind in ("url", "text_url"):
                links.append(_host(entity.url or span))
    return Marks(_unique(hashtags), _unique(links))


def utf16_slice(text: str, offset: int, length: int) -> str:
    """A part of the text by UTF-16 code units, as Telegram counts: an emoji outside the basic plane is two of them."""
    units = text.encode("utf-16-le", "surrogatepass")
    return units[2 * offset : 2 * (offset + length)].decode("utf-16-le", "ignore")


def prose(text: str, hashtags: Iterable[str]) -> str:
    """The text without links, addresses, mentions and the hashtags that already count as tags."""
    known = set(hashtags)
    without = re.sub(r"(?<!\w)#(\w+)", lambda found: "|" if normalise_tag(found[1]) in known else found[1], text)
    return _LINK.sub("|", without)


def _host(url: str) -> str | None:
    try:
        parts = urlsplit(url if "://" in url else f"https://{url}")
        host = (parts.hostname or "").removeprefix("www.")
        host = host.encode("ascii").decode("idna") if "xn--" in host else host
    except ValueError:  # includes UnicodeError: people write anything after a slash
        return None
    if host in _TELEGRAM:
        channel = parts.path.strip("/").split("/")[0]
        return normalise_tag(channel) if channel not in _NOT_A_CHANNEL and not channel.startswith("+") else None
    return normalise_tag(host) if "." in host else None


def _unique(tags: Iterable[str | None]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(tag for tag in tags if tag))
