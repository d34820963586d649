"""Paid providers on the loopback server, connected for the length of a context."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from app.adapters.answerer.llm.answerer import LlmAnswerer
from app.adapters.answerer.llm.factory import llm_answerer
from app.adapters.tagger.llm.factory import llm_tagger
from app.adapters.tagger.llm.tagger import LlmTagger
from app.adapters.vision.remote.factory import remote_vision
from app.adapters.vision.remote.vision import RemoteVision
from app.demo.llm import LoopbackLLM
from app.domain.vocabulary import Vocabulary
from tests.factories.settings import answerer_settings, tagger_settings, vision_settings


@contextmanager
def reading_with(server: LoopbackLLM, provider: str, **changes: Any) -> Iterator[RemoteVision]:
    """The vision provider on this server; its connections end with the context. changes: settings."""
    vision = remote_vision(vision_settings(server, provider, **changes), provider)
    try:
        yield vision
    finally:
        vision.close()


@contextmanager
def tagging_with(
    server: LoopbackLLM, provider: str, vocabulary: Vocabulary | None = None, **changes: Any
) -> Iterator[LlmTagger]:
    """The tagger on this server; its connections end with the context. changes: settings."""
    tagger = llm_tagger(tagger_settings(server, provider, **changes), vocabulary)
    try:
        yield tagger
    finally:
        tagger.close()


@contextmanager
def answering_with(server: LoopbackLLM, provider: str, **changes: Any) -> Iterator[LlmAnswerer]:
    """The answerer on this server; its connections end with the context. changes: settings."""
    answerer = llm_answerer(answerer_settings(server, provider, **changes))
    try:
        yield answerer
    finally:
        answerer.close()
