"""Topics of a period that stand out against the time before: tags that burst, and things that spread."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from app.domain.bursts import LEAST_CHANNELS, LEAST_RISE, log_likelihood
from app.domain.digest.items import Item
from app.domain.digest.sources import Sources
from app.domain.digest.stars import words

BASE, LATELY = timedelta(weeks=4), timedelta(weeks=1)  # before a period that clusters are compared with
FEWEST_WORDS = 4  # of a text that spreads: greetings and signs are equal by chance


class Kind(StrEnum):
    """The thing that posts of a topic share."""

    TAG = "tag"
    COPIES = "copies"  # forwards of one post, near-equal texts
    PICTURE = "picture"  # a cluster of look-alikes


@dataclass(frozen=True)
class Topic:
    """Publications that share a thing. name: the tag, the first publication of the copies, or the cluster.

    usual: publications in as long a time by the weeks before. score: G2 as in app/domain/bursts.py.
    """

    kind: Kind
    name: str
    ids: frozenset[int]
    usual: float
    score: float


@dataclass(frozen=True)
class Cluster:
    """Publications of at least three channels that spread one thing, not yet compared with the time before."""

    kind: Kind
    name: int
    ids: frozenset[int]


def tagged(items: Iterable[Item]) -> dict[str, frozenset[int]]:
    """The publications that carry each tag."""
    found: dict[str, set[int]] = defaultdict(set)
    for one in items:
        for tag in one.tags:
            found[tag].add(one.id)
    return {tag: frozenset(ids) for tag, ids in found.items()}


def clusters(items: Collection[Item], sources: Sources) -> list[Cluster]:
    """Copies and pictures that three channels or more posted, those in most posts first."""
    by_id = {one.id: one for one in items}
    copies: dict[int, set[int]] = defaultdict(set)
    pictures: dict[int, set[int]] = defaultdict(set)
    for one in items:
        copies[sources.piece[one.id]].add(one.id)
        for cluster in one.pictures:
            pictures[cluster].add(one.id)
    found = [*_spread(Kind.COPIES, copies, by_id), *_spread(Kind.PICTURE, pictures, by_id)]
    return sorted(found, key=lambda one: (-len(one.ids), one.kind, one.name))


def _spread(kind: Kind, groups: Mapping[int, set[int]], by_id: Mapping[int, Item]) -> Iterator[Cluster]:
    for name, ids in groups.items():
        channels = {by_id[id_].channel for id_ in ids}
        if len(channels) >= LEAST_CHANNELS and (kind is Kind.PICTURE or _says_something(by_id[id_] for id_ in ids)):
            yield Cluster(kind, name, frozenset(ids))


def _says_something(posts: Iterable[Item]) -> bool:
    """Whether copies have a text worth it, or were forwarded by hand."""
    return any(one.origin is not None or len(words(one.text)) >= FEWEST_WORDS for one in posts)


def risen(cluster: Cluster, before: Collection[datetime], since: datetime, until: datetime) -> Topic | None:
    """The topic of a cluster that spreads at least twice as much as usual; None for any other.

    before: when it was posted in the BASE before `since`. Usual is its mean over all of it, or over the last week where
    that is more: an advertisement that began ten days ago is no news.
    """
    length = until - since
    rates = [sum(at >= since - span for at in before) / span.total_seconds() for span in (BASE, LATELY)]
    usual = max(rates) * length.total_seconds()
    recent = len(cluster.ids)
    if recent < LEAST_RISE * usual:
        return None
    score = log_likelihood(recent, len(before), length / (length + BASE))
    return Topic(cluster.kind, str(cluster.name), cluster.ids, usual, score)
