"""Settings of a user who reads or tags with the loopback models, or is logged in to the loopback Telegram."""

from __future__ import annotations

from typing import Any

from app.demo.llm import LoopbackLLM
from app.settings import Settings


def vision_settings(server: LoopbackLLM, provider: str, **changes: Any) -> Settings:
    """The settings that a user writes to read pictures with this server."""
    return _settings(server.environment(provider), changes)


def tagger_settings(server: LoopbackLLM, provider: str, **changes: Any) -> Settings:
    """The settings that a user writes to tag with this server."""
    return _settings(server.environment(provider, tags=True), changes)


def _settings(environment: dict[str, str], changes: dict[str, Any]) -> Settings:
    given: dict[str, Any] = {name.lower(): value for name, value in environment.items()}
    return Settings(**{**given, **changes})
