"""Chooses the model of a provider by the settings, and connects to it."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from app.adapters.llm.address import bare
from app.adapters.llm.chat import ChatModel
from app.domain.server_lessons import MemoryLessons
from app.errors import UserError
from app.ports import ServerLessons
from app.settings import Settings

EXAMPLES = {"gigachat": "a GigaChat model, such as GigaChat-2-Pro or -Max", "openai": "a model of OPENAI_BASE_URL"}


def connector(
    settings: Settings,
    provider: str,
    given: str | None,
    setting: str,
    seconds: float,
    able: str = "",
    lessons: ServerLessons | None = None,
) -> tuple[str, Callable[[], ChatModel]]:
    """(the model's name, a function that connects to it) for gigachat or openai.

    given: the model that `setting` names; without one, the provider's own setting names it. seconds: for one request.
    able: the ability that the model needs, in words. lessons: what the server does not take; None: those of this
    connector alone. UserError names a setting that is missing or wrong.
    """
    connect = _connect(settings, provider, seconds, lessons or MemoryLessons())
    model = model_name(settings, provider, given, setting, able)
    return model, partial(connect, model)


def no_connection() -> ChatModel:
    """In place of a connection, for models that only name their identity and their price."""
    raise UserError("this process asks no paid model and holds no secret of one: a worker asks")


def model_name(settings: Settings, provider: str, given: str | None, setting: str, able: str = "") -> str:
    """The model's name, as in `connector`; needs no secret. UserError if no setting names it."""
    model: str | None = given or getattr(settings, f"{provider}_model")
    if not model:
        names = " or ".join(dict.fromkeys([setting, f"{provider.upper()}_MODEL"]))
        raise UserError(f"set {names} to {EXAMPLES[provider]}{able}")
    return model


def _connect(settings: Settings, provider: str, seconds: float, lessons: ServerLessons) -> Callable[[str], ChatModel]:
    """Loads the SDK or the HTTP client of this provider only."""
    if provider == "gigachat":
        # Late: the SDK takes 0.3 s.
        from app.adapters.llm.gigachat import gigachat_connector

        return gigachat_connector(settings, seconds, lessons)
    # Late: the HTTP client takes 0.1 s.
    from app.adapters.llm.openai import openai_connector

    return openai_connector(settings, seconds, lessons)


def address(settings: Settings, provider: str) -> str:
    """The address of a provider's server as its lessons have it: without credentials; empty if none is set."""
    if provider == "gigachat":
        # Late, as above.
        from gigachat.settings import BASE_URL

        return bare(settings.gigachat_base_url or BASE_URL)
    return bare(settings.openai_base_url) if settings.openai_base_url else ""
