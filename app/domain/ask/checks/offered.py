"""Holds a sentence to the spans that were offered: it cites at least one, and no other."""

from __future__ import annotations

from app.domain.ask.answer import AskInput, Sentence


def uncited(sentence: Sentence) -> str | None:
    """The reason to drop a sentence that cites nothing."""
    return None if sentence.cites else "it cites no span"


def not_offered(sentence: Sentence, given: AskInput) -> str | None:
    """The reason to drop a sentence that cites a span which was not offered."""
    offered = {span.number for span in given.spans}
    wrong = [str(cite.span) for cite in sentence.cites if cite.span not in offered]
    return f"span {', '.join(wrong)} was not offered" if wrong else None
