"""What the paid taggers promise beyond what every tagger does."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from app.adapters.tagger.llm.document import strings
from app.adapters.tagger.llm.factory import llm_tagger
from app.adapters.tagger.llm.tagger import NOT_ASKED, LlmTagger
from app.demo.llm import Fault, LoopbackLLM
from app.demo.llm.faults import Kind
from app.domain.reading import RawAnswer
from app.domain.vocabulary import Vocabulary, parse_vocabulary
from app.errors import (
    MediaAuditError,
    Misconfigured,
    NoAnswer,
    Permanent,
    Refused,
    Transient,
    UserError,
)
from app.ports import PaidModel, Tagger, Tagging, TagInput
from app.settings import Settings
from tests.factories.envelopes import body
from tests.factories.posts import EN_POST, RU_POST, post
from tests.factories.providers import tagging_with
from tests.factories.settings import tagger_settings

PAID = ("gigachat", "openai")
POST = post(RU_POST)
TAGS = ["гектаров", "городской", "занимает", "казани", "новый", "открыли"]  # the loopback's own


@pytest.fixture(params=PAID)
def paid(request: pytest.FixtureRequest, server: LoopbackLLM) -> Iterator[LlmTagger]:
    """Each paid tagger."""
    with tagging_with(server, request.param) as tagger:
        yield tagger


def test_it_is_the_port(paid: LlmTagger) -> None:
    free: Tagger = paid  # mypy's business, both
    port: PaidModel[TagInput, Tagging] = paid
    assert free.version == paid.version
    assert (port.provider in PAID, port.model) == (True, "GigaChat-2-Pro")
    assert free.version.startswith(f"{port.provider}-GigaChat-2-Pro-")
    assert len(free.version.rsplit("-", 1)[1]) == 12


def test_a_post_costs_one_call_and_the_answer_becomes_its_tags(paid: LlmTagger, server: LoopbackLLM) -> None:
    assert paid.tag(POST) == TAGS
    (call,) = server.ledger.calls("chat")
    assert (call.purpose, call.repair, call.pictures) == ("tags", False, ())
    assert call.tokens <= paid.estimate(POST)
    assert server.ledger.taggings() == [call]
    assert server.ledger.readings() == []


def test_a_post_that_says_nothing_is_not_asked_about(paid: LlmTagger, server: LoopbackLLM) -> None:
    for nothing in (post(""), post("😀" * 300), post("12 345"), post("", classifications=("photo",))):
        raw = paid.ask(nothing)
        assert (raw.tokens, raw.notes, paid.problem(raw), paid.estimate(nothing)) == (0, (NOT_ASKED,), None, 0)
        assert paid.interpret(nothing, [raw]).tags == []
    assert server.ledger.calls() == []


def test_the_raw_answer_is_there_before_it_is_interpreted(paid: LlmTagger, server: LoopbackLLM) -> None:
    raw = paid.ask(POST)
    calls = server.ledger.calls()
    kept = RawAnswer.model_validate_json(json.dumps(raw.model_dump(mode="json")))
    assert kept == raw
    assert (raw.purpose, json.loads(raw.given), raw.notes) == ("read", {"text": RU_POST}, ())
    assert paid.interpret(POST, [kept]) == paid.interpret(POST, [raw])
    assert paid.interpret(POST, [kept]).status == "ok"
    assert server.ledger.calls() == calls  # interpreting is free, also from what was stored
    chat = next(call for call in calls if call.operation == "chat")
    assert (raw.tokens, raw.prompt_tokens, raw.completion_tokens) == (
        chat.tokens,
        chat.prompt_tokens,
        chat.completion_tokens,
    )


def test_an_answer_about_another_post_is_not_taken(paid: LlmTagger) -> None:
    with pytest.raises(ValueError, match="an answer about"):
        paid.interpret(post(EN_POST), [paid.ask(POST)])


def test_what_did_not_fit_is_noted(paid: LlmTagger) -> None:
    raw = paid.ask(post(RU_POST * 1000))
    text = json.loads(raw.given)["text"]
    (note,) = raw.notes
    assert note.startswith("text: ")
    assert f"(... {note.split()[1]} characters left out ...)" in text
    assert text.startswith(RU_POST)
    assert text.endswith(RU_POST)


@pytest.mark.parametrize("kind", ["bad_fields", "prose"])
def test_a_bad_answer_is_repaired_by_one_call(kind: Kind, paid: LlmTagger, server: LoopbackLLM) -> None:
    server.faults.add(Fault(kind))
    assert paid.tag(POST) == TAGS
    first, second = server.ledger.calls("chat")
    assert [(call.repair, call.purpose) for call in (first, second)] == [(False, "tags"), (True, "tags")]
    assert second.tokens <= paid.estimate_repair()
    assert len(server.ledger.taggings()) == 1


def test_what_is_valid_of_a_hopeless_answer_is_kept(paid: LlmTagger, server: LoopbackLLM) -> None:
    server.faults.add(Fault("hopeless"))
    raw = paid.ask(POST)
    problem = paid.problem(raw)
    assert problem is not None
    assert "tags.1: Input should be a valid string" in problem
    second = paid.repair(raw, problem)
    assert (second.purpose, second.about, second.given) == ("repair", raw.about, raw.given)
    found = paid.interpret(POST, [raw, second])
    assert (found.tags, found.status) == (["городской"], "partial")
    assert len(server.ledger.calls("chat")) == 2


def test_the_repair_is_a_call_of_its_own_that_the_caller_books(paid: LlmTagger, server: LoopbackLLM) -> None:
    server.faults.add(Fault("bad_fields"))
    raw = paid.ask(POST)
    assert paid.interpret(POST, [raw]).status == "partial"
    problem = paid.problem(raw)
    assert problem is not None
    assert len(server.ledger.calls("chat")) == 1
    second = paid.repair(raw, problem)
    assert paid.problem(second) is None
    found = paid.interpret(POST, [raw, second])
    assert (found.tags, found.status, found.problems) == (TAGS, "ok", ())


@pytest.mark.parametrize("kind", ["refusal", "moderated"])
def test_a_refusal_is_raised_when_the_stored_answer_is_read(kind: Kind, paid: LlmTagger, server: LoopbackLLM) -> None:
    server.faults.add(Fault(kind))
    raw = paid.ask(POST)  # paid, so it is handed over
    assert paid.problem(raw) is None
    with pytest.raises(Refused):
        paid.interpret(POST, [raw])
    assert len(server.ledger.calls("chat")) == 1  # and no repair


def test_a_refusal_in_front_of_the_model_is_one_at_once(paid: LlmTagger, server: LoopbackLLM) -> None:
    server.faults.add(Fault("blocked"))
    with pytest.raises(Refused):
        paid.ask(POST)


def test_a_repair_that_is_refused_leaves_what_was_valid(paid: LlmTagger, server: LoopbackLLM) -> None:
    server.faults.add(Fault("bad_fields"), Fault("refusal", after=1))
    assert paid.tag(POST) == ["городской"]


def test_a_repair_that_is_declined_does_so_too(paid: LlmTagger, server: LoopbackLLM) -> None:
    server.faults.add(Fault("bad_fields"), Fault("declined", after=1))
    assert paid.tag(POST) == ["городской"]


def test_an_empty_answer_is_no_tagging_and_no_repair(paid: LlmTagger, server: LoopbackLLM) -> None:
    server.faults.add(Fault("empty"))
    raw = paid.ask(POST)
    assert paid.problem(raw) is None
    with pytest.raises(NoAnswer):
        paid.interpret(POST, [raw])


def test_nothing_that_postgresql_refuses_is_in_an_answer_or_tag(paid: LlmTagger, server: LoopbackLLM) -> None:
    server.faults.add(Fault("nul"))
    hostile = post(f"\x00{RU_POST}\ud83d", ocr=("\ud800\x00",))
    raw = paid.ask(hostile)
    texts = [*strings(raw.model_dump(mode="json")), *strings(json.loads(raw.given))]
    assert not any("\x00" in text for text in texts)
    "".join(texts).encode()  # fails on half a surrogate pair
    found = paid.interpret(hostile, [raw])
    assert (found.tags, found.problems) == (TAGS, ("tags.0: no tag",))


def test_an_answer_cut_at_its_limit_keeps_whole_tags(server: LoopbackLLM) -> None:
    long = {"tags": [f"{name} тег" for name in ("первый", "второй", "третий", "четвертый")] + ["длинный " * 300]}
    with LoopbackLLM(answer=lambda asked: long) as talkative:
        for name in PAID:
            with tagging_with(talkative, name) as tagger:
                raw = tagger.ask(POST)
                found = tagger.interpret(POST, [raw])
            assert (raw.finish, tagger.problem(raw)) == ("length", None)  # a repair would be cut as well
            assert (found.tags, found.status) == (
                ["второй тег", "первый тег", "третий тег", "четвертый тег"],
                "partial",
            )


@pytest.mark.parametrize(
    ("tags", "kept", "repaired"),
    [
        ([f"тег {chr(1072 + n)}" for n in range(40)], 7, False),  # the first seven
        (["парк", "парк", "Парк"], 1, True),
        ([], 0, True),
        (["парк", "лес", "https://x.example/y"], 2, True),
        (["парк", "лес", "поле", "https://x.example/y"], 3, False),
    ],
)
def test_how_many_tags_there_may_be(tags: list[str], kept: int, repaired: bool) -> None:
    with LoopbackLLM(answer=lambda asked: {"tags": tags}) as told, tagging_with(told, "openai") as tagger:
        found = tagger.tag(POST)
        assert len(told.ledger.calls("chat")) == 1 + repaired
    assert len(found) == kept
    if kept == 7:
        assert found == sorted(tags[:7])


@pytest.mark.parametrize(("tags", "calls"), [(["сквер"], 1), ([], 1), (["мост", "сад"], 2)])
def test_a_vocabulary_that_is_the_only_one_holds_whatever_the_model_says(tags: list[str], calls: int) -> None:
    only = parse_vocabulary("парк = сквер\nлес", "only")
    with LoopbackLLM(answer=lambda asked: {"tags": tags}) as told, tagging_with(told, "openai", only) as tagger:
        assert tagger.tag(POST) == (["парк"] if "сквер" in tags else [])
        assert len(told.ledger.calls("chat")) == calls


def test_many_threads_share_one_tagger(paid: LlmTagger) -> None:
    posts = [post(f"{RU_POST} {word * 5}") for word in ("аб", "вг", "де", "жз")]
    with ThreadPoolExecutor(4) as pool:
        together = list(pool.map(paid.tag, posts))
    assert together == [paid.tag(one) for one in posts]


SPELT: dict[str, tuple[str, list[str]]] = {
    "a bare list": ('Here:\n["парк", "лес", "река"]', ["лес", "парк", "река"]),
    "one string": ('{"tags": "#парк, #лес; река"}', ["лес", "парк", "река"]),
    "JSON in JSON": (json.dumps(json.dumps({"Tags": ["парк", "лес", "река"]})), ["лес", "парк", "река"]),
    "numbers": ('{"tags": ["1. парк", "2) лес", "тег: река", "none"]}', ["лес", "парк", "река"]),
    "lines": ("Теги:\n- парк\n- лес\n- река", ["лес", "парк", "река"]),
    "two forms": ('{"tags": ["парки", "парк", "лес", "Леса", "река", "реки"]}', ["лес", "парк", "река"]),
    "signs": ("{'tags': ['C#', '5g', 'covid-19',]}", ["5g", "covid-19", "csharp"]),
    "an example": ('{"tags": ["tag1", "tag2"]}\n{"tags": ["парк", "лес", "река"]}', ["лес", "парк", "река"]),
}


@pytest.mark.parametrize("name", SPELT)
def test_tags_in_another_form_cost_one_call(name: str, paid: LlmTagger, server: LoopbackLLM) -> None:
    text, tags = SPELT[name]
    server.faults.add(Fault("raw", raw=body({"content": text})))
    raw = paid.ask(POST)
    found = paid.interpret(POST, [raw])
    assert (paid.problem(raw), found.tags, found.status, found.problems) == (None, tags, "ok", ())
    assert len(server.ledger.calls("chat")) == 1


KEYS = {"gigachat": "GIGACHAT_CREDENTIALS", "openai": "OPENAI_API_KEY"}
LARGE = Vocabulary(tuple(f"название {n}" for n in range(2000)))


@pytest.mark.parametrize("name", PAID)
class TestSettings:
    @pytest.mark.parametrize("changes", [{"tagger_model": None}, {"tagger_timeout": 300.0}])
    def test_wrong_ones_are_named_before_anything_is_asked(
        self, name: str, changes: dict[str, object], server: LoopbackLLM
    ) -> None:
        with pytest.raises(MediaAuditError, match=next(iter(changes)).upper()):
            llm_tagger(tagger_settings(server, name, **changes))

    def test_the_provider_s_own_model_stands_in(self, name: str, server: LoopbackLLM) -> None:
        changes: dict[str, Any] = {"tagger_model": None, f"{name}_model": "GigaChat-2-Max"}
        with tagging_with(server, name, **changes) as tagger:
            assert tagger.tag(POST) == TAGS
            assert tagger.model == "GigaChat-2-Max"

    def test_a_vocabulary_that_is_too_large_names_both_settings(self, name: str, server: LoopbackLLM) -> None:
        with pytest.raises(UserError, match=r"TAG_VOCABULARY.*TAGGER_INPUT_TOKENS=6000"):
            llm_tagger(tagger_settings(server, name), LARGE)
        llm_tagger(tagger_settings(server, name, tagger_input_tokens=60_000), LARGE)

    def test_missing_access_is_named(self, name: str) -> None:
        setting = "GIGACHAT_CREDENTIALS" if name == "gigachat" else "OPENAI_BASE_URL"
        with pytest.raises(UserError, match=setting):
            llm_tagger(Settings(tagger=name, tagger_model="m"))

    def test_a_wrong_key_is_named_and_not_shown(self, name: str, server: LoopbackLLM) -> None:
        secret = "c2VjcmV0OnNlY3JldA=="
        with (
            tagging_with(server, name, gigachat_credentials=secret, openai_api_key=secret) as tagger,
            pytest.raises(Misconfigured, match=KEYS[name]) as raised,
        ):
            tagger.tag(POST)
        assert secret not in str(raised.value)

    def test_an_unknown_model_is_named(self, name: str, server: LoopbackLLM) -> None:
        with (
            tagging_with(server, name, tagger_model="no-such-model") as tagger,
            pytest.raises(Misconfigured, match="TAGGER_MODEL"),
        ):
            tagger.tag(POST)

    def test_another_model_or_number_is_another_version(self, name: str, server: LoopbackLLM) -> None:
        changes: list[dict[str, object]] = [
            {},
            {"tagger_model": "x"},
            {"tagger_max_tokens": 300},
            {"tagger_input_tokens": 5000},
        ]
        assert len({llm_tagger(tagger_settings(server, name, **one)).version for one in changes}) == 4

    def test_no_secret_reaches_errors_logs_or_repr(
        self, name: str, server: LoopbackLLM, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
    ) -> None:
        caplog.set_level(logging.DEBUG)
        said = []
        with tagging_with(server, name) as tagger:
            said += [repr(tagger), repr(vars(tagger)), repr(tagger.ask(POST))]
            for kind in ("echo", "error", "cut"):
                server.faults.add(Fault(kind))
                with pytest.raises((Transient, Permanent)) as raised:
                    tagger.tag(POST)
                said += [repr(raised.value), str(raised.value), repr(raised.value.__cause__)]
        output = "\n".join([*said, caplog.text, *capfd.readouterr()])
        assert server.credentials not in output
        assert server.api_key not in output
        assert "token-" not in output


def test_the_local_tagger_asks_no_model() -> None:
    with pytest.raises(MediaAuditError, match="set TAGGER to gigachat or openai"):
        llm_tagger(Settings())
