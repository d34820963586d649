"""Prints a tree as text that parses to the same tree: parse(to_text(tree)) == normal(tree)."""

from __future__ import annotations

import re

from app.domain.query.lexer import tokenize
from app.domain.query.normal import normal
from app.domain.query.operators import named
from app.domain.query.tokens import Sign, Token
from app.domain.query.tree import NOTHING, All, Either, Limit, Node, Not, Pattern, Phrase, Word
from app.errors import UserError

_BARE = re.compile(r"(?!:)[\w@#.,:/+~%&=?!-]+")  # a value that needs no quotes


def to_text(tree: Node, russian: bool = False) -> str:
    """The canonical text of a tree; empty for EVERYTHING. russian: with Russian names of operators and values."""
    return _Printer(russian).text(normal(tree))


class _Printer:
    """Prints normal trees."""

    def __init__(self, russian: bool) -> None:
        self._or, self._not = (" ИЛИ ", "НЕ") if russian else (" OR ", "NOT")
        self._russian = russian

    def text(self, node: Node) -> str:
        """The text of a node that stands alone."""
        match node:
            case Either(nodes):
                return self._or.join(self.text(one) if isinstance(one, All) else self._operand(one) for one in nodes)
            case All(nodes):
                return " ".join(map(self._operand, nodes))
            case _:
                return self._operand(node)

    def _operand(self, node: Node) -> str:
        """The text of a node beside others."""
        match node:
            case Word(text):
                return _word(text)
            case Phrase(text):
                return _quoted(text)
            case Pattern(text):
                return "/" + text.replace("/", r"\/") + "/"
            case Limit():
                return self._limit(node)
            case Not(inner):
                return f"{self._not} ()" if node == NOTHING else f"-{self._operand(inner)}"
            case _:
                return f"({self.text(node)})"

    def _limit(self, limit: Limit) -> str:
        name, value = named(limit, self._russian)
        return f"{name}:{value if _BARE.fullmatch(value) else _quoted(value)}"


def _quoted(text: str) -> str:
    return '"' + re.sub(r'([\\"])', r"\\\1", text) + '"'


def _word(text: str) -> str:
    """The word, with a backslash before each sign in it, or before the whole if it would read as something else."""
    head, tail = text[:1], text[1:]
    escaped = re.sub(r"([()|\\])", r"\\\1", tail)
    return head + escaped if _reads(head + escaped, text) else f"\\{head}{escaped}"


def _reads(written: str, text: str) -> bool:
    try:
        return not written.startswith(("/", "\\")) and list(tokenize(written)) == [Token(Sign.NODE, Word(text))]
    except UserError:
        return False
