"""The topics of a period that stand out against the weeks before."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date

from sqlalchemy.orm import Session

from app.ask.topics import past as before
from app.ask.topics import spread
from app.ask.topics.past import Past
from app.ask.topics.posts import Window
from app.domain.bursts import LEAST_CHANNELS, LEAST_RISE, Burst, TagUse, TagUses, bursts, least_score
from app.domain.digest.sources import Sources, in_order
from app.domain.digest.topics import Kind, Topic, clusters, risen, tagged
from app.domain.digest.weeks import same_days

# Of each kind, those of the highest scores or most posts: a digest has a hundred lines at most, of several topics each.
BURSTS, CLUSTERS = 300, 100
CHANCE = 0.05  # that a quiet period shows a burst: one digest in twenty


@dataclass(frozen=True)
class Standing:
    """Topics that stand out. compared: whether any tag was counted in the weeks before; else none can burst."""

    topics: list[Topic]
    compared: bool


def topics(
    session: Session, window: Window, sources: Sources, past: Past, channels: Collection[int] | None
) -> Standing:
    """Bursts of tags, and copies and pictures that spread. In some channels alone nothing spreads: copies of one
    channel are no topic."""
    found, compared = _bursts(session, window, sources, past, channels)
    if channels is None:
        found += _clusters(session, window, sources)
    return Standing(found, compared)


def _bursts(
    session: Session, window: Window, sources: Sources, past: Past, channels: Collection[int] | None
) -> tuple[list[Topic], bool]:
    by_tag = tagged(window.items)
    ids = {
        tag: ids
        for tag, ids in by_tag.items()
        if len(sources.authors(ids) if channels is None else sources.pieces(ids)) >= LEAST_CHANNELS
    }
    sums, total = before.tag_sums(session, past, ids, channels)
    uses = [TagUse(tag, len(sources.pieces(ids[tag])), sums.get(tag, 0), LEAST_CHANNELS) for tag in ids]
    recent = sum(len(sources.pieces(some)) for some in by_tag.values())
    found = bursts(TagUses(uses, recent, total), least_score(len(uses), CHANCE))[:BURSTS]
    days = before.tag_days(session, past, [one.tag for one in found], channels)
    return list(_out_of_rhythm(found, window, days, ids)), total > 0


def _out_of_rhythm(
    found: Iterable[Burst],
    window: Window,
    days: Mapping[str, Mapping[date, int]],
    ids: Mapping[str, frozenset[int]],
) -> Iterator[Topic]:
    """The bursts without tags that come as often on the same days of each week."""
    for one in found:
        usual = max(one.expected, same_days(days.get(one.tag, {}), window.since, window.until))
        if one.recent >= LEAST_RISE * usual:
            yield Topic(Kind.TAG, one.tag, ids[one.tag], usual, one.score)


def _clusters(session: Session, window: Window, sources: Sources) -> list[Topic]:
    by_id = {one.id: one for one in window.items}
    found = clusters(window.items, sources)[:CLUSTERS]
    posts = {one.name: in_order(by_id[id_] for id_ in one.ids) for one in found if one.kind is Kind.COPIES}
    known = {
        Kind.COPIES: spread.copies(session, window.since, posts),
        Kind.PICTURE: spread.pictures(session, window.since, [one.name for one in found if one.kind is Kind.PICTURE]),
    }
    topics = (risen(one, known[one.kind].get(one.name, ()), window.since, window.until) for one in found)
    return [one for one in topics if one is not None]
