"""Makes the paid tagger from the settings."""

from __future__ import annotations

from app.adapters.llm.connectors import connector, model_name, no_connection
from app.adapters.tagger.llm.tagger import LlmTagger
from app.domain.vocabulary import Vocabulary
from app.errors import UserError
from app.ports import ServerLessons
from app.settings import Settings


def llm_tagger(
    settings: Settings, vocabulary: Vocabulary | None = None, lessons: ServerLessons | None = None
) -> LlmTagger:
    """The tagger of TAGGER, gigachat or openai. lessons: see connector. UserError names a setting that is wrong."""
    if settings.tagger == "local":
        raise UserError("TAGGER=local asks no model: set TAGGER to gigachat or openai")
    model, connect = connector(
        settings, settings.tagger, settings.tagger_model, "TAGGER_MODEL", settings.tagger_timeout, lessons=lessons
    )
    return LlmTagger(connect, settings.tagger, model, settings, vocabulary)


def tagger_for_prices(settings: Settings, vocabulary: Vocabulary | None = None) -> LlmTagger:
    """The same tagger by its identity and prices, for processes that hold no secret: it cannot ask."""
    model = model_name(settings, settings.tagger, settings.tagger_model, "TAGGER_MODEL")
    return LlmTagger(no_connection, settings.tagger, model, settings, vocabulary)
