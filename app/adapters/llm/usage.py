"""Reads what an answer cost, under the names of each protocol. A count that cannot be read never loses an answer."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

BOXES = ("usage", "usageMetadata", "usage_metadata", "x_groq")
PROMPT = ("prompt_tokens", "input_tokens", "promptTokenCount", "prompt_eval_count")
COMPLETION = ("completion_tokens", "output_tokens", "candidatesTokenCount", "eval_count")
TOTAL = ("total_tokens", "totalTokenCount")
MOST = 10_000_000  # tokens of one call; more is no count of tokens


@dataclass(frozen=True)
class Usage:
    """Tokens; 0 where the server tells none. odd: a count that cannot be read, in words."""

    prompt: int = 0
    completion: int = 0
    total: int = 0
    odd: str | None = None


def usage(body: Mapping[str, Any]) -> Usage:
    """The usage of a body. Without a readable total it is the sum of the parts."""
    told = list(_told(body))
    prompt, completion, total = (_first(told, names) for names in (PROMPT, COMPLETION, TOTAL))
    strange = [*_strange(body), *(found for found in (prompt, completion, total) if isinstance(found, str))]
    counts = [found if isinstance(found, int) else 0 for found in (prompt, completion, total)]
    return Usage(counts[0], counts[1], counts[2] or sum(counts[:2]), "; ".join(strange)[:200] or None)


def _told(body: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """The objects that may hold counts."""
    choices = body.get("choices")
    first = choices[0] if isinstance(choices, list) and choices else None
    for holder in (body, first):
        if isinstance(holder, Mapping):
            boxes = [holder[name] for name in BOXES if isinstance(holder.get(name), Mapping)]
            yield from (*boxes, *(box["usage"] for box in boxes if isinstance(box.get("usage"), Mapping)))
    yield body  # Ollama's own protocol has them at the top


def _strange(body: Mapping[str, Any]) -> list[str]:
    found = body.get("usage")
    return [] if found is None or isinstance(found, Mapping) else [f"usage: {_shown(found)}"]


def _first(told: Sequence[Mapping[str, Any]], names: Sequence[str]) -> int | str | None:
    """The first count under one of the names; in words if none can be read; None if there is none."""
    found = [(name, one[name]) for one in told for name in names if one.get(name) is not None]
    counts = [count for _, value in found if (count := tokens(value)) is not None]
    return counts[0] if counts else next((f"{name}: {_shown(value)}" for name, value in found), None)


def tokens(value: object) -> int | None:
    """A count of tokens as a number, also with a fraction or in a text; None for anything else."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        number = float(value)
    except (ValueError, OverflowError):
        return None
    return math.ceil(number) if math.isfinite(number) and 0 <= number <= MOST else None


def _shown(value: object) -> str:
    return repr(value)[:60]
