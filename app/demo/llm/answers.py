"""The answers of the loopback model. They follow from the bytes sent, so a test knows them beforehand."""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from PIL import Image

from app.demo.llm.asking import answer_of, asks_a_question
from app.demo.llm.ledger import Purpose
from app.demo.llm.tagging import asks_for_tags, tags_of
from app.domain.kinds import Classification

PICTURE_TOKENS = 1792  # GigaChat's price of a picture
LETTERS = 3  # to a token, roughly
COLOURS = {"red": (200, 60, 50), "green": (60, 150, 70), "blue": (60, 90, 190), "grey": (128, 128, 128)}
COLOURS |= {"black": (10, 10, 10), "white": (245, 245, 245), "yellow": (220, 200, 70), "brown": (120, 80, 50)}
TOPICS = ("city", "nature", "people", "food", "transport", "weather", "sport", "politics", "culture", "animal")


@dataclass(frozen=True)
class Asked:
    """One chat in the form that the model sees."""

    model: str
    turns: tuple[tuple[str, str], ...]  # (role, text)
    pictures: tuple[bytes, ...] = ()
    schema: Mapping[str, Any] | None = None
    max_tokens: int = 1024

    @property
    def purpose(self) -> Purpose:
        """The purpose of the chat: by the schema's fields, or by the words if the client sent no schema."""
        if self.schema is not None:
            fields = self.schema.get("properties", {})
            return "tags" if "tags" in fields else "ask" if "answer" in fields else "vision"
        said = [text for role, text in self.turns if role == "user"]
        if any(map(asks_for_tags, said)):
            return "tags"
        return "ask" if any(map(asks_a_question, said)) else "vision"

    @property
    def hashes(self) -> tuple[str, ...]:
        """sha256 of each picture."""
        return tuple(sha256(picture).hexdigest() for picture in self.pictures)

    @property
    def digest(self) -> str:
        """sha256 of the words and pictures."""
        return sha256(repr((self.turns, self.hashes)).encode()).hexdigest()

    @property
    def tokens(self) -> int:
        """The price of the question."""
        return PICTURE_TOKENS * len(self.pictures) + sum(len(text) for _, text in self.turns) // LETTERS


Answer = Callable[[Asked], Mapping[str, Any]]
"""The model: a question -> the JSON object that it answers with."""


def plausible(asked: Asked) -> dict[str, Any]:
    """A reading with true facts (size, colour) and a topic that the bytes choose; or words of the post, or spans."""
    if asked.purpose != "vision":
        prompt = next(text for role, text in asked.turns if role == "user")
        return tags_of(prompt) if asked.purpose == "tags" else answer_of(prompt)
    digest = sha256(b"".join(asked.pictures) or asked.turns[-1][1].encode()).digest()
    topic = TOPICS[digest[0] % len(TOPICS)]
    labels = [{"name": topic, "score": 0.9}]
    if not asked.pictures:
        return _answer(Classification.DOCUMENT, f"A text about {topic}.", labels)
    with Image.open(io.BytesIO(asked.pictures[0])) as image:
        size, colour = image.size, _colour(image)
    several = f", the first of {len(asked.pictures)}" if len(asked.pictures) > 1 else ""
    description = f"A mostly {colour} picture of {size[0]} by {size[1]} points{several}, about {topic}."
    kinds = list(Classification)
    return _answer(kinds[digest[1] % len(kinds)], description, [*labels, {"name": colour, "score": 0.7}])


def known(answers: Mapping[str, Mapping[str, Any]], otherwise: Answer = plausible) -> Answer:
    """A model that gives these answers for pictures with these sha256, and other ones for all others."""

    def answer(asked: Asked) -> Mapping[str, Any]:
        found = next((answers[name] for name in asked.hashes if name in answers), None)
        return found if found is not None else otherwise(asked)

    return answer


def written(answer: Mapping[str, Any]) -> str:
    """The answer in the text form of the model."""
    return json.dumps(answer, ensure_ascii=False)


def broken(answer: Mapping[str, Any]) -> str:
    """The same answer with an invalid kind, a label without a name, and an unknown language.

    One of its tags or sentences is valid.
    """
    if isinstance(answer.get("answer"), list):
        return written({**answer, "answer": [*answer["answer"][:1], {"sentence": 95}, "surely"]})
    if isinstance(answer.get("tags"), list):
        return written({**answer, "tags": [*answer["tags"][:1], 95, {"weight": "surely"}]})
    labels = [*answer.get("labels", ()), {"certain": "surely", "score": 0.95}]
    return written({**answer, "classification": "painting", "labels": labels, "language": "Klingon"})


def _answer(kind: Classification, description: str, labels: list[dict[str, Any]]) -> dict[str, Any]:
    return {
        "classification": kind.value,
        "is_meme": kind is Classification.MEME,
        "description": description,
        "labels": labels,
        "objects": [],
        "language": None,
        "text": None,
    }


def _colour(image: Image.Image) -> str:
    mean = image.convert("RGB").resize((1, 1), Image.Resampling.BOX).getpixel((0, 0))
    assert isinstance(mean, tuple)
    return min(COLOURS, key=lambda name: sum((a - b) ** 2 for a, b in zip(COLOURS[name], mean, strict=True)))
