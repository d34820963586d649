"""The anti-loop guard: decides which events make a publication due for tagging again."""

from __future__ import annotations

from typing import Literal

from app.domain.kinds import Trigger

ANALYZED = "posts.vision.analyzed"
TAGGED = "posts.tagged"


def decide(routing_key: str, trigger: str | None = None) -> Literal["retag", "ignore"]:
    """`retag` for a new reading, `ignore` for every event of tagging itself.

    trigger: that of a posts.tagged event. A vision_retag follows a posts.vision.analyzed: tagging again after it would
    loop for ever. Events with other triggers need no work either, because they announce the newest tags.
    """
    if routing_key == TAGGED and trigger == Trigger.VISION_RETAG:
        return "ignore"
    return "retag" if routing_key == ANALYZED else "ignore"
