"""Tells why answers say nothing that was asked for, in words that name a remedy."""

from __future__ import annotations

from collections.abc import Sequence

from app.adapters.llm.openai_answer import thinks
from app.domain.reading import RawAnswer
from app.errors import NoAnswer

SHOWN = 100  # characters of talk in place of an answer


def no_answer(answers: Sequence[RawAnswer], limit: str) -> NoAnswer:
    """The error for answers without a valid field. limit: the setting that bounds an answer."""
    first = answers[0]
    cut = f"; it ended at its limit of tokens ({limit})" if first.finish == "length" else ""
    if first.text.strip():
        words = " ".join(first.text.split())
        shown = words if len(words) <= SHOWN else f"{words[:SHOWN]}..."
        return NoAnswer(f"{first.model} answered without any field that was asked for{cut}: {shown!r}")
    if thinks(first.body):
        return NoAnswer(f"{first.model} gave thoughts and no answer{cut}; can the server turn them off?")
    return NoAnswer(f"{first.model} gave an empty answer{cut or _end(first)}")


def _end(raw: RawAnswer) -> str:
    return f" (it ended by {raw.finish!r})" if raw.finish not in (None, "stop") else ""
