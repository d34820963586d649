"""Joins topics that are one event: tags of the same posts, and the copies among them, are one line."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass

from app.domain.digest.topics import Topic

# A larger topic that holds a small one is more than it: a country in a hundred posts, a ferry in ten of them.
LARGER = 4


@dataclass(frozen=True)
class TopicLine:
    """Topics that are one, the highest score first; the first names the line."""

    topics: tuple[Topic, ...]

    @property
    def ids(self) -> frozenset[int]:
        """Its publications."""
        return frozenset().union(*(one.ids for one in self.topics))

    @property
    def score(self) -> float:
        """That of its first topic."""
        return self.topics[0].score


def share_most(one: Collection[int], other: Collection[int]) -> bool:
    """Whether two topics share more than half of the smaller, and the larger is no more than four times as large."""
    small, large = sorted((len(one), len(other)))
    return 2 * len(frozenset(one) & frozenset(other)) > small and large <= LARGER * small


def lines(topics: Iterable[Topic]) -> list[TopicLine]:
    """The lines of a digest, the highest score first. A topic joins the first line whose first topic it shares most
    posts with; so no chain of tags leads from one event to another."""
    found: list[list[Topic]] = []
    for topic in sorted(topics, key=lambda one: (-one.score, one.kind, one.name)):
        home = next((line for line in found if share_most(line[0].ids, topic.ids)), None)
        if home is None:
            found.append([topic])
        else:
            home.append(topic)
    return [TopicLine(tuple(line)) for line in found]
