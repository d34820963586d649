"""The facts about the configured answerer that a page or command shows before it asks. Holds no secret, calls none."""

from __future__ import annotations

from dataclasses import dataclass

from app.adapters.answerer.llm.price import price
from app.adapters.answerer.llm.prompt import Limits
from app.adapters.answerer.llm.version import limits_of, version_of
from app.adapters.llm.connectors import model_name
from app.domain.ask.answer import AskInput
from app.settings import Settings


@dataclass(frozen=True)
class Asking:
    """An answerer by its identity. provider, model and limits: None for one that costs nothing."""

    version: str  # as Answerer.version
    provider: str | None = None
    model: str | None = None
    limits: Limits | None = None

    def price(self, given: AskInput) -> int:
        """The most tokens that an answer and its repair may cost together; 0 if it costs nothing."""
        return price(given, self.limits) if self.limits else 0


def paid_asking(settings: Settings) -> Asking:
    """The paid answerer of ANSWERER. UserError if no setting names its model."""
    provider = settings.answerer
    model = model_name(settings, provider, settings.answerer_model, "ANSWERER_MODEL")
    return Asking(version_of(provider, model, settings), provider, model, limits_of(settings))
