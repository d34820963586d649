"""make eval-ask on eight posts, asked as users ask: right answers score perfectly, wrong ones nothing."""

from __future__ import annotations

from collections.abc import Iterator
from io import StringIO

import pytest
from rich.console import Console
from sqlalchemy import Engine, create_engine

from app import wiring
from app.domain.ask.answer import Cite, Source
from app.domain.documents import ItemContent
from app.eval.ask.attempts import Attempt, Offer, Said, of_span
from app.eval.ask.baselines import FROM_RETRIEVAL, OFFERED, PROMPT_ALONE, everything, from_retrieval, prompt_alone
from app.eval.ask.labelled import LabelledSet, faults, load
from app.eval.ask.ours import EXTRACTIVE, extractive
from app.eval.ask.plain import plain
from app.eval.ask.question import Nugget, Question, Quote
from app.eval.ask.report import by_method, show
from app.eval.ask.run import attempts, offers
from app.eval.ask.scores import by_group, faith
from app.eval.documents import Document
from app.eval.remembering import Remembering
from app.settings import sqlalchemy_url

POSTS = (
    Document("ferry", "en", "The last ferry to Skerry leaves at 22:30. Cars board 40 minutes before.", ("ferry",)),
    Document("fares", "en", "Fares of the season", ("ferry",), (ItemContent("ADULT 4.20\nBICYCLE 1.20"),)),
    Document("bakery", "en", "The bakery on Mill Street opens at six. It sells rye bread.", ("bread",), (), "mill"),
    Document("storm", "en", "The storm took the roof of the school. Lessons are in the town hall.", ("storm",)),
    Document("паром", "ru", "Катер на остров Кижгора отходит в 20:10. Собак берут в наморднике.", ("катер",)),
    Document("библиотека", "ru", "Библиотека закрыта до 3 мая: меняют проводку.", ("библиотека",)),
    Document("урожай", "ru", "Собрали восемь вёдер антоновки. Сидр будет к октябрю.", ("яблоки",), (), "sad"),
    Document("мост", "ru", "Мост через Лавью починили за два месяца.", ("мост",)),
)


def question(id_: str, text: str, language: str, *quotes: Quote, split: str = "tune", about: str = "en") -> Question:
    where = "none" if not quotes else "picture" if quotes[0].source is Source.OCR else "text"
    return Question(id_, text, language, where, split, about, tuple(Nugget(one.text, (one,)) for one in quotes))


LAST = Quote("ferry", Source.POST, "The last ferry to Skerry leaves at 22:30.")
BICYCLE = Quote("fares", Source.OCR, "BICYCLE 1.20")
OPENS = Quote("bakery", Source.POST, "opens at six")
ASKED = (
    question("last", "When does the last ferry to Skerry leave?", "en", LAST),
    question("bicycle", "What is the fare for a bicycle?", "en", BICYCLE),
    question("bakery", "Когда открывается пекарня на Mill Street?", "ru", OPENS),
    question("none", "Who built the ferry to Skerry, and when?", "en"),
)
SET = LabelledSet({one.name: one for one in POSTS}, ASKED)


@pytest.fixture
def empty(database_url: str) -> Iterator[Engine]:
    engine = create_engine(sqlalchemy_url(database_url))
    yield engine
    engine.dispose()


def oracle(offer: Offer) -> Attempt:
    """Cites the offered spans that the labels name; sure of itself where there are some."""
    spans = [
        span
        for quote in offer.question.quotes
        for span in offer.given.spans
        if offer.posts[span.publication_id] == quote.post and quote.text in span.text
    ]
    said = tuple(Said(span.text, (of_span(offer, Cite(span.number, span.text)),)) for span in spans)
    return Attempt(offer.question, "oracle", said, float(bool(said)))


def liar(offer: Offer) -> Attempt:
    """Cites what was not offered, and words that no post has; surest where there is nothing."""
    cites = (Cite(999, "anything"), *(Cite(span.number, "made up") for span in offer.given.spans[:1]))
    said = (Said("It is so.", tuple(of_span(offer, cite) for cite in cites)),)
    return Attempt(offer.question, "liar", said, float(not offer.question.answerable))


