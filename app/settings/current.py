"""The settings of this process, with the addresses of running embedded services filled in where none are set."""

from __future__ import annotations

import os
from functools import lru_cache

from pydantic import SecretStr

from app.home import endpoints
from app.home.directory import check_owner
from app.settings.model import Settings

# Secrets that every process needs: the addresses of its services.
ADDRESSES = frozenset({"database_url", "redis_url", "broker_url"})
SECRETS = (
    frozenset(name for name, field in Settings.model_fields.items() if field.annotation == SecretStr | None) - ADDRESSES
)
_forgotten: set[str] = set()


@lru_cache
def get_settings() -> Settings:
    """The settings of this process, read once. UserError if the home belongs to another user."""
    return with_endpoints(Settings()).model_copy(update=dict.fromkeys(_forgotten))


def forget_secrets() -> None:
    """From now on this process has no secret of Telegram and of providers, wherever they are set.

    For processes that strangers can talk to.
    """
    for name in [name for name in os.environ if name.lower() in SECRETS]:
        del os.environ[name]
    _forgotten.update(SECRETS)
    get_settings.cache_clear()


def with_endpoints(settings: Settings) -> Settings:
    """The settings with addresses of running embedded services in place of unset ones.

    UserError if the home belongs to another user. Costs two reads of small files, so every process may call it.
    """
    if settings.database_url and settings.redis_url:
        return settings
    check_owner(settings.home)
    postgres, valkey = endpoints.read(settings.home, "postgres"), endpoints.read(settings.home, "valkey")
    return fill(settings, postgres.url if postgres else None, valkey.url if valkey else None)


def fill(settings: Settings, database_url: str | None, redis_url: str | None) -> Settings:
    """The settings with these addresses in place of unset ones."""
    update = {}
    if settings.database_url is None and database_url:
        update["database_url"] = SecretStr(database_url)
    if settings.redis_url is None and redis_url:
        update["redis_url"] = SecretStr(redis_url)
    return settings.model_copy(update=update) if update else settings
