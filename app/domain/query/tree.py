"""The tree of a query: words, phrases, patterns and filters, joined by and, or and not.

Trees are values: equal queries have equal trees, and a tree may be a key. Texts are in NFC, without control characters.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum


class Operator(StrEnum):
    """The filters; the value is the English name, as users write it in front of a colon."""

    CHANNEL = "channel"
    FROM = "from"  # the channel that a post was forwarded from
    TAG = "tag"
    KIND = "kind"
    CLASS = "class"
    LANG = "lang"
    HAS = "has"
    IN = "in"  # no filter of posts: the fields in which the words of the same group are sought
    DATE = "date"
    BEFORE = "before"
    AFTER = "after"
    NEAR = "near"
    SEARCH = "search"  # a saved search by its name; app/domain/query/saved.py puts its tree in its place


@dataclass(frozen=True, slots=True)
class Word:
    """One word as typed, without white space and quotes; punctuation at its ends stays."""

    text: str


@dataclass(frozen=True, slots=True)
class Phrase:
    """The text between quotes, with each white space as one blank and none at the ends."""

    text: str


@dataclass(frozen=True, slots=True)
class Pattern:
    r"""A regular expression without the slashes around it; a slash inside is a plain one, written `\/` by users.

    PostgreSQL alone judges it. It never ends with a lone backslash.
    """

    text: str


@dataclass(frozen=True, slots=True)
class Limit:
    """A filter. value: canonical, as app/domain/query/operators.py makes it."""

    operator: Operator
    value: str


@dataclass(frozen=True, slots=True)
class Not:
    """Everything that `node` does not match."""

    node: Node


@dataclass(frozen=True, slots=True)
class All:
    """Matches what every node matches; without nodes everything."""

    nodes: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Either:
    """Matches what at least one node matches; without nodes nothing."""

    nodes: tuple[Node, ...]


Node = Word | Phrase | Pattern | Limit | Not | All | Either

EVERYTHING = All(())
NOTHING = Not(EVERYTHING)


def children(node: Node) -> tuple[Node, ...]:
    """The nodes right below; none for a leaf."""
    match node:
        case Not(inner):
            return (inner,)
        case All(nodes) | Either(nodes):
            return nodes
        case _:
            return ()


def walk(node: Node) -> Iterator[Node]:
    """The node and all nodes below it, from left to right, each before those below it."""
    left = [node]
    while left:
        here = left.pop()
        yield here
        left += reversed(children(here))


def words_of(node: Node, negated: bool = False) -> tuple[Word | Phrase, ...]:
    """The words and phrases that a hit is to have, in order: those that are marked in it and may be corrected.

    negated: whether an odd number of negations stands above the node.
    """
    if isinstance(node, Word | Phrase):
        return () if negated else (node,)
    below = negated != isinstance(node, Not)
    return tuple(word for child in children(node) for word in words_of(child, below))


def limits_of(node: Node) -> tuple[Limit, ...]:
    """Every filter of the tree in order, negated ones too."""
    return tuple(one for one in walk(node) if isinstance(one, Limit))
