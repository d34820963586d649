"""The bounds of a query, which keep its statement small. They hold again once the saved searches are in it."""

from __future__ import annotations

from app.domain.query.tree import All, Either, Node, children, walk
from app.errors import UserError

LONGEST_QUERY = 1000  # characters, in NFC
MOST_NODES = 200
DEEPEST = 20  # groups in groups; a negation is no group


def check_text(text: str) -> None:
    """UserError for a text that is too long."""
    if len(text) > LONGEST_QUERY:
        raise UserError(
            f"the query has {len(text):,} characters written out, and at most {LONGEST_QUERY:,} are allowed: "
            "shorten it, or save a part of it and write search:NAME"
        )


def check_tree(tree: Node) -> None:
    """UserError for a tree with too many nodes or too deep groups."""
    size = sum(1 for _ in walk(tree))
    if size > MOST_NODES:
        raise UserError(f"the query has {size:,} parts, and at most {MOST_NODES} are allowed: leave some out")
    if (depth := _depth(tree)) > DEEPEST:
        raise UserError(f"groups lie {depth} deep in each other, and at most {DEEPEST} are allowed: take some apart")


def _depth(tree: Node) -> int:
    deepest, left = 0, [(tree, 0)]
    while left:
        node, above = left.pop()
        here = above + isinstance(node, All | Either)
        deepest = max(deepest, here)
        left += ((child, here) for child in children(node))
    return deepest
