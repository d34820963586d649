"""Turns a model's answer into tags. Pure: the same answer and vocabulary always give the same tags."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from app.adapters.llm.answers import json_object, spoken_text
from app.adapters.llm.candidates import Form
from app.adapters.tagger.llm.document import strings
from app.adapters.tagger.llm.prompt import echoes, words
from app.domain.plurals import once
from app.domain.reading import RawAnswer
from app.domain.repetition import cut_loop
from app.domain.spoken_tags import is_none, is_placeholder, plain_list, split
from app.domain.tags import MAX_TAGS, MIN_TAGS, fold, normalise_tag
from app.domain.vocabulary import Vocabulary

WORDY = 8  # different words of three letters and more; a post with fewer may have fewer than MIN_TAGS subjects
MOST_NAMED = 200  # tags of an answer to judge: seven are asked for, and a loop writes thousands
MOST_REPEATS = 5  # of each tag on average; a model that writes more of them is in a loop
MOST_PROBLEMS = 10  # problems to report; the others are of the same kind

# Markup, JSON, paths and addresses: no tag has such signs, and the rest after normalising is no tag either.
_NO_TAG = re.compile(r"[<>{}\[\]\\|\n\r\x00]|//|www\.|\w\.\w\S*/|\S@\S+\.", re.IGNORECASE)
_HOST = re.compile(r"^[\w-]+(?:\.[\w-]+)*\.[^\W\d_]{2,}$")


# Names of the field that holds a tag, where a model makes an object of it.
_NAMES = ("tag", "name", "label", "keyword", "text", "value", "title", "тег")


def _is_list(value: list[Any]) -> bool:
    return any(isinstance(one, str) and one.strip() for one in value)


def _is_example(given: Mapping[str, Any]) -> bool:
    tags = given.get("tags")
    return isinstance(tags, list) and bool(tags) and all(isinstance(one, str) and is_placeholder(one) for one in tags)


_SYNONYMS = """
    tag tagslist taglist keywords keyword hashtags hashtag теги тэги тег метки хештеги хэштеги ключевыеслова
