"""Recognises moderation: the many names under which servers stop an answer or refuse a question."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

# Of ends of answers and codes of errors, without signs between their words: content_filter (OpenAI), blacklist
# (GigaChat), SAFETY, RECITATION, PROHIBITED_CONTENT, SPII and BLOCKLIST (Gemini), guardrail_intervened and
# content_filtered (Bedrock), sensitive (GLM), refusal (Anthropic), data_inspection_failed (Qwen),
# ResponsibleAIPolicyViolation (Azure), moderation_blocked, ERROR_TOXIC (Cohere).
NAMES = re.compile(
    r"contentfilter|contentpolicy|blacklist|blocklist|safety|unsafe|recitation|moderat|prohibited|spii|guardrail"
    r"|sensitive|refus|datainspection|policyviolation|toxic|responsibleai|censor"
)
CODES = ("code", "type", "status", "reason", "blockReason", "block_reason")
DEEPEST = 6  # levels of an error that are looked into


def blocked(end: str | None) -> bool:
    """Whether moderation stopped an answer with this end (`finish_reason` and the like)."""
    return bool(NAMES.search(re.sub(r"[^a-z]", "", (end or "").casefold())))


def moderated(error: Any) -> bool:
    """Whether an error, as its JSON says it, is one of moderation, by a code at any depth (Azure's innererror)."""
    return any(blocked(code) for code in _codes(error, DEEPEST))


def filtered(body: Any) -> bool:
    """Whether a content filter (Azure's content_filter_results) marks a question or an answer as filtered."""
    return any(found.get("filtered") is True for found in _objects(body, DEEPEST))


def _codes(value: Any, depth: int) -> Iterator[str]:
    for found in _objects(value, depth):
        yield from (str(found[name]) for name in CODES if isinstance(found.get(name), str))
        if "flagged_input" in found:  # OpenRouter's, in its metadata
            yield "moderation"


def _objects(value: Any, depth: int) -> Iterator[Mapping[str, Any]]:
    if depth and isinstance(value, Mapping):
        yield value
        for one in value.values():
            yield from _objects(one, depth - 1)
    elif depth and isinstance(value, list):
        for one in value:
            yield from _objects(one, depth - 1)
