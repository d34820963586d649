"""The labelled set: posts of ask_posts_*.toml, questions of ask_questions_*.toml with the quotes that answer them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Any

from app.domain.ask.answer import Source
from app.domain.documents import compose
from app.errors import UserError
from app.eval.ask.question import PICTURE, WHERE, Nugget, Question, Quote
from app.eval.cases import CONTENT
from app.eval.documents import Document, documents, table
from app.eval.scores import normalised

LANGUAGES = ("ru", "en")
SPLITS = ("tune", "report")


@dataclass(frozen=True)
class LabelledSet:
    """Posts by name, and questions."""

    posts: Mapping[str, Document]
    questions: Sequence[Question]

    def of(self, splits: Sequence[str]) -> list[Question]:
        """The questions of these halves."""
        return [one for one in self.questions if one.split in splits]


def load(folder: Path = CONTENT) -> LabelledSet:
    """Reads and checks the set. UserError names its first fault."""
    posts = [one for language in LANGUAGES for one in documents(folder / f"ask_posts_{language}.toml", language)]
    asked = [one for language in LANGUAGES for one in questions(folder / f"ask_questions_{language}.toml", language)]
    found = LabelledSet({one.name: one for one in posts}, asked)
    twice = (f"the publication {name} is there twice" for name in _twice(one.name for one in posts))
    if fault := next(chain(twice, faults(found)), None):
        raise UserError(f"ask_questions_*.toml: {fault}")
    return found


def faults(found: LabelledSet) -> Iterator[str]:
    """The faults of a set: each would make scores wrong or halves incomparable."""
    yield from (f"{id_} is there twice" for id_ in _twice(one.id for one in found.questions))
    texts = {name: fields(post) for name, post in found.posts.items()}
    for question in found.questions:
        yield from (f"{question.id} {fault}" for fault in (*_of_labels(question), *_of_quotes(question, texts)))
    yield from _of_halves(found.questions)


def _of_halves(questions: Sequence[Question]) -> Iterator[str]:
    """The halves are equal in each direction; of a place with an odd number one half has one more."""
    for kind, apart in (("direction", 0), ("where", 1)):
        sizes = Counter((one.direction, getattr(one, kind), one.split) for one in questions)
        for direction, value in dict.fromkeys((one.direction, getattr(one, kind)) for one in questions):
            first, second = (sizes[direction, value, split] for split in SPLITS)
            if abs(first - second) > apart:
                yield f"{direction}, {value}: {first} questions in tune and {second} in report"


def fields(post: Document) -> dict[Source, str]:
    """The fields of a post as its search document has them."""
    made = compose(post.text, post.items, post.tags)
    return {Source.POST: made.text, Source.OCR: made.ocr, Source.DESCRIPTION: made.labels}


def _of_labels(question: Question) -> Iterator[str]:
    for value, allowed in ((question.language, LANGUAGES), (question.where, WHERE), (question.split, SPLITS)):
        if value not in allowed:
            yield f"has the unknown value {value}: there are {', '.join(allowed)}"
    if question.answerable != bool(question.nuggets):
        yield f"is answered by {len(question.nuggets)} facts, but its place is {question.where}"
    if any(not nugget.quotes for nugget in question.nuggets):
        yield "has a fact without a quote"
    if question.where == PICTURE and any(quote.source is Source.POST for quote in question.quotes):
        yield "is answered by pictures alone, but quotes the words of a post"


def _of_quotes(question: Question, texts: Mapping[str, Mapping[Source, str]]) -> Iterator[str]:
    for quote in question.quotes:
        if quote.post not in texts:
            yield f"names the unknown publication {quote.post}"
        elif not quote.text.strip() or normalised(quote.text) not in normalised(texts[quote.post][quote.source]):
            yield f"quotes {quote.text!r}, which is not in the {quote.source} of {quote.post}"


def _twice(names: Iterator[str]) -> list[str]:
    return [name for name, count in Counter(names).items() if count > 1]


def questions(file: Path, about: str) -> Iterator[Question]:
    """The questions of a file, unchecked. about: language of the posts that they are about."""
    for row in table(file).get("question", ()):
        yield Question(
            row["id"], row["text"], row["language"], row["where"], row["split"], about, nuggets(row.get("nuggets", ()))
        )


def nuggets(rows: Sequence[Mapping[str, Any]]) -> tuple[Nugget, ...]:
    """The facts of a question. UserError for an unknown field of a quote."""
    return tuple(Nugget(row["fact"], tuple(map(_quote, row["quotes"]))) for row in rows)


def _quote(row: Mapping[str, Any]) -> Quote:
    try:
        return Quote(row["post"], Source(row["source"]), row["quote"])
    except ValueError:
        raise UserError(f"{row['quote']!r} has the unknown source {row['source']}") from None
