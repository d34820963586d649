"""The form beside the box of a search: its fields are filters that stand at the top of the query's tree.

Box and form fill each other: `filled` reads the fields out of a tree, `refined` writes them into it.
"""

from __future__ import annotations

from collections.abc import Mapping

from app.domain.query.normal import normal
from app.domain.query.operators import limit_of
from app.domain.query.tree import EVERYTHING, All, Limit, Node, Operator

FIELDS = (
    Operator.CHANNEL,
    Operator.KIND,
    Operator.CLASS,
    Operator.LANG,
    Operator.HAS,
    Operator.AFTER,
    Operator.BEFORE,
)


def parts(tree: Node) -> tuple[Node, ...]:
    """The nodes that all must match, in order; the tree itself where it joins nothing by and."""
    return tree.nodes if isinstance(tree, All) else (tree,)


def without(tree: Node, part: Node) -> Node:
    """The tree without one of its parts."""
    left = [one for one in parts(tree) if one != part]
    return normal(All(tuple(left))) if left else EVERYTHING


def beside(tree: Node, limit: Limit) -> Node:
    """The tree with one more filter."""
    return tree if limit in parts(tree) else normal(All((*parts(tree), limit)))


def filled(tree: Node) -> dict[Operator, str]:
    """The value of each field; of several filters of a name the last."""
    return {one.operator: one.value for one in parts(tree) if isinstance(one, Limit) and one.operator in FIELDS}


def refined(tree: Node, values: Mapping[Operator, str]) -> Node:
    """The tree with these values in the fields of the form: an empty one takes the filter away.

    UserError for a value that the operator does not take. Filters that the form does not show stay.
    """
    shown = filled(tree)
    for operator, value in values.items():
        limit = limit_of(operator, value) if value.strip() else None
        if operator in shown and (limit is None or limit.value != shown[operator]):
            tree = without(tree, Limit(operator, shown[operator]))
        tree = tree if limit is None else beside(tree, limit)
    return tree
