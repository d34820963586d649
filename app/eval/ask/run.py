"""Asks the questions: fills the archive, offers each question its spans, and lets every method answer from them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from sqlalchemy import Engine
from sqlalchemy.orm import Session

from app.eval import archive
from app.eval.ask.attempts import Attempt, Method, Offer
from app.eval.ask.engine import offered
from app.eval.ask.labelled import LabelledSet
from app.eval.ask.question import Question
from app.ports import Embedder


def offers(engine: Engine, found: LabelledSet, asked: Sequence[Question], embedder: Embedder | None) -> list[Offer]:
    """Fills the empty database with all posts of the set; then each question searches, as a user would, alone."""
    with Session(engine) as session, session.begin():
        names = archive.fill(session, found.posts.values(), embedder)
    return [_offer(engine, question, names, embedder) for question in asked]


def _offer(engine: Engine, question: Question, names: Mapping[int, str], embedder: Embedder | None) -> Offer:
    with Session(engine) as session:
        return offered(session, question, names, embedder)


def attempts(offers: Iterable[Offer], methods: Sequence[Method]) -> list[Attempt]:
    """The answer of each method to each question."""
    return [method(offer) for offer in offers for method in methods]
