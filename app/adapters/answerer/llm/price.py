"""The price of an answer, from above. Needs neither a secret nor a connection, so a page can show it beforehand."""

from __future__ import annotations

from app.adapters.answerer.llm.data import data, speaks
from app.adapters.answerer.llm.prompt import Limits, answering, room, tokens
from app.adapters.llm.price import repair_tokens
from app.domain.ask.answer import AskInput


def price(given: AskInput, limits: Limits) -> int:
    """The most tokens that an answer and its repair may cost together; 0 if no call is made."""
    asked = call_price(given, limits)
    return asked + repair_tokens(limits.input_tokens, limits.max_tokens) if asked else 0


def call_price(given: AskInput, limits: Limits) -> int:
    """The most tokens that one call for the answer may cost; 0 without a question or a span, when no call is made."""
    if not speaks(given):
        return 0
    return tokens(answering(data(given, room(limits)).json)) + limits.max_tokens
