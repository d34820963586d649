"""Puts the trees of saved searches in the place of their names."""

from __future__ import annotations

from collections.abc import Callable

from app.domain.query.bounds import check_tree
from app.domain.query.normal import all_of, either_of, negated
from app.domain.query.operators import SHOWN
from app.domain.query.tree import All, Either, Limit, Node, Not, Operator
from app.errors import UserError

Lookup = Callable[[str], Node | None]  # the tree of a saved search, None for an unknown name

DEEPEST_SAVED = 5  # searches in searches


def expand(tree: Node, lookup: Lookup) -> Node:
    """The normal tree without filters search:, each replaced by the tree that `lookup` has for its name.

    UserError names a search that does not exist, that contains itself or that lies too deep, and a tree beyond the
    bounds of app/domain/query/bounds.py. `lookup` is asked once for each name.
    """
    return _Expansion(lookup).of(tree, ())


class _Expansion:
    def __init__(self, lookup: Lookup) -> None:
        self._lookup = lookup
        self._trees: dict[str, Node] = {}
        self._done: dict[tuple[str, int], Node] = {}  # (name, depth) -> tree, so that no search is expanded twice

    def of(self, tree: Node, path: tuple[str, ...]) -> Node:
        """path: the names of the searches around the tree."""
        replaced = self._replaced(tree, path)
        check_tree(replaced)  # after each search, because each may multiply those inside it
        return replaced

    def _replaced(self, node: Node, path: tuple[str, ...]) -> Node:
        match node:
            case Limit(Operator.SEARCH, name):
                return self._saved(name, (*path, name))
            case Not(inner):
                return negated(self._replaced(inner, path))
            case All(nodes):
                return all_of(self._replaced(one, path) for one in nodes)
            case Either(nodes):
                return either_of(self._replaced(one, path) for one in nodes)
            case _:
                return node

    def _saved(self, name: str, path: tuple[str, ...]) -> Node:
        shown = " > ".join(one[:SHOWN] for one in path)
        if name in path[:-1]:
            raise UserError(f"the saved search {name[:SHOWN]!r} contains itself ({shown}): take it out of one of them")
        if len(path) > DEEPEST_SAVED:
            raise UserError(
                f"the saved search {name[:SHOWN]!r} lies {len(path)} deep ({shown}), and at most {DEEPEST_SAVED} are "
                "allowed: write its text in the place of its name"
            )
        if (tree := self._lookup_once(name)) is None:
            raise UserError(f"there is no saved search {name[:SHOWN]!r}: see `media-audit saved list`")
        key = (name, len(path))
        if key not in self._done:
            self._done[key] = self.of(tree, path)
        return self._done[key]

    def _lookup_once(self, name: str) -> Node | None:
        if name not in self._trees and (tree := self._lookup(name)) is not None:
            self._trees[name] = tree
        return self._trees.get(name)
