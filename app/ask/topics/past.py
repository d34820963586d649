"""The weeks before a period: the uses of tags, and how often copies and pictures were posted."""

from __future__ import annotations

import string
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from sqlalchemy import Row, TextClause, text
from sqlalchemy.orm import Session

from app.ask.topics.posts import COMPARED
from app.domain.digest.items import Item
from app.domain.digest.stars import are_near, runs, words
from app.domain.digest.topics import BASE
from app.models.search import MOMENT
from app.search.limits import COPIES, intersecting, walking

WEEKS = 4  # of comparison, as in the bursts of docs/trends.md
RARE = 6  # words of a text that its copies of before must have, the longest: long words are rare
SIGNS = string.punctuation + "«»„“”—–…"  # around a word
LOOKED_AT = 200  # texts with these words: of more, so many say enough

# idx_tag_days_day: all tags of these days, for their sum.
TAGS = """
    WITH past AS MATERIALIZED (
        SELECT tag, sum(n) AS n FROM tag_days WHERE day >= :since AND day < :until {only} GROUP BY tag
    )
    SELECT NULL AS tag, coalesce(sum(n), 0) AS n FROM past
    UNION ALL SELECT tag, n FROM past WHERE tag = ANY (CAST(:tags AS text[]))
"""
# The primary key: the days of some tags.
DAYS = """
    SELECT one.tag, found.day, found.n FROM unnest(CAST(:tags AS text[])) AS one (tag) CROSS JOIN LATERAL (
        SELECT day, sum(n) AS n FROM tag_days WHERE tag = one.tag AND day >= :since AND day < :until {only} GROUP BY day
    ) AS found
"""
OF_CHANNELS = "AND channel_id = ANY (CAST(:channels AS bigint[]))"
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
# idx_search_documents_tsv and idx_search_documents_moment
TEXTS = text(f"""
    SELECT posted_at, left(text, {COMPARED}) FROM search_documents WHERE tsv @@ plainto_tsquery('russian', :words)
    AND {MOMENT} {SPAN.format(MOMENT)} ORDER BY {MOMENT} DESC, publication_id DESC LIMIT {LOOKED_AT}
""")
# idx_shown_cluster_id
PICTURES = text(f"""
    SELECT one.cluster, found.posted_at FROM unnest(CAST(:clusters AS bigint[])) AS one (cluster) CROSS JOIN LATERAL (
        SELECT posted_at FROM shown WHERE cluster_id = one.cluster AND posted_at {SPAN.format("posted_at")}
        ORDER BY posted_at DESC, media_id DESC LIMIT {COPIES}
    ) AS found
""")


@dataclass(frozen=True)
class Past:
    """The days before a period, those of UTC: from `since` to the day before `until`."""

    since: date
    until: date

    @classmethod
    def before(cls, since: datetime) -> Past:
        """The weeks before a period; its own first day belongs to neither."""
        day = since.astimezone(UTC).date()
        return cls(day - timedelta(weeks=WEEKS), day)


def tag_sums(
    session: Session, past: Past, tags: Collection[str], channels: Collection[int] | None
) -> tuple[Mapping[str, int], int]:
    """The uses of some tags, and those of all. They count what the sweeper has added up: all but the last minute."""
    with walking(session):
        rows = session.execute(_of(TAGS, channels), _given(past, tags, channels)).all()
    return {tag: int(n) for tag, n in rows if tag is not None}, sum(int(n) for tag, n in rows if tag is None)


def tag_days(
    session: Session, past: Past, tags: Collection[str], channels: Collection[int] | None
) -> Mapping[str, Mapping[date, int]]:
    """The uses of some tags by day."""
    found: dict[str, dict[date, int]] = defaultdict(dict)
    for tag, day, n in session.execute(_of(DAYS, channels), _given(past, tags, channels)):
        found[tag][day] = int(n)
    return found


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


def _of(statement: str, channels: Collection[int] | None) -> TextClause:
    return text(statement.format(only="" if channels is None else OF_CHANNELS))


def _given(past: Past, tags: Collection[str], channels: Collection[int] | None) -> dict[str, object]:
    only: dict[str, object] = {} if channels is None else {"channels": list(channels)}
    return {"since": past.since, "until": past.until, "tags": sorted(tags), **only}
