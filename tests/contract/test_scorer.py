"""What every scorer of spans promises; and that the local one finds the sentence that answers, in either language."""

from __future__ import annotations

import hashlib
import math
import re
from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.adapters.scorer.e5 import MODELS, E5Scorer
from app.adapters.scorer.windows import CONTEXT, END, SPAN, WINDOW, windows
from app.ports import SpanScorer

POST = ["В краеведческом музее новая выставка.", "Она открыта по средам до девяти вечера.", "Вход 250 рублей."]
OTHER = ["Паром ушёл без опозданий.", "Погода хорошая, ветер слабый."]


@pytest.fixture(scope="module")
def scorer() -> SpanScorer:
    return E5Scorer()


@pytest.mark.parametrize(
    ("question", "place"),
    [
        ("До которого часа работает выставка?", 1),
        ("Until what time is the exhibition open?", 1),
        ("Сколько стоит билет в музей?", 2),
        ("How much is the entrance to the museum?", 2),
        ("сколько надо заплатить за вход", 2),
    ],
)
def test_the_sentence_that_answers_is_best(scorer: SpanScorer, question: str, place: int) -> None:
    post, other = scorer.score(question, [POST, OTHER])
    assert max(range(len(post)), key=post.__getitem__) == place
    assert max(post) > max(other)


def test_a_pronoun_is_read_with_its_noun(scorer: SpanScorer) -> None:
    question = "Во сколько открывается бассейн?"
    ((_, near),) = scorer.score(question, [["Бассейн снова работает.", "Открывается в семь утра."]])
    ((_, far),) = scorer.score(question, [["Пекарня снова работает.", "Открывается в семь утра."]])
    assert near > far


@pytest.mark.parametrize(
    ("question", "text"),
    [
        ("Во сколько уходит паром Юг?", "Паром Юг уходит в 07:15"),
        ("When does the flea market open?", "Flea market 9 am"),
    ],
)
def test_capitals_are_read_as_small_letters(scorer: SpanScorer, question: str, text: str) -> None:
    assert scorer.score(question, [[text.upper()]]) == scorer.score(question, [[text.lower()]])
    assert scorer.score(question.upper(), [[text]]) == scorer.score(question.lower(), [[text]])


def test_other_posts_change_nothing(scorer: SpanScorer) -> None:
    question = "До которого часа работает выставка?"
    assert scorer.score(question, [OTHER, POST])[1] == scorer.score(question, [POST])[0]


def test_threads_get_what_one_gets(scorer: SpanScorer) -> None:
    questions = [f"Сколько стоит билет номер {n}?" for n in range(4)]
    with ThreadPoolExecutor(4) as pool:
        together = list(pool.map(lambda one: scorer.score(one, [POST]), questions))
    assert together == [scorer.score(one, [POST]) for one in questions]


@pytest.mark.parametrize("text", ["", " ", "\x00", "😀" * 50, "слово " * 3000, "x" * 3000, "漢字", "</s><s>"])
def test_each_span_has_a_score_whatever_it_holds(scorer: SpanScorer, text: str) -> None:
    for question in ("Где?", text):
        found = scorer.score(question, [[text, *POST, text], []])
        assert [len(one) for one in found] == [5, 0]
        assert all(map(math.isfinite, found[0]))
    assert scorer.score("Где?", []) == []


def test_a_long_post_has_a_score_for_each_span(scorer: SpanScorer) -> None:
    post = [f"Это предложение номер {n} о погоде, ветре и дожде в городе." for n in range(60)] + ["Мост откроют 5 мая."]
    (found,) = scorer.score("Когда откроют мост?", [post])
    assert max(range(len(found)), key=found.__getitem__) == len(post) - 1


@settings(max_examples=200)
@given(st.lists(st.integers(0, 300), max_size=40))
def test_windows_score_each_span_once_and_hold_its_tokens(lengths: list[int]) -> None:
    spans = [[10 + number] * length for number, length in enumerate(lengths)]
    made = list(windows(spans))
    marked = [mark for window in made for mark in window.marks]
    assert [place for _, _, place in marked] == list(range(len(spans)))
    for window in made:
        for start, end, place in window.marks:
            assert list(window.tokens[start:end]) == [*spans[place][:SPAN], END]
        assert len(window.tokens) <= max(WINDOW, (CONTEXT + 1) * (SPAN + 1))
    for window in made[1:]:
        first = window.marks[0]
        lead = [token for place in range(max(0, first[2] - CONTEXT), first[2]) for token in (*spans[place][:SPAN], END)]
        assert list(window.tokens[: first[0]]) == lead


def test_the_files_are_those_that_their_page_names() -> None:
    rows = re.findall(r"^\| (\S+) \| ([\d,]+) \| ([0-9a-f]{64}) \|$", (MODELS / "README.md").read_text(), re.M)
    assert {name for name, _, _ in rows} == {file.name for file in MODELS.glob("answers.*")}
    for name, size, digest in rows:
        data = (MODELS / name).read_bytes()
        assert (f"{len(data):,}", hashlib.sha256(data).hexdigest()) == (size, digest)
