"""A sentence cites at least one span, and none that was not offered."""

from __future__ import annotations

import pytest

from app.domain.ask.answer import AskInput, Cite, Sentence, Source, Span
from app.domain.ask.checks.offered import not_offered, uncited

GIVEN = AskInput("?", "ru", tuple(Span(number, 1, 1, Source.POST, 0, "текст") for number in (1, 2, 3)))


def cited(*spans: int) -> Sentence:
    return Sentence("Текст.", tuple(Cite(span, "текст") for span in spans))


def test_a_sentence_without_a_citation_is_told() -> None:
    assert uncited(Sentence("Текст.", ())) == "it cites no span"
    assert uncited(cited(9)) is None


@pytest.mark.parametrize("spans", [(1,), (3,), (1, 2, 3), (2, 2)])
def test_offered_spans_pass(spans: tuple[int, ...]) -> None:
    assert not_offered(cited(*spans), GIVEN) is None


@pytest.mark.parametrize(("spans", "named"), [((4,), "4"), ((0,), "0"), ((-1,), "-1"), ((1, 4, 5), "4, 5")])
def test_one_span_that_was_not_offered_is_enough(spans: tuple[int, ...], named: str) -> None:
    assert not_offered(cited(*spans), GIVEN) == f"span {named} was not offered"


def test_nothing_offered_lets_nothing_pass() -> None:
    assert not_offered(cited(1), AskInput("?", "ru", ())) is not None
