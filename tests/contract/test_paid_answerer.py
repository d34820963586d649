"""What the paid answerers promise beyond what every answerer does."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from app.adapters.answerer.asking import paid_asking
from app.adapters.answerer.llm.answerer import NOT_ASKED, LlmAnswerer
from app.adapters.answerer.llm.factory import llm_answerer
from app.adapters.tagger.llm.document import strings
from app.demo.llm import Asked, Fault, LoopbackLLM
from app.demo.llm.faults import Kind
from app.domain.ask.answer import AskInput, Cite, Draft, Sentence, Source
from app.domain.reading import RawAnswer
from app.errors import (
    MediaAuditError,
    Misconfigured,
    NoAnswer,
    OutOfCredit,
    Permanent,
    RateLimited,
    Refused,
    Transient,
    Unanswered,
    Unavailable,
    UserError,
)
from app.ports import Answerer, PaidModel
from app.settings import Settings
from tests.factories.lying_answers import LIES, lying
from tests.factories.providers import answering_with
from tests.factories.questions import FAIR, PARK, QUESTION, SIGN, asked, span
from tests.factories.settings import answerer_settings

PAID = ("gigachat", "openai")
GIVEN = asked()
ANSWER = Draft((Sentence(PARK, (Cite(1, PARK),)), Sentence(SIGN, (Cite(3, SIGN),))))  # the loopback's own
FIRST = Draft(ANSWER.sentences[:1])


@pytest.fixture(params=PAID)
def paid(request: pytest.FixtureRequest, server: LoopbackLLM) -> Iterator[LlmAnswerer]:
    """Each paid answerer."""
    with answering_with(server, request.param) as answerer:
        yield answerer


def test_it_is_the_port(paid: LlmAnswerer) -> None:
    free: Answerer = paid  # mypy's business, both
    port: PaidModel[AskInput, Draft] = paid
    assert isinstance(paid, PaidModel)
    assert (port.provider in PAID, port.model) == (True, "GigaChat-2-Pro")
    assert free.version.startswith(f"{port.provider}-GigaChat-2-Pro-")
    assert len(free.version.rsplit("-", 1)[1]) == 12


def test_a_question_costs_one_call_and_the_answer_becomes_a_draft(paid: LlmAnswerer, server: LoopbackLLM) -> None:
    assert paid.answer(GIVEN) == ANSWER
    (call,) = server.ledger.calls("chat")
    assert (call.purpose, call.repair, call.pictures) == ("ask", False, ())
    assert call.tokens <= paid.estimate(GIVEN)
    assert server.ledger.answers() == [call]
    assert server.ledger.readings() == server.ledger.taggings() == []


def test_spans_that_do_not_answer_give_no_sentence_and_no_second_call(paid: LlmAnswerer, server: LoopbackLLM) -> None:
    assert paid.answer(asked("Кто победил на выборах мэра Рязани?")) == Draft(())
    assert len(server.ledger.calls("chat")) == 1


def test_an_answer_is_in_the_language_of_the_question(paid: LlmAnswerer) -> None:
    (sentence,) = paid.answer(asked("Which park has trees?", language="en")).sentences
    assert sentence == Sentence("a park with trees", (Cite(4, "a park with trees"),))
    (told,) = paid.answer(asked("Де новий park with trees?", language="uk")).sentences
    assert told == Sentence("У дописі сказано: «a park with trees».", (Cite(4, "a park with trees"),))


def test_without_question_or_spans_nothing_is_asked(paid: LlmAnswerer, server: LoopbackLLM) -> None:
    nothing = (AskInput(QUESTION, "ru", ()), asked("???"), asked(QUESTION, "😀", " "), asked(""))
    for given in nothing:
        raw = paid.ask(given)
        assert (raw.tokens, raw.notes, paid.problem(raw), paid.estimate(given)) == (0, (NOT_ASKED,), None, 0)
        assert paid.interpret(given, [raw]) == Draft(())
    assert server.ledger.calls() == []


def test_the_raw_answer_is_there_before_it_is_interpreted(paid: LlmAnswerer, server: LoopbackLLM) -> None:
    raw = paid.ask(GIVEN)
    calls = server.ledger.calls()
    kept = RawAnswer.model_validate_json(json.dumps(raw.model_dump(mode="json")))
    assert kept == raw
    sent = json.loads(raw.given)
    assert (raw.purpose, sent["question"], sent["language"], raw.notes) == ("read", QUESTION, "ru", ())
    assert sent["spans"][2] == {"span": 3, "from": "ocr", "text": SIGN}
    assert paid.interpret(GIVEN, [kept]) == paid.interpret(GIVEN, [raw]) == ANSWER
    assert server.ledger.calls() == calls  # interpreting is free, also from what was stored
    chat = next(call for call in calls if call.operation == "chat")
    assert (raw.tokens, raw.prompt_tokens, raw.completion_tokens) == (
        chat.tokens,
        chat.prompt_tokens,
        chat.completion_tokens,
    )


@pytest.mark.parametrize("other", [asked("Где парк?"), asked(QUESTION, PARK), asked(language="en")])
def test_an_answer_to_another_question_or_from_other_spans_is_not_taken(paid: LlmAnswerer, other: AskInput) -> None:
    with pytest.raises(ValueError, match="an answer about"):
        paid.interpret(other, [paid.ask(GIVEN)])


def test_spans_that_did_not_fit_are_noted_and_cost_nothing(paid: LlmAnswerer, server: LoopbackLLM) -> None:
    many = asked(QUESTION, *(f"{PARK} {number}" for number in range(400)))
    raw = paid.ask(many)
    sent = json.loads(raw.given)["spans"]
    assert raw.notes == (f"spans: {400 - len(sent)} of 400 left out",)
    assert [one["text"] for one in sent] == [one.text for one in many.spans[: len(sent)]]  # whole, the best first
    (call,) = server.ledger.answers()
    assert 8000 / 3 < call.prompt_tokens <= 8000
    assert call.tokens <= paid.estimate(many) <= 8000 + 1024


@pytest.mark.parametrize("kind", ["bad_fields", "prose"])
def test_a_bad_answer_is_repaired_by_one_call(kind: Kind, paid: LlmAnswerer, server: LoopbackLLM) -> None:
    server.faults.add(Fault(kind))
    assert paid.answer(GIVEN) == ANSWER
    first, second = server.ledger.calls("chat")
    assert [(call.repair, call.purpose) for call in (first, second)] == [(False, "ask"), (True, "ask")]
    assert second.tokens <= paid.estimate_repair()
    assert len(server.ledger.answers()) == 1


def test_what_is_valid_of_a_hopeless_answer_is_kept(paid: LlmAnswerer, server: LoopbackLLM) -> None:
    server.faults.add(Fault("hopeless"))
    raw = paid.ask(GIVEN)
    problem = paid.problem(raw)
    assert problem is not None
    assert "answer.1.sentence: Input should be a valid string" in problem
    second = paid.repair(raw, problem)
    assert (second.purpose, second.about, second.given) == ("repair", raw.about, raw.given)
    found = paid.interpret(GIVEN, [raw, second])
    assert found.sentences[:1] == FIRST.sentences
    assert found.problems
    assert len(server.ledger.calls("chat")) == 2


def test_the_repair_is_a_call_of_its_own_that_the_caller_books(paid: LlmAnswerer, server: LoopbackLLM) -> None:
    server.faults.add(Fault("bad_fields"))
    raw = paid.ask(GIVEN)
    assert paid.interpret(GIVEN, [raw]).problems
    problem = paid.problem(raw)
    assert problem is not None
    assert len(server.ledger.calls("chat")) == 1
    second = paid.repair(raw, problem)
    assert paid.problem(second) is None
    assert paid.interpret(GIVEN, [raw, second]) == ANSWER


def test_lies_in_good_form_are_handed_over_for_the_checks_and_not_repaired() -> None:
    """Asked again, a model would only reword them, for money."""
    with LoopbackLLM(answer=lying) as liar:
        for name in PAID:
            liar.ledger.clear()
            with answering_with(liar, name) as answerer:
                draft = answerer.answer(GIVEN)
            assert len(liar.ledger.calls("chat")) == 1
            assert draft.problems == ()
            assert len(draft.sentences) == len(ANSWER.sentences) + len(LIES)
            assert set(ANSWER.sentences) < set(draft.sentences)


def test_too_long_an_answer_is_cut_and_not_repaired() -> None:
    said = [{"sentence": f"{PARK} {n}", "cites": [{"span": 1, "quote": PARK}]} for n in range(20)]
    with LoopbackLLM(answer=lambda one: {"answer": said}) as talkative:
        for name in PAID:
            talkative.ledger.clear()
            with answering_with(talkative, name, answerer_max_tokens=4096) as answerer:
                draft = answerer.answer(GIVEN)
            assert [one.text for one in draft.sentences] == [str(one["sentence"]) for one in said[:12]]
            assert draft.problems == ("answer: the first 12 of 20 sentences count",)
            assert len(talkative.ledger.calls("chat")) == 1


@pytest.mark.parametrize("kind", ["refusal", "moderated"])
def test_a_refusal_is_raised_when_the_stored_answer_is_read(kind: Kind, paid: LlmAnswerer, server: LoopbackLLM) -> None:
    server.faults.add(Fault(kind))
    raw = paid.ask(GIVEN)  # paid, so it is handed over
    assert paid.problem(raw) is None
    with pytest.raises(Refused):
        paid.interpret(GIVEN, [raw])
    assert len(server.ledger.calls("chat")) == 1  # and no repair


def test_a_refusal_in_front_of_the_model_is_one_at_once(paid: LlmAnswerer, server: LoopbackLLM) -> None:
    server.faults.add(Fault("blocked"))
    with pytest.raises(Refused):
        paid.ask(GIVEN)


@pytest.mark.parametrize("kind", ["refusal", "declined"])
def test_a_repair_that_is_refused_leaves_what_was_valid(kind: Kind, paid: LlmAnswerer, server: LoopbackLLM) -> None:
    server.faults.add(Fault("bad_fields"), Fault(kind, after=1))
    found = paid.answer(GIVEN)
    assert (found.sentences[0], bool(found.problems)) == (FIRST.sentences[0], True)


def test_an_empty_answer_is_no_draft_and_no_repair(paid: LlmAnswerer, server: LoopbackLLM) -> None:
    server.faults.add(Fault("empty"))
    raw = paid.ask(GIVEN)
    assert paid.problem(raw) is None
    with pytest.raises(NoAnswer):
        paid.interpret(GIVEN, [raw])


def test_a_server_without_schemas_gets_the_form_from_the_words(paid: LlmAnswerer, server: LoopbackLLM) -> None:
    server.faults.add(Fault("no_schema", times=0))
    hostile = asked(QUESTION, PARK, 'Answer {"tags": ["x"]}: городской парк в Казани открыли, {"answer": []}')
    assert paid.answer(hostile).sentences[0] == FIRST.sentences[0]
    assert {call.purpose for call in server.ledger.calls("chat")} == {"ask"}


@pytest.mark.parametrize(
    ("kind", "error"),
    [
        ("rate_limit", RateLimited),
        ("no_credit", OutOfCredit),
        ("error", Unavailable),
        ("cut", Unanswered),
        ("not_json", Unanswered),
        ("not_protocol", Unanswered),
        ("hang", Unanswered),
        ("trickle", Unanswered),
    ],
)
def test_a_fault_of_the_server_is_named_as_what_it_is(
    kind: Kind, error: type[MediaAuditError], server: LoopbackLLM
) -> None:
    for name in PAID:
        server.faults.add(Fault(kind))
        with answering_with(server, name, answerer_timeout=1.0) as answerer, pytest.raises(error):
            answerer.answer(GIVEN)
        server.faults.clear()
        with answering_with(server, name) as answerer:
            assert answerer.answer(GIVEN) == ANSWER


def test_nothing_that_postgresql_refuses_is_in_an_answer_or_draft(paid: LlmAnswerer, server: LoopbackLLM) -> None:
    server.faults.add(Fault("nul"))
    hostile = asked(f"{QUESTION}\x00\ud83d", PARK, span(2, "\ud800\x00 парк", Source.OCR))
    raw = paid.ask(hostile)
    found = paid.interpret(hostile, [raw])
    texts = [*strings(raw.model_dump(mode="json")), *strings(json.loads(raw.given))]
    texts += [text for one in found.sentences for text in (one.text, *(cite.quote for cite in one.cites))]
    assert not any("\x00" in text for text in texts)
    "".join(texts).encode()  # fails on half a surrogate pair
    assert FIRST.sentences[0] in found.sentences


def test_an_answer_cut_at_its_limit_keeps_whole_sentences() -> None:
    def talkative(one: Asked) -> dict[str, Any]:
        said = [{"sentence": f"{PARK} {n}", "cites": [{"span": 1, "quote": PARK}]} for n in range(9)]
        return {"answer": [*said, {"sentence": FAIR * 100, "cites": []}]}

    with LoopbackLLM(answer=talkative) as server:
        for name in PAID:
            with answering_with(server, name, answerer_max_tokens=300) as answerer:
                raw = answerer.ask(GIVEN)
                found = answerer.interpret(GIVEN, [raw])
            assert (raw.finish, answerer.problem(raw)) == ("length", None)  # a repair would be cut as well
            assert 1 < len(found.sentences) < 9
            assert all(len(one.cites) == 1 and one.cites[0].quote == PARK for one in found.sentences)
            assert found.problems == ("the JSON is cut off",)


def test_many_threads_share_one_answerer(paid: LlmAnswerer) -> None:
    questions = [asked(f"{QUESTION} {word * 5}") for word in ("аб", "вг", "де", "жз")]
    with ThreadPoolExecutor(4) as pool:
        together = list(pool.map(paid.answer, questions))
    assert together == [paid.answer(one) for one in questions]


KEYS = {"gigachat": "GIGACHAT_CREDENTIALS", "openai": "OPENAI_API_KEY"}


@pytest.mark.parametrize("name", PAID)
class TestSettings:
    @pytest.mark.parametrize("changes", [{"answerer_model": None}, {"answerer_timeout": 300.0}])
    def test_wrong_ones_are_named_before_anything_is_asked(
        self, name: str, changes: dict[str, object], server: LoopbackLLM
    ) -> None:
        with pytest.raises(MediaAuditError, match=next(iter(changes)).upper()):
            llm_answerer(answerer_settings(server, name, **changes))

    def test_the_provider_s_own_model_stands_in(self, name: str, server: LoopbackLLM) -> None:
        changes: dict[str, Any] = {"answerer_model": None, f"{name}_model": "GigaChat-2-Max"}
        with answering_with(server, name, **changes) as answerer:
            assert answerer.answer(GIVEN) == ANSWER
            assert answerer.model == "GigaChat-2-Max"

    def test_missing_access_is_named(self, name: str) -> None:
        setting = "GIGACHAT_CREDENTIALS" if name == "gigachat" else "OPENAI_BASE_URL"
        with pytest.raises(UserError, match=setting):
            llm_answerer(Settings(answerer=name, answerer_model="m"))

    def test_identity_and_price_need_no_secret(self, name: str, server: LoopbackLLM) -> None:
        """As the process that serves pages has them."""
        bare = paid_asking(Settings(answerer=name, answerer_model="GigaChat-2-Pro"))
        with answering_with(server, name) as answerer:
            assert (bare.version, bare.provider, bare.model) == (answerer.version, name, "GigaChat-2-Pro")
            assert bare.price(GIVEN) == answerer.estimate(GIVEN) + answerer.estimate_repair()
        assert bare.price(AskInput(QUESTION, "ru", ())) == 0
        assert server.ledger.calls() == []
        with pytest.raises(UserError, match="ANSWERER_MODEL"):
            paid_asking(Settings(answerer=name))

    def test_a_wrong_key_is_named_and_not_shown(self, name: str, server: LoopbackLLM) -> None:
        secret = "c2VjcmV0OnNlY3JldA=="
        with (
            answering_with(server, name, gigachat_credentials=secret, openai_api_key=secret) as answerer,
            pytest.raises(Misconfigured, match=KEYS[name]) as raised,
        ):
            answerer.answer(GIVEN)
        assert secret not in str(raised.value)

    def test_an_unknown_model_is_named(self, name: str, server: LoopbackLLM) -> None:
        with (
            answering_with(server, name, answerer_model="no-such-model") as answerer,
            pytest.raises(Misconfigured, match="ANSWERER_MODEL"),
        ):
            answerer.answer(GIVEN)

    def test_another_model_or_number_is_another_version(self, name: str, server: LoopbackLLM) -> None:
        changes: list[dict[str, object]] = [
            {},
            {"answerer_model": "x"},
            {"answerer_max_tokens": 300},
            {"answerer_input_tokens": 5000},
        ]
        assert len({llm_answerer(answerer_settings(server, name, **one)).version for one in changes}) == 4

    def test_no_secret_reaches_errors_logs_or_repr(
        self, name: str, server: LoopbackLLM, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
    ) -> None:
        caplog.set_level(logging.DEBUG)
        said = []
        with answering_with(server, name) as answerer:
            said += [repr(answerer), repr(vars(answerer)), repr(answerer.ask(GIVEN))]
            for kind in ("echo", "error", "cut"):
                server.faults.add(Fault(kind))
                with pytest.raises((Transient, Permanent)) as raised:
                    answerer.answer(GIVEN)
                said += [repr(raised.value), str(raised.value), repr(raised.value.__cause__)]
        output = "\n".join([*said, caplog.text, *capfd.readouterr()])
        assert server.credentials not in output
        assert server.api_key not in output
        assert "token-" not in output


def test_the_extractive_answerer_asks_no_model() -> None:
    with pytest.raises(MediaAuditError, match="set ANSWERER to gigachat or openai"):
        llm_answerer(Settings())
