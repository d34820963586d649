"""The digest of a period: topics that stand out against the weeks before, each with a sentence and its posts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime

from sqlalchemy.orm import Session

from app.ask.topics import posts as period
from app.ask.topics import shown, texts
from app.ask.topics.past import WEEKS, Past
from app.ask.topics.posts import MOST, Window
from app.ask.topics.standing import topics
from app.ask.topics.texts import Best
from app.domain.digest.digest import Digest, DigestLine, DigestPeriod, DigestPost, Headline, Reason
from app.domain.digest.items import Item
from app.domain.digest.lines import TopicLine, lines
from app.domain.digest.sources import Sources, sources
from app.domain.digest.topics import Kind
from app.models import SearchTrendsFill, ShownFill
from app.search.filters import find_channels

LIMIT = 10  # lines by default: a person reads them in a minute
TAGS = 5  # of a line

NO_POST = "no post of this period is in the index: `media-audit status` tells how far the archive is read"
NOTHING = "nothing stands out: no topic of three sources is twice as frequent as in the weeks before"
NO_PAST = f"no tag was counted in the {WEEKS} weeks before: nothing to compare with, so no tag bursts"
TRENDS = "tags of older posts are still being counted (`media-audit status`): until then some bursts may be none"
PICTURES = "older pictures are still being placed (`media-audit status`): until then some of them may seem to be new"


def digest(
    session: Session, since: datetime, channel: str | None = None, limit: int = LIMIT, now: datetime | None = None
) -> Digest:
    """The topics from `since` to `now`, the most surprising first. The same rows give the same digest.

    since, now: timezone-aware; now is this moment by default. channel: only this one, in any form that a user names it;
    its sources are its different posts. UserError if no channel has that name.
    """
    channels = None if channel is None else find_channels(session, channel)
    window = period.read(session, since, now or datetime.now(UTC), channels)
    past, known = Past.before(window.since), sources(window.items)
    standing = topics(session, window, known, past, channels)
    found = lines(standing.topics)
    own = channels is not None
    return Digest(
        lines=tuple(_line(session, one, window, known, own=own) for one in found[:limit]),
        period=DigestPeriod(window.since, window.until, len(window.items), past.since, past.until),
        notes=tuple(_notes(session, window, compared=standing.compared, empty=not found)),
        more=max(0, len(found) - limit),
    )


def _line(session: Session, line: TopicLine, window: Window, known: Sources, *, own: bool) -> DigestLine:
    members = line.ids
    items = [one for one in window.items if one.id in members]
    best = texts.headline(session, items, known)
    ids = shown.chosen(items, known, best.sentence.publication_id if best else None)
    posts = shown.posts(session, ids, known)
    first_hand = known.pieces(members) if own else known.authors(members)
    return DigestLine(
        headline=_headline(best, posts) if best else None,
        posts=len(items),
        channels=len({one.channel for one in items}),
        sources=len(first_hand),
        usual=line.topics[0].usual,
        tags=_tags(line, items),
        reasons=tuple(Reason(one.kind, one.name, len(one.ids), one.usual, one.score) for one in line.topics),
        shown=tuple(posts[id_] for id_ in ids if id_ in posts),
    )


def _headline(best: Best, posts: Mapping[int, DigestPost]) -> Headline | None:
    """None for a post that has left the archive meanwhile. An edit meanwhile does not move the revision."""
    sentence, post = best.sentence, posts.get(best.sentence.publication_id)
    if post is None:
        return None
    return Headline(sentence.text, best.source, sentence.start, replace(post, revision=best.revision))


def _tags(line: TopicLine, items: Collection[Item]) -> tuple[str, ...]:
    """The tags that burst, then those that most of the posts carry."""
    bursting = [one.name for one in line.topics if one.kind is Kind.TAG]
    carried = Counter(tag for one in items for tag in one.tags)
    common = sorted((tag for tag, n in carried.items() if 2 * n > len(items)), key=lambda tag: (-carried[tag], tag))
    return tuple(dict.fromkeys([*bursting, *common]))[:TAGS]


def _notes(session: Session, window: Window, *, compared: bool, empty: bool) -> Iterator[str]:
    if not window.items:
        yield NO_POST
        return
    if window.cut:
        yield f"the period has more than {MOST:,} posts: only those from {window.since:%Y-%m-%d %H:%M} on were compared"
    if not compared:
        yield NO_PAST
    if session.get(SearchTrendsFill, 1) is not None:
        yield TRENDS
    if session.get(ShownFill, 1) is not None:
        yield PICTURES
    if empty:
        yield NOTHING
