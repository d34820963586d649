"""Asks all questions of the demo, once and once more, and takes the evidence of one of them away for a moment."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from app.demo.expected import Expected
from app.demo.questions.asking import Again, Publish, answered, ask, ask_again
from app.demo.questions.changed import Changed, change
from app.demo.questions.sample import COUNT, QUESTIONS, Question, right


@dataclass(frozen=True)
class Asked:
    """The questions of a demo. numbers: of their rows. changed: None if the answer had no number to change."""

    numbers: Mapping[Question, int]
    again: Mapping[Question, Again]
    changed: Changed | None


def ask_all(sample: Expected, publish: Publish) -> Asked:
    """Asks while workers live. The posts are afterwards as they were before."""
    numbers = {one: ask(one.text, publish) for one in QUESTIONS}
    for number in numbers.values():
        answered(number)
    again = {one: ask_again(one.text, publish) for one in QUESTIONS}
    return Asked(numbers, again, change(numbers[COUNT], right(sample, COUNT).value, publish))
