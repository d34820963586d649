"""The doctor's words about parts of requests that servers do not take, as they said when they were asked."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from datetime import UTC, datetime

from sqlalchemy.exc import DBAPIError

from app.adapters.llm.connectors import address
from app.db import transaction
from app.doctor.check import CheckFailed
from app.domain.server_lessons import Endpoint, Lesson
from app.errors import UserError
from app.pipeline.engine.server_lessons import stored
from app.settings import Settings

SHOWN = 80  # characters of a server's words


def told(settings: Settings, provider: str, models: Mapping[str, str]) -> list[str]:
    """What the models in use do not take. models: setting -> model.

    CheckFailed for a model that is to read pictures and takes none.
    """
    known = [(model, lesson) for model, lesson in _in_force(settings, provider) if model in models.values()]
    for model, lesson in known:
        for setting in (name for name, named in models.items() if named == model):
            if lesson.part == "pictures" and _reads(settings, provider, setting):
                raise CheckFailed(
                    f"{model} takes no pictures: {lesson.words}", f"set {setting} to a model that sees pictures"
                )
    return [_line(model, lesson) for model, lesson in known]


def _line(model: str, lesson: Lesson) -> str:
    words = lesson.words if len(lesson.words) <= SHOWN else f"{lesson.words[:SHOWN]}..."
    return (
        f"{model} takes {lesson.told}, as it said ({words}); it is asked again from {lesson.until:%d %B %H:%M} UTC on"
    )


def _reads(settings: Settings, provider: str, setting: str) -> bool:
    """Whether the model of a setting reads pictures."""
    with suppress(UserError):
        own = "VISION_MODEL" if provider == settings.vision_provider and settings.vision_model else ""
        return provider in settings.vision_chain() and setting == (own or f"{provider.upper()}_MODEL")
    return False


def _in_force(settings: Settings, provider: str) -> list[tuple[str, Lesson]]:
    """(model, lesson) of the server of the settings, in order; none while no database answers."""
    now = datetime.now(UTC)
    at = address(settings, provider)
    with suppress(DBAPIError, UserError), transaction() as session:
        found = [(of, one) for (of, _), one in stored(session).items() if one.until > now]
        return sorted(((of.model, one) for of, one in found if _same(of, provider, at)), key=lambda pair: str(pair))
    return []


def _same(endpoint: Endpoint, provider: str, at: str) -> bool:
    return (endpoint.provider, endpoint.address) == (provider, at)
