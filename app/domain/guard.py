"""The anti-loop guard: which events make a publication due for tagging again."""

from __future__ import annotations

from typing import Literal

from app.domain.kinds import Trigger

ANALYZED = "posts.vision.analyzed"
TAGGED = "posts.tagged"


def decide(routing_key: str, trigger: str | None = None) -> Literal["retag", "ignore"]:
    """retag for a new reading; ignore for everything that tagging itself says.

    trigger: that of a posts.tagged event. A vision_retag answers a posts.vision.analyzed: to answer it in turn would go
    round for ever. The other triggers leave nothing to do either: the tags that they tell of are the newest.
    """
    if routing_key == TAGGED and trigger == Trigger.VISION_RETAG:
        return "ignore"
    return "retag" if routing_key == ANALYZED else "ignore"
