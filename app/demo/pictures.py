"""Checks whether search finds pictures by words that stand only inside them."""

from __future__ import annotations

import re
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.demo.checks import Check
from app.demo.expected import Expected, Key
from app.models import Channel, Post
from app.ports import Embedder
from app.search.hits import Hit
from app.search.query import search

WORD = re.compile(r"[^\W\d_]{4,}")
ENOUGH = 0.8  # of the pictures: memes and rotated notices defeat every OCR now and then


@dataclass(frozen=True)
class Example:
    """One search and its result."""

    query: str
    hits: list[Hit]


@dataclass(frozen=True)
class Found:
    """The verdict, and the best search to show."""

    check: Check
    example: Example | None


def search_pictures(session: Session, embedder: Embedder | None, sample: Expected) -> Found:
    """Searches for a line of each picture that its post does not repeat; the picture must be found by its text."""
    queries = _queries(sample)
    owners = _owners(session)
    results = {key: search(session, query, embedder=embedder, limit=5) for key, query in queries.items()}
    hits = {key: hit for key, found in results.items() if (hit := _own(found, owners.get(key)))}
    held = bool(queries) and len(hits) >= ENOUGH * len(queries)
    check = Check("words inside pictures found", held, f"{len(hits)} of {len(queries)} pictures")
    shown = next((key for key in hits if results[key][0] == hits[key]), None)
    return Found(check, None if shown is None else Example(queries[shown], results[shown][:3]))


def _queries(sample: Expected) -> dict[Key, str]:
    """Picks for each picture its first line of two or more words none of which stands beside it."""
    return {key: query for key, text in sample.written.items() if (query := _line(text, sample.words_beside(key)))}


def _line(text: str, beside: str) -> str | None:
    known = {word[:4].lower() for word in WORD.findall(beside)}
    for line in text.splitlines():
        words = WORD.findall(line)
        if len(words) > 1 and not known & {word[:4].lower() for word in words}:
            return " ".join(line.split()[:6]).strip(" .,:;!?…")
    return None


def _owners(session: Session) -> dict[Key, int]:
    """(channel, message) -> publication."""
    query = select(Channel.telegram_id, Post.telegram_message_id, Post.publication_id)
    rows = session.execute(query.join(Post, Post.channel_id == Channel.id))
    return {(channel, message): owner for channel, message, owner in rows if channel is not None and owner is not None}


def _own(hits: list[Hit], publication: int | None) -> Hit | None:
    return next((hit for hit in hits if hit.publication_id == publication and "ocr" in hit.where), None)
