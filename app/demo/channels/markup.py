"""The light markup of the scripts -> plain text with Telegram's entities."""

from __future__ import annotations

import re

from app.demo.world import TextEntity

MARKS = re.compile(r"\*\*(?P<bold>.+?)\*\*|\[(?P<label>[^\]]+)\]\((?P<url>https?://[^)]+)\)|\\(?P<nul>0)")
AUTOMATIC = re.compile(r"(?P<Url>https?://[^\s,]*[^\s,.!?)])|(?P<Hashtag>#\w+)|(?P<Mention>@\w{5,})")


def units(text: str) -> int:
    """Length in UTF-16 code units, as Telegram counts: 2 for most emoji."""
    return len(text.encode("utf-16-le")) // 2


def parse(marked: str) -> tuple[str, tuple[TextEntity, ...]]:
    """`**bold**`, `[label](https://...)` and `\\0` are marks; links, hashtags and mentions are found by themselves."""
    text, place = "", 0
    found: list[TextEntity] = []
    for mark in MARKS.finditer(marked):
        text += marked[place : mark.start()]
        place = mark.end()
        if mark["nul"]:
            text += "\0"
            continue
        words = mark["bold"] or mark["label"]
        found.append(TextEntity("Bold" if mark["bold"] else "TextUrl", units(text), units(words), mark["url"]))
        text += words
    text += marked[place:]
    for hit in AUTOMATIC.finditer(text):
        found.append(TextEntity(str(hit.lastgroup), units(text[: hit.start()]), units(hit.group())))
    return text, tuple(sorted(found, key=lambda entity: (entity.offset, entity.length)))
