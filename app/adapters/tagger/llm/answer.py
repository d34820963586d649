"""Turns a model's answer into tags. Pure: the same answer and vocabulary always give the same tags."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from pydantic import BaseModel, ConfigDict, StrictStr, ValidationError

from app.adapters.llm.answers import json_object
from app.adapters.tagger.llm.document import strings
from app.adapters.tagger.llm.prompt import echoes, words
from app.domain.reading import RawAnswer
from app.domain.tags import MAX_TAGS, MIN_TAGS, fold, normalise_tag
from app.domain.vocabulary import Vocabulary

WORDY = 8  # different words of three letters and more; a post with fewer may have fewer than MIN_TAGS subjects
MOST_PROBLEMS = 10  # problems to report; the others are of the same kind

# Markup, JSON, paths and addresses: no tag has such signs, and the rest after normalising is no tag either.
_NO_TAG = re.compile(r"[<>{}\[\]\\|\n\r\x00]|//|www\.|\w\.\w\S*/|\S@\S+\.", re.IGNORECASE)
_HOST = re.compile(r"^[\w-]+(?:\.[\w-]+)*\.[^\W\d_]{2,}$")


class TagAnswer(BaseModel):
    """One answer."""

    model_config = ConfigDict(extra="ignore")
    tags: list[StrictStr]


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
    data, problem = json_object(raw.text, "on")
    named, misformed = _strings(data or {})
    given = SourceText(raw.given)
    judged = [_tag(text, given) for text in named]
    unfit = tuple(f"tags.{number}: {why}" for number, (_, why) in enumerate(judged) if why)
    tags = list(dict.fromkeys(tag for tag, why in judged if not why))
    chosen = vocabulary.apply(tags) if vocabulary else tags[:MAX_TAGS]
    wrong = (problem,) if problem else ()
    return Found(tuple(chosen), (*wrong, *(misformed if data is not None else ())), unfit, len(named))


def joined(answers: Sequence[Found], vocabulary: Vocabulary | None) -> tuple[str, ...]:
    """The tags of the last answer; if they are too few, also those of the first."""
    last, first = answers[-1].tags, answers[0].tags
    both = last if len(last) >= MIN_TAGS else tuple(dict.fromkeys([*last, *first]))
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
    # A post may contain such words itself, for example one about noun phrases.
    return (tag, None) if given.says(tag) or not echoes(tag) else ("", "repeats the prompt")


def _strings(data: dict[str, object]) -> tuple[list[str], tuple[str, ...]]:
    """(the strings of the list, faults of the rest)."""
    try:
        return list(TagAnswer.model_validate(data).tags), ()
    except ValidationError as error:
        told = error.errors(include_url=False, include_context=False, include_input=False)
    given = data.get("tags")
    kept = [one for one in given if isinstance(one, str)] if isinstance(given, list) else []
    return kept, tuple(f"{'.'.join(map(str, one['loc']))}: {one['msg']}" for one in told)
