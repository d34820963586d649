"""The questions that the demo asks, and their right answers as the sample channels have them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from app.demo.expected import Expected, Together


@dataclass(frozen=True)
class Question:
    """A question about the sample channels.

    fact: pattern of the words that answer it, the value as its group; None if the channels have no answer.
    picture: whether the words stand in a picture alone.
    """

    text: str
    fact: str | None = None
    picture: bool = False


# One for each language, one of them answered by a picture alone, and one that no post answers though some are near.
COUNT = Question("Сколько мешков собрали на субботнике?", r"Собрали (\d+) мешков")
PICTURE = Question(
    "For how many years is the lamp repaired free of charge?", r"lamp free of charge for (\w+ years)", picture=True
)
NOTHING = Question("Кто построил маяк?")
QUESTIONS = (COUNT, PICTURE, NOTHING)


@dataclass(frozen=True)
class Right:
    """A right answer. value: that its sentence has; posts: those that say it, by their permalinks."""

    value: str
    posts: dict[str, Together]


def right(sample: Expected, question: Question) -> Right:
    """The right answer to a question that has one. ValueError if the channels say it not at all, or in two ways."""
    pattern = re.compile(question.fact or "(?!)")
    said = [(one, found[1]) for one, words in _words(sample, question) if (found := pattern.search(flat(words)))]
    if len({value for _, value in said}) != 1:
        raise ValueError(f"the sample channels have {len(said)} answers to: {question.text}")
    return Right(said[0][1], {permalink(sample, one): one for one, _ in said})


def permalink(sample: Expected, one: Together) -> str:
    """The address of a publication."""
    names = {channel.telegram_id: channel.username for channel in sample.channels}
    return f"https://t.me/{names[one.channel] or f'c/{one.channel}'}/{one.items[0]}"


def flat(text: str) -> str:
    """The text with one blank for each white space: lines of pictures break inside of sentences."""
    return " ".join(text.split())


def _words(sample: Expected, question: Question) -> Iterator[tuple[Together, str]]:
    for one in sample.publications:
        if question.picture:
            yield from ((one, sample.written[key]) for key in one.keys if key in sample.written)
        else:
            yield one, sample.words(one)
