"""Tells why answers say nothing that was asked for, in words that name a remedy."""

from __future__ import annotations

from collections.abc import Sequence

from app.adapters.llm.openai_answer import thinks
from app.domain.reading import RawAnswer
from app.errors import NoAnswer


def no_answer(answers: Sequence[RawAnswer], limit: str) -> NoAnswer:
    """The error for answers without a valid field. limit: the setting that bounds an answer.

    Quotes no word of the model: `status` shows the reason, and the ledger keeps it when a post is forgotten.
    """
    first = answers[0]
    cut = f"; it ended at its limit of tokens ({limit})" if first.finish == "length" else ""
    if first.text.strip():
        return NoAnswer(f"{first.model} answered {len(first.text):,} characters and no field that was asked for{cut}")
    if thinks(first.body):
        return NoAnswer(f"{first.model} gave thoughts and no answer{cut}; can the server turn them off?")
    return NoAnswer(f"{first.model} gave an empty answer{cut or _end(first)}")


def _end(raw: RawAnswer) -> str:
    return f" (it ended by {raw.finish!r})" if raw.finish not in (None, "stop") else ""
