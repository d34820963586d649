"""Holds each quote to its span: it stands there letter for letter, cut between words, and it is a reasonable part.

Only the form of letters (NFC) and white space may differ. A quote that begins behind `не` or in the middle of a number
stands in its span by its letters, and says the opposite or another amount: that is no quote.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator

from app.domain.ask.answer import AskInput, Sentence
from app.domain.ask.figures.reader import cuts
from app.domain.ask.listed import listed
from app.domain.ask.quotes import folded
from app.domain.spelling import normal

# Words that turn the meaning of the word behind them, in the three languages.
_NEGATIONS = listed("не ни нет ні без not no never cannot without isn't wasn't didn't won't don't doesn't")
# Words that say nothing alone; a quote needs another one beside them.
_EMPTY = listed("""
        а без бы был была были было в во вот все для до же за и из или к как ко на над не ни но о об от по под при про с
        со так там то тут у уже что эта эти это этот я он она они мы вы та те є і й з із зі але або бо від до чи що як
        це цей ця ці був була були було він вона вони ми ви не ні та у у вже ще a an and are as at be been but by for
        from has have he i in is it its no not of on or she so that the there they this to was we were will with you
        """)
_WORD = re.compile(r"[^\W_]+(?:['’ʼ-][^\W_]+)*")
_RANGE = re.compile(r"\d[-–—]\|\d|\d\|[-–—]\d")  # a place inside 16–18
_SPACED = re.compile(r"[0-9a-zÀ-ɏЀ-ԯ]", re.I)  # scripts that put blanks between words
LETTERS = 4  # of a script without blanks: two words of Chinese have about as many signs


def not_verbatim(sentence: Sentence, given: AskInput) -> str | None:
    """The reason to drop a sentence with a quote that does not stand in its span, or that is no reasonable part of it.

    A reasonable part is the whole span, or two words at least, one of them with a meaning of its own.
    """
    texts = {span.number: folded(span.text) for span in given.spans}
    for cite in sentence.cites:
        if reason := _fault(folded(cite.quote), texts.get(cite.span, "")):
            return f"{reason}: {_shown(cite.quote)}"
    return None


def _fault(quote: str, text: str) -> str | None:
    if not any(sign.isalnum() for sign in quote):
        return "the quote is empty"
    places = list(_places(quote, text))
    if not places:
        return "the quote does not stand in its span"
    if quote != text and not _is_reasonable(quote):
        return "the quote is too short"
    if not any(_is_whole(text, start, start + len(quote)) for start in places):
        return "the quote is cut in the middle"
    return None


def _places(quote: str, text: str) -> Iterator[int]:
    """The beginnings of the quote in the text."""
    start = text.find(quote)
    while start >= 0:
        yield start
        start = text.find(quote, start + 1)


def _is_reasonable(quote: str) -> bool:
    words = _WORD.findall(normal(quote))
    if not any(_SPACED.match(word) for word in words):
        return sum(map(len, words)) >= LETTERS
    parts = sum(len(re.findall(r"\d+", word)) or 1 for word in words)
    return parts > 1 and any(word not in _EMPTY for word in words)


def _is_whole(text: str, start: int, end: int) -> bool:
    """Whether the place is cut between words, not inside a number, and not right behind a negation."""
    if _joined(text, start) or _joined(text, end) or any(cuts(text, start, end)):
        return False
    before = _WORD.findall(text[max(0, start - 40) : start])
    bare = re.fullmatch(r".*[^\W_]\s*", text[max(0, start - 40) : start]) is not None
    return not (before and bare and normal(before[-1]) in _NEGATIONS)


def _joined(text: str, place: int) -> bool:
    """Whether one word or letter runs across the place."""
    if not 0 < place < len(text):
        return False
    left, right = text[place - 1], text[place]
    if _RANGE.search(text[max(0, place - 2) : place] + "|" + text[place : place + 2]):
        return True
    if unicodedata.combining(right):
        return True
    return bool(_SPACED.match(left) and _SPACED.match(right))


def _shown(quote: str) -> str:
    short = folded(quote)
    return f"“{short if len(short) <= 80 else short[:79] + '…'}”"
