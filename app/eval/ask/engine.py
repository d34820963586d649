"""The archive as the evaluation asks it: the one place to change when the interface of questions does."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sqlalchemy.orm import Session

from app.ask.questions import prepare
from app.eval.ask.attempts import Offer
from app.eval.ask.question import Question
from app.ports import Embedder
from app.search.ranked import MEANING, Ranked


def offered(session: Session, question: Question, names: Mapping[int, str], embedder: Embedder | None) -> Offer:
    """The spans that a user's question would be answered from. names: of posts, by publication."""
    prepared = prepare(session, question.text, embedder=embedder)
    hits = prepared.retrieved.hits
    return Offer(question, prepared.input, names, hits[0].score if hits else None, _nearest(hits))


def _nearest(hits: Sequence[Ranked]) -> float | None:
    places = [hit.places[MEANING] for hit in hits if MEANING in hit.places]
    return max((one.similarity for one in places if one.similarity is not None), default=None)
