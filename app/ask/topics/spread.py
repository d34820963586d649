"""When copies and pictures of a period were posted in the weeks before it."""

from __future__ import annotations

import string
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime

from sqlalchemy import Row, text
from sqlalchemy.orm import Session

from app.ask.topics.posts import COMPARED
from app.domain.digest.items import Item
from app.domain.digest.stars import are_near, runs, words
from app.domain.digest.topics import BASE
from app.models.search import MOMENT
from app.search.limits import COPIES, intersecting

RARE = 6  # words of a text that its copies of before must have, the longest: long words are rare
SIGNS = string.punctuation + "«»„“”—–…"  # around a word
LOOKED_AT = 200  # texts with these words: of more, so many say enough

SPAN = ">= CAST(:since AS timestamptz) AND {0} < CAST(:until AS timestamptz)"
# idx_posts_forwarded_from
FORWARDS = text(f"""
    SELECT one.cluster, found.posted_at FROM unnest(
        CAST(:clusters AS bigint[]), CAST(:origins AS bigint[]), CAST(:messages AS bigint[])
    ) AS one (cluster, origin, message) CROSS JOIN LATERAL (
        SELECT min(posted_at) AS posted_at FROM (
            SELECT publication_id, posted_at FROM posts
            WHERE forwarded_from = one.origin AND forwarded_message = one.message
            AND posted_at {SPAN.format("posted_at")} ORDER BY posted_at DESC, id DESC LIMIT {COPIES}
        ) AS newest GROUP BY publication_id
    ) AS found
""")
# idx_search_documents_tsv and idx_search_documents_moment, both: the planner must not know the words, of which it would
# believe without statistics that no document has all, and leave out the index of time.
TEXTS = text(f"""
    SELECT posted_at, left(text, {COMPARED}) FROM search_documents
    WHERE tsv @@ (SELECT plainto_tsquery('russian', :words) OFFSET 0)
    AND {MOMENT} {SPAN.format(MOMENT)} ORDER BY {MOMENT} DESC, publication_id DESC LIMIT {LOOKED_AT}
""")
# idx_shown_cluster_id
PICTURES = text(f"""
    SELECT one.cluster, found.posted_at FROM unnest(CAST(:clusters AS bigint[])) AS one (cluster) CROSS JOIN LATERAL (
        SELECT posted_at FROM shown WHERE cluster_id = one.cluster AND posted_at {SPAN.format("posted_at")}
        ORDER BY posted_at DESC, media_id DESC LIMIT {COPIES}
    ) AS found
""")


Moments = Mapping[int, Sequence[datetime]]  # by the name of a cluster


def pictures(session: Session, since: datetime, names: Collection[int]) -> Moments:
    """When clusters of pictures were posted in the weeks before a period."""
    return _grouped(session.execute(PICTURES, {**_span(since), "clusters": list(names)}))


def copies(session: Session, since: datetime, groups: Mapping[int, Sequence[Item]]) -> Moments:
    """When the same as each group of copies was posted in the weeks before a period: its forwards, or its text.

    groups: the copies by the first of them, the earliest first.
    """
    places = sorted(
        {(name, *one.original) for name, some in groups.items() for one in some if one.origin and one.original}
    )
    columns = dict(zip(("clusters", "origins", "messages"), map(list, zip(*places, strict=True)), strict=False))
    forwarded = _grouped(session.execute(FORWARDS, {**_span(since), **columns})) if places else {}
    with intersecting(session):
        texts = {name: _texts(session, since, some[0].text) for name, some in groups.items()}
    return {name: max(forwarded.get(name, ()), found, key=len) for name, found in texts.items()}


def _texts(session: Session, since: datetime, copied: str) -> Sequence[datetime]:
    """The near-equal texts."""
    rare = long_words(copied)
    rows = session.execute(TEXTS, {**_span(since), "words": " ".join(rare)}).all() if rare else []
    own = runs(words(copied))
    return [at for at, other in rows if are_near(own, runs(words(other)))]


def _span(since: datetime) -> dict[str, object]:
    return {"since": since - BASE, "until": since}


def _grouped(rows: Iterable[Row[int, datetime]]) -> dict[int, list[datetime]]:
    found: dict[int, list[datetime]] = defaultdict(list)
    for cluster, at in rows:
        found[cluster].append(at)
    return found


def long_words(copied: str) -> list[str]:
    """The longest words of a text, as it writes them. Full text cuts addresses and numbers in ways of its own."""
    plain = (token.strip(SIGNS) for token in copied.split())
    found = {word.lower() for word in plain if word.isalpha()}
    return sorted(found, key=lambda word: (-len(word), word))[:RARE]
