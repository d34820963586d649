"""The one form of a tree among those that mean the same: without groups in groups, double negations and constants.

The parser and saved searches build trees by these functions, so each tree that they return is normal.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from app.domain.query.tree import EVERYTHING, NOTHING, All, Either, Limit, Node, Not, Operator, Pattern

_ESCAPED = re.compile(r"\\(.)", re.DOTALL)


def normal(node: Node) -> Node:
    """Flattens All in All and Either in Either, and unpacks groups of one node and double negations.

    EVERYTHING and NOTHING remain only as the whole tree. A group with an `in:` of its own stays a group, because `in:`
    rules the words of its group alone.
    """
    match node:
        case Not(inner):
            return negated(normal(inner))
        case All(nodes):
            return all_of(map(normal, nodes))
        case Either(nodes):
            return either_of(map(normal, nodes))
        case Pattern(text):
            return Pattern(plain_pattern(text))
        case _:
            return node


def negated(node: Node) -> Node:
    """The negation of a normal tree."""
    return node.node if isinstance(node, Not) else Not(node)


def all_of(nodes: Iterable[Node]) -> Node:
    """The normal tree that matches what all of these normal trees match."""
    flat: list[Node] = []
    for node in nodes:
        if node == NOTHING:
            return NOTHING
        flat += node.nodes if isinstance(node, All) and not _has_fields(node) else (node,)
    return flat[0] if len(flat) == 1 else All(tuple(flat))


def either_of(nodes: Iterable[Node]) -> Node:
    """The normal tree that matches what at least one of these normal trees matches."""
    flat: list[Node] = []
    for node in nodes:
        if node == EVERYTHING:
            return EVERYTHING
        if node != NOTHING:
            flat += node.nodes if isinstance(node, Either) else (node,)
    if not flat:
        return NOTHING
    return flat[0] if len(flat) == 1 else Either(tuple(flat))


def _has_fields(group: All) -> bool:
    return any(map(_names_fields, group.nodes))


def _names_fields(node: Node) -> bool:
    """Whether the node is an in:, also negated or one of several."""
    match node:
        case Limit(operator):
            return operator is Operator.IN
        case Not(inner):
            return _names_fields(inner)
        case Either(nodes):
            return any(map(_names_fields, nodes))
        case _:
            return False


def plain_pattern(text: str) -> str:
    r"""The regular expression with `\/` as `/` and white space at its beginning as `[ ]`, which mean the same.

    `/ x /` is no pattern for the parser, because `he / she / they` is plain text.
    """
    plain = _ESCAPED.sub(lambda pair: "/" if pair[1] == "/" else pair[0], text)
    return f"[{plain[0]}]{plain[1:]}" if plain[:1].isspace() else plain
