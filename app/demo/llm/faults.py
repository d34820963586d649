"""Switches for faults between a client and a model. Deterministic: the same requests fail in each run."""

from __future__ import annotations

import threading
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any, Literal

Kind = Literal[
    "rate_limit",  # 429, with retry_after
    "expired",  # 401, and the access token is worthless from then on
    "no_credit",  # 402
    "no_quota",  # 429 that means 402, as OpenAI says it
    "too_large",  # 413
    "missing",  # 404: no such method
    "error",  # 500
    "blocked",  # 400 of a moderation in front of the model
    "declined",  # 400 for a reason of its own
    "redirect",  # 308 to another address
    "hang",  # no answer at all
    "trickle",  # headers and then a byte now and then, forever
    "cut",  # the connection ends in the middle of the answer
    "not_json",  # 200 with a page of HTML
    "not_protocol",  # 200 with JSON of another form
    "echo",  # 500 whose text repeats the request's credentials
    "no_schema",  # 400: a JSON Schema is not supported; strikes only requests that have one
    "no_pictures",  # 400: the model sees none; strikes only requests with pictures
    "no_max_tokens",  # the same of max_tokens: max_completion_tokens is wanted
    "no_temperature",  # the same of temperature
    "prose",  # the model talks instead of answering in JSON; a repair call brings JSON
    "bad_fields",  # JSON with wrong fields; a repair call brings right ones
    "hopeless",  # JSON with wrong fields, from the repair call as well
    "refusal",  # the model declines
    "moderated",  # moderation stops the answer
    "empty",  # an answer without a word
    "nul",  # an answer with NUL and half a surrogate pair in its text
    "raw",  # the bytes of the fault in place of any answer, with its status and headers
]
STATUSES: dict[Kind, int] = {
    "rate_limit": 429,
    "expired": 401,
    "no_credit": 402,
    "no_quota": 429,
    "too_large": 413,
    "missing": 404,
    "error": 500,
    "blocked": 400,
    "declined": 400,
    "redirect": 308,
    "echo": 500,
    "no_schema": 400,
    "no_pictures": 400,
    "no_max_tokens": 400,
    "no_temperature": 400,
}
PARTS: dict[Kind, str] = {
    "no_schema": "json_schema",
    "no_pictures": "pictures",
    "no_max_tokens": "max_tokens",
    "no_temperature": "temperature",
}
ELSEWHERE = "https://elsewhere.example/v1?token=of-theirs"
# In OpenAI's words about its newer models.
WORDS: dict[Kind, str] = {
    "no_pictures": "this model does not support image input",
    "no_max_tokens": "Unsupported parameter: 'max_tokens' is not supported with this model. Use "
    "'max_completion_tokens' instead.",
    "no_temperature": "Unsupported value: 'temperature' does not support 0.1 with this model. Only the default (1) "
    "value is supported.",
}


@dataclass(frozen=True)
class Fault:
    """Strikes requests number after + 1 to after + times of an operation; times=0: all from there on."""

    kind: Kind
    operation: str = "chat"
    times: int = 1
    after: int = 0
    retry_after: str | None = None  # the header of a 429 or 503
    raw: bytes = b""
    status: int = 200  # of raw bytes
    sent: tuple[tuple[str, str], ...] = ()  # further headers

    @property
    def headers(self) -> dict[str, str]:
        """Headers of the reply."""
        location = ELSEWHERE if self.kind == "redirect" else None
        given = {"Retry-After": self.retry_after, "Location": location, **dict(self.sent)}
        return {name: value for name, value in given.items() if value}


class Faults:
    """The faults of a server; add and clear at any time."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._rules: list[tuple[Fault, list[int]]] = []

    def add(self, *faults: Fault) -> None:
        """Each counts requests from now on. Of several that strike at once the first added wins."""
        with self._lock:
            self._rules += [(fault, [0]) for fault in faults]

    def clear(self) -> None:
        """Removes all faults."""
        with self._lock:
            self._rules.clear()

    def strike(self, operation: str, parts: Collection[str] = ()) -> Fault | None:
        """Counts a request; returns the fault that strikes it. parts: the names in its body."""
        with self._lock:
            struck = [fault for fault, seen in self._rules if _strikes(fault, seen, operation, parts)]
        return struck[0] if struck else None


def parts_of(chat: Mapping[str, Any]) -> list[str]:
    """The names in the body of a chat, the form of the answer that it asks for, and whether it has pictures."""
    form = chat.get("response_format")
    named = [*chat, str(form.get("type"))] if isinstance(form, dict) else [*chat]
    return [*named, "pictures"] if any(map(_shows, chat.get("messages", ()))) else named


def _shows(message: Any) -> bool:
    """Whether a message of either protocol has a picture."""
    content = message.get("content") if isinstance(message, dict) else None
    parts = content if isinstance(content, list) else ()
    return bool(parts and any(part.get("type") == "image_url" for part in parts)) or "attachments" in (message or ())


def _strikes(fault: Fault, seen: list[int], operation: str, parts: Collection[str]) -> bool:
    if fault.operation != operation or PARTS.get(fault.kind, fault.kind) not in (fault.kind, *parts):
        return False
    seen[0] += 1
    return seen[0] > fault.after and (fault.times == 0 or seen[0] <= fault.after + fault.times)
