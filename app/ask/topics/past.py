"""The weeks before a period: the uses of tags, and how often copies and pictures were posted."""

from __future__ import annotations

import string
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from sqlalchemy import TextClause, text
from sqlalchemy.orm import Session

from app.domain.digest.items import Item
from app.domain.digest.stars import are_near, runs, words
from app.domain.digest.topics import Cluster, Kind
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
# idx_posts_forwarded_from
FORWARDS = text("""
    SELECT count(DISTINCT publication_id) FROM (
        SELECT publication_id FROM posts WHERE forwarded_from = :origin AND forwarded_message = :message
        AND posted_at >= CAST(:since AS timestamptz) AND posted_at < CAST(:until AS timestamptz)
        ORDER BY posted_at DESC, id DESC LIMIT :most
    ) AS found
""")
# idx_search_documents_tsv and idx_search_documents_moment
TEXTS = text(f"""
    SELECT left(text, 1000) FROM search_documents WHERE tsv @@ plainto_tsquery('russian', :words)
    AND {MOMENT} >= CAST(:since AS timestamptz) AND {MOMENT} < CAST(:until AS timestamptz)
    ORDER BY {MOMENT} DESC, publication_id DESC LIMIT {LOOKED_AT}
""")
# idx_shown_cluster_id
PICTURES = text("""
    SELECT count(*) FROM (
        SELECT FROM shown WHERE cluster_id = :cluster
        AND posted_at >= CAST(:since AS timestamptz) AND posted_at < CAST(:until AS timestamptz) LIMIT :most
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

    @property
    def moments(self) -> dict[str, object]:
        """Both ends as moments, the parameters of the statements over posts."""
        return {name: datetime.combine(day, time(), UTC) for name, day in vars(self).items()}

    def share(self, since: datetime, until: datetime) -> float:
        """The share of a period in itself and these days."""
        return (until - since) / (until - since + (self.until - self.since))


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


def postings(session: Session, past: Past, cluster: Cluster, posts: Sequence[Item]) -> int:
    """The publications of before that posted the same. posts: those of the cluster, the earliest first."""
    if cluster.kind is Kind.PICTURE:
        given = {**past.moments, "cluster": cluster.name, "most": COPIES}
        return session.scalar(PICTURES, given) or 0
    places = {one.original for one in posts if one.origin is not None and one.original is not None}
    forwarded = sum(_forwards(session, past, *place) for place in sorted(places))
    return max(forwarded, _texts(session, past, posts[0].text))


def _forwards(session: Session, past: Past, origin: int, message: int) -> int:
    given = {**past.moments, "origin": origin, "message": message, "most": COPIES}
    return session.scalar(FORWARDS, given) or 0


def _texts(session: Session, past: Past, copied: str) -> int:
    """The near-equal texts."""
    rare = long_words(copied)
    if not rare:
        return 0
    with intersecting(session):
        rows = session.scalars(TEXTS, {**past.moments, "words": " ".join(rare)}).all()
    own = runs(words(copied))
    return sum(are_near(own, runs(words(other))) for other in rows)


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
