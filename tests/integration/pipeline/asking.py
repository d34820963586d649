"""Questions in the pipeline's tests: asked as a user asks them, answered as a worker answers them."""

from __future__ import annotations

from app.ask.answers import AnswerShown, answer_of
from app.ask.questions import Placed, place, prepare
from app.db import transaction
from app.search.filters import Filters
from tests.drive import Drive


def put(drive: Drive, text: str, filters: Filters | None = None) -> Placed:
    """Writes a question; no worker has begun it."""
    with transaction() as session:
        prepared = prepare(session, text, embedder=drive.embedder, filters=filters)
        return place(session, prepared, drive.answers().version)


def read(question: int) -> AnswerShown:
    """The question as a user sees it now."""
    with transaction() as session:
        return answer_of(session, question)


def ask(drive: Drive, text: str, filters: Filters | None = None) -> AnswerShown:
    """Asks, and lets a worker answer."""
    placed = put(drive, text, filters)
    drive.follow([placed.call] if placed.call else [])
    return read(placed.id)


def said(answer: AnswerShown) -> list[str]:
    """The sentences that are shown."""
    return [one.text for one in answer.sentences]
