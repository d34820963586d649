"""Who says a thing first-hand: copies and forwards of one post are one piece, and a piece has one author."""

from __future__ import annotations

from collections.abc import Collection, Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from app.domain.digest.items import Item
from app.domain.digest.stars import runs, stars, words


@dataclass(frozen=True)
class Sources:
    """Of each publication: the earliest one of its piece, and the Telegram id of the author."""

    piece: Mapping[int, int]
    author: Mapping[int, int]

    def pieces(self, ids: Iterable[int]) -> frozenset[int]:
        """The pieces of publications, each once."""
        return frozenset(self.piece[id_] for id_ in ids)

    def authors(self, ids: Iterable[int]) -> frozenset[int]:
        """The authors of publications: a copy counts for the channel that had it first, a forward for its origin."""
        return frozenset(self.author[id_] for id_ in ids)


def in_order(items: Iterable[Item]) -> list[Item]:
    """The earliest first."""
    return sorted(items, key=lambda one: (one.at, one.id))


def sources(items: Collection[Item]) -> Sources:
    """The pieces and authors of all publications of a period.

    One piece are forwards of one message with that message, equal and near-equal texts, and posts without a word that
    show the same pictures.
    """
    ordered = in_order(items)
    piece = _joined(ordered)
    authors: dict[int, int] = {}
    for one in ordered:
        authors.setdefault(piece[one.id], one.home)
    # Any forward names the author of its piece; of several the earliest does.
    for one in reversed(ordered):
        if one.origin is not None:
            authors[piece[one.id]] = one.origin
    return Sources(piece, {one.id: authors[piece[one.id]] for one in ordered})


def _joined(ordered: Sequence[Item]) -> dict[int, int]:
    """The first publication of the piece of each."""
    first: dict[int, int] = {one.id: one.id for one in ordered}
    rank = {one.id: place for place, one in enumerate(ordered)}
    holder: dict[Hashable, int] = {}

    def root(id_: int) -> int:
        while first[id_] != id_:
            first[id_] = id_ = first[first[id_]]
        return id_

    texts = [words(one.text) for one in ordered]
    centres = stars(runs(text) for text in texts)
    for one, text, centre in zip(ordered, texts, centres, strict=True):
        for key in _keys(one, text, ordered[centre].id):
            early, late = sorted((root(one.id), root(holder.setdefault(key, one.id))), key=rank.__getitem__)
            first[late] = early
    return {one.id: root(one.id) for one in ordered}


def _keys(one: Item, text: Sequence[str], centre: int) -> Iterator[Hashable]:
    """Each key that two publications share makes them one piece."""
    if one.original is not None:
        yield "message", one.original
    if text:
        yield "star", centre
    elif one.pictures:
        yield "pictures", one.pictures
