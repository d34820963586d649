"""Compares the words of a question with those of spans: by dictionary form, by stem, and across scripts by sound."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from simplemma import lemmatize

from app.domain.ask.sentences import language_of_text
from app.domain.ask.stop_words import STOP_WORDS
from app.domain.spelling import edits, normal
from app.domain.transliteration import skeleton

# How much of a word of the question a word of a span is worth: another form of it, its sound in the other script, a
# word of one root (ремонт, ремонтный).
SAME, SOUND, ROOT = 1.0, 0.8, 0.6
ROOT_LETTERS = 5  # that both words begin with
ROOT_SHARE = 0.7  # of the longer one's letters

# Letters of two names, as they sound, from which on one may differ, also the first, and two.
HEARD, LONGER, LONG = 4, 6, 8

_TOKEN = re.compile(r"\d+(?:[.,:]\d+)*|[^\W\d_]+(?:['-][^\W\d_]+)*")
_CYRILLIC_ENDING = re.compile(
    "(?<=...)(?:ами|ями|ого|его|ому|ему|ыми|ими|[оеёыи]й|[ое]ю|[оеаяыи]м|[аяыи]х|[ое]в|[аяое][яе]|[ую]ю|[аеёиоуыэюяьіїє])$"
)
_LATIN_ENDING = re.compile("(?<=...)(?:'s|ies|es|ing|ed|s|e|y)$")
_CYRILLIC = re.compile("[Ѐ-ԯ]")


@dataclass(frozen=True)
class Term:
    """A word or number. lemma: its dictionary form; stem: without its ending; sound: as in either script."""

    lemma: str
    stem: str
    sound: str

    @property
    def is_number(self) -> bool:
        """Whether it is written in digits."""
        return self.lemma[0].isdigit()


def terms(text: str, language: str | None = None) -> tuple[Term, ...]:
    """The words and numbers of a text in order, without words that only hold sentences together."""
    known = language or language_of_text(text)
    words = _TOKEN.findall(normal(text))
    return tuple(term for word in words if word not in STOP_WORDS and (term := _term(word, known)) is not None)


@lru_cache(maxsize=65536)
def _term(word: str, language: str) -> Term | None:
    if word[0].isdigit():
        number = word.replace(",", ".")
        return Term(number, number, number)
    cyrillic = _CYRILLIC.search(word) is not None
    own = language if cyrillic == (language != "en") else ("ru" if cyrillic else "en")
    lemma = normal(lemmatize(word, own))
    if lemma in STOP_WORDS:
        return None
    stem = (_CYRILLIC_ENDING if cyrillic else _LATIN_ENDING).sub("", lemma)
    return Term(lemma, stem, skeleton(stem))


@lru_cache(maxsize=65536)
def worth(asked: Term, said: Term) -> float:
    """How much of a word of the question a word of a span is worth, 0 to 1."""
    if asked.lemma == said.lemma or (asked.stem == said.stem and not asked.is_number):
        return SAME
    if asked.is_number or said.is_number:
        return 0.0
    if _is_cyrillic(asked) != _is_cyrillic(said):
        return SOUND if _sound_alike(asked.sound, said.sound) else 0.0
    return ROOT if _one_root(asked.stem, said.stem) else 0.0


def _is_cyrillic(term: Term) -> bool:
    return _CYRILLIC.search(term.lemma) is not None


def _sound_alike(one: str, other: str) -> bool:
    """Whether they are one name, perhaps heard in another way: Хэллиск, Hallisk; Эттлоу, Attlow."""
    if one == other:
        return len(one) > 2
    shorter, longer = sorted((len(one), len(other)))
    most = 2 if longer >= LONG and one[:1] == other[:1] else 1
    return shorter >= HEARD and (longer >= LONGER or one[:1] == other[:1]) and edits(one, other, most) <= most


def _one_root(one: str, other: str) -> bool:
    shared = next((n for n, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other)))
    return shared >= ROOT_LETTERS and shared >= ROOT_SHARE * max(len(one), len(other))