def test_right_answers_score_perfectly_and_wrong_ones_nothing(empty: Engine) -> None:
    assert not [fault for fault in faults(SET) if "in report" not in fault]
    found = offers(empty, SET, SET.of(["tune"]), wiring.embedder())
    assert [offer.given.question for offer in found] == [one.text for one in ASKED]
    assert [offer.given.language for offer in found] == ["en", "en", "ru", "en"]
    made = attempts(found, (everything, oracle, liar, prompt_alone, from_retrieval))
    half = plain(made)["scores"]["tune"]

    assert half["offered"]["all"] == {"right": 1, "recall": 1, "nuggets": 1}
    best, worst = half["methods"]["oracle"], half["methods"]["liar"]
    assert best["groups"]["all"] == {
        "questions": 3,
        **dict.fromkeys(("answered", "right", "precision", "recall", "nuggets"), 1),
    }
    assert (best["unanswerable_answered"], best["unfaithful"], best["area"]) == (0, 0, 0)
    assert {name: one["questions"] for name, one in best["groups"].items()} == {
        "all": 3,
        "en": 2,
        "ru to en": 1,
        "text": 2,
        "picture": 1,
    }
    assert (worst["groups"]["all"]["answered"], worst["groups"]["all"]["right"]) == (1, 0)
    assert worst["groups"]["all"]["precision"] == worst["groups"]["all"]["nuggets"] == 0
    assert (worst["unanswerable_answered"], worst["area"]) == (1, 1)
    assert worst["citations"] == worst["unfaithful"] >= 7
    assert half["compared"][0].startswith("oracle against liar: better at every point")

    copied, retrieved = half["methods"][PROMPT_ALONE], half["methods"][FROM_RETRIEVAL]
    assert copied["unfaithful"] == 0  # it copies
    assert retrieved["unfaithful"] > 0  # its references are those of other sentences, too
    assert copied["groups"]["text"]["right"] == 1
    assert copied["groups"]["picture"]["right"] == 0  # the post that names the fares has a word more of the question
    assert retrieved["groups"]["all"]["right"] == 1  # its references are whole posts


def test_the_tables_show_each_method_and_its_refusals(empty: Engine) -> None:
    made = attempts(offers(empty, SET, ASKED, wiring.embedder()), (everything, oracle, prompt_alone))
    written = StringIO()
    show(Console(file=written, width=110), made)
    text = written.getvalue()
    for words in (
        "tune: oracle",
        f"tune: {PROMPT_ALONE}",
        "ru to en",
        "evidence in the spans",
        "oracle against",
        "1.000",
    ):
        assert words in text, words


def test_answers_of_the_half_that_is_only_reported_are_not_told(empty: Engine) -> None:
    hidden = question("hidden", "When does the bakery open?", "en", OPENS, split="report")
    found = plain(attempts(offers(empty, SET, (ASKED[0], hidden), wiring.embedder()), (oracle,)))
    assert [one["id"] for one in found["answers"]] == ["last"]
    assert found["answers"][0]["cited"] == [{"post": "ferry", "source": "post", "right": True}]
    assert found["scores"]["report"]["methods"]["oracle"]["groups"]["all"]["right"] == 1
    assert "bakery" not in str(found["answers"])


def test_the_real_set_in_part(empty: Engine) -> None:
    """Each sixth question, over all posts: what holds by construction, and what the tables of docs/eval.md rest on."""
    embedder = wiring.embedder()
    assert embedder is not None
    known, found = Remembering(embedder), load()
    made = attempts(
        offers(empty, found, found.questions[::6], known),
        (everything, extractive(wiring.scorer(), known), prompt_alone, from_retrieval),
    )
    methods = by_method(made)
    methods[EXTRACTIVE] = [one.at(0.3) for one in methods[EXTRACTIVE]]  # more answers to count than it gives itself
    for name in (EXTRACTIVE, PROMPT_ALONE):
        assert faith(methods[name]).citations > 20, name
        assert faith(methods[name]).unfaithful == 0, name
    assert faith(methods[EXTRACTIVE]).foreign == 0
    scores = {name: by_group(some)["all"] for name, some in methods.items()}
    assert scores[OFFERED].right > 0.85
    for other in (PROMPT_ALONE, FROM_RETRIEVAL):
        assert (scores[EXTRACTIVE].precision or 0) > (scores[other].precision or 0), other
