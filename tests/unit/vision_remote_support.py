"""Paid providers on the loopback server, as the tests of vision make them."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from app.adapters.vision.remote.factory import remote_vision
from app.adapters.vision.remote.vision import RemoteVision
from app.demo.llm import LoopbackLLM
from app.ports import MediaInput
from app.settings import Settings
from tests.unit.vision_pictures import PHOTOS


def settings_for(server: LoopbackLLM, provider: str, **changes: Any) -> Settings:
    """The settings that a person would write to read with this server."""
    given: dict[str, Any] = {name.lower(): value for name, value in server.environment(provider).items()}
    return Settings(**{**given, **changes})


@contextmanager
def reading_with(server: LoopbackLLM, provider: str, **changes: Any) -> Iterator[RemoteVision]:
    """The provider on this server; its connections end with the context."""
    vision = remote_vision(settings_for(server, provider, **changes), provider)
    try:
        yield vision
    finally:
        vision.close()


def photo(name: str = "coffee") -> MediaInput:
    """One of the demo's photographs as the pipeline hands it over."""
    return stored(PHOTOS / f"{name}.jpg", "image/jpeg")


def stored(path: Path, mime: str) -> MediaInput:
    """A file as the pipeline hands it over."""
    return MediaInput(path, hashlib.sha256(path.read_bytes()).hexdigest(), mime)
