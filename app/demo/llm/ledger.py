"""The ledger of the loopback models: each question, and its price."""

from __future__ import annotations

import threading
from collections import Counter
from dataclasses import asdict, dataclass
from typing import Any, Literal

Api = Literal["gigachat", "openai"]
Purpose = Literal["vision", "tags", "ask"]


@dataclass(frozen=True)
class Call:
    """One request. outcome: ok, or the name of the fault or error that it ended in."""

    api: Api
    operation: str  # oauth, upload, delete, chat, models, balance, embeddings
    outcome: str
    status: int  # of HTTP; 0 without an answer
    model: str = ""
    pictures: tuple[str, ...] = ()  # sha256 of the bytes that came, in order
    question: str = ""  # sha256 of the whole question, words and pictures: equal questions have equal digests
    repair: bool = False  # a chat that corrects an earlier answer
    prompt_tokens: int = 0
    completion_tokens: int = 0
    purpose: Purpose = "vision"  # of a chat

    @property
    def tokens(self) -> int:
        """Cost of this call."""
        return self.prompt_tokens + self.completion_tokens


class Ledger:
    """All calls in order. Safe to read while the server runs."""

    def __init__(self) -> None:
        self._calls: list[Call] = []
        self._lock = threading.Lock()

    def add(self, call: Call) -> None:
        """Records a call before its answer is sent: a test that has the answer finds the call."""
        with self._lock:
            self._calls.append(call)

    def clear(self) -> None:
        """Forgets all calls so far."""
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
        """The same for chats about posts."""
        return self._answered("tags")

    def answers(self) -> list[Call]:
        """The same for questions."""
        return self._answered("ask")

    def _answered(self, purpose: Purpose) -> list[Call]:
        return [call for call in self.calls("chat", outcome="ok") if not call.repair and call.purpose == purpose]

    def count(self) -> Counter[tuple[str, str]]:
        """How often each (operation, outcome) occurred."""
        return Counter((call.operation, call.outcome) for call in self.calls())

    @property
    def tokens(self) -> int:
        """Cost of all calls."""
        return sum(call.tokens for call in self.calls())

    def rows(self) -> list[dict[str, Any]]:
        """All calls as plain JSON."""
        return [asdict(call) for call in self.calls()]
