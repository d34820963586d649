"""How servers wrap answers and errors: one table for both providers, and what each entry is to a reader of pictures."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from contextlib import ExitStack

import pytest

from app.adapters.tagger.llm.tagger import LlmTagger
from app.adapters.vision.remote.vision import RemoteVision
from app.demo.llm import Fault, LoopbackLLM
from app.domain.reading import RawAnswer
from app.errors import (
    Declined,
    MediaAuditError,
    Misconfigured,
    NoAnswer,
    OutOfCredit,
    RateLimited,
    Refused,
    TooLarge,
    Unanswered,
    Unavailable,
)
from tests.contract.test_paid_answerer import GIVEN
from tests.factories.envelopes import ANSWERS, MODERATED, SILENT, body
from tests.factories.files import stored_photo
from tests.factories.posts import RU_POST, post
from tests.factories.providers import answering_with, reading_with, tagging_with

pytestmark = pytest.mark.slow

READING = {
    "classification": "screenshot",
    "is_meme": False,
    "description": "A shop says {closed} \u2028 in print.",
    "labels": [{"name": "shop", "score": 0.9}],
    "objects": [],
    "language": "ru",
    "text": "Закрыто до утра",
}
ANSWER = json.dumps(READING, ensure_ascii=False)
PROVIDERS = ("gigachat", "openai")
# Both read a body by the same code, so that GigaChat, behind its SDK, takes those that its own models refuse.
REFUSED_BY_SDK = frozenset(
    ("parts", "arguments that are no string", "a stream", "lines", "no name of a model", "all in the thoughts")
) | frozenset(
    ("null", "no choices", "no message", "no member of that name", "blacklist", "a question that was blocked")
)


def of_both(names: Iterable[str]) -> pytest.MarkDecorator:
    """Each entry for one provider, and those that the SDK refuses for GigaChat, too."""
    pairs = [(name, provider) for name in names for provider in PROVIDERS]
    kept = [(name, provider) for name, provider in pairs if provider == "openai" or name in REFUSED_BY_SDK]
    return pytest.mark.parametrize(("name", "vision"), kept, indirect=["vision"])


@pytest.fixture(scope="module")
def readers(running_models: LoopbackLLM) -> Iterator[dict[str, RemoteVision]]:
    """Both paid providers, connected once."""
    with ExitStack() as stack:
        yield {name: stack.enter_context(reading_with(running_models, name)) for name in PROVIDERS}


@pytest.fixture
def vision(request: pytest.FixtureRequest, readers: dict[str, RemoteVision], server: LoopbackLLM) -> RemoteVision:
    """The one that the test names, else the one without an SDK."""
    return readers[getattr(request, "param", "openai")]


@pytest.fixture
def openai(readers: dict[str, RemoteVision], server: LoopbackLLM) -> RemoteVision:
    """One of them: both read errors and counts by the same code."""
    return readers["openai"]


def replies(server: LoopbackLLM, content: bytes, status: int = 200, **headers: str) -> None:
    """The server answers each question so from now on."""
    sent = tuple((name.replace("_", "-"), value) for name, value in headers.items())
    server.faults.clear()
    server.faults.add(Fault("raw", times=0, raw=content, status=status, sent=sent))


def asked(vision: RemoteVision) -> RawAnswer:
    """One call."""
    return vision.ask(stored_photo())


def error_of(vision: RemoteVision) -> MediaAuditError:
    """The error of one call and of what became of it."""
    with pytest.raises(MediaAuditError) as raised:
        vision.read(stored_photo())
    return raised.value


@of_both(ANSWERS)
def test_an_answer_is_read_in_whatever_it_is_wrapped(name: str, vision: RemoteVision, server: LoopbackLLM) -> None:
    replies(server, ANSWERS[name](ANSWER))
    found = vision.read(stored_photo())
    assert found.reading.description == "A shop says {closed} in print."
    assert found.reading.ocr is not None
    assert (found.reading.ocr.text, found.reading.language) == ("Закрыто до утра", "ru")
    assert (found.status, found.calls) == ("ok", 1)
    assert found.tokens in (960, 0)  # streams of calls tell no price


@of_both(SILENT)
def test_an_answer_that_says_nothing_is_no_reading(name: str, vision: RemoteVision, server: LoopbackLLM) -> None:
    replies(server, SILENT[name])
    raw = asked(vision)
    assert (raw.tokens, vision.problem(raw)) == (960, None)  # paid, and no repair is
    with pytest.raises(NoAnswer):
        vision.interpret(stored_photo(), [raw])
    assert len(server.ledger.calls("chat")) == 1


def test_talk_is_repaired_once_and_then_no_reading(openai: RemoteVision, server: LoopbackLLM) -> None:
    replies(server, body({"content": "I see a cat on a sofa. Anything else?"}))
    error = error_of(openai)
    assert isinstance(error, NoAnswer)
    assert str(error).endswith("answered 37 characters and no field that was asked for")
    assert len(server.ledger.calls("chat")) == 2


def test_the_reason_names_what_may_help(openai: RemoteVision, server: LoopbackLLM) -> None:
    replies(server, SILENT["thoughts alone"])
    assert "thoughts and no answer; it ended at its limit of tokens (VISION_MAX_TOKENS)" in str(error_of(openai))


@of_both(MODERATED)
def test_moderation_has_many_names(name: str, vision: RemoteVision, server: LoopbackLLM) -> None:
    replies(server, MODERATED[name])
    assert isinstance(error_of(vision), Refused)
    assert len(server.ledger.calls("chat")) == 1


@pytest.mark.parametrize(
    ("content", "error", "words"),
    [
        ({"error": {"message": "The engine is overloaded", "type": "server_error"}}, Unavailable, "overloaded"),
        ({"error": {"code": 429, "message": "slower, please"}}, RateLimited, "slower"),
        ({"error": "Unexpected endpoint or method. (POST /chat/completions)"}, Misconfigured, "_BASE_URL"),
        ({"error": {"message": "You exceeded it", "code": "insufficient_quota"}}, OutOfCredit, "credit"),
        ({"error": {"code": "bad_words", "message": "no such verb"}}, Declined, "no such verb"),
        ({"error": {"code": 413, "message": "what a picture"}}, TooLarge, "too large"),
        ({"detail": "Unauthorized"}, Misconfigured, "OPENAI_API_KEY|GIGACHAT_CREDENTIALS"),
        ({"detail": [{"loc": ["body"], "msg": "field required", "type": "missing"}]}, Declined, "field required"),
        ({"message": "the key is not valid", "code": "invalid_api_key"}, Misconfigured, "the key is not valid"),
        ({"code": 50001, "msg": "system busy, try again", "data": None}, Unavailable, "busy"),
        ({"object": "error", "message": "model m does not exist", "type": "NotFoundError"}, Misconfigured, "_MODEL"),
        ([{"error": {"code": 503, "message": "UNAVAILABLE"}}], Unavailable, "UNAVAILABLE"),
        ({"choices": [{"error": {"code": 502, "message": "upstream"}, "message": {"content": ""}}]}, Unavailable, "up"),
    ],
)
def test_an_error_in_a_success_cost_nothing(
    content: object, error: type[MediaAuditError], words: str, openai: RemoteVision, server: LoopbackLLM
) -> None:
    replies(server, json.dumps(content).encode())
    found = error_of(openai)
    assert type(found) is error
    assert re.search(words, str(found))


def test_words_beside_an_error_are_an_answer(openai: RemoteVision, server: LoopbackLLM) -> None:
    replies(server, body({"content": ANSWER}, error={"message": "the stream broke after this", "code": 502}))
    assert openai.read(stored_photo()).reading.description


@pytest.mark.parametrize(
    ("usage", "tokens", "noted"),
    [
        (None, 0, False),
        ("free of charge", 0, True),
        ([1, 2], 0, True),
        ({}, 0, False),
        ({"prompt_tokens": "900", "completion_tokens": 59.2, "total_tokens": None}, 960, False),
        ({"prompt_tokens": 900, "completion_tokens": 60, "total_tokens": -1}, 960, True),
        ({"prompt_tokens": -900, "completion_tokens": "some", "total_tokens": float("inf")}, 0, True),
        ({"total_tokens": 10**30}, 0, True),
        ({"prompt_tokens": True, "total_tokens": {"n": 5}}, 0, True),
        ({"input_tokens": 900, "output_tokens": 60}, 960, False),
    ],
)
def test_an_odd_usage_loses_no_answer(
    usage: object, tokens: int, noted: bool, openai: RemoteVision, server: LoopbackLLM
) -> None:
    replies(server, body({"content": ANSWER}, usage=usage))
    raw = asked(openai)
    assert (raw.tokens, any("cannot be read" in note for note in raw.notes)) == (tokens, noted)
    assert openai.interpret(stored_photo(), [raw]).status == "ok"


def test_a_body_without_usage_and_half_its_members_is_an_answer(openai: RemoteVision, server: LoopbackLLM) -> None:
    replies(server, json.dumps({"choices": [{"message": {"content": ANSWER}}]}).encode())
    assert openai.read(stored_photo()).status == "ok"


PAGE = b"<!DOCTYPE html><html><head><title>Welcome to LM</title></head></html>"
STRANGE = [PAGE, b"", b"OK", b'{"ok": true}', b"null"]


@pytest.mark.parametrize("vision", PROVIDERS, indirect=True)
@pytest.mark.parametrize("content", STRANGE[:2])
def test_who_has_models_may_have_answered_before_a_page_came(
    content: bytes, vision: RemoteVision, server: LoopbackLLM
) -> None:
    replies(server, content)
    error = error_of(vision)
    assert isinstance(error, Unanswered)
    assert "_BASE_URL" in str(error)


@pytest.mark.parametrize("vision", PROVIDERS, indirect=True)
@pytest.mark.parametrize("content", STRANGE)
def test_a_page_where_no_models_are_is_a_wrong_address(
    content: bytes, vision: RemoteVision, server: LoopbackLLM
) -> None:
    replies(server, content)
    server.faults.add(Fault("raw", "models", times=0, raw=PAGE))
    error = error_of(vision)
    assert isinstance(error, Misconfigured)
    assert "_BASE_URL" in str(error)


@pytest.mark.parametrize("share", [0.3, 0.6, 0.95])
def test_half_an_answer_may_have_been_paid(share: float, vision: RemoteVision, server: LoopbackLLM) -> None:
    answer = body({"content": ANSWER})
    replies(server, answer[: int(len(answer) * share)])
    server.faults.add(Fault("raw", "models", times=0, raw=PAGE))
    assert isinstance(error_of(vision), Unanswered)


@pytest.mark.parametrize("status", [200, 404, 405])
def test_an_address_without_its_version_is_named(status: int, server: LoopbackLLM) -> None:
    without = server.environment("openai")["OPENAI_BASE_URL"].removesuffix("/v1")
    with reading_with(server, "openai", openai_base_url=without) as vision:
        server.faults.add(Fault("raw", "elsewhere", times=0, raw=PAGE, status=status))
        with pytest.raises(Misconfigured, match="OPENAI_BASE_URL, which has no /v1 at its end"):
            vision.read(stored_photo())


@pytest.fixture
def tagger(server: LoopbackLLM) -> Iterator[LlmTagger]:
    """A tagger of one provider."""
    with tagging_with(server, "openai") as made:
        yield made


TAGS = json.dumps({"tags": ["городской парк", "казань", "открытие"]}, ensure_ascii=False)


def test_tags_come_in_the_same_envelopes(tagger: LlmTagger, server: LoopbackLLM) -> None:
    for wrap in ANSWERS.values():
        replies(server, wrap(TAGS))
        assert tagger.tag(post(RU_POST)) == ["городской парк", "казань", "открытие"]


def test_no_tags_are_made_of_nothing(tagger: LlmTagger, server: LoopbackLLM) -> None:
    for content in SILENT.values():
        replies(server, content)
        with pytest.raises(NoAnswer):
            tagger.tag(post(RU_POST))


def test_an_answer_about_nothing_is_not_the_answer_that_there_is_none(server: LoopbackLLM) -> None:
    with answering_with(server, "openai") as answerer:
        replies(server, body({"content": '{"answer": []}'}))
        assert answerer.answer(GIVEN).sentences == ()
        for content in (SILENT["null"], SILENT["thoughts alone"], body({"content": "I do not know."})):
            replies(server, content)
            with pytest.raises(NoAnswer):
                answerer.answer(GIVEN)
