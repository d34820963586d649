"""The base of all clients of paid models: names, connection, deadline, and at most one repair."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Generic, Protocol, TypeVar

from app.adapters.llm.asker import Asker
from app.adapters.llm.chat import ChatModel
from app.domain.reading import RawAnswer
from app.errors import Declined, Permanent, UserError
from app.settings import Settings

G = TypeVar("G")
R = TypeVar("R")


class Repairs(Protocol):
    """The part of PaidModel that repairs an answer."""

    def problem(self, raw: RawAnswer) -> str | None:
        """See PaidModel, as below."""

    def repair(self, raw: RawAnswer, problem: str) -> RawAnswer: ...


def with_repair(model: Repairs, answer: RawAnswer) -> list[RawAnswer]:
    """The answer, and its repair if one is needed and possible."""
    if problem := model.problem(answer):
        with suppress(Permanent, Declined):  # then the valid parts of the answer count
            return [answer, model.repair(answer, problem)]
    return [answer]


class PaidClient(ABC, Generic[G, R]):
    """The port PaidModel on any chat model; subclasses add the questions. Safe to share between threads."""

    def __init__(
        self, connect: Callable[[], ChatModel], purpose: str, provider: str, model: str, settings: Settings
    ) -> None:
        """connect: makes the connections, on the event loop, at the first call.

        purpose: vision, tagger or answerer; the setting <PURPOSE>_TIMEOUT is the deadline of one call.
        """
        setting = f"{purpose}_timeout"
        seconds: float = getattr(settings, setting)
        if 3 * seconds > settings.lease_seconds:
            raise UserError(
                f"{setting.upper()} must be a third of LEASE_SECONDS at most: a call and its repair fit into it"
            )
        self._asker = Asker(connect, f"{purpose}-{provider}", seconds, setting.upper())
        self._provider, self._model = provider, model

    @property
    def provider(self) -> str:
        """The provider whose budget pays."""
        return self._provider

    @property
    def model(self) -> str:
        """The model's name, as configured."""
        return self._model

    @abstractmethod
    def ask(self, given: G) -> RawAnswer:
        """See the port, as all below."""

    @abstractmethod
    def problem(self, raw: RawAnswer) -> str | None: ...

    @abstractmethod
    def repair(self, raw: RawAnswer, problem: str) -> RawAnswer: ...

    @abstractmethod
    def interpret(self, given: G, answers: Sequence[RawAnswer]) -> R: ...

    def at_once(self, given: G) -> R:
        """Asks, repairs if needed and possible, and interprets."""
        return self.interpret(given, with_repair(self, self.ask(given)))

    def close(self) -> None:
        """Closes the connections; the next call makes new ones."""
        self._asker.close()
