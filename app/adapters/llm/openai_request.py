"""The requests of chat completions: what a question becomes, without the parts that a server or model rejects."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from app.adapters.llm.chat import Question, Turn
from app.domain.server_lessons import RequestPart

NO_FIELDS: Mapping[str, Any] = MappingProxyType({})


def request(
    model: str, question: Question, without: frozenset[RequestPart], extra: Mapping[str, Any] = NO_FIELDS
) -> dict[str, Any]:
    """The request. Without a schema the prompt still describes the form; the limit has a second name.

    extra: further fields, none of ours but the temperature (domain.extra_body).
    """
    limit = "max_completion_tokens" if "max_tokens" in without else "max_tokens"
    messages = [_message(turn) for turn in question.turns]
    body = {"model": model, "messages": messages, limit: question.max_tokens}
    if "temperature" not in without:
        body["temperature"] = question.temperature
    if form := _form(question, without):
        body["response_format"] = form
    return {**body, **extra}


def _form(question: Question, without: frozenset[RequestPart]) -> dict[str, Any] | None:
    """The form of the answer: by a schema, else any JSON object, else whatever the prompt describes."""
    if "json_schema" not in without:
        schema = {"name": question.name, "strict": True, "schema": question.schema}
        return {"type": "json_schema", "json_schema": schema}
    return {"type": "json_object"} if "json_object" not in without else None


def _message(turn: Turn) -> dict[str, Any]:
    if not turn.pictures:
        return {"role": turn.role, "content": turn.text}
    urls = [f"data:image/jpeg;base64,{base64.b64encode(picture).decode()}" for picture in turn.pictures]
    images = [{"type": "image_url", "image_url": {"url": url}} for url in urls]
    return {"role": turn.role, "content": [{"type": "text", "text": turn.text}, *images]}
