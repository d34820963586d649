"""What the loopback models were asked, and what they would have charged."""

from __future__ import annotations

import threading
from collections import Counter
from dataclasses import asdict, dataclass
from typing import Any, Literal

Api = Literal["gigachat", "openai"]
Purpose = Literal["vision", "tags"]


@dataclass(frozen=True)
class Call:
    """One request. outcome: ok, or the name of the fault or error that it ended in."""

    api: Api
    operation: str  # oauth, upload, delete, chat, models, balance, embeddings
    outcome: str
    status: int  # of HTTP; 0 when nothing was answered
    model: str = ""
    pictures: tuple[str, ...] = ()  # sha256 of the bytes that came, in order
    question: str = ""  # sha256 of all that was asked, words and pictures: the same question, the same digest
    repair: bool = False  # a chat that corrects an earlier answer
    prompt_tokens: int = 0
    completion_tokens: int = 0
    purpose: Purpose = "vision"  # of a chat

    @property
    def tokens(self) -> int:
        """What this call cost."""
        return self.prompt_tokens + self.completion_tokens


class Ledger:
    """All calls in order. Safe to read while the server runs."""

    def __init__(self) -> None:
        self._calls: list[Call] = []
        self._lock = threading.Lock()

    def add(self, call: Call) -> None:
        """Writes a call down, before it is answered: a test that has the answer finds the call."""
        with self._lock:
            self._calls.append(call)

    def clear(self) -> None:
        """Forgets everything so far."""
        with self._lock:
            self._calls.clear()

    def calls(self, operation: str | None = None, *, outcome: str | None = None) -> list[Call]:
        """The calls of an operation with an outcome, of any when None."""
        with self._lock:
            found = list(self._calls)
        return [
            call
            for call in found
            if operation in (None, call.operation) and (outcome is None or call.outcome == outcome)
        ]

    def readings(self) -> list[Call]:
        """The chats about files that were answered and are no repairs: one for each file that was read."""
        return self._answered("vision")

    def taggings(self) -> list[Call]:
        """The same of chats about posts."""
        return self._answered("tags")

    def _answered(self, purpose: Purpose) -> list[Call]:
        return [call for call in self.calls("chat", outcome="ok") if not call.repair and call.purpose == purpose]

    def count(self) -> Counter[tuple[str, str]]:
        """How often each (operation, outcome) occurred."""
        return Counter((call.operation, call.outcome) for call in self.calls())

    @property
    def tokens(self) -> int:
        """What all calls cost."""
        return sum(call.tokens for call in self.calls())

    def rows(self) -> list[dict[str, Any]]:
        """All calls as plain JSON."""
        return [asdict(call) for call in self.calls()]
