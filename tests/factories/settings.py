"""Settings of a user who reads or tags with the loopback models, or is logged in to the loopback Telegram."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from pydantic import SecretStr

from app.demo.llm import LoopbackLLM
from app.demo.telegram import PUBLIC_KEY, LoopbackTelegram
from app.settings import Settings


def vision_settings(server: LoopbackLLM, provider: str, **changes: Any) -> Settings:
    """The settings that a user writes to read pictures with this server."""
    return _settings(server.environment(provider), changes)


def tagger_settings(server: LoopbackLLM, provider: str, **changes: Any) -> Settings:
    """The settings that a user writes to tag with this server."""
    return _settings(server.environment(provider, tags=True), changes)


def answerer_settings(server: LoopbackLLM, provider: str, **changes: Any) -> Settings:
    """The settings that a user writes to get answers of this server."""
    return _settings(server.environment(provider, answers=True), changes)


def _settings(environment: dict[str, str], changes: dict[str, Any]) -> Settings:
    given: dict[str, Any] = {name.lower(): value for name, value in environment.items()}
    return Settings(**{**given, **changes})


def telegram_settings(server: LoopbackTelegram, database_url: str, home: Path, **changes: Any) -> Settings:
    """Settings of a user who is logged in to the server."""
    pem = home / "telegram.pem"
    home.mkdir(parents=True, exist_ok=True)
    pem.write_text(PUBLIC_KEY)
    fields: dict[str, Any] = {
        "media_audit_home": home,
        "database_url": SecretStr(database_url),
        "telegram_api_id": 1,
        "telegram_api_hash": SecretStr("hash"),
        "telegram_session": SecretStr(server.session()),
        "telegram_test_rsa_key": pem,
    }
    return Settings(**fields | changes)


def telegram_environment(session: str) -> dict[str, str]:
    """The variables with which a process is logged in."""
    return {"TELEGRAM_API_ID": "1", "TELEGRAM_API_HASH": "hash", "TELEGRAM_SESSION": session}
