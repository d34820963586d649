"""The interface of all chat models: one question, one completion, one set of errors."""

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
    """A conversation whose answer has to follow a JSON Schema. name: of the schema, for servers like OpenAI's."""

    turns: tuple[Turn, ...]
    schema: dict[str, Any]
    max_tokens: int
    temperature: float
    name: str = "reading"


@dataclass(frozen=True)
class Completion:
    """An answer and its cost; `body` is the whole answer of the server."""

    text: str
    model: str
    finish: str | None = None
    refusal: str | None = None
    prompt_tokens: int = 0
    completion_tokens: int = 0
    total_tokens: int = 0
    notes: tuple[str, ...] = ()  # for the user
    body: dict[str, Any] = field(default_factory=dict)


class ChatModel(Protocol):
    """A model behind a network. Methods run on one event loop; cancelling them ends the call."""

    provider: str
    model: str
    max_bytes: int  # of one picture

    async def complete(self, question: Question) -> Completion:
        """Makes one paid call.

        Raises RateLimited, Unavailable, Declined, Unanswered, OutOfCredit, Misconfigured, Refused or Skip, never with a
        secret in it. An answer that says nothing is a completion without text: it has its price.
        """

    async def models(self) -> tuple[str, ...] | None:
        """The names of the server's models, None if it has no list. Free of charge; needs the right address and key.

        Raises the errors of `complete`, without Unanswered.
        """

    async def close(self) -> None:
        """Closes the connections."""
