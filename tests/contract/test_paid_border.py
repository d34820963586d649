"""Which failures may have been paid for: those after the first byte of the request, and no other."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing

import pytest
from structlog.testing import capture_logs

from app.adapters.llm.asker import Asker
from app.adapters.llm.chat import ChatModel, Completion, Question, Turn
from app.adapters.llm.connectors import connector
from app.demo.llm import Fault, LoopbackLLM
from app.demo.llm.faults import Kind
from app.errors import MediaAuditError, Transient, Unanswered, Unavailable
from tests.factories.answers import raw_answer
from tests.factories.settings import vision_settings

pytestmark = pytest.mark.slow

QUESTION = Question((Turn("user", "What is it?"),), {"type": "object"}, max_tokens=100, temperature=0.1)
PICTURE = Question((Turn("user", "What is it?", (b"\xff\xd8 a picture",)),), {"type": "object"}, 100, 0.1)
EMPTY = raw_answer()
PROVIDERS = pytest.mark.parametrize("provider", ["gigachat", "openai"])


def asker(server: LoopbackLLM, provider: str, seconds: float = 30.0, **changes: object) -> Asker:
    """Asks a model of the server. seconds: deadline of a call."""
    connect = connector(vision_settings(server, provider, **changes), provider, "loopback-vision", "", 30.0)[1]
    return Asker(connect, "test", seconds, "TEST_TIMEOUT")


def failure(asking: Asker, question: Question = QUESTION) -> MediaAuditError:
    """The error of one call."""
    with closing(asking), pytest.raises(MediaAuditError) as raised:
        asking.ask(question, EMPTY)
    return raised.value


@pytest.mark.parametrize("operation", ["oauth", "upload"])
@pytest.mark.parametrize("kind", ["hang", "cut", "not_json"])
def test_a_login_or_an_upload_that_fails_costs_nothing(kind: Kind, operation: str, server: LoopbackLLM) -> None:
    server.faults.add(Fault(kind, operation=operation))
    error = failure(asker(server, "gigachat", 0.6), PICTURE)
    assert isinstance(error, Unavailable), repr(error)
    assert server.ledger.calls("chat") == []


@pytest.mark.parametrize("kind", ["hang", "cut"])
def test_a_login_before_a_question_without_pictures_costs_nothing(kind: Kind, server: LoopbackLLM) -> None:
    server.faults.add(Fault(kind, operation="oauth"))
    assert isinstance(failure(asker(server, "gigachat", 0.6)), Unavailable)
    assert server.ledger.calls("chat") == []


@PROVIDERS
@pytest.mark.parametrize("kind", ["cut", "not_json", "not_protocol"])
def test_a_question_that_went_out_may_have_cost_something(kind: Kind, provider: str, server: LoopbackLLM) -> None:
    server.faults.add(Fault(kind))
    assert isinstance(failure(asker(server, provider)), Unanswered)
    assert len(server.ledger.calls("chat")) == 1


@pytest.fixture
def crowded() -> Iterator[int]:
    """A port whose server accepts no connection any more, and refuses none."""
    with socket.create_server(("127.0.0.1", 0), backlog=0) as listening, ExitStack() as before:
        for _ in range(4):
            waiting = before.enter_context(socket.socket())
            waiting.setblocking(False)
            waiting.connect_ex(listening.getsockname())
        yield listening.getsockname()[1]


def test_a_connection_that_never_comes_about_costs_nothing(server: LoopbackLLM, crowded: int) -> None:
    error = failure(asker(server, "openai", 0.6, openai_base_url=f"http://127.0.0.1:{crowded}/v1"))
    assert isinstance(error, Unavailable), repr(error)
    assert "no answer within 1 s (TEST_TIMEOUT)" in error.reason, "the deadline of the call ended it"


def test_a_proxy_that_hangs_up_costs_nothing(server: LoopbackLLM, monkeypatch: pytest.MonkeyPatch) -> None:
    """It has heard where the question would go, and no word of it."""
    heard: list[bytes] = []
    with socket.create_server(("127.0.0.1", 0)) as listening, ThreadPoolExecutor(1) as pool:
        monkeypatch.setenv("HTTPS_PROXY", f"http://127.0.0.1:{listening.getsockname()[1]}")
        monkeypatch.setenv("NO_PROXY", "")
        pool.submit(_hang_up, listening, heard)
        error = failure(asker(server, "openai", openai_base_url="https://models.example/v1"))
    assert heard[0].startswith(b"CONNECT models.example:443")
    assert isinstance(error, Unavailable), repr(error)


def _hang_up(listening: socket.socket, heard: list[bytes]) -> None:
    connection, _ = listening.accept()
    with connection:
        heard.append(connection.recv(10_000))


@PROVIDERS
def test_a_question_that_no_request_can_hold_costs_nothing(provider: str, server: LoopbackLLM) -> None:
    with capture_logs():
        error = failure(asker(server, provider), Question((Turn("user", "\ud800"),), {"type": "object"}, 100, 0.1))
    assert isinstance(error, Transient)
    assert not isinstance(error, Unanswered), repr(error)
    assert server.ledger.calls("chat") == []


class Slow:
    """A model whose event loop is held up before it asks."""

    provider = "openai"
    max_bytes = 1

    def __init__(self, real: ChatModel, free: threading.Event, asked: threading.Event) -> None:
        self.model = real.model
        self._real, self._free, self._asked = real, free, asked

    async def complete(self, question: Question) -> Completion:
        self._free.wait(20)
        try:
            return await self._real.complete(question)
        finally:
            self._asked.set()

    async def models(self) -> tuple[str, ...] | None:
        return await self._real.models()

    async def close(self) -> None:
        await self._real.close()


def test_a_caller_that_has_left_lets_nothing_out_any_more(server: LoopbackLLM) -> None:
    """Else the call would be made after it was settled as free."""
    free, asked = threading.Event(), threading.Event()
    connect: Callable[[], ChatModel] = connector(
        vision_settings(server, "openai"), "openai", "loopback-vision", "", 5.0
    )[1]
    asking = Asker(lambda: Slow(connect(), free, asked), "test", 0.1, "TEST_TIMEOUT", clean_up=0.1)
    with closing(asking):
        with pytest.raises(Transient, match="no result within") as raised:
            asking.ask(QUESTION, EMPTY)
        assert not isinstance(raised.value, Unanswered)
        free.set()
        assert asked.wait(20)
    assert server.ledger.calls("chat") == []
