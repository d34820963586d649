"""Texts of messages with Telegram's entities, cut into segments of one look, and the words between two versions."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from itertools import pairwise
from typing import Any
from urllib.parse import urlsplit

# Looks that a page may give to a text.
STYLES = frozenset({"bold", "italic", "underline", "strike", "spoiler", "code", "pre", "blockquote"})
# A link may lead to these alone: `javascript:` and the like would run in the reader's browser.
SCHEMES = frozenset({"http", "https", "mailto", "tg"})
LONGEST = 3_000  # words and signs of a version: of longer ones the comparison may take seconds
_WORD = re.compile(r"\s+|\w+|[^\w\s]")


@dataclass(frozen=True)
class Segment:
    """A part of a text in one look. link: its target. tag: the hashtag that it is, without its sign."""

    text: str
    styles: tuple[str, ...] = ()
    link: str | None = None
    tag: str | None = None


@dataclass(frozen=True)
class Part:
    """A part of two versions. change: + only the newer has it, - only the older, empty both."""

    text: str
    change: str = ""


def segments(text: str, entities: Iterable[Mapping[str, Any]], most: int | None = None) -> list[Segment]:
    """The text in its segments, together the whole of it. entities: as rows keep them.

    most: characters after which it ends, with an ellipsis. Entities that lie outside the text, or cut a character in
    two, as broken clients send them, lose what cannot be shown.
    """
    cut = text if most is None or len(text) <= most else text[:most].rstrip() + "…"
    spans = [(begin, end, one) for one in entities for begin, end in [_characters(text, one)] if begin < end]
    spans = [(begin, min(end, len(cut)), one) for begin, end, one in spans if begin < len(cut)]
    borders = sorted({0, len(cut), *(place for begin, end, _ in spans for place in (begin, end))})
    return [
        _segment(cut[one:other], [e for b, t, e in spans if b <= one and other <= t])
        for one, other in pairwise(borders)
    ]


def _characters(text: str, entity: Mapping[str, Any]) -> tuple[int, int]:
    """The characters of an entity, which counts in UTF-16: signs beyond 65,535 are two there."""
    begin, end = entity["offset"], entity["offset"] + entity["length"]
    if text.isascii():
        return max(0, begin), min(end, len(text))
    places, at = [], 0
    for place, sign in enumerate(text):
        at += 1 + (ord(sign) > 0xFFFF)
        places += [place] * (1 + (ord(sign) > 0xFFFF))
    places.append(len(text))
    inside = [min(max(0, one), len(places) - 1) for one in (begin, end)]
    return places[inside[0]], places[inside[1]]


def _segment(text: str, entities: Sequence[Mapping[str, Any]]) -> Segment:
    styles = tuple(sorted({one["kind"] for one in entities} & STYLES))
    link = next((target for one in entities if (target := _target(text, one))), None)
    tag = next((text.removeprefix("#") for one in entities if one["kind"] == "hashtag"), None)
    return Segment(text, styles, link, tag)


def _target(text: str, entity: Mapping[str, Any]) -> str | None:
    match entity["kind"]:
        case "text_url":
            return _safe(entity.get("url") or "")
        case "url":
            return _safe(text if "://" in text else f"https://{text}")
        case "email":
            return _safe(f"mailto:{text}")
        case "mention":
            return _safe(f"https://t.me/{text.removeprefix('@')}")
    return None


def _safe(address: str) -> str | None:
    try:
        return address if urlsplit(address.strip()).scheme.lower() in SCHEMES else None
    except ValueError:
        return None


def differences(older: str, newer: str) -> list[Part]:
    """Both versions as one text: words that stayed, went and came. Of versions too long to compare, one after other."""
    before, after = _words(older), _words(newer)
    if max(len(before), len(after)) > LONGEST:
        return [Part(older, "-"), Part(newer, "+")]
    return list(_parts(before, after))


def _parts(before: Sequence[str], after: Sequence[str]) -> Iterator[Part]:
    for kind, a, b, c, d in SequenceMatcher(None, before, after, autojunk=False).get_opcodes():
        if kind == "equal":
            yield Part("".join(before[a:b]))
            continue
        if a < b:
            yield Part("".join(before[a:b]), "-")
        if c < d:
            yield Part("".join(after[c:d]), "+")


def _words(text: str) -> list[str]:
    return _WORD.findall(text)
