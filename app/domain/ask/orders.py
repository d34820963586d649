"""Tells whether a text gives orders to a machine that answers questions, which posts do to take an answer over.

A clause is an order if it shows all signs of one rule and none of the signs against it. A text is one if one of its
clauses is, or two neighbours together. The signs are in signs/, and disguises of letters are undone before.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from app.domain.ask.disguises import bared
from app.domain.ask.order_rules import FAR, RULES
from app.domain.ask.signs.looks import ALWAYS, PHRASES, signs_of
from app.domain.ask.signs.machines import DIALOGUE

_WORD = re.compile(r"\w+")
_ADDRESS = re.compile(r"(?:https?://|www\.)\S+")  # its words are no words of the sentence
_END = re.compile(r"(?<=[.!?…;])[»”\"')\]]*\s+|\n\s*\n|\n\s*[-*•|]\s|\s\|\s")  # sentences, paragraphs, items, cells
_DIALOGUE = re.compile(DIALOGUE, re.DOTALL)
LONGEST = 30  # words: a text without sentences, as readers of pictures give it, is read in overlapping parts


def untrusted(texts: Sequence[str]) -> bool:
    """Whether one of the texts of a publication, or all of them read in a row, gives orders to a machine.

    texts: post, words in pictures, descriptions, in this order. None of the spans of such a publication is evidence.
    """
    return is_order("\n".join(texts))


def is_order(text: str) -> bool:
    """Whether a text of one or more sentences gives orders to a machine that answers questions."""
    plain = bared(text)
    if ":" in plain and _DIALOGUE.search(plain):
        return True
    return _has_order(_sentences(plain)) or ("\n" in plain and _has_order(_lines(plain)))


def _has_order(clauses: Iterable[str]) -> bool:
    before: Clause | None = None
    for words in clauses:
        clause = Clause(words)
        if clause.is_order() or (before is not None and before.goes_on(clause)):
            return True
        before = clause
    return False


def _sentences(text: str) -> Iterator[str]:
    """Sentences; of longer ones overlapping parts."""
    for sentence in _END.split(text):
        words = sentence.split()
        for start in range(0, max(1, len(words) - LONGEST // 2), LONGEST // 2):
            yield " ".join(words[start : start + LONGEST])


def _lines(text: str) -> Iterator[str]:
    """The beginnings of lines: in a list or a picture each may stand for itself."""
    return (" ".join(line.split()[:LONGEST]) for line in text.splitlines() if line.strip())


class Clause:
    """A bared clause and its signs. sure: those found; maybe: those whose phrases are looked for when a rule asks."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.sure, self.maybe = 0, ALWAYS
        for sure, maybe in map(signs_of, _WORD.findall(_ADDRESS.sub("http", text))):
            self.sure |= sure
            self.maybe |= maybe

    def shown(self, signs: int) -> int:
        """Those of the signs that the clause shows."""
        unknown = signs & self.maybe & ~self.sure
        while unknown:
            sign = unknown & -unknown
            unknown ^= sign
            self.maybe ^= sign
            if PHRASES[sign].search(self.text):
                self.sure |= sign
        return signs & self.sure

    def shows(self, signs: int) -> bool:
        """Whether the clause shows all of the signs; looks no further than the first that is missing."""
        if signs & ~(self.sure | self.maybe):
            return False
        left = signs & ~self.sure
        while left:
            sign = left & -left
            if not self.shown(sign):
                return False
            left ^= sign
        return True

    def is_order(self) -> bool:
        """Whether one rule holds."""
        return any(self.shows(rule.signs) and not self.shown(rule.against) for rule in RULES)

    def goes_on(self, after: Clause) -> bool:
        """Whether this clause and the next one are an order together: this one shows the first sign of a rule."""
        for rule in FAR:
            if self.shows(rule.first):
                rest = rule.signs & ~self.shown(rule.signs)
                if after.shows(rest) and not (self.shown(rule.against) or after.shown(rule.against)):
                    return True
        return False
