"""Questions with the spans that are offered for them."""

from __future__ import annotations

from collections.abc import Sequence

from app.domain.ask.answer import AskInput, Source, Span

PARK = "В Казани открыли новый городской парк, он занимает 12 гектаров."
FAIR = "Фестиваль уличной еды пройдёт 14 июня на набережной Камы."
SIGN = "ПАРК ОТКРЫТ С 8 ДО 22"
PICTURE = "a park with trees"
QUESTION = "Когда открыли городской парк в Казани?"


def span(number: int, text: str, source: Source = Source.POST, passage: int | None = None) -> Span:
    """A span of a post of its own, at the beginning of its field."""
    return Span(number, passage or number, 100 + number, source, 0, text)


def asked(question: str = QUESTION, *texts: str | Span, language: str = "ru") -> AskInput:
    """A question and its spans; those of PARKS without others."""
    spans: Sequence[str | Span] = texts or PARKS
    return AskInput(question, language, tuple(t if isinstance(t, Span) else span(n, t) for n, t in enumerate(spans, 1)))


PARKS = (span(1, PARK), span(2, FAIR), span(3, SIGN, Source.OCR), span(4, PICTURE, Source.DESCRIPTION))
