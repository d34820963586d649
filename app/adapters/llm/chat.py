"""What every chat model is to whoever asks: one question, one completion, one set of errors."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal, Protocol


@dataclass(frozen=True)
class Turn:
    """One message of a conversation; pictures are JPEG files."""

    role: Literal["system", "user", "assistant"]
    text: str
    pictures: tuple[bytes, ...] = ()


@dataclass(frozen=True)
class Question:
    """A conversation whose answer is to follow a JSON Schema; name: what OpenAI's likes call the schema."""

    turns: tuple[Turn, ...]
    schema: dict[str, Any]
    max_tokens: int
    temperature: float
    name: str = "reading"


@dataclass(frozen=True)
class Completion:
    """An answer and what it cost; `body` is the server's whole answer."""

    text: str
    model: str
    finish: str | None = None
    refusal: str | None = None
    prompt_tokens: int = 0
    completion_tokens: int = 0
    total_tokens: int = 0
    body: dict[str, Any] = field(default_factory=dict)


class ChatModel(Protocol):
    """A model behind a network. Methods run on one event loop; cancelling them ends the call."""

    provider: str
    model: str
    max_bytes: int  # of one picture

    async def complete(self, question: Question) -> Completion:
        """One paid call. Raises RateLimited, Unavailable, Declined, Unanswered, OutOfCredit, Misconfigured, Refused or
        Skip, never with a secret in it."""

    async def models(self) -> tuple[str, ...] | None:
        """The names of the models that the server has, None where it lists none. Costs nothing, and needs the right
        address and key. Errors as `complete`, without Unanswered."""

    async def close(self) -> None:
        """Ends the connections."""
