"""Parses the answers of all models: finds the JSON object in the text around it, and recognises refusals."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from typing import Any, Literal

from pydantic_core import from_json

from app.adapters.llm.moderation import blocked
from app.domain.reading import RawAnswer
from app.errors import Refused

# Open reasoning models write their thoughts before the answer. An answer that begins with its object has none: its
# strings may repeat the mark from a post.
THINKING = re.compile(r"^(?!\s*(?:```\w*\s*)?\{).*</think>", re.DOTALL)


def json_object(
    text: str, cut: Literal["on", "trailing-strings"] = "trailing-strings"
) -> tuple[dict[str, Any] | None, str | None]:
    """(the first JSON object in the answer, its fault or None). A truncated object is read as far as it goes.

    cut: `trailing-strings` keeps the beginning of a truncated string, `on` leaves it out.
    """
    text = THINKING.sub("", text)
    start = text.find("{")
    if start < 0:
        return None, "no JSON object in the answer"
    try:
        return dict(json.JSONDecoder().raw_decode(text, start)[0]), None
    except (ValueError, RecursionError):
        pass
    try:
        data = from_json(text[start:], allow_partial=cut)
    except ValueError:
        return None, "the JSON cannot be parsed"
    return (data, "the JSON is cut off") if isinstance(data, dict) else (None, "not a JSON object")


def refusal(raw: RawAnswer) -> str | None:
    """Why the model or its moderation refused to answer; None if it answered."""
    if raw.refusal:
        return f"the model refused: {raw.refusal[:200]}"
    return f"moderation stopped the answer ({raw.finish})" if blocked(raw.finish) else None


def spoken(answers: Sequence[RawAnswer], about: str) -> list[RawAnswer]:
    """The answer and its repair, if any, without a refused repair.

    ValueError for an answer about something else; Refused if the model refused at once.
    """
    if wrong := [raw.about for raw in answers if raw.about != about]:
        raise ValueError(f"an answer about {wrong[0][:12]}, not about {about[:12]}")
    if why := refusal(answers[0]):
        raise Refused(why)
    return [raw for raw in answers if not refusal(raw)]
