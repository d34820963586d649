"""Keeps a question to a paid model within its tokens: shares them between its parts and shortens long texts."""

from __future__ import annotations

import math
from bisect import bisect_right
from collections import Counter
from collections.abc import Callable, Sequence

MARKER = " (... {} characters left out ...) "


def tokens(text: str) -> int:
    """An upper estimate of the tokens of a text: these models publish no tokenizer to count with.

    Latin and Cyrillic letters and blanks count half a token. GigaChat's documentation says 3 to 4 characters a token
    (developers.sber.ru, "Подсчет токенов"); two leave room for servers that split Russian finer.
    Other ASCII counts a token each, because many tokenizers separate digits and signs. All else counts a token a byte,
    the most that byte-level tokenizers make. Estimates of parts never add up to less than that of the whole.
    """
    return math.ceil(sum(_halves(character) * count for character, count in Counter(text).items()) / 2)


def _halves(character: str) -> int:
    if character == " " or (character.isalpha() and (character.isascii() or "\u0400" <= character <= "\u04ff")):
        return 1
    return 2 * len(character.encode("utf-8", "surrogatepass"))


def allot(needs: Sequence[int], budget: int) -> list[int]:
    """A share of tokens for each need, together at most `budget`.

    Small needs are met in full and leave the rest to the others in equal parts. No share is below the n-th part, unless
    the need is.
    """
    shares = [0] * len(needs)
    for done, index in enumerate(sorted(range(len(needs)), key=needs.__getitem__)):
        shares[index] = min(needs[index], budget // (len(needs) - done))
        budget -= shares[index]
    return shares


def shorten(text: str, room: int, cost: Callable[[str], int] = tokens) -> tuple[str, int]:
    """(the text within `room` tokens, number of characters left out).

    A longer text keeps its beginning and, half as long, its end, with a marker between them that tells how much is
    missing. cost: tokens of a text, at least half a token for each character. ValueError if the marker does not fit.
    """
    if cost(text) <= room:
        return text, 0
    most = min(len(text), 2 * room + 1)
    kept = bisect_right(range(most), room, key=lambda count: cost(_cut(text, count))) - 1
    while kept >= 0 and cost(_cut(text, kept)) > room:  # a longer number in the marker makes the cost jump
        kept -= 1
    if kept < 0:
        raise ValueError(f"{room} tokens hold nothing of a text, not even what is left out")
    return _cut(text, kept), len(text) - kept


def _cut(text: str, kept: int) -> str:
    tail = kept // 3
    return text[: kept - tail] + MARKER.format(len(text) - kept) + text[len(text) - tail :]
