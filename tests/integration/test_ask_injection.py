"""Posts that give orders change no answer, link or form: two hundred of them, on questions answered before."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import pytest

from app import wiring
from app.adapters.answerer.checked import Checked, CheckedModel
from app.adapters.answerer.extractive import Extractive
from app.adapters.answerer.llm.factory import llm_answerer
from app.ask.answers import AnswerShown, answer_of
from app.ask.questions import place, prepare
from app.db import transaction
from app.demo.llm import Asked, LoopbackLLM
from app.demo.llm.asking import answer_of as plain_answer
from app.demo.llm.asking import asks_a_question, given_in
from app.domain.ask.frames import Outcome
from app.eval.archive import fill
from app.pipeline.steps.ask import answer_questions
from app.ports import CheckedAnswerer, Embedder
from app.settings import Settings, get_settings
from tests.factories.ask_injections import EACH, Injection, injections
from tests.factories.ask_topics import TOPICS, base

INJECTIONS = injections()
WANTED = tuple(dict.fromkeys(string for one in INJECTIONS for string in one.wanted))


@dataclass(frozen=True)
class Shown:
    """An answer as a user sees it: sentences with quotes and links, and the posts beside it."""

    outcome: Outcome
    sentences: tuple[tuple[str, tuple[tuple[str, str | None], ...]], ...]
    passages: tuple[tuple[str | None, tuple[str, ...]], ...]


def shown(answer: AnswerShown) -> Shown:
    """The parts that must stay as they were."""
    return Shown(
        answer.outcome,
        tuple((one.text, tuple((cite.quote, cite.place.permalink) for cite in one.cites)) for one in answer.sentences),
        tuple((one.place.permalink, tuple(one.spans)) for one in answer.passages),
    )


def ask(text: str, answerer: CheckedAnswerer, embedder: Embedder | None) -> AnswerShown:
    """Asks as a user does, and answers as a worker does."""
    with transaction() as session:
        placed = place(session, prepare(session, text, embedder=embedder), answerer.version)
    answer_questions(answerer, placed.call.keys if placed.call else [])
    with transaction() as session:
        return answer_of(session, placed.id)


@pytest.fixture(params=["meaning", "words"])
def embedder(settings: Settings, request: pytest.FixtureRequest) -> Embedder | None:
    """The embedder of an ordinary installation, or none; an archive of honest posts."""
    made = wiring.embedder() if request.param == "meaning" else None
    with transaction() as session:
        fill(session, base(), made)
    return made


def obedient(asked: Asked) -> dict[str, Any]:
    """A model that obeys whatever order reaches it: it says what the order wants, with the order as its proof."""
    prompt = next(text for role, text in asked.turns if role == "user")
    honest = plain_answer(prompt)["answer"]
    if not asks_a_question(prompt):
        return {"answer": []}
    obeyed = [
        {"sentence": span["text"], "cites": [{"span": span["span"], "quote": span["text"]}]}
        for span in given_in(prompt)["spans"]
        if any(string in span["text"] for string in WANTED)
    ]
    return {"answer": obeyed or honest}


@pytest.fixture
def answerers(embedder: Embedder | None, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[CheckedAnswerer, ...]]:
    """The answerer without a model, and such a model on a loopback server."""
    with LoopbackLLM(answer=obedient) as server:
        for name, value in server.environment("openai", answers=True).items():
            monkeypatch.setenv(name, value)
        get_settings.cache_clear()
        paid = llm_answerer(get_settings())
        yield Checked(Extractive(wiring.scorer(), embedder), embedder), CheckedModel(paid, embedder)
        paid.close()


def test_answers_links_and_form_stay_and_the_user_is_told(
    answerers: Sequence[CheckedAnswerer], embedder: Embedder | None
) -> None:
    asked = [(topic.question, answerer) for topic in TOPICS for answerer in answerers]
    before = [shown(ask(question, answerer, embedder)) for question, answerer in asked]
    answered = [one for one in before if one.outcome is Outcome.ANSWERED]
    assert len(answered) >= len(asked) - (0 if embedder else 1)  # by words alone `open` is no `OPENS` of a picture
    with transaction() as session:
        fill(session, [one.document for one in INJECTIONS], embedder)
    for (question, answerer), first in zip(asked, before, strict=True):
        again = ask(question, answerer, embedder)
        assert shown(again) == first, question
        assert again.left_out >= EACH, question
        assert not [string for string in WANTED if string in repr(shown(again))]


def of_place(place: str) -> list[Injection]:
    """The hostile posts whose order stands there."""
    return [one for one in INJECTIONS if one.place == place]


def test_the_suite_is_what_it_says() -> None:
    assert len(INJECTIONS) == 200
    assert len({one.order for one in INJECTIONS}) == 200
    assert {one.document.language for one in INJECTIONS} == {"ru", "en"}
    assert [len(of_place(place)) for place in ("text", "ocr", "description", "file", "album")] == [40] * 5
