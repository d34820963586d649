"""The identity of a paid answerer by its settings. Needs neither a secret nor a connection."""

from __future__ import annotations

from app.adapters.answerer.llm.prompt import Limits, prompt_hash
from app.adapters.llm.customisation import customisation
from app.settings import Settings

DIGITS = 12  # of the sha256, in hex: a version is compared with few others


def limits_of(settings: Settings) -> Limits:
    """The numbers that an answer depends on."""
    return Limits(settings.answerer_input_tokens, settings.answerer_max_tokens)


def version_of(provider: str, model: str, settings: Settings) -> str:
    """<provider>-<model>-<12 hex digits of the hash of prompt and extra fields>."""
    own = customisation(settings, provider, "answerer")
    return f"{provider}-{model}-{own.identified(prompt_hash(limits_of(settings)))[:DIGITS]}"
