"""Taggers on the loopback server, and posts for them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from app.adapters.tagger.llm.factory import llm_tagger
from app.adapters.tagger.llm.tagger import LlmTagger
from app.demo.llm import LoopbackLLM
from app.domain.messages import Entity
from app.domain.vocabulary import Vocabulary
from app.ports import TagInput
from app.settings import Settings

RU_POST = (
    "В Казани открыли новый городской парк. Городской парк занимает 12 гектаров, в нём высадили более 800 деревьев. "
    "Мэр города рассказал, что летом здесь пройдёт фестиваль уличной еды."
)
EN_POST = (
    "The city council approved a new bicycle lane network. Bicycle lanes will connect the railway station with the "
    "university campus. Construction begins in March."
)


def settings_for(server: LoopbackLLM, provider: str, **changes: Any) -> Settings:
    """The settings that a person would write to tag with this server."""
    given: dict[str, Any] = {name.lower(): value for name, value in server.environment(provider, tags=True).items()}
    return Settings(**{**given, **changes})


@contextmanager
def tagging_with(
    server: LoopbackLLM, provider: str, vocabulary: Vocabulary | None = None, **changes: Any
) -> Iterator[LlmTagger]:
    """The tagger on this server; its connections end with the context."""
    tagger = llm_tagger(settings_for(server, provider, **changes), vocabulary)
    try:
        yield tagger
    finally:
        tagger.close()


def post(text: str, *entities: Entity, **more: Any) -> TagInput:
    """A publication of one item."""
    return TagInput(text, ((text, entities),), **more)
