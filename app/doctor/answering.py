"""The doctor's check of the answerer of questions. Spends no token."""

from __future__ import annotations

from app import wiring
from app.domain.ask.answer import AskInput, Source, Span
from app.ports import PaidModel
from app.settings import Settings

SPAN = Span(1, 1, 1, Source.POST, 0, "The bridge opens in the evening.")
QUESTION = AskInput("When does the bridge open?", "en", (SPAN,))


def answerer(settings: Settings) -> str:
    """The answerer's version and price. One that is not paid answers a question, which loads its models."""
    made = wiring.answerer()
    if not isinstance(made, PaidModel):
        made.answer(QUESTION)
        return f"{made.version}, unpaid"
    dearest = settings.answerer_input_tokens + settings.answerer_max_tokens + made.estimate_repair()
    return f"{made.version}, at most {dearest:,} tokens a question, with a repair (ANSWERER_INPUT_TOKENS)"
