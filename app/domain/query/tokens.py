"""The tokens of a query, and the text before it is split into them."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from enum import Enum, auto

from app.domain.query.signs import AND_WORDS, NOT_WORDS, OR_WORDS
from app.domain.query.tree import Node

# Marks of direction and invisible blanks, which come with copied text. Those that join emoji or letters stay.
_INVISIBLE = dict.fromkeys(
    (0xAD, 0x200B, 0x200E, 0x200F, 0x2060, *range(0x202A, 0x202F), *range(0x2066, 0x206A), 0xFEFF)
)


class Sign(Enum):
    """The kinds of tokens."""

    NODE = auto()
    AND = auto()
    OR = auto()
    NOT = auto()
    OPEN = auto()
    CLOSE = auto()


@dataclass(frozen=True, slots=True)
class Token:
    """node: the leaf, or for a sign that is written as a word, that word. negated: by a minus right before it."""

    sign: Sign
    node: Node | None = None
    negated: bool = False


def clean(text: str) -> str:
    """The query in NFC; control characters and broken ones, which no database takes, separate words like blanks."""
    safe = "".join(" " if unicodedata.category(c) in ("Cc", "Cs") else c for c in text.translate(_INVISIBLE))
    return unicodedata.normalize("NFC", safe).strip()


def sign_of(word: str) -> Sign | None:
    """The sign that a word is, None for other words."""
    signs = ((OR_WORDS, Sign.OR), (AND_WORDS, Sign.AND), (NOT_WORDS, Sign.NOT))
    return next((sign for words, sign in signs if word in words), None)
