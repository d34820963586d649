"""The parts of a request that a server or model rejects, as its answer tells."""

from __future__ import annotations

import re
from typing import Literal

from app.adapters.llm.complaints import complaint

UNSUPPORTED = re.compile(r"unsupported|(?:not|n't) support")

Part = Literal["response_format", "max_tokens", "temperature"]
"""Of a request: what some servers or models do not take."""


def not_taken(status: int, body: bytes) -> Part | None:
    """The part of a request that the server rejects as unsupported; None if it rejects the request for another reason.

    Newer models of OpenAI want `max_completion_tokens` instead of `max_tokens`, and take no temperature.
    """
    words = complaint(body).words.casefold()
    if status in (400, 422) and UNSUPPORTED.search(words):
        if "max_completion_tokens" in words and "max_tokens" in words:
            return "max_tokens"
        if "temperature" in words:
            return "temperature"
    return "response_format" if lacks_schema(status, body) else None


def lacks_schema(status: int, body: bytes) -> bool:
    """Whether the server rejects the request because it supports no `response_format` with a JSON Schema."""
    text = body.decode("utf-8", "replace").casefold()
    return status in (400, 422, 501) and any(word in text for word in ("response_format", "json_schema", "structured"))
