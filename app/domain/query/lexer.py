"""Splits a query into words, phrases, patterns, filters and signs. It forgives quotes without a partner."""

from __future__ import annotations

import re
from collections.abc import Iterator

from app.domain.query.normal import either_of, plain_pattern
from app.domain.query.operators import find, limit_of, missing, unknown
from app.domain.query.signs import ALL_QUOTES, BORDERS, ENDS, ESCAPED, NAME, QUOTES, is_punctuation, is_text
from app.domain.query.tokens import Sign, Token, sign_of
from app.domain.query.tree import Limit, Node, Operator, Pattern, Phrase, Word
from app.errors import UserError

_QUOTED = {opening: re.compile(rf"((?:[^{ends}\\]|\\.)*)[{ends}]", re.DOTALL) for opening, ends in QUOTES.items()}
_PATTERN = re.compile(r"/(?!\s)((?:[^/\\]|\\.)*)/(?=[\s()|]|\Z)", re.DOTALL)


def tokenize(text: str) -> Iterator[Token]:
    """The tokens of a clean text. UserError for an unknown operator, a wrong value or an empty pattern."""
    reader = _Reader(text)
    while reader.at < len(text):
        yield from reader.next()


class _Reader:
    """A text and the place in it. Each method reads from there and moves on."""

    def __init__(self, text: str) -> None:
        self.text, self.at = text, 0

    def peek(self, ahead: int = 0) -> str:
        """A character, empty behind the end."""
        return self.text[self.at + ahead : self.at + ahead + 1]

    def next(self) -> Iterator[Token]:
        """The next token, if one begins here."""
        negated = self._minus()
        here = self.peek()
        if here in BORDERS:
            yield from self._border(negated)
        elif here in ALL_QUOTES:
            yield from _leaf(self._phrase(), negated)
        elif here == "/" and (pattern := _PATTERN.match(self.text, self.at)):
            yield from _leaf(self._pattern(pattern), negated)
        elif here and not here.isspace():
            yield from self._word(negated)
        else:
            self.at += 1

    def _minus(self) -> bool:
        """Whether one minus stands before something to negate; a dash between words, phrases or blanks is none."""
        start = self.at
        while self.peek() == "-":
            self.at += 1
        before = self.text[start - 1 : start]
        return self.at == start + 1 and (before.isspace() or before in "(|")

    def _border(self, negated: bool) -> Iterator[Token]:
        sign = {"(": Sign.OPEN, ")": Sign.CLOSE, "|": Sign.OR}[self.peek()]
        self.at += 1
        yield Token(sign, negated=negated and sign is Sign.OPEN)

    def _phrase(self) -> Node | None:
        """The phrase of an opening quote. A quote without its partner, and the inch behind a number, is nothing."""
        text = self._quoted()
        if text is None:
            self.at += 1
        return Phrase(text) if text else None

    def _quoted(self) -> str | None:
        """The text between quotes, moving behind them; None, without a move, if none begin here or they stay open."""
        opening, before = self.peek(), self.text[self.at - 1 : self.at]
        if opening not in QUOTES or (opening == '"' and before.isdigit()):
            return None
        quoted = _QUOTED[opening].match(self.text, self.at + 1) if self._closes(opening) else None
        if quoted is None:
            return None
        self.at = quoted.end()
        return " ".join(re.sub(r'\\([\\"«»“”„‟])', r"\1", quoted[1]).split())

    def _closes(self, opening: str) -> bool:
        """Whether a closing quote follows at all: a thousand open ones would else be read to the end each."""
        return any(self.text.find(closing, self.at + 1) > 0 for closing in QUOTES[opening])

    def _pattern(self, found: re.Match[str]) -> Node:
        self.at = found.end()
        if not found[1]:
            raise UserError("the regular expression // is empty: write it between the slashes")
        return Pattern(plain_pattern(found[1]))

    def _word(self, negated: bool) -> Iterator[Token]:
        raw = self._run()
        text = _plain(raw)
        if len(text) < len(raw) and raw[0] == "\\":
            yield Token(Sign.NODE, Word(text), negated)
        elif (sign := sign_of(text)) and not negated:
            yield Token(sign, Word(text))
        elif named := NAME.fullmatch(raw):
            yield from _leaf(self._named(named[1], named[2], text), negated)
        elif not is_punctuation(text):
            yield Token(Sign.NODE, Word(text), negated)

    def _run(self) -> str:
        """A word with its backslashes, up to white space, a quote or a border."""
        start = self.at
        while (here := self.peek()) and not here.isspace() and here not in ENDS:
            self.at += 2 if here == "\\" and self.peek(1) in ESCAPED else 1
        return self.text[start : self.at]

    def _named(self, name: str, rest: str, text: str) -> Node | None:
        """The filter of name:rest, or the word that only looks like one."""
        operator = find(name)
        if operator is not None and not rest.startswith(":"):
            return self._limit(operator, rest)
        if not (is_text(name, rest) if rest else not self._is_attached()):
            raise unknown(name, f"{name}:{rest}")
        return None if is_punctuation(text) else Word(text)

    def _is_attached(self) -> bool:
        """Whether quotes or a group follow a colon without a blank."""
        start = self.at
        quoted = self._quoted()
        self.at = start
        return bool(quoted) or (self.peek() == "(" and self.peek(1).isalnum())

    def _limit(self, operator: Operator, rest: str) -> Node:
        """The filter, or for values joined by | one of several filters."""
        value = rest or self._quoted()
        if value is None:
            raise missing(operator)
        limits: list[Limit] = [limit_of(operator, value)]
        while (value := self._alternative()) is not None:
            limits.append(limit_of(operator, value))
        return either_of(limits)

    def _alternative(self) -> str | None:
        """The value behind a | without blanks around it; None, without a move, if something else follows."""
        start = self.at
        if self.peek() == "|":
            self.at += 1
            value = self._quoted() or self._run()
            if value and value[0] not in "-/\\" and not NAME.fullmatch(value):
                return value
        self.at = start
        return None


def _leaf(node: Node | None, negated: bool) -> Iterator[Token]:
    if node is not None:
        yield Token(Sign.NODE, node, negated)


def _plain(raw: str) -> str:
    """A word without the backslashes that make signs plain. One at its beginning makes the whole word plain."""
    literal = raw[0] == "\\" and len(raw) > 1
    head, tail = (raw[1], raw[2:]) if literal else ("", raw)
    return head + re.sub(r"\\([()|\\])", r"\1", tail)
