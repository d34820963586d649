"""The task that answers questions."""

from __future__ import annotations

from app import wiring
from app.pipeline.steps.ask import answer_questions
from app.tasks.base import keys_of
from app.tasks.publish import publish
from app.worker import app


@app.task
def answer_question(keys: list[list[int]], bulk: bool = False) -> None:
    """Answers questions with the configured answerer; each sentence is checked before it is stored."""
    publish(answer_questions(wiring.checked_answerer(), keys_of(keys)))
