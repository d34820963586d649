"""The characters and words with a meaning in the query language, and the look of text that only resembles them."""

from __future__ import annotations

import re
import unicodedata

# Opening quotes, each with those that close it, as English, Russian, German and Swedish text has them.
QUOTES = {'"': '"', "«": "»", "“": "”", "„": "“”", "‟": "”", "”": "”"}
ALL_QUOTES = frozenset("".join((*QUOTES, *QUOTES.values())))
BORDERS = frozenset("()|")
ENDS = ALL_QUOTES | BORDERS  # end a word, as white space does
ESCAPED = BORDERS | {"\\"}  # in a word, a backslash in front of these makes them plain

OR_WORDS = frozenset({"OR", "Or", "oR", "or", "ИЛИ"})  # as websearch_to_tsquery, in upper and lower case
AND_WORDS = frozenset({"AND", "И"})
NOT_WORDS = frozenset({"NOT", "НЕ"})

NAME = re.compile(r"([^\W\d_]+(?:[-_][^\W\d_]+)*):(.*)", re.DOTALL)  # an operator with the rest of its word

_SCHEMES = frozenset({"mailto", "tel", "tg", "magnet", "urn", "doi", "data"})
_FACE = re.compile(r"[-^']?[DPOРО]+|[-^'][pdoро3]")  # a mouth behind its eyes


def is_text(name: str, rest: str) -> bool:
    """Whether name:rest is no operator: an address, a path, a name of C++, a face such as привет:D, or punctuation."""
    return (
        rest.startswith(("//", ":"))
        or name.lower() in _SCHEMES
        or (len(name) == 1 and rest.startswith("\\"))
        or _FACE.fullmatch(rest) is not None
        or is_punctuation(rest)
    )


def is_punctuation(text: str) -> bool:
    """Whether no character could be sought: no letter, digit, mark, currency sign or emoji; true of no text, too."""
    return all(unicodedata.category(c)[0] in "PCZ" or unicodedata.category(c) in ("Sm", "Sk") for c in text)
