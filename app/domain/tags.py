"""The rules of tags for every tagger: one spelling, one hash, one way to compare two sets."""

from __future__ import annotations

import hashlib
import json
import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass

MIN_TAGS, MAX_TAGS = 3, 7
MIN_LENGTH, MAX_LENGTH = 2, 40  # characters of one tag

_MARKUP = re.compile(r"<[^<>]*>")
_EDGES = " -.'&+"
_ONLY_TRAILING = "+"  # c++ keeps its end, +++ at the front says nothing


def fold(text: str) -> str:
    """Compatibility-normalised (NFKC) lower case with ё written as е.

    Russian leaves the dots to the writer, so ёлка and елка are one word; dictionaries store е.
    """
    return unicodedata.normalize("NFKC", text).lower().replace("ё", "е")


def normalise_tag(raw: str) -> str | None:
    """The one spelling of a tag, or None if the rest is no tag.

    Folded, without markup and without # and @ in front; underscores become blanks; hyphens and dots stay inside words
    (нью-йорк, node.js). 2 to 40 characters with at least one letter: a bare number or a sentence is no tag.
    """
    text = fold(_MARKUP.sub(" ", raw)).replace("_", " ")
    text = " ".join("".join(c if _belongs(c) else " " for c in text).split())
    text = text.lstrip(_EDGES).rstrip(_EDGES.replace(_ONLY_TRAILING, ""))
    text = re.sub(r"\s+[-.'&+]+\s+", " ", text)
    if not MIN_LENGTH <= len(text) <= MAX_LENGTH or not any(c.isalpha() for c in text):
        return None
    return text


def _belongs(character: str) -> bool:
    return character in _EDGES or unicodedata.category(character)[0] in "LNM"


def normalise_tags(raw: Iterable[str], limit: int = MAX_TAGS) -> list[str]:
    """Normalised, unique, sorted; of more than `limit` the first ones given are kept."""
    kept: dict[str, None] = {}
    for tag in map(normalise_tag, raw):
        if tag and len(kept) < limit:
            kept.setdefault(tag)
    return sorted(kept)


def tags_hash(tags: Iterable[str]) -> str:
    """sha256 in lower-case hex of the UTF-8 bytes of json.dumps(sorted(set(tags)), ensure_ascii=False).

    That is a JSON array with ", " between items, in code point order, with non-ASCII letters as themselves, so that
    other programs can compute it, too. Without tags it is the hash of "[]".
    """
    return hashlib.sha256(json.dumps(sorted(set(tags)), ensure_ascii=False).encode()).hexdigest()


@dataclass(frozen=True)
class TagDiff:
    """The change of a set of tags; both fields are sorted."""

    added: tuple[str, ...]
    removed: tuple[str, ...]


def diff_tags(before: Iterable[str], after: Iterable[str]) -> TagDiff:
    """The difference between two sets of tags."""
    old, new = set(before), set(after)
    return TagDiff(tuple(sorted(new - old)), tuple(sorted(old - new)))
