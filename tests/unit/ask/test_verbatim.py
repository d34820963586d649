"""A quote stands in its span letter for letter, is cut between words, and is a reasonable part of it."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.ask.answer import AskInput, Cite, Sentence, Source, Span
from app.domain.ask.checks.verbatim import not_verbatim
from tests.unit.ask.pairs import quoted


def fault(text: str, *quotes: str, language: str = "ru") -> str | None:
    given_ = AskInput("?", language, (Span(1, 1, 1, Source.POST, 0, text),))
    return not_verbatim(Sentence("Текст.", tuple(Cite(1, quote) for quote in quotes)), given_)


@pytest.mark.parametrize(("text", "quote"), quoted("foreign_quote"))
def test_foreign_quotes_are_told(text: str, quote: str) -> None:
    assert fault(text, quote) is not None


@pytest.mark.parametrize(("text", "quote"), quoted("quote"))
def test_quotes_pass(text: str, quote: str) -> None:
    assert fault(text, quote) is None


def test_one_foreign_quote_among_good_ones_is_enough() -> None:
    assert fault("Паром отменён 12 мая.", "Паром отменён", "Паром отменён 13 мая.") is not None


def test_each_quote_is_held_to_its_own_span() -> None:
    spans = (Span(1, 1, 1, Source.POST, 0, "Паром отменён."), Span(2, 2, 2, Source.POST, 0, "Концерт перенесён."))
    given_ = AskInput("?", "ru", spans)
    assert not_verbatim(Sentence("Текст.", (Cite(2, "Концерт перенесён."),)), given_) is None
    assert not_verbatim(Sentence("Текст.", (Cite(1, "Концерт перенесён."),)), given_) is not None


def test_a_clean_place_counts_where_another_one_is_cut() -> None:
    assert fault("Не пять человек, а 1 200. Позже: 200 человек.", "200 человек") is None


@given(text=st.text(min_size=1, max_size=80).filter(lambda text: any(sign.isalnum() for sign in text)))
def test_a_whole_span_is_a_quote_in_every_form_of_its_letters(text: str) -> None:
    assert fault(text, text) is None
    assert fault(text, unicodedata.normalize("NFD", text)) is None
    assert fault(text, f"\n {'  '.join(text.split(' '))}\t") is None


@given(text=st.text(alphabet="абв где123 ", min_size=5, max_size=40), place=st.integers(0, 39))
def test_a_quote_with_another_letter_is_none(text: str, place: int) -> None:
    changed = text[:place] + "ж" + text[place + 1 :]
    assert fault(text, changed) is not None
