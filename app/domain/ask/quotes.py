"""The quotes of a sentence, and the one form in which quotes and spans are compared."""

from __future__ import annotations

import unicodedata

from app.domain.ask.answer import Sentence

APART = "\n"  # between two quotes: no number and no name runs across it


def folded(text: str) -> str:
    """The text in NFC, each run of white space as one blank, none at the ends."""
    return " ".join(unicodedata.normalize("NFC", text).split())


def evidence(sentence: Sentence) -> str:
    """The quotes of a sentence, folded, a line each."""
    return APART.join(folded(cite.quote) for cite in sentence.cites)


def is_quote(sentence: Sentence) -> bool:
    """Whether the sentence is one of its quotes as a whole: then it says nothing that its quotes lack."""
    text = folded(sentence.text)
    return any(folded(cite.quote) == text for cite in sentence.cites)
