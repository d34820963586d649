"""What asking promises whatever the model does: a question that may have been paid is never taken for a free one."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator

import pytest

from app.adapters.llm.asker import Asker
from app.adapters.llm.chat import ChatModel, Completion, Question, Turn
from app.adapters.llm.connectors import connector
from app.adapters.llm.storable import storable
from app.demo.llm import LoopbackLLM
from app.errors import Transient, Unanswered
from tests.factories.answers import raw_answer
from tests.factories.settings import vision_settings

QUESTION = Question((Turn("user", "What is it?"),), {"type": "object"}, max_tokens=100, temperature=0.1)
EMPTY = raw_answer()


class HeldUp:
    """A model whose answer is there when something holds the event loop up."""

    provider = "openai"
    max_bytes = 1

    def __init__(self, real: ChatModel, free: threading.Event) -> None:
        self.model = real.model
        self._real, self._free = real, free

    async def complete(self, question: Question) -> Completion:
        done = await self._real.complete(question)
        self._free.wait(20)
        return done

    async def models(self) -> tuple[str, ...] | None:
        self._free.wait(20)
        return await self._real.models()

    async def close(self) -> None:
        await self._real.close()


@pytest.fixture
def held_up(server: LoopbackLLM) -> Iterator[Asker]:
    """Asks such a model, with half a second of patience."""
    free = threading.Event()
    connect: Callable[[], ChatModel] = connector(
        vision_settings(server, "openai"), "openai", "loopback-vision", "", 5.0
    )[1]
    asker = Asker(lambda: HeldUp(connect(), free), "test", 0.25, "TEST_TIMEOUT", clean_up=0.25)
    yield asker
    free.set()
    asker.close()


def test_a_question_that_went_out_is_unanswered_when_the_loop_is_held_up(held_up: Asker, server: LoopbackLLM) -> None:
    with pytest.raises(Unanswered, match="openai: no result within"):
        held_up.ask(QUESTION, EMPTY)
    assert server.ledger.tokens > 0


def test_numbers_that_json_does_not_have_are_left_out() -> None:
    body = {"timings": [float("nan"), float("inf"), 1.5, {"per_second": float("-inf")}], "\x00": "\ud800"}
    assert storable(body) == {"timings": [None, None, 1.5, {"per_second": None}], "\ufffd": "\ufffd"}


def test_a_list_of_models_is_never_unanswered(held_up: Asker) -> None:
    with pytest.raises(Transient) as raised:
        held_up.models()
    assert not isinstance(raised.value, Unanswered)
