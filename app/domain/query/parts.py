"""Parts of a query's tree: its words, and its filters without them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from app.domain.query.tree import EVERYTHING, All, Either, Limit, Node, Not, Pattern, Phrase, Word


def texts_only(node: Node) -> Node | None:
    """The tree of the wanted words and phrases alone; None where there is none."""
    match node:
        case Word() | Phrase():
            return node
        case All(nodes):
            return _of(All, [one for one in map(texts_only, nodes) if one is not None])
        case Either(nodes):
            return _of(Either, [one for one in map(texts_only, nodes) if one is not None])
    return None


def without_texts(node: Node) -> Node:
    """The limits of the tree: filters, patterns and everything that is excluded. Wanted words limit nothing here."""
    return _limits(node) or EVERYTHING


def wanted(node: Node) -> list[Word | Phrase]:
    """The wanted words and phrases, in order."""
    return list(_wanted(node))


def is_plain(node: Node) -> bool:
    """Whether a person only wrote words, beside filters: then a document may lack one of them."""
    nodes = node.nodes if isinstance(node, All) else (node,)
    return any(isinstance(one, Word) for one in nodes) and all(isinstance(one, Word | Limit) for one in nodes)


def any_word(node: Node) -> Node:
    """The same limits, with one of the wanted words instead of all of them."""
    limits = without_texts(node)
    beside = limits.nodes if isinstance(limits, All) else (limits,)
    return All((Either(tuple(wanted(node))), *beside))


def with_words(node: Node, instead: dict[str, str]) -> Node:
    """The tree with other words in the place of some."""
    match node:
        case Word(text):
            return Word(instead.get(text, text))
        case Not(one):
            return Not(with_words(one, instead))
        case All(nodes):
            return All(tuple(with_words(one, instead) for one in nodes))
        case Either(nodes):
            return Either(tuple(with_words(one, instead) for one in nodes))
    return node


def _of(kind: type[All] | type[Either], nodes: Sequence[Node]) -> Node | None:
    if len(nodes) < 2:
        return nodes[0] if nodes else None
    return kind(tuple(nodes))


def _limits(node: Node) -> Node | None:
    match node:
        case Word() | Phrase():
            return None
        case All(nodes):
            return _of(All, [one for one in map(_limits, nodes) if one is not None])
        case Either(nodes):
            limits = [_limits(one) for one in nodes]
            # One side without a limit lets everything through.
            return None if None in limits else _of(Either, [one for one in limits if one is not None])
        case Not() | Limit() | Pattern():
            return node
    raise AssertionError(node)


def _wanted(node: Node) -> Iterator[Word | Phrase]:
    match node:
        case Word() | Phrase():
            yield node
        case All(nodes) | Either(nodes):
            for one in nodes:
                yield from _wanted(one)
