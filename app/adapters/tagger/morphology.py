"""Analyses words of Russian and English: their dictionary form and, as far as endings tell, their part of speech.

simplemma knows forms, not parts of speech. Russian endings show them: in the dictionary, a verb has a past tense and an
adjective a feminine. English has no such marks, so lists and neighbours decide there.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from functools import cache, lru_cache

from simplemma import Lemmatizer, is_known

from app.adapters.tagger import words
from app.domain.tags import fold


class Kind(Enum):
    """The part of speech of a word, as far as tags need it."""

    NAME = "name"
    NOUN = "noun"
    ADJECTIVE = "adjective"  # only beside its noun
    OTHER = "other"  # verbs, adverbs, stop words


@dataclass(frozen=True)
class Word:
    """A dictionary form, folded."""

    lemma: str
    kind: Kind
    known: bool  # whether the dictionary has it; it has no junk of OCR


_ROMAN = re.compile(r"^[IVX]{2,}$")
_CYRILLIC = re.compile(r"[а-яё]", re.IGNORECASE)
_SURNAME = re.compile(r"^([а-я]{2,}(?:ов|ев|ин|ын|ич))(?:а|у|ым|ем|е)?$")
_SURNAME_SKY = re.compile(r"^([а-я]{2,}ск)(?:ого|ому|им|ом)$")
# Endings of words that the dictionary lacks.
_VERB_END = re.compile(
    r"(?:[аяиеыу]л[аио]?|[аяиеыу]ть|[уюая]т|[еи]т|(?:т|л|л[аио]|ть|[еи]т)с[яь]|[еи]м|[аяие]в|вши|(?:ова|[чщшжл]е)н[аоы]?|нуто)$"
)
_ADJECTIVE_END = re.compile(r"(?:ый|ий|ая|яя|ое|ее|ые|ие|ого|его|ому|ему|ых|их|ыми|ими|ской|ной)$")
_lemmatizer = Lemmatizer()


def is_russian(text: str) -> bool:
    """Whether the text has Cyrillic letters: the two languages share none."""
    return _CYRILLIC.search(text) is not None


@lru_cache(maxsize=65536)
def analyse(surface: str) -> Word:
    """The word of one surface form. Its capitals are evidence, so callers do not lower it."""
    surface = surface.removesuffix("'s").removesuffix("’s")
    language = "ru" if is_russian(surface) else "en"
    lemma = words.LEMMAS.get(fold(surface)) or _lemmatizer.lemmatize(surface, language)
    named = lemma[:1].isupper() and not lemma.isupper()
    lemma, known = fold(lemma), is_known(surface, language)
    if words.is_stop(fold(surface)) or words.is_stop(lemma):
        return Word(lemma, Kind.OTHER, known)
    if _ROMAN.match(surface):
        return Word(lemma, Kind.OTHER, known)
    if named and known:
        return Word(lemma, Kind.NAME, known)
    if language == "ru":
        return _russian(fold(surface), lemma, known)
    lemma = fold(surface) if fold(surface) in words.ING_NOUNS else lemma
    return Word(lemma, _english_kind(fold(surface), lemma), known)


@cache
def _is_form(form: str, lemma: str) -> bool:
    return fold(_lemmatizer.lemmatize(form, "ru")) == lemma and is_known(form, "ru")


def _russian(surface: str, lemma: str, known: bool) -> Word:
    if not known:
        ending = Kind.OTHER if _VERB_END.search(surface) else Kind.ADJECTIVE if _ADJECTIVE_END.search(surface) else None
        return Word(surface if ending else lemma, ending or Kind.NOUN, known)
    # simplemma knows one lemma for a form. For энергетика (also a form of энергетик) and паром (also of пар), another
    # form shows that they are dictionary forms themselves.
    if surface in words.LEMMAS:
        return Word(lemma, _russian_kind(lemma), known)
    if (surface.endswith("ика") and _is_form(surface[:-1] + "у", surface)) or _is_form(surface + "ом", surface):
        lemma = surface
    return Word(lemma, _russian_kind(lemma), known)


def surname(surface: str) -> str | None:
    """The masculine dictionary form of a Russian surname by its ending: Капризова is no form of каприз."""
    folded = fold(surface)
    if found := _SURNAME.match(folded):
        return found.group(1)
    return f"{found.group(1)}ий" if (found := _SURNAME_SKY.match(folded)) else None


def full_name(first_name: str, last_name: str) -> str:
    """Two dictionary forms as one name: Анна and Иванов make анна иванова."""
    feminine = first_name.endswith(("а", "я")) and first_name not in words.MALE_IN_A and surname(last_name) == last_name
    return f"{first_name} {last_name}{'а' if feminine else ''}"


def _russian_kind(lemma: str) -> Kind:
    if lemma in words.SUBSTANTIVES:
        return Kind.NOUN
    if _is_russian_verb(lemma) or _is_russian_adverb(lemma):
        return Kind.OTHER
    return Kind.ADJECTIVE if is_adjective(lemma) else Kind.NOUN


def _is_russian_verb(lemma: str) -> bool:
    """Whether it is a verb, by a feminine past: писать (писала), нести (несла), мочь (могла); not сеть, кость, ночь."""
    if lemma.endswith(("ться", "тись", "чься", "йти", "сти", "зти")):
        return True
    if lemma.endswith("чь"):
        return _is_form(lemma[:-2] + "гла", lemma) or _is_form(lemma[:-2] + "кла", lemma)
    if lemma.endswith(("сть", "зть")) and _is_form(lemma[:-3] + "ла", lemma):
        return True
    # Not by the feminine alone: мыла is a form of soap, too.
    return lemma.endswith(("ть", "ти")) and any(_is_form(lemma[:-2] + end, lemma) for end in ("ла", "ли", "л"))


def _is_russian_adverb(lemma: str) -> bool:
    """Whether it is an adverb with an adjective beside it: быстро has быстрый; правительство has none."""
    stem = lemma[:-1]
    return lemma.endswith("о") and len(stem) > 2 and any(is_adjective(stem + end) for end in ("ый", "ий"))


def is_adjective(lemma: str) -> bool:
    """Whether a Russian dictionary form is an adjective or participle: it has a feminine of its own."""
    return lemma.endswith(("ый", "ий", "ой")) and any(_is_form(lemma[:-2] + end, lemma) for end in ("ая", "яя"))


def _english_kind(surface: str, lemma: str) -> Kind:
    if lemma in words.ENGLISH_VERBS or (surface != lemma and surface.endswith(("ed", "ing"))):
        return Kind.OTHER
    if lemma in words.ENGLISH_ADJECTIVES:
        return Kind.ADJECTIVE
    if lemma.endswith("ly") and any(is_known(stem, "en") for stem in (lemma[:-2], lemma[:-3] + "y")):
        return Kind.OTHER
    if len(lemma) > 6 and lemma.endswith(("ous", "ful", "less", "able", "ible")):
        return Kind.OTHER
    return Kind.NOUN


def agree(adjective: str, noun: str) -> str:
    """The nominative of a Russian adjective beside a noun: центральный + площадь -> центральная площадь."""
    endings = _GENDERS[_gender(noun)](adjective)
    form = adjective[:-2] + endings
    return f"{form if _is_form(form, adjective) else adjective} {noun}"


def _gender(noun: str) -> str:
    last = noun[-1]
    if last == "ь":
        return "f" if _is_form(noun + "ю", noun) else "m"  # площадью, but днем
    if noun.endswith("мя"):
        return "n"
    return {"а": "f", "я": "f", "о": "n", "е": "n", "ы": "p", "и": "p"}.get(last, "m")


def _is_soft(adjective: str) -> bool:
    return adjective.endswith("ий") and adjective[-3] not in "гкхжчшщ"


_GENDERS: dict[str, Callable[[str], str]] = {
    "m": lambda adjective: adjective[-2:],
    "f": lambda adjective: "яя" if _is_soft(adjective) else "ая",
    "n": lambda adjective: "ее" if _is_soft(adjective) or adjective.endswith(("жий", "чий", "ший", "щий")) else "ое",
    "p": lambda adjective: "ие" if adjective.endswith("ий") or adjective[-3] in "гкхжчшщ" else "ые",
}
