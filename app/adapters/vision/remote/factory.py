"""Makes a paid vision provider from the settings."""

from __future__ import annotations

from app.adapters.llm.connectors import connector, model_name, no_connection
from app.adapters.vision.remote.vision import RemoteVision
from app.ports import ServerLessons
from app.settings import Settings

ABLE = " that sees pictures"


def remote_vision(settings: Settings, provider: str, lessons: ServerLessons | None = None) -> RemoteVision:
    """The provider gigachat or openai. lessons: see connector. UserError names a setting that is missing or wrong.

    VISION_MODEL is the model of VISION_PROVIDER; a fallback has the model of its own provider's setting.
    """
    given, setting = _model(settings, provider)
    model, connect = connector(settings, provider, given, setting, settings.vision_timeout, ABLE, lessons)
    return RemoteVision(connect, provider, model, settings)


def vision_for_prices(settings: Settings, provider: str) -> RemoteVision:
    """The same provider by its identity and prices, for processes that hold no secret: it cannot ask."""
    given, setting = _model(settings, provider)
    return RemoteVision(no_connection, provider, model_name(settings, provider, given, setting, ABLE), settings)


def _model(settings: Settings, provider: str) -> tuple[str | None, str]:
    """(model, setting that names it)."""
    if provider == settings.vision_provider:
        return settings.vision_model, "VISION_MODEL"
    return None, f"{provider.upper()}_MODEL"
