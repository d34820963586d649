"""The whole judge over all invented pairs: no good sentence is dropped, and each bad one is, by whichever check."""

from __future__ import annotations

import pytest

from app.domain.ask.answer import AskInput, Cite, Draft, Sentence, Source, Span, Verdict
from app.domain.ask.judge import judge
from tests.unit.ask.pairs import Row, pairs

# Not covered: a man's name in the genitive is a woman's; two words of which English has one are English.
UNTOLD = {"Александра Иванова победила.", "Metro zakryto."}
KINDS = ("number", "name", "language", "address")


def verdict(language: str, text: str, span: str, *quotes: str) -> Verdict:
    """The verdict on a sentence that quotes a span."""
    given = AskInput("?", language, (Span(1, 1, 1, Source.POST, 0, span),))
    draft = Draft((Sentence(text, tuple(Cite(1, quote) for quote in quotes)),))
    return judge(draft, given, lambda pairs: [None] * len(pairs)).sentences[0].verdict


def kept(rows: list[Row]) -> list[str]:
    """The sentences that the judge keeps."""
    return [text for language, quote, text in rows if verdict(language, text, quote or text, quote or text) == "kept"]


def test_no_good_sentence_is_dropped() -> None:
    rows = pairs("good")
    assert len(rows) >= 80
    assert kept(rows) == [text for _, _, text in rows]


@pytest.mark.parametrize("kind", KINDS)
def test_each_bad_sentence_is_dropped(kind: str) -> None:
    rows = pairs(kind)
    assert len(rows) >= 40
    assert set(kept(rows)) <= UNTOLD


def test_a_good_sentence_without_a_citation_is_dropped() -> None:
    verdicts = {verdict(language, text, quote) for language, quote, text in pairs("good")}
    assert verdicts == {Verdict.NO_CITATION}


def test_foreign_quotes_are_dropped() -> None:
    rows = pairs("foreign_quote")
    assert len(rows) >= 40
    assert {verdict("ru", "Об этом сообщили.", span, quote) for _, span, quote in rows} == {Verdict.NOT_VERBATIM}


def test_a_quote_of_another_post_is_dropped() -> None:
    rows = pairs("good")
    posts = [quote for _, quote, _ in rows]
    wrong = {
        verdict(language, text, post, quote) for post, (language, quote, text) in zip(posts[1:], rows, strict=False)
    }
    assert wrong == {Verdict.NOT_VERBATIM}
