"""Makes a paid vision provider from the settings."""

from __future__ import annotations

from app.adapters.llm.connectors import connector
from app.adapters.vision.remote.vision import RemoteVision
from app.settings import Settings


def remote_vision(settings: Settings, provider: str) -> RemoteVision:
    """The provider gigachat or openai. UserError names a setting that is missing or wrong.

    VISION_MODEL is the model of VISION_PROVIDER; a fallback has the model of its own provider's setting.
    """
    given, setting = settings.vision_model, "VISION_MODEL"
    if provider != settings.vision_provider:
        given, setting = None, f"{provider.upper()}_MODEL"
    able = " that sees pictures"
    model, connect = connector(settings, provider, given, setting, settings.vision_timeout, able)
    return RemoteVision(connect, provider, model, settings)
