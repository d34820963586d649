"""What servers of models said that they do not take: a question is sent in the form that its server knows."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Literal, get_args

RequestPart = Literal[
    "system", "json_schema", "json_object", "max_tokens", "temperature", "several_pictures", "pictures"
]
"""Of a request: what some servers or models reject."""
PARTS: tuple[RequestPart, ...] = get_args(RequestPart)

# A server is asked for everything again once a day: it may have been updated. One without pictures is asked more often,
# because no picture is read meanwhile: a person who loads the missing part of the model should not wait for a day.
KEPT = timedelta(days=1)
KEPT_WITHOUT_PICTURES = timedelta(minutes=10)

TOLD: Mapping[RequestPart, str] = {
    "system": "no system role (its words begin the first message)",
    "json_schema": "no JSON Schema",
    "json_object": "no JSON mode",
    "max_tokens": "max_completion_tokens in place of max_tokens",
    "temperature": "no temperature",
    "several_pictures": "at most {most} pictures a request",
    "pictures": "no pictures",
}


@dataclass(frozen=True)
class Endpoint:
    """A model on a server. address: without credentials."""

    provider: str
    address: str
    model: str


@dataclass(frozen=True)
class Lesson:
    """A part that an endpoint does not take. words: the server's, without secrets. most: pictures in a request."""

    part: RequestPart
    words: str
    at: datetime
    most: int | None = None

    @property
    def told(self) -> str:
        """The lesson in words."""
        if self.part == "several_pictures" and self.most == 1:
            return "one picture a request"
        return TOLD[self.part].format(most=self.most)

    @property
    def until(self) -> datetime:
        """The moment from which the part is sent again."""
        return self.at + (KEPT_WITHOUT_PICTURES if self.part == "pictures" else KEPT)


class MemoryLessons:
    """The port ServerLessons for one process. Safe to share between threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._kept: dict[tuple[Endpoint, RequestPart], Lesson] = {}

    def known(self, endpoint: Endpoint) -> Mapping[RequestPart, Lesson]:
        """See the port, as below."""
        now = datetime.now(UTC)
        with self._lock:
            return {part: one for (of, part), one in self._kept.items() if of == endpoint and one.until > now}

    def learn(self, endpoint: Endpoint, lesson: Lesson) -> None:
        with self._lock:
            self._kept[endpoint, lesson.part] = lesson

    def replace(self, kept: Mapping[tuple[Endpoint, RequestPart], Lesson]) -> None:
        """Forgets everything but these."""
        with self._lock:
            self._kept = dict(kept)
