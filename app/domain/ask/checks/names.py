"""Holds each name of a sentence to its quotes: by form, by sound in the other script, or by a known translation."""

from __future__ import annotations

from collections.abc import Sequence

from app.domain.ask.answer import Sentence
from app.domain.ask.namings.matching import by_initials, in_parts, same, translated
from app.domain.ask.namings.reader import Text, Word, names, parsed, runs, surnames
from app.domain.ask.quotes import evidence, folded

BESIDE = 2  # words between a given name and a surname, counting the patronymic


def foreign_name(sentence: Sentence) -> str | None:
    """The reason to drop a sentence with a name that its quotes lack, or with the parts of two names as one."""
    text, quotes = parsed(folded(sentence.text)), parsed(evidence(sentence))
    table = list(translated(text, quotes))
    known = [(start, end) for start, end, there in table if there]
    found = _with(names(text), text, [(start, end) for start, end, there in table if not there])
    matches = {word.place: same(word, quotes) for word in found}
    for word in found:
        if not (matches[word.place] or _is_inside(word, known) or _is_there(word, text, quotes)):
            return f"its quotes lack the name “{word.text}”"
    if swapped := _swapped(text, quotes):
        return f"its quotes lack the name “{swapped.text}”"
    for one, other in runs(text.words, found):
        if _is_mixed(matches[one.place], matches[other.place], quotes):
            return f"its quotes do not join the names “{one.text} {other.text}”"
    return None


def _with(found: Sequence[Word], text: Text, places: Sequence[tuple[int, int]]) -> list[Word]:
    """The names, and the words at the places, each once and in order."""
    added = {word.place: word for word in text.words if any(word.start == start for start, _ in places)}
    return [one for _, one in sorted({**added, **{word.place: word for word in found}}.items())]


def _swapped(text: Text, quotes: Text) -> Word | None:
    """A surname of the sentence that might be a common word, where the quotes have another surname in its place."""
    ours, theirs = surnames(text), surnames(quotes)
    missing = [word for word in ours if not same(word, quotes)]
    return missing[0] if missing and any(not same(word, text) for word in theirs) else None


def _is_inside(word: Word, spans: Sequence[tuple[int, int]]) -> bool:
    return any(start <= word.start < end for start, end in spans)


def _is_there(word: Word, text: Text, quotes: Text) -> bool:
    return by_initials(word, text.words, quotes) or ("-" in word.norm + quotes.lower and in_parts(word, quotes))


def _is_mixed(ones: Sequence[Word], others: Sequence[Word], quotes: Text) -> bool:
    """Whether the quotes have both names, each beside another name, and never side by side."""
    if not ones or not others or any(abs(a.place - b.place) <= BESIDE for a in ones for b in others):
        return False
    return all(_has_neighbour(word, quotes) for word in (*ones, *others))


def _has_neighbour(word: Word, quotes: Text) -> bool:
    """Whether another capitalised word stands beside a word of the quotes."""
    for other in quotes.words[max(0, word.place - 1) : word.place + 2]:
        between = quotes.plain[min(word.end, other.end) : max(word.start, other.start)]
        if other is not word and other.text[0].isupper() and between == " ":
            return True
    return False
