"""Chooses the providers to evaluate: the named ones, else the local one and every configured paid one."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Literal, get_args

from app.adapters.vision.local import local_vision
from app.adapters.vision.remote.factory import remote_vision
from app.errors import UserError
from app.ports import VisionProvider
from app.settings import Settings

Name = Literal["local", "gigachat", "openai"]
NAMES: tuple[Name, ...] = get_args(Name)


def named(settings: Settings, given: str | None) -> list[Name]:
    """Names of the providers. given: names separated by commas; UserError for unknown ones."""
    words = _words(given) if given else ["local", *_configured(settings)]
    if unknown := [word for word in words if word not in NAMES]:
        raise UserError(f"--provider {unknown[0]}: there are {', '.join(NAMES)}")
    return [name for name in NAMES if name in words]


def _configured(settings: Settings) -> list[str]:
    """The providers of VISION_PROVIDER and VISION_FALLBACK."""
    return [name for name in (settings.vision_provider, *settings.fallbacks()) if name != "none"]


def _words(text: str) -> list[str]:
    return [word.strip() for word in text.split(",") if word.strip()]


@contextmanager
def opened(settings: Settings, name: Name) -> Iterator[VisionProvider]:
    """The provider as configured; its connections end with the context. UserError names a missing setting."""
    if name == "local":
        yield local_vision(settings)
        return
    paid = remote_vision(settings, name)
    try:
        yield paid
    finally:
        paid.close()
