"""The anti-loop guard: decides which events make a publication due for tagging again."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from app.domain.kinds import Trigger

ANALYZED = "posts.vision.analyzed"
TAGGED = "posts.tagged"

Response = Literal["retag", "ignore"]

# (routing key, trigger of a posts.tagged) -> response. An event that no row names is unknown, and makes nothing due.
RESPONSES: Mapping[tuple[str, str | None], Response] = {
    (ANALYZED, None): "retag",  # a new reading
    # The anti-loop rule: these tags follow a posts.vision.analyzed, so tagging again after them would never end.
    (TAGGED, Trigger.VISION_RETAG): "ignore",
    # These announce the newest tags.
    (TAGGED, Trigger.INITIAL): "ignore",
    (TAGGED, Trigger.EDIT): "ignore",
    (TAGGED, Trigger.MANUAL): "ignore",
    # These change no input of tags.
    ("posts.parsed", None): "ignore",
    ("posts.vision.uploaded", None): "ignore",
    ("posts.indexed", None): "ignore",
}


def decide(routing_key: str, trigger: str | None = None) -> Response:
    """The response to an event. trigger: that of a posts.tagged event. ValueError for an event without a row."""
    response = RESPONSES.get((routing_key, trigger))
    if response is None:
        raise ValueError(f"no row says how to respond to {routing_key}, trigger {trigger}")
    return response
