"""What goes wrong between us and a model: one table for pictures and tags, whoever the provider is."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager

import pytest

from app.adapters.tagger.llm.tagger import LlmTagger
from app.adapters.vision.remote.vision import RemoteVision
from app.demo.llm import Fault, LoopbackLLM
from app.demo.llm.faults import Kind
from app.errors import Declined, Misconfigured, OutOfCredit, RateLimited, Skip, Transient, Unanswered, Unavailable
from tests.factories.files import stored_photo
from tests.factories.posts import RU_POST, post
from tests.factories.providers import reading_with, tagging_with

pytestmark = pytest.mark.slow

POST = post(RU_POST)
Ask = Callable[[], object]  # a question with its repair, if it needs one; its answer


def _vision(server: LoopbackLLM, provider: str, seconds: float) -> AbstractContextManager[RemoteVision]:
    return reading_with(server, provider, vision_timeout=seconds)


def _tagger(server: LoopbackLLM, provider: str, seconds: float) -> AbstractContextManager[LlmTagger]:
    return tagging_with(server, provider, tagger_timeout=seconds)


@contextmanager
def asking(server: LoopbackLLM, what: str, provider: str, seconds: float = 60.0) -> Iterator[Ask]:
    """Asks the same again and again. seconds: deadline of a call. Nothing that was uploaded is left at the end."""
    if what == "vision":
        with _vision(server, provider, seconds) as vision:
            yield lambda: vision.read(stored_photo()).reading
    else:
        with _tagger(server, provider, seconds) as tagger:
            yield lambda: tagger.tag(POST)
    assert server.files == {}


SIDES = [(what, provider) for what in ("vision", "tags") for provider in ("gigachat", "openai")]
sides = pytest.mark.parametrize("side", SIDES, ids="-".join)


@pytest.fixture(params=SIDES, ids="-".join)
def ask(request: pytest.FixtureRequest, server: LoopbackLLM) -> Iterator[Ask]:
    """A question of each kind to each provider."""
    with asking(server, *request.param) as found:
        yield found


@pytest.mark.parametrize(
    ("kind", "error", "charge", "wait"),
    [
        ("rate_limit", RateLimited, False, 7),
        ("error", Unavailable, True, 7),
        ("declined", Declined, True, 7),
        ("no_credit", OutOfCredit, False, 3600),
        ("cut", Unanswered, True, None),
        ("not_json", Unanswered, True, None),
        ("not_protocol", Unanswered, True, None),
    ],
)
def test_outages_say_when_to_come_back(
    kind: Kind, error: type[Transient], charge: bool, wait: float | None, ask: Ask, server: LoopbackLLM
) -> None:
    server.faults.add(Fault(kind, retry_after="7"))
    with pytest.raises(Transient) as raised:
        ask()
    assert type(raised.value) is error
    assert (raised.value.charge, raised.value.retry_after) == (charge, wait)
    assert ask()  # the connection still serves
    assert [call.outcome for call in server.ledger.calls("chat")] == [kind, "ok"]


@sides
@pytest.mark.parametrize("kind", ["hang", "trickle"])
def test_a_silent_or_trickling_server_is_left_at_the_deadline(
    kind: Kind, side: tuple[str, str], server: LoopbackLLM
) -> None:
    with asking(server, *side, seconds=0.6) as ask:
        ask()
        server.faults.add(Fault(kind))
        with pytest.raises(Unanswered, match="VISION_TIMEOUT" if side[0] == "vision" else "TAGGER_TIMEOUT"):
            ask()


def test_too_large_is_skipped(ask: Ask, server: LoopbackLLM) -> None:
    server.faults.add(Fault("too_large", times=0))
    with pytest.raises(Skip, match="too large"):
        ask()


def test_servers_without_schemas_are_asked_without(ask: Ask, server: LoopbackLLM) -> None:
    right = ask()
    server.ledger.clear()
    server.faults.add(Fault("no_schema", times=0))
    assert [ask(), ask()] == [right, right]
    assert [call.outcome for call in server.ledger.calls("chat")] == ["no_schema", "ok", "ok"]  # learnt once


def test_an_outage_during_the_repair_is_no_answer(ask: Ask, server: LoopbackLLM) -> None:
    server.faults.add(Fault("bad_fields"), Fault("rate_limit", after=1, retry_after="3"))
    with pytest.raises(RateLimited):
        ask()


@sides
def test_a_server_that_redirects_is_a_wrong_setting(side: tuple[str, str], server: LoopbackLLM) -> None:
    server.faults.add(Fault("redirect"))
    expected = pytest.raises(Misconfigured, match=f"it redirects to .*{side[1].upper()}_BASE_URL")
    with asking(server, *side) as ask, expected as raised:
        ask()
    assert "token=" not in str(raised.value)
