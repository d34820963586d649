"""Finds the keyphrases of a text without a model: counts dictionary forms, weighted by place, capitals and pairs."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from app.adapters.tagger import words
from app.adapters.tagger.morphology import Kind, agree, analyse, full_name, is_russian, surname
from app.domain.tags import MAX_LENGTH, fold, normalise_tag

HEAD = 1000  # characters; the rest of a longer text is ranked by itself, too (see `ranked`)

_SENTENCE_END = re.compile(r"(?<=[.!?…])\s+|[\r\n]+|[\u2600-\u27bf\U0001f000-\U0001faff]+")
_WORD = re.compile(r"[^\W_]+(?:[-'’][^\W_]+)*")
_BREAK = re.compile(r"\S")  # anything but blanks between two words separates them


@dataclass
class Term:
    """A candidate: its number of occurrences in the text, its first place, and the evidence for it."""

    text: str
    parts: tuple[str, ...]  # lemmas
    count: int = 0
    first: int = 0  # index of the sentence
    name: bool = False
    adjective: bool = False  # a lone one
    weight: float = 1.0

    @property
    def score(self) -> float:
        """The weight of the term: frequency dampened, headline doubled, early sentences, names and pairs preferred."""
        place = 2.0 if self.first == 0 else 1.0 + 0.5 / self.first
        return math.log2(1 + self.count) * place * (1.5 if self.name else 1.0) * self.weight


@dataclass
class _Token:
    lemma: str
    surface: str
    kind: Kind
    capital: bool  # in a place where a capital means a name
    glued: bool  # only blanks since the previous word


@dataclass(frozen=True)
class Phrases:
    """Normalised keyphrases, the best first. spare: lone adjectives, for texts with little else."""

    strong: list[str]
    spare: list[str]


def ranked(text: str) -> Phrases:
    """The keyphrases of a text.

    Of a text longer than HEAD the best term of the rest comes third at the latest: a long post often turns to its
    second subject late, and one headline must not take every place.
    """
    found = _ranked(text)
    tail = _ranked(text[text.rfind(" ", 0, HEAD) + 1 :]).strong[:1] if len(text) > HEAD else []
    if not tail or tail[0] in found.strong[:3]:
        return found
    return Phrases(list(dict.fromkeys([*found.strong[:2], *tail, *found.strong[2:]])), found.spare)


def known_words(text: str) -> str:
    """The text without words that no dictionary has and that do not recur, like those that OCR reads from texture."""
    found = _WORD.findall(text)
    counts = Counter(map(fold, found))
    good = {word for word in found if len(word) > 2 and (analyse(word).known or counts[fold(word)] > 1)}
    return _WORD.sub(lambda match: match.group() if match.group() in good else "|", text)


def _ranked(text: str) -> Phrases:
    terms: dict[str, Term] = {}
    for index, sentence in enumerate(filter(None, _SENTENCE_END.split(text))):
        tokens = list(_tokens(sentence))
        for term in _candidates(tokens):
            known = terms.setdefault(term.text, term)
            known.first = index if not known.count else known.first
            known.count += 1
            known.name |= term.name
    _join_forms(terms)
    kept = _without_parts(terms.values())
    return Phrases(
        _spelled([term for term in kept if not term.adjective]), _spelled([term for term in kept if term.adjective])
    )


def _join_forms(terms: dict[str, Term]) -> None:
    """Joins forms of a name that no dictionary has, such as Спартак and Спартака, under the shortest form."""
    for text in sorted(terms, key=len):
        stem = next((text[:-cut] for cut in (1, 2) if len(text) > cut + 3 and text[:-cut] in terms), None)
        if stem and not analyse(text).known and is_russian(text):
            form = terms.pop(text)
            terms[stem].count += form.count
            terms[stem].first = min(terms[stem].first, form.first)


def _tokens(sentence: str) -> Iterator[_Token]:
    found = list(_WORD.finditer(sentence))
    surfaces = [match.group() for match in found]
    shouting = _shouts(surfaces)
    end = 0
    for index, match in enumerate(found):
        surface = match.group()
        # The first word has its capital from its place: Mix is a surname, too.
        word = analyse(surface.lower() if shouting or (index == 0 and not surface.isupper()) else surface)
        capital = surface[0].isupper() and not shouting and (index > 0 or word.kind is Kind.NAME)
        glued = index > 0 and not _BREAK.search(sentence[end : match.start()])
        lemma, kind = word.lemma, word.kind
        if capital and kind is not Kind.NAME and (last_name := surname(surface)):
            lemma, kind = last_name, Kind.NAME
        yield _Token(lemma, surface, kind, capital, glued)
        end = match.end()


def _shouts(surfaces: list[str]) -> bool:
    """Whether it is a headline in capitals, or an English one in Title Case: its capitals do not mark names."""
    long = [word for word in surfaces if len(word) > 3]
    title_case = all(word[0].isupper() for word in long) and not any(map(is_russian, long))
    return len(long) > 3 and (title_case or sum(map(str.isupper, long)) > 0.6 * len(long))


def _candidates(tokens: list[_Token]) -> Iterator[Term]:
    for index, token in enumerate(tokens):
        if _is_content(token) and not _after_pronoun(tokens, index):
            yield Term(
                words.PREFERRED.get(token.lemma, token.lemma),
                (token.lemma,),
                name=token.capital or token.kind is Kind.NAME,
                adjective=token.kind is Kind.ADJECTIVE,
                weight=_evidence(tokens, index),
            )
        if index and token.glued and (pair := _pair(tokens[index - 1], token)):
            yield pair


def _is_content(token: _Token) -> bool:
    return token.kind is not Kind.OTHER and not token.surface[0].isdigit()


def _after_pronoun(tokens: list[_Token], index: int) -> bool:
    """Whether an English word is a verb by its place after a word such as `they` or `will`."""
    token = tokens[index]
    return token.glued and not token.capital and fold(tokens[index - 1].surface) in words.VERB_MARKERS


def _evidence(tokens: list[_Token], index: int) -> float:
    """A weight: less for short words and abstract nouns, more for English nouns after an article or a preposition."""
    token = tokens[index]
    weak = len(token.lemma) < 4 or token.lemma.endswith(("ание", "ение", "ость", "ness", "ment"))
    weight = 0.7 if weak and not token.capital else 1.0
    if is_russian(token.lemma) or token.capital:
        return weight
    before = fold(tokens[index - 1].surface) if index else ""
    return weight * (1.2 if before in words.NOUN_MARKERS else 0.3 if before == "to" else 1.0)


def _pair(left: _Token, right: _Token) -> Term | None:
    """A term of two neighbours that form one: two names, a Russian adjective with its noun, English compounds."""
    if right.kind not in (Kind.NOUN, Kind.NAME) or not (_is_content(left) and _is_content(right)):
        return None
    russian = is_russian(left.lemma)
    names = left.capital and right.capital and left.lemma not in words.TITLES
    parts = (left.lemma, right.lemma)
    if russian != is_russian(right.lemma):
        return None
    # Ленинградское шоссе, Успенский собор: the dictionary has these adjectives as names.
    placed = left.kind is Kind.NAME and left.lemma.endswith(("ский", "цкий")) and not right.capital
    if russian and (left.kind is Kind.ADJECTIVE or placed):
        return Term(agree(*parts), parts, name=left.capital, weight=1.3)
    if not russian:
        return Term(" ".join(parts), parts, name=names, weight=1.3)
    # Parts of one name have the same case: Франции Эмманюэль are two names.
    name = full_name(*parts)
    if not names or (fold(left.surface) == left.lemma) != name.endswith(fold(right.surface)):
        return None
    return Term(name, parts, name=True, weight=1.3)


def _without_parts(terms: Iterable[Term]) -> list[Term]:
    """Keeps pairs that recur or are names, and takes their occurrences from their parts; drops other pairs."""
    all_terms = list(terms)
    pairs = [term for term in all_terms if len(term.parts) > 1 and (term.count > 1 or term.name)]
    used: Counter[str] = Counter()
    for pair in pairs:
        used.update(dict.fromkeys(pair.parts, pair.count))
    singles = [term for term in all_terms if len(term.parts) == 1]
    for single in singles:
        single.count -= 2 * used[single.parts[0]]  # stays only if it occurs alone more often than in pairs
    return [*pairs, *(single for single in singles if single.count > 0)]


def _spelled(terms: list[Term]) -> list[str]:
    best = sorted(terms, key=lambda term: (-term.score, term.first, term.text))
    tags = (normalise_tag(term.text) for term in best if len(term.text) <= MAX_LENGTH)
    return list(dict.fromkeys(tag for tag in tags if tag))
