"""Feeds of alerts as Atom documents (RFC 4287)."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from xml.etree import ElementTree

NAMESPACE = "http://www.w3.org/2005/Atom"
# Of the ids, which must never change: neither with the page's address nor with a new token. No one has this domain.
AUTHORITY = "tag:media-audit.invalid,2026"
LONGEST_TITLE = 100  # characters
# Characters that XML 1.0 cannot hold, not even escaped.
UNHOLDABLE = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
BEFORE, BEHIND = "/feeds/", ".atom"
ADDRESS = re.compile(r"^(/(?:feeds|link)/)[^/]+$")  # addresses that hold a secret


@dataclass(frozen=True)
class Entry:
    """A publication in a feed. channel_id: Telegram's. link: of Telegram; page: the path of its page; both or one may
    be empty. updated_at: grows with its revision."""

    id: int
    channel_id: int
    channel: str
    text: str
    tags: tuple[str, ...]
    link: str
    page: str
    posted_at: datetime | None
    updated_at: datetime


@dataclass(frozen=True)
class Feed:
    """A feed: the newest hits of a saved search. name: of its alert."""

    id: int
    made_at: datetime
    name: str
    query: str
    entries: tuple[Entry, ...]

    @property
    def updated_at(self) -> datetime:
        """When it last changed, for all that its entries tell."""
        return max((entry.updated_at for entry in self.entries), default=self.made_at)


def path_of(token: str) -> str:
    """The path of the feed that the token opens."""
    return f"{BEFORE}{token}{BEHIND}"


def is_feed(path: str) -> bool:
    """Whether the path is that of a feed, which no page may repeat."""
    return path.startswith(BEFORE)


def masked(path: str) -> str:
    """The path for a log: without a token that it holds."""
    return ADDRESS.sub(r"\1***", path)


def document(feed: Feed, base: str | None) -> bytes:
    """The document. base: the page's address; without it, links lead to Telegram alone.

    It does not name its own address, as Atom would have it: readers show, export and pass on a feed whole.
    """
    root = ElementTree.Element("feed", xmlns=NAMESPACE)
    _add(root, "id", f"{AUTHORITY}:feed:{feed.id}:{int(feed.made_at.timestamp())}")
    _add(root, "title", feed.name)
    _add(root, "subtitle", feed.query)
    _add(root, "updated", _moment(feed.updated_at))
    _add(root, "generator", "Media Audit")
    for entry in feed.entries:
        _entry(ElementTree.SubElement(root, "entry"), entry, base)
    return f'<?xml version="1.0" encoding="utf-8"?>\n{ElementTree.tostring(root, "unicode")}'.encode()


def _entry(into: ElementTree.Element, entry: Entry, base: str | None) -> None:
    _add(into, "id", f"{AUTHORITY}:{entry.channel_id}:{entry.id}")
    _add(into, "title", _title(entry))
    _add(ElementTree.SubElement(into, "author"), "name", entry.channel)
    if entry.posted_at is not None:
        _add(into, "published", _moment(entry.posted_at))
    _add(into, "updated", _moment(entry.updated_at))
    page = f"{base.rstrip('/')}{entry.page}" if base and entry.page else ""
    for relation, address in zip(("alternate", "via"), filter(None, (page, entry.link)), strict=False):
        ElementTree.SubElement(into, "link", rel=relation, href=address)
    for tag in entry.tags:
        ElementTree.SubElement(into, "category", term=_held(tag))
    _add(into, "content", entry.text)


def _title(entry: Entry) -> str:
    """The first line of the text that says something; the channel where there is none."""
    lines: Iterable[str] = (" ".join(line.split()) for line in _held(entry.text).splitlines())
    line = next(filter(None, lines), "") or entry.channel
    return line if len(line) <= LONGEST_TITLE else line[: LONGEST_TITLE - 1] + "…"


def _add(into: ElementTree.Element, name: str, text: str) -> None:
    ElementTree.SubElement(into, name).text = _held(text)


def _held(text: str) -> str:
    return UNHOLDABLE.sub("\ufffd", text)


def _moment(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
