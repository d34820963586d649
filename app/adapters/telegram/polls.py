"""Reads the words of polls, quizzes and to-do lists: what they ask, and how people have answered."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from app.adapters.telegram.texts import clean, entities_of, lines
from app.domain.kinds import Origin
from app.domain.messages import Words


def read_poll(poll: Any, results: Any) -> list[Words]:
    """Question, answers, counts of votes, right answers and their explanation.

    Counts are running until the poll is closed: votes change them all the time.
    """
    answers = sorted(poll.answers, key=lambda a: a.option) if poll.shuffle_answers else poll.answers
    texts = {answer.option: clean(answer.text.text) for answer in answers}
    votes = results.results or ()
    right = [texts.get(vote.option) for vote in votes if vote.correct]
    solution = clean(results.solution or "").strip()
    found = [
        Words(Origin.QUESTION, clean(poll.question.text), entities_of(poll.question.entities)),
        Words(Origin.ANSWERS, "\n".join(clean(answer.text.text) for answer in answers)),
        Words(Origin.RESULTS, _counts(texts, votes, results.total_voters), running=not poll.closed),
        Words(Origin.SOLUTION, lines(*right)),
        Words(Origin.SOLUTION, solution, entities_of(results.solution_entities)),
    ]
    return [one for one in found if one.text]


def _counts(texts: dict[bytes, str], votes: Iterable[Any], total: int | None) -> str:
    """The votes of each answer in the order of the answers; empty without any."""
    counts = {vote.option: vote.voters for vote in votes if vote.voters is not None}
    said = [f"{text}: {counts[option]}" for option, text in texts.items() if option in counts]
    return "\n".join([*said, f"{total} voters"] if total is not None else said)


def read_tasks(todo: Any, completions: Sequence[Any]) -> list[Words]:
    """Title and tasks, and which of these are done: people tick tasks as they vote, so that is a running count."""
    tasks = {item.id: clean(item.title.text) for item in todo.list}
    done = [tasks[one.id] for one in completions if one.id in tasks]
    found = [
        Words(Origin.TASKS, "\n".join([clean(todo.title.text), *tasks.values()]), entities_of(todo.title.entities)),
        Words(Origin.RESULTS, "\n".join([f"{len(done)} of {len(tasks)} done", *done]), running=True),
    ]
    return [one for one in found if one.text]
