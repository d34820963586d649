"""Parses a query as users type it. Blanks join by and, OR joins more loosely, a minus negates, parentheses group.

Plain text is never an error: a sign without its partner or without something to join is a word or nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from app.domain.query.bounds import check_text, check_tree
from app.domain.query.lexer import tokenize
from app.domain.query.normal import all_of, either_of, negated
from app.domain.query.printer import to_text
from app.domain.query.tokens import Sign, Token, clean
from app.domain.query.tree import EVERYTHING, Node

_JOINERS = (Sign.AND, Sign.OR)
_OPERANDS = (Sign.NODE, Sign.NOT, Sign.OPEN)


def reread(text: str) -> Node:
    """The normal tree of a text that app/domain/query/printer.py printed, which is longer than a person may type where
    saved searches took their place in it."""
    return _built(_settled(list(tokenize(text))))


def parse(text: str) -> Node:
    """The normal tree of a query; EVERYTHING for one without words.

    UserError for an unknown operator, a wrong value, an empty pattern, and a query beyond app/domain/query/bounds.py.
    These bounds hold for its canonical text, too, so that every text that is printed of a parsed query can be parsed.
    """
    cleaned = clean(text)
    check_text(cleaned)
    tree = reread(cleaned)
    check_tree(tree)
    for russian in (False, True):
        check_text(to_text(tree, russian))
    return tree


def _settled(found: list[Token]) -> Iterator[Token]:
    """The tokens; joiners and NOT without operands are words (`Portland OR`), or nothing where they have no letters."""
    last: Sign | None = None
    for token, after in zip(found, _following(found), strict=True):
        if _is_loose(token.sign, last, after):
            if token.node is None:
                continue
            token = Token(Sign.NODE, token.node)
        if token.sign not in _JOINERS or last not in _JOINERS:  # two in a row are one
            last = token.sign
            yield token


def _following(found: list[Token]) -> list[Sign | None]:
    """For each token the sign of the next one; a joiner looks past the joiners behind it."""
    signs: list[Sign | None] = []
    following: Sign | None = None
    operand: Sign | None = None  # the next sign that is no joiner
    for token in reversed(found):
        signs.append(operand if token.sign in _JOINERS else following)
        following = token.sign
        operand = operand if token.sign in _JOINERS else token.sign
    return signs[::-1]


def _is_loose(sign: Sign, last: Sign | None, after: Sign | None) -> bool:
    if sign is Sign.NOT:
        return after not in _OPERANDS
    return sign in _JOINERS and (last in (None, Sign.OPEN, Sign.NOT) or after not in _OPERANDS)


@dataclass
class _Group:
    """A group that is read. negated: by a minus or NOT; said: by NOT. parts: its nodes, split by OR."""

    negated: bool = False
    said: bool = False
    parts: list[list[Node]] = field(default_factory=lambda: [[]])

    def node(self) -> Node | None:
        """The tree of the group without its negation; None for an empty one."""
        full = [all_of(part) for part in self.parts if part]
        return either_of(full) if full else None


class _Builder:
    """Builds the tree with a stack of its own, so that no number of parentheses is too deep."""

    def __init__(self) -> None:
        self._groups = [_Group()]
        self._nots = 0  # NOT words before the next operand

    def take(self, token: Token) -> None:
        """Reads one token."""
        match token.sign:
            case Sign.NOT:
                self._nots += 1
            case Sign.OPEN:
                said = self._nots > 0
                self._groups.append(_Group(self._flips(token), said))
            case Sign.CLOSE:
                self.close(explicit=True)
            case Sign.OR:
                self._groups[-1].parts.append([])
            case Sign.NODE if token.node is not None:
                self._add(token.node, self._flips(token))

    def close(self, explicit: bool = False) -> None:
        """Ends the innermost group. Empty parentheses say nothing (`print()`, a face), but `NOT ()` is NOTHING."""
        if len(self._groups) == 1:
            return
        group = self._groups.pop()
        node = group.node() or (EVERYTHING if explicit and group.said else None)
        if node is not None:
            self._add(node, group.negated)

    def tree(self) -> Node:
        """The tree; groups that stay open end here."""
        while len(self._groups) > 1:
            self.close()
        return self._groups[0].node() or EVERYTHING

    def _flips(self, token: Token) -> bool:
        odd, self._nots = self._nots % 2 == 1, 0
        return odd != token.negated

    def _add(self, node: Node, flip: bool) -> None:
        self._groups[-1].parts[-1].append(negated(node) if flip else node)


def _built(found: Iterable[Token]) -> Node:
    builder = _Builder()
    for token in found:
        builder.take(token)
    return builder.tree()
