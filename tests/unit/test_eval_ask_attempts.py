"""Citations of an answer hold or do not, baselines cite as they say, and scores are means over the right questions."""

from __future__ import annotations

import pytest

from app.domain.ask.answer import AskInput, Cite, Source, Span
from app.eval.ask.attempts import NOWHERE, Attempt, Citation, Offer, Said, of_passage, of_span
from app.eval.ask.baselines import everything, from_retrieval, prompt_alone
from app.eval.ask.metrics import Cited
from app.eval.ask.plain import plain
from app.eval.ask.question import Nugget, Question, Quote
from app.eval.ask.report import by_method, failures
from app.eval.ask.scores import at_levels, by_group, faith, refusals, wrongly_answered

SPANS = (
    Span(1, 1, 70, Source.POST, 0, "The storm is over."),
    Span(2, 1, 70, Source.POST, 19, "The ferry to Skerry leaves at  22:30."),
    Span(3, 2, 71, Source.OCR, 0, "Кафе открыто"),
    Span(4, 3, 72, Source.POST, 0, "Nothing about it."),
    Span(5, 4, 73, Source.POST, 0, "The ferry to Skerry is blue."),
)
POSTS = {70: "ferry", 71: "cafe", 72: "other", 73: "blue"}
QUOTE = Quote("ferry", Source.POST, "leaves at 22:30")
ASKED = Question(
    "a", "When does the ferry to Skerry leave?", "en", "text", "tune", "en", (Nugget("at 22:30", (QUOTE,)),)
)
OFFER = Offer(ASKED, AskInput(ASKED.text, "en", SPANS), POSTS, score=0.03, similarity=0.4)
EMPTY = Offer(ASKED, AskInput(ASKED.text, "en", ()), {})


@pytest.mark.parametrize(
    ("cite", "faithful"),
    [
        (Cite(2, "The ferry to Skerry leaves at 22:30."), True),  # white space does not count
        (Cite(2, "leaves at 22:15"), False),
        (Cite(2, "The Ferry"), False),  # case does
        (Cite(3, "Кафе открыто"), True),
        (Cite(3, "Кафе\u0301"), False),
        (Cite(1, "ferry"), False),  # of another span
        (Cite(2, ""), False),
        (Cite(2, " \n"), False),
        (Cite(9, "The storm is over."), False),
    ],
)
def test_a_citation_is_faithful_if_its_quote_stands_in_an_offered_span(cite: Cite, faithful: bool) -> None:
    assert of_span(OFFER, cite).faithful is faithful


def test_two_forms_of_one_letter_are_the_same() -> None:
    composed, apart = "Чай", "Чаи\u0306"
    offer = Offer(ASKED, AskInput("", "ru", (Span(1, 1, 70, Source.POST, 0, composed),)), POSTS)
    assert of_span(offer, Cite(1, apart)).faithful


def test_a_citation_of_no_offered_place_is_right_for_no_label() -> None:
    assert of_span(OFFER, Cite(9, "x")) == Citation(NOWHERE, faithful=False) == of_passage(OFFER, 9, "x")
    assert of_passage(OFFER, 1, "The storm is over.") == Citation(Cited("ferry", None, ""), faithful=True)
    assert of_passage(OFFER, 2, "The storm is over.") == Citation(Cited("cafe", None, ""), faithful=False)


def test_a_place_that_is_cited_twice_counts_once_for_precision_and_twice_for_faith() -> None:
    twice = Attempt(ASKED, "m", (Said("a", (of_span(OFFER, Cite(2, "22:30")),)),) * 2, 1.0)
    assert len(twice.cited) == 1
    assert faith([twice]).citations == 2


def test_the_stand_in_takes_the_sentence_with_most_words_of_the_question_from_the_three_best_passages() -> None:
    attempt = prompt_alone(OFFER)
    assert [one.text for one in attempt.said] == [SPANS[1].text, SPANS[2].text, SPANS[3].text]
    assert attempt.cited[0] == Cited("ferry", Source.POST, SPANS[1].text)
    assert (attempt.confidence, faith([attempt]).unfaithful) == (0.03, 0)


def test_references_from_retrieval_are_the_best_passages_whatever_they_say() -> None:
    attempt = from_retrieval(OFFER)
    assert [one.text for one in attempt.said] == [one.text for one in prompt_alone(OFFER).said]
    assert [cited.post for cited in attempt.cited] == ["ferry", "cafe", "other"]
    assert attempt.confidence == 0.4
    assert (faith([attempt]).citations, faith([attempt]).unfaithful) == (9, 6)


def test_without_a_passage_nobody_answers() -> None:
    for method in (prompt_alone, from_retrieval, everything):
        assert (method(EMPTY).said, method(EMPTY).confidence) == ((), None)


def test_everything_that_is_offered_is_the_ceiling() -> None:
    assert [one.text for one in everything(OFFER).cited] == [span.text for span in SPANS]


NONE = Question("n", "Who built it?", "en", "none", "tune", "en")
RIGHT = Attempt(
    ASKED, "m", (Said("a", (of_span(OFFER, Cite(2, "22:30")), of_span(OFFER, Cite(1, "storm")))),), 0.9, "en"
)
REFUSED = Attempt(ASKED, "m", (), 0.2, "en")
WRONG = Attempt(NONE, "m", (Said("a", (of_span(OFFER, Cite(9, "storm")),)),), 0.5, "ru", dropped=2)
FAILED = Attempt(ASKED, "m", (), None, error="Unanswered")


def test_scores_are_means_over_answerable_questions_and_a_refusal_finds_nothing() -> None:
    score = by_group([RIGHT, REFUSED, WRONG])["all"]
    assert (score.questions, score.answered, score.right) == (2, 0.5, 0.5)
    assert (score.precision, score.recall, score.nuggets) == (0.5, 0.5, 0.5)
    assert wrongly_answered([RIGHT, REFUSED, WRONG]) == 1
    assert wrongly_answered([RIGHT]) is None
    assert [(one.refused, one.answered) for one in refusals([RIGHT, REFUSED, WRONG])] == [
        (1, 0),
        (0.5, 0),
        (0.5, 1),
        (0, 1),
    ]


def test_faults_are_counted() -> None:
    assert vars(faith([RIGHT, REFUSED, WRONG])) == {"citations": 3, "unfaithful": 1, "foreign": 1, "dropped": 2}
    silent = Attempt(ASKED, "m", (), 0.2, "ru")
    assert faith([silent]).foreign == 0  # a refusal has no words


def test_another_confidence_to_answer_from_shows_or_withholds_the_same_sentences() -> None:
    assert vars(WRONG.at(0.6)) == {**vars(WRONG), "said": (), "withheld": WRONG.said}
    assert WRONG.at(0.6).at(0.5) == WRONG == WRONG.at(0.5)
    assert Attempt(ASKED, "m", (), None, withheld=RIGHT.said).at(0).said == ()
    assert at_levels([RIGHT, WRONG]) == {}
    levels = at_levels([RIGHT, WRONG.at(0.6)])
    assert {level: wrong for level, (_, wrong) in levels.items() if level in (0.5, 0.6)} == {0.5: 1, 0.6: 0}
    assert [levels[level][0].answered for level in (0.1, 0.8)] == [1, 1]


def test_failures_have_no_score() -> None:
    assert by_method([RIGHT, FAILED]) == {"m": [RIGHT]}
    assert failures([RIGHT, FAILED, FAILED]) == ["m: 2 questions without a score (Unanswered)"]
    assert plain([RIGHT, WRONG, FAILED])["scores"]["tune"]["methods"]["m"]["groups"]["all"]["questions"] == 1