"""
FORM = Form(("tags",), frozenset({"tags"}), "tags", _is_list, dict.fromkeys(_SYNONYMS.split(), "tags"), _is_example)


@dataclass(frozen=True)
class Found:
    """The tags of one answer, the best first, at most 7.

    misformed: faults of the answer's form; unfit: faults of single tags. Neither quotes the model, because they are
    sent back to it and shown to users.
    """

    tags: tuple[str, ...]
    misformed: tuple[str, ...]
    unfit: tuple[str, ...]
    given: int  # strings in the answer

    def problems(self, raw: RawAnswer, vocabulary: Vocabulary | None) -> tuple[str, ...]:
        """All faults; empty for a good answer."""
        return (*self.misformed, *self.missing(raw, vocabulary), *self.unfit)[:MOST_PROBLEMS]

    def missing(self, raw: RawAnswer, vocabulary: Vocabulary | None) -> tuple[str, ...]:
        """Reports too few tags for a wordy post. In mode `only` one tag is enough: the vocabulary may have no more."""
        if vocabulary is not None and vocabulary.mode == "only":
            return ("no tag of the answer is in the list",) if self.given and not self.tags else ()
        enough = len(self.tags) >= MIN_TAGS or not SourceText(raw.given).wordy
        return () if enough else (f"{len(self.tags)} usable tags: at least {MIN_TAGS} are asked for",)


def found(raw: RawAnswer, vocabulary: Vocabulary | None) -> Found:
    """Reads the valid parts of one answer."""
    given = SourceText(raw.given)
    every, misformed, looped = _named(raw)
    named = [text for text in every if not is_placeholder(text) or given.says(text)]
    judged = [_tag(text, given) for text in named]
    unfit = (*looped, *(f"tags.{number}: {why}" for number, (_, why) in enumerate(judged) if why))
    tags = once(tag for tag, why in judged if not why)
    chosen = vocabulary.apply(_meant(judged, tags, vocabulary)) if vocabulary else tags[:MAX_TAGS]
    return Found(tuple(chosen), misformed, unfit, len(named))


def _meant(judged: Sequence[tuple[str, str | None]], tags: Sequence[str], vocabulary: Vocabulary) -> list[str]:
    """All tags, with those of the vocabulary as they stand there: it may want the plural."""
    listed = [tag for tag, why in judged if not why and tag in vocabulary.meanings]
    return once([*listed, *tags], prefer=vocabulary.meanings)


def _named(raw: RawAnswer) -> tuple[list[str], tuple[str, ...], tuple[str, ...]]:
    """(the strings of the answer that mean a tag, faults of its form, a fault of its content)."""
    data, problem = json_object(raw.text, FORM, "on", ended=raw.finish != "length")
    if data is None:
        plain = plain_list(spoken_text(raw.text))
        return plain[:MOST_NAMED], () if plain else (problem or "not a JSON object",), ()
    strings, wrong = _strings(data)
    ended = [cut_loop(text, at_limit=True) for text in strings]
    tags = [tag for text in ended for tag in _split(text)]
    looped = ended != strings or len(tags) > MOST_REPEATS * len(set(tags))
    kept = [tag for tag in tags if not is_none(tag)][:MOST_NAMED]
    return kept, (*((problem,) if problem else ()), *wrong), ("tags: repeats itself",) if looped else ()


def _split(text: str) -> list[str]:
    """Single tags. A line end inside a string is no separator: it may be an instruction behind a tag."""
    return [text] if "\n" in text or not text.strip() else split(text) or [text]


def joined(answers: Sequence[Found], vocabulary: Vocabulary | None) -> tuple[str, ...]:
    """The tags of the last answer; if they are too few, also those of the first."""
    last, first = answers[-1].tags, answers[0].tags
    both = last if len(last) >= MIN_TAGS else tuple(once([*last, *first]))
    return tuple(vocabulary.apply(both)) if vocabulary else both[:MAX_TAGS]


class SourceText:
    """The input of the model, in which words can be looked up."""

    def __init__(self, data: str) -> None:
        """data: the input as quoted in the prompt."""
        self._texts = list(strings(json.loads(data or "{}")))

    @cached_property
    def _words(self) -> str:
        return f" {words(' '.join(self._texts))} "

    @cached_property
    def _folded(self) -> str:
        return fold(" ".join(self._texts))

    @property
    def wordy(self) -> bool:
        """Whether the post has words enough for MIN_TAGS tags."""
        return len({word for word in self._words.split() if len(word) > 2 and word.isalpha()}) >= WORDY

    def says(self, tag: str) -> bool:
        """Whether the words of a tag occur in it side by side."""
        return f" {words(tag)} " in self._words

    def holds(self, text: str) -> bool:
        """Whether it contains the text, folded, letter by letter."""
        return fold(text) in self._folded


def _tag(text: str, given: SourceText) -> tuple[str, str | None]:
    """(the tag, why it is unfit or None)."""
    tag = None if _NO_TAG.search(text) else normalise_tag(text)
    if tag is None or (_HOST.match(tag) and not given.holds(tag)):
        return "", "no tag"
    # A post may contain such words itself, for example one about noun phrases or about string theory.
    return (tag, None) if given.says(tag) or not echoes(tag) else ("", "repeats the prompt")


def _strings(data: Mapping[str, Any]) -> tuple[list[str], tuple[str, ...]]:
    """(the strings of the list, faults of the rest)."""
    if "tags" not in data:
        return [], ("tags: Field required",)
    given = data["tags"]
    if isinstance(given, str):
        return list(split(given)), ()
    if isinstance(given, Mapping):
        given = [one if isinstance(one, str) else name for name, one in given.items()]
    if not isinstance(given, list):
        return [], () if given is None else ("tags: Input should be a valid list",)
    named = [_name(one) for one in given]
    wrong = [number for number, one in enumerate(named) if one is None]
    return [one for one in named if one], tuple(f"tags.{number}: Input should be a valid string" for number in wrong)


def _name(value: object) -> str | None:
    """The tag in an item; an empty text for null, None for a value that is no tag."""
    if isinstance(value, Mapping):
        found = next((value[name] for name in _NAMES if isinstance(value.get(name), str)), None)
        only = next(iter(value)) if len(value) == 1 else None
        return found if found is not None else only if isinstance(value.get(only), float) else None
    return "" if value is None else value if isinstance(value, str) else None
