"""The archive as the evaluation asks it: the one place to change when the interface of questions does."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain.ask.answer import AskInput
from app.domain.ask.language import language_of
from app.domain.ask.spans import SourceTexts, spans_of
from app.eval.ask.attempts import Offer
from app.eval.ask.question import Question
from app.models import SearchDocument
from app.ports import Embedder
from app.search.hits import Hit
from app.search.query import search
from app.search.ranked import MEANING

PASSAGES = 8


def offered(session: Session, question: Question, names: Mapping[int, str], embedder: Embedder | None) -> Offer:
    """The passages that the search finds for a question, split into spans. names: of posts, by publication."""
    hits = search(session, question.text, embedder=embedder, limit=PASSAGES)
    spans = spans_of(_texts(session, [hit.publication_id for hit in hits]), question.text)
    given = AskInput(question.text, language_of(question.text), spans)
    return Offer(question, given, names, hits[0].score if hits else None, _nearest(hits))


def _texts(session: Session, ids: Sequence[int]) -> list[SourceTexts]:
    rows = session.scalars(select(SearchDocument).where(SearchDocument.publication_id.in_(ids)))
    found = {row.publication_id: SourceTexts(row.publication_id, row.text, row.ocr, row.labels) for row in rows}
    return [found[id_] for id_ in ids if id_ in found]


def _nearest(hits: Sequence[Hit]) -> float | None:
    places = [hit.places[MEANING] for hit in hits if MEANING in hit.places]
    return max((one.similarity for one in places if one.similarity is not None), default=None)
