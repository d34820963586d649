"""Makes the paid answerer from the settings."""

from __future__ import annotations

from app.adapters.answerer.llm.answerer import LlmAnswerer
from app.adapters.llm.connectors import connector
from app.errors import UserError
from app.ports import ServerLessons
from app.settings import Settings


def llm_answerer(settings: Settings, lessons: ServerLessons | None = None) -> LlmAnswerer:
    """The answerer of ANSWERER, gigachat or openai. lessons: see connector. UserError names a setting that is wrong."""
    if settings.answerer == "extractive":
        raise UserError("ANSWERER=extractive asks no model: set ANSWERER to gigachat or openai")
    model, connect = connector(
        settings,
        settings.answerer,
        settings.answerer_model,
        "ANSWERER_MODEL",
        settings.answerer_timeout,
        lessons=lessons,
    )
    return LlmAnswerer(connect, settings.answerer, model, settings)
