"""A labelled question: the facts of a right answer, and the quotes that state each of them."""

from __future__ import annotations

from dataclasses import dataclass

from app.domain.ask.answer import Source

NONE, PICTURE, TEXT = "none", "picture", "text"
WHERE = (TEXT, PICTURE, NONE)


@dataclass(frozen=True)
class Quote:
    """Words that answer a question, letter for letter. post: name of the publication; source: the field they are in."""

    post: str
    source: Source
    text: str


@dataclass(frozen=True)
class Nugget:
    """A fact that a good answer has (the nuggets of TREC's question answering). quotes: each of them states it."""

    fact: str
    quotes: tuple[Quote, ...]


@dataclass(frozen=True)
class Question:
    """A question and its right answer. where: in the words of posts, inside pictures alone, or nowhere (`none`)."""

    id: str
    text: str
    language: str
    where: str
    split: str
    about: str  # the language of the posts that it is about
    nuggets: tuple[Nugget, ...] = ()

    @property
    def answerable(self) -> bool:
        """Whether the archive has an answer."""
        return self.where != NONE

    @property
    def quotes(self) -> tuple[Quote, ...]:
        """The quotes of all its facts, each once."""
        return tuple(dict.fromkeys(quote for nugget in self.nuggets for quote in nugget.quotes))

    @property
    def direction(self) -> str:
        """Its language, with that of the posts if it is another: `ru`, `en`, `ru to en`, `en to ru`."""
        return self.language if self.language == self.about else f"{self.language} to {self.about}"
