"""How a question to a paid model keeps within its tokens: who gets how many, and how a long text is shortened."""

from __future__ import annotations

import math
from bisect import bisect_right
from collections import Counter
from collections.abc import Callable, Sequence

MARKER = " (... {} characters left out ...) "


def tokens(text: str) -> int:
    """The tokens of a text, estimated from above: no tokenizer of these models is at hand.

    Latin and Cyrillic letters and blanks: half a token. GigaChat's documentation reckons 3 to 4 characters a token
    (developers.sber.ru, "Подсчет токенов"); two leave room for servers that split Russian finer.
    Other ASCII: a token each, since many tokenizers part digits and signs. All else: a token a byte, which is the most
    that byte-level tokenizers make. Estimates of parts never add up to less than that of the whole.
    """
    return math.ceil(sum(_halves(character) * count for character, count in Counter(text).items()) / 2)


def _halves(character: str) -> int:
    if character == " " or (character.isalpha() and (character.isascii() or "\u0400" <= character <= "\u04ff")):
        return 1
    return 2 * len(character.encode("utf-8", "surrogatepass"))


def allot(needs: Sequence[int], budget: int) -> list[int]:
    """A share for each need, together at most `budget`.

    What is short gets all it needs and leaves the rest to the others, in equal parts; nobody gets less than the n-th
    part unless it needs less.
    """
    shares = [0] * len(needs)
    for done, index in enumerate(sorted(range(len(needs)), key=needs.__getitem__)):
        shares[index] = min(needs[index], budget // (len(needs) - done))
        budget -= shares[index]
    return shares


def shorten(text: str, room: int, cost: Callable[[str], int] = tokens) -> tuple[str, int]:
    """(the text within `room`, how many characters are left out of it).

    A longer text keeps its beginning and, half as long, its end; between them stands how much is missing.
    cost: the tokens of a text, half a token a character at least. ValueError when there is no room for the marker.
    """
    if cost(text) <= room:
        return text, 0
    most = min(len(text), 2 * room + 1)
    kept = bisect_right(range(most), room, key=lambda count: cost(_cut(text, count))) - 1
    while kept >= 0 and cost(_cut(text, kept)) > room:  # the marker's number makes the cost jump by a digit
        kept -= 1
    if kept < 0:
        raise ValueError(f"{room} tokens hold nothing of a text, not even what is left out")
    return _cut(text, kept), len(text) - kept


def _cut(text: str, kept: int) -> str:
    tail = kept // 3
    return text[: kept - tail] + MARKER.format(len(text) - kept) + text[len(text) - tail :]
