"""Reads a row of number words as one number: двадцать пять, two hundred and five, две трети, twenty-six."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from app.domain.ask.figures.tokens import Token
from app.domain.ask.figures.words import NumberWord, number_word

_TIMES = (Decimal(10), Decimal(12), Decimal(100))  # два десятка, two dozen, five hundred
_NONE = Decimal(0)


@dataclass(frozen=True)
class Row:
    """The number up to the token `end`. part: a share or a multiple that ends a number: половина, вдвое, две трети."""

    value: Decimal
    end: int
    ordinal: bool = False
    part: bool = False


def row(tokens: Sequence[Token], at: int, ukrainian: bool) -> Row | None:
    """The number that the words from a token on make; None if it is no number word."""
    found: Row | None = None
    last, end = _NONE, at
    while word := _word(tokens, end, ukrainian):
        joined = _joined(found, last, word, tokens[at].norm.isascii())
        if joined is None:
            break
        found = Row(joined, end + 1, word.ordinal, word.part)
        last, end = word.value, end + 1
        if word.ordinal or word.part:
            break
        if joined >= 100 and end < len(tokens) and tokens[end].norm == "and" and _word(tokens, end + 1, ukrainian):
            end += 1
    return found


def _joined(found: Row | None, last: Decimal, word: NumberWord, english: bool) -> Decimal | None:
    """The value of a row with one more word; None if the word begins another number."""
    if found is None:
        return word.value
    value = found.value
    if word.part:
        return value * word.value if word.value < Decimal("0.5") and 1 <= value < 10 else None
    if _places(word.value) < _places(last):
        return value + word.value
    if word.value in _TIMES and 0 < value < 20 and last != word.value and not word.ordinal:
        return value * word.value
    if english and 10 <= last < 100 and 10 <= word.value < 100 and value == last:
        return value * 100 + word.value  # twenty twenty-six
    return None


def _places(value: Decimal) -> int:
    return len(str(int(value)))


def _word(tokens: Sequence[Token], at: int, ukrainian: bool) -> NumberWord | None:
    """The number word at a place; twenty-five is one word here."""
    if at >= len(tokens) or tokens[at].kind != "word":
        return None
    first, hyphen, rest = tokens[at].norm.partition("-")
    one = number_word(first, ukrainian)
    two = number_word(rest, ukrainian) if one and hyphen else None
    if one is None or two is None:
        return None if hyphen else one
    joined = one.value >= 20 > 10 > two.value
    return NumberWord(one.value + two.value, two.ordinal) if joined else None
