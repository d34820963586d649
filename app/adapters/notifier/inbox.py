"""The other end of a webhook: tells a notice that is sound and new from a double, and from all that is not of us."""

from __future__ import annotations

import json
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from threading import Lock
from typing import Any

from standardwebhooks import Webhook, WebhookVerificationError

MOST = 10_000  # ids that are remembered


class Verdict(StrEnum):
    """What became of a request."""

    NEW = "new"
    DOUBLE = "double"
    REFUSED = "refused"


@dataclass(frozen=True)
class Received:
    """A request, judged. id: of a sound one; content: its body; why: the reason of a refusal."""

    verdict: Verdict
    id: str = ""
    content: Mapping[str, Any] = field(default_factory=dict)
    why: str = ""


class Inbox:
    """Verifies requests by Standard Webhooks: signature, and a time within five minutes of now. Remembers the ids."""

    def __init__(self, secrets: tuple[str, ...], most: int = MOST) -> None:
        """secrets: any of them may have signed. most: ids that are remembered, the newest."""
        self._hooks = [Webhook(secret) for secret in secrets]
        self._most = most
        self._seen: OrderedDict[str, None] = OrderedDict()
        self._lock = Lock()

    def judge(self, headers: Mapping[str, str], body: bytes) -> Received:
        """The verdict on a request."""
        why = self._refusal(headers, body)
        if why:
            return Received(Verdict.REFUSED, why=why)
        try:
            content = json.loads(body)
        except (ValueError, RecursionError):
            content = None
        if not isinstance(content, dict):
            return Received(Verdict.REFUSED, why="signed, but no JSON object")
        id_ = next(value for name, value in headers.items() if name.lower() == "webhook-id")
        return Received(Verdict.NEW if self._is_new(id_) else Verdict.DOUBLE, id_, content)

    def _refusal(self, headers: Mapping[str, str], body: bytes) -> str:
        """Why no secret proves the request; empty if one does."""
        why = "no secret"
        for hook in self._hooks:
            try:
                hook.verify(body, dict(headers), json_parse=False)
            except WebhookVerificationError as error:
                why = str(error)
            except ValueError:  # the library's parser meets Base64, numbers and texts that are none
                why = "Malformed headers or body"
            else:
                return ""
        return why

    def _is_new(self, id_: str) -> bool:
        with self._lock:
            is_new = id_ not in self._seen
            self._seen[id_] = None
            self._seen.move_to_end(id_)
            while len(self._seen) > self._most:
                self._seen.popitem(last=False)
            return is_new
