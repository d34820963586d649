"""Reads an amount that begins at a token: digits or number words, with factors, signs, units and suffixes."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from app.domain.ask.figures.digits import amounts, roman
from app.domain.ask.figures.rows import row
from app.domain.ask.figures.tokens import Token
from app.domain.ask.figures.units import factor, units
from app.domain.ask.figures.words import compound
from app.domain.ask.listed import listed

VULGAR = {"½": "0.5", "¼": "0.25", "¾": "0.75", "⅕": "0.2", "⅛": "0.125"}
_SUFFIXES = listed("й я е ю х м го му ми ти ый ий ой ая ое ого ому ым ом ую ые ых st nd rd th s ше га та ті ні х")
_HALVES = (("с", "половиной"), ("з", "половиною"), ("и", "половина"), ("and", "a", "half"), ("с", "половиною"))
_HALF = Decimal("0.5")
_CENTURY = listed("век века веке веку веков в ст столітті століття century quarter квартал квартале кварталі")
_SHORT_FACTORS = frozenset(("m", "b", "k", "к", "mn", "bn", "м"))
_SINGULAR = listed(
    "тысяча тысячу тысячей тысячью тисяча тисячу тисячею thousand миллион мільйон million миллиард мільярд billion"
)
_HALVED = {
    **dict.fromkeys(("полмиллиона", "півмільйона"), Decimal(500_000)),
    **dict.fromkeys(("полмиллиарда", "півмільярда"), Decimal(500_000_000)),
    **dict.fromkeys(("полтысячи", "півтисячі"), Decimal(500)),
    **dict.fromkeys(("полсотни", "півсотні"), Decimal(50)),
}
# Shares and multiples that are often said without counting: the second half, double room, the quarter.
_DOUBTFUL = (_HALF, Decimal("0.25"), Decimal(2))
_BOTH = re.compile("both|об[аеі]|обо[их]|обид")


@dataclass(frozen=True)
class Phrase:
    """An amount up to the token `end`. values: its readings. doubtful: the words often state no amount.

    scaled: a factor stands in it. unit: what one word has joined to its number, as полчаса has.
    """

    values: tuple[Decimal, ...]
    end: int
    ordinal: bool = False
    doubtful: bool = False
    scaled: bool = False
    unit: tuple[str, ...] = ()


def phrase(tokens: Sequence[Token], at: int, ukrainian: bool) -> Phrase | None:
    """The amount that begins at a token; None if none does."""
    token = tokens[at]
    if token.kind == "number":
        return _scaled(tokens, _in_digits(tokens, at), ukrainian)
    if token.text in VULGAR:
        return Phrase((Decimal(VULGAR[token.text]),), at + 1)
    if token.kind != "word":
        return None
    if found := compound(token.norm):
        return Phrase((found[0],), at + 1, unit=units(found[1]))
    if half := _half(tokens, at):
        return _scaled(tokens, half, ukrainian)
    if value := _roman(tokens, at):
        return Phrase((Decimal(value),), at + 1, ordinal=True)
    return _in_words(tokens, at, ukrainian)


def _roman(tokens: Sequence[Token], at: int) -> int | None:
    value = roman(tokens[at].text)
    if value is None or len(tokens[at].text) > 1:
        return value
    behind = tokens[at + 1].norm if at + 1 < len(tokens) else ""
    return value if behind in _CENTURY else None


def _in_digits(tokens: Sequence[Token], at: int) -> Phrase:
    values, end = amounts(tokens[at].text), at + 1
    if end < len(tokens) and tokens[end].text in VULGAR:
        return Phrase(tuple(value + Decimal(VULGAR[tokens[end].text]) for value in values), end + 1)
    suffix = _suffix(tokens, end)
    if suffix is None:
        return Phrase(values, end)
    word, behind = suffix
    if word.norm in _SUFFIXES and not word.text.isupper():
        decade = word.norm in ("s", "е", "х") and len(values) == 1 and 10 <= values[0] < 100 and values[0] % 10 == 0
        return Phrase((*values, *([values[0] + 1900] if decade else [])), behind, ordinal=True)
    is_word = word.text.islower() and behind - end > 1  # 20-летний: the rest is read as a word of its own
    return Phrase(values, behind - 1 if is_word else end)


def _suffix(tokens: Sequence[Token], end: int) -> tuple[Token, int] | None:
    """(letters that are joined to a number, the token behind them); a hyphen may stand between."""
    if end < len(tokens) and tokens[end].kind == "word" and tokens[end].glued:
        return tokens[end], end + 1
    hyphen = end + 1 < len(tokens) and tokens[end].text in "-–‑" and tokens[end].glued
    if hyphen and tokens[end + 1].kind == "word" and tokens[end + 1].glued:
        return tokens[end + 1], end + 2
    return None


def _scaled(tokens: Sequence[Token], found: Phrase, ukrainian: bool) -> Phrase:
    """The amount times the factors behind it: 2,5 млн, 300 тыс., 2 million 300 thousand."""
    values, end = found.values, found.end
    for half in _HALVES:
        if tuple(token.norm for token in tokens[end : end + len(half)]) == half:
            values, end = tuple(value + Decimal("0.5") for value in values), end + len(half)
    scale = _factor(tokens, end)
    if scale is None:
        return Phrase(values, end, found.ordinal, found.doubtful)
    values, end = tuple(value * scale for value in values), _past_dot(tokens, end + 1)
    if end < len(tokens) and tokens[end].kind in ("number", "word") and not found.scaled:
        rest = phrase(tokens, end, ukrainian)
        smaller = rest and not rest.ordinal and all(value < scale for value in rest.values)
        if rest and smaller and (rest.scaled or tokens[end].kind == "word") and not rest.doubtful:
            return Phrase(tuple(a + b for a in values for b in rest.values), rest.end, scaled=True)
    return Phrase(values, end, scaled=True)


def _factor(tokens: Sequence[Token], at: int) -> Decimal | None:
    if at >= len(tokens) or tokens[at].kind != "word":
        return None
    word = tokens[at]
    if word.norm in _SHORT_FACTORS and not (word.glued and word.norm != "м"):
        return None if word.norm not in ("mn", "bn") else factor(word.norm)
    return factor(word.norm)


def _past_dot(tokens: Sequence[Token], at: int) -> int:
    """Behind the dot of a short form that was just read, unless the text ends there."""
    dot = at + 1 < len(tokens) and tokens[at].text == "." and tokens[at].glued
    return at + 1 if dot and len(tokens[at - 1].text) <= 4 and tokens[at + 1].text[:1].islower() else at


def _in_words(tokens: Sequence[Token], at: int, ukrainian: bool) -> Phrase | None:
    """A row of number words, or a factor alone: `тысяча` and `million` are one; their plural is no amount."""
    word = tokens[at].norm
    found = row(tokens, at, ukrainian)
    if found is None:
        half = Phrase((_HALVED[word],), at + 1, scaled=True) if word in _HALVED else None
        return half or (_scaled(tokens, Phrase((Decimal(1),), at), ukrainian) if word in _SINGULAR else None)
    doubtful = found.value in _DOUBTFUL if found.part else found.value == 1 or _BOTH.match(word) is not None
    plain = Phrase((found.value,), found.end, found.ordinal, doubtful)
    return plain if found.ordinal else _scaled(tokens, plain, ukrainian)


def _half(tokens: Sequence[Token], at: int) -> Phrase | None:
    """пів мільйона, half a million, half an hour."""
    words = [token.norm for token in tokens[at : at + 2]]
    if words[0] in ("пів", "пол") and len(words) > 1:
        return Phrase((_HALF,), at + 1)
    return Phrase((_HALF,), at + 2) if words in (["half", "a"], ["half", "an"]) else None
