"""The whole judge over all invented pairs: no good sentence is dropped, and each bad one is, by whichever check."""

from __future__ import annotations

import pytest

from app.domain.ask.answer import AskInput, Cite, Draft, Sentence, Source, Span, Verdict
from app.domain.ask.judge import judge
from tests.unit.ask.pairs import good, held_out, held_out_again, languages, names, numbers, orders, quotes

GOOD = (*good.GOOD, *held_out.GOOD, *held_out_again.GOOD)
NUMBERS = (*numbers.WRONG_NUMBERS, *held_out.WRONG_NUMBERS, *held_out_again.WRONG_NUMBERS)
NAMES = (*names.SWAPPED_NAMES, *held_out.SWAPPED_NAMES, *held_out_again.SWAPPED_NAMES)
TEXTS = (
    *languages.OTHER_LANGUAGES,
    *held_out.OTHER_LANGUAGES,
    *held_out_again.OTHER_LANGUAGES,
    *orders.ADDRESSES,
    *held_out.ADDRESSES,
    *held_out_again.ADDRESSES,
)
UNTOLD = {"Александра Иванова победила.", "Metro zakryto."}
LANGUAGE = "ru"


def verdict(language: str, text: str, span: str, *quotes: str) -> Verdict:
    given = AskInput("?", language, (Span(1, 1, 1, Source.POST, 0, span),))
    draft = Draft((Sentence(text, tuple(Cite(1, quote) for quote in quotes)),))
    return judge(draft, given, lambda pairs: [None] * len(pairs)).sentences[0].verdict


@pytest.mark.parametrize(("language", "quote", "text"), GOOD)
def test_good_sentences_are_kept(language: str, quote: str, text: str) -> None:
    assert verdict(language, text, quote, quote) is Verdict.KEPT


@pytest.mark.parametrize(("language", "quote", "text"), GOOD)
def test_the_same_without_a_citation_is_dropped(language: str, quote: str, text: str) -> None:
    assert verdict(language, text, quote) is Verdict.NO_CITATION


@pytest.mark.parametrize(("language", "quote", "text"), (*NUMBERS, *NAMES))
def test_wrong_numbers_and_names_are_dropped(language: str, quote: str, text: str) -> None:
    assert text in UNTOLD or verdict(language, text, quote, quote) is not Verdict.KEPT


@pytest.mark.parametrize(("language", "text"), TEXTS)
def test_other_languages_and_addresses_are_dropped(language: str, text: str) -> None:
    assert text in UNTOLD or verdict(language, text, text, text) is not Verdict.KEPT


@pytest.mark.parametrize(("span", "quote"), quotes.FOREIGN)
def test_foreign_quotes_are_dropped(span: str, quote: str) -> None:
    assert verdict(LANGUAGE, "Об этом сообщили.", span, quote) is Verdict.NOT_VERBATIM


@pytest.mark.parametrize("place", range(len(GOOD)))
def test_a_quote_of_another_post_is_dropped(place: int) -> None:
    language, quote, text = GOOD[place]
    assert verdict(language, text, GOOD[place - 1][1], quote) is Verdict.NOT_VERBATIM
