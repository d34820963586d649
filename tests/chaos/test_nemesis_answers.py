"""The nemesis replays the questions of a seed, and sees an answer that is doubled, lost or not proved."""

from __future__ import annotations

from typing import Any

import pytest

from tests.chaos.nemesis.answering import ANSWERING, plan
from tests.chaos.nemesis.answers import rows, sentences
from tests.chaos.nemesis.questions import NOWHERE, draw, last, pool

QUESTION: dict[str, Any] = {
    "id": 1,
    "text": "Where is the harbour behind the market?",
    "words": "Where is the harbour behind the market?",
    "spans_hash": "a",
    "answerer": "extractive-1",
    "answered_at": "now",
    "state": "done",
    "works": 1,
}
SPANS = {1: {"publication_id": 7, "text": "Harbour  market."}, 2: {"publication_id": 8, "text": "Bridge."}}
SAID = {7: ["The bridge. Harbour market. Garden."], 8: ["Bridge edited."]}
SENTENCE = {
    "position": 1,
    "text": "Harbour market.",
    "verdict": "kept",
    "cites": [{"span": 1, "quote": "Harbour market."}],
}
TOLD = [(QUESTION["text"], 1)]


def test_a_seed_asks_the_same_again() -> None:
    assert draw(7, 20.0) == draw(7, 20.0)
    assert draw(7, 20.0) != draw(8, 20.0)
    assert plan(7, 20.0) == plan(7, 20.0)
    for seed in range(20):
        asked = draw(seed, 12.0)
        assert {one.text for one in asked} <= set(pool(seed)) == {one.text for one in last(seed)}
        assert any(len(one.ways) > 1 for one in last(seed)), "some ask the same at once"
        assert {one.kind for one in plan(seed, 12.0)} == set(ANSWERING)
    assert plan(7, 20.0, ["FLUSHALL"]) == []


def test_a_right_answer_is_no_violation() -> None:
    assert list(rows([QUESTION], TOLD)) == []
    assert list(rows([{**QUESTION, "answered_at": None, "state": "unknown"}], TOLD)) == []
    assert list(sentences(QUESTION, [SENTENCE], SPANS, SAID)) == []
    dropped = {**SENTENCE, "position": 2, "verdict": "number", "cites": [{"span": 9, "quote": "none"}]}
    assert list(sentences(QUESTION, [SENTENCE, dropped], SPANS, SAID)) == []


@pytest.mark.parametrize(
    ("questions", "kind"),
    [
        ([], "lost"),
        ([{**QUESTION, "text": "Another?"}], "lost"),
        ([QUESTION, {**QUESTION, "id": 2, "words": QUESTION["words"].upper()}], "doubled"),
        ([QUESTION, *({**QUESTION, "id": n, "spans_hash": n, "text": NOWHERE} for n in (2, 3))], "doubled"),
        ([{**QUESTION, "works": 2}], "doubled"),
        ([{**QUESTION, "state": "due", "answered_at": None}], "stuck"),
        ([{**QUESTION, "state": "leased"}], "stuck"),
        ([{**QUESTION, "state": "skipped", "answered_at": None}], "stuck"),
        ([{**QUESTION, "answered_at": None}], "stuck"),
        ([{**QUESTION, "state": None, "works": 0}], "stuck"),
    ],
    ids=str,
)
def test_a_question_that_is_lost_doubled_or_stuck_is_seen(questions: list[dict[str, Any]], kind: str) -> None:
    assert kind in {violation.kind for violation in rows(questions, TOLD)}


@pytest.mark.parametrize(
    "found",
    [
        [SENTENCE, {**SENTENCE, "position": 2}],
        [SENTENCE, SENTENCE],
        [{**SENTENCE, "position": 2}],
        [{**SENTENCE, "cites": []}],
        [{**SENTENCE, "cites": [{"span": 3, "quote": "Harbour market."}]}],
        [{**SENTENCE, "cites": [{"span": 2, "quote": "Harbour market."}]}],
        [{**SENTENCE, "cites": [{"span": 1, "quote": "Harbour market. Garden."}]}],
        [{**SENTENCE, "cites": [{"span": 1, "quote": " "}]}],
    ],
    ids=str,
)
def test_a_sentence_that_is_doubled_or_not_proved_is_seen(found: list[dict[str, Any]]) -> None:
    assert list(sentences(QUESTION, found, SPANS, SAID))


def test_a_quote_that_no_post_ever_said_and_an_answer_without_an_end_are_seen() -> None:
    assert list(sentences(QUESTION, [SENTENCE], SPANS, {7: ["Harbour and market."], 8: ["Harbour market."]}))
    assert list(sentences({**QUESTION, "answered_at": None}, [SENTENCE], SPANS, SAID))
