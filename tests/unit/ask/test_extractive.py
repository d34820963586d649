"""The answerer that chooses sentences, with its embedder."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from app.adapters.answerer.extractive import Extractive
from app.adapters.embedder.usem3 import Usem3
from app.adapters.scorer.e5 import E5Scorer
from app.domain.ask.answer import AskInput, Draft
from app.domain.ask.language import language_of
from app.domain.ask.spans import SourceTexts, spans_of
from app.ports import Embedder

SCORER = E5Scorer()


class Counting:
    """The embedder, which counts its calls."""

    def __init__(self, embedder: Embedder) -> None:
        self.name, self.dimensions = embedder.name, embedder.dimensions
        self._embedder = embedder
        self.calls = 0

    def embed(self, texts: Sequence[str]) -> list[list[float]]:
        self.calls += 1
        return self._embedder.embed(texts)


@pytest.fixture(scope="module")
def embedder() -> Embedder:
    return Usem3()


POSTS = (
    "Слободской мост закроют для машин 4 апреля. Ремонт продлится 14 месяцев.",
    "Библиотека на улице Мира работает до 21:00. Вход по паспорту.",
    "Firefighters put out a blaze at the market, nobody was hurt. The market stays closed until Friday.",
    "В зоопарке у рыси родились трое котят. Имена выберут голосованием.",
)


def asked(question: str) -> AskInput:
    documents = [SourceTexts(number, text, "", "") for number, text in enumerate(POSTS, 1)]
    return AskInput(question, language_of(question), spans_of(documents, question))


@pytest.mark.parametrize(
    ("question", "sentence"),
    [
        ("Когда закроют Слободской мост?", "Слободской мост закроют для машин 4 апреля."),
        ("До скольки открыта библиотека на улице Мира?", "Библиотека на улице Мира работает до 21:00."),
        ("Сколько котят родилось у рыси в зоопарке?", "В зоопарке у рыси родились трое котят."),
        ("Until which day is the market closed?", "The market stays closed until Friday."),
        ("До какого дня закрыт рынок?", "The market stays closed until Friday."),
        ("How many kittens were born at the zoo?", "В зоопарке у рыси родились трое котят."),
    ],
)
def test_the_sentence_that_tells_is_found_also_in_another_language(
    embedder: Embedder, question: str, sentence: str
) -> None:
    assert sentence in [one.text for one in Extractive(SCORER, embedder).answer_with(asked(question), 0.0).sentences]


def test_a_question_whose_answer_stands_there_word_for_word_is_answered(embedder: Embedder) -> None:
    draft = Extractive(SCORER, embedder).answer(asked("Когда закроют Слободской мост для машин?"))
    assert [one.text for one in draft.sentences] == ["Слободской мост закроют для машин 4 апреля."]


@pytest.mark.parametrize("question", ["Кто выиграл чемпионат мира по хоккею?", "What is the capital of Peru?"])
def test_a_question_about_something_else_is_not_answered(embedder: Embedder, question: str) -> None:
    assert Extractive(SCORER, embedder).answer(asked(question)) == Draft(())


def test_one_call_embeds_everything(embedder: Embedder) -> None:
    counting = Counting(embedder)
    Extractive(SCORER, counting).answer(asked("Когда закроют мост?"))
    assert counting.calls == 1


def test_without_spans_nothing_is_embedded_or_said(embedder: Embedder) -> None:
    counting = Counting(embedder)
    assert Extractive(SCORER, counting).answer(AskInput("Когда закроют мост?", "ru", ())) == Draft(())
    assert counting.calls == 0


def test_the_version_tells_the_embedder(embedder: Embedder) -> None:
    assert Extractive(SCORER, embedder).version == f"{Extractive(SCORER, None).version}-usem3"
    assert Extractive(SCORER, None).version.startswith("extractive-")
