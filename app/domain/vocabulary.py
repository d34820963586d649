"""A controlled vocabulary: the tags that an archive wants, and their synonyms."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

from app.domain.tags import MAX_LENGTH, MAX_TAGS, MIN_LENGTH, normalise_tag
from app.errors import UserError

Mode = Literal["prefer", "only"]


@dataclass(frozen=True)
class Vocabulary:
    """Names in one spelling, sorted: the order of lines in the file has no effect, so moving lines tags none again."""

    names: tuple[str, ...]
    mode: Mode = "prefer"
    synonyms: tuple[tuple[str, str], ...] = ()  # (other word, the name that it means), sorted

    @cached_property
    def hash(self) -> str:
        """sha256 hex over the JSON of [mode, names, synonyms]: everything that changes the result of `apply`."""
        content = json.dumps([self.mode, self.names, self.synonyms], ensure_ascii=False)
        return hashlib.sha256(content.encode()).hexdigest()

    @cached_property
    def meanings(self) -> dict[str, str]:
        """Every word of the file -> the name that it means; a name means itself."""
        return {**dict(self.synonyms), **{name: name for name in self.names}}

    def apply(self, tags: Iterable[str]) -> list[str]:
        """Maps normalised tags, the best first, to at most 7: first those of the vocabulary, under their names.

        `only` drops all others, so fewer than 3 or none may be left.
        """
        meant = dict.fromkeys(self.meanings.get(tag, tag) for tag in tags)
        known = [tag for tag in meant if tag in self.meanings]
        others = [tag for tag in meant if tag not in self.meanings]
        return [*known, *(others if self.mode == "prefer" else ())][:MAX_TAGS]


def parse_vocabulary(text: str, mode: Mode) -> Vocabulary:
    """Parses one tag a line, `name` or `name = other word, another`; `#` in front or after a blank begins a comment.

    UserError with line and remedy for a line that is no tag, a word with two meanings, or a file without a tag.
    """
    meanings: dict[str, tuple[str, int]] = {}  # word -> (name, line)
    for number, line in _lines(text):
        for word, name in _entries(line, number):
            before, earlier = meanings.setdefault(word, (name, number))
            if before != name:
                twice = f"{word!r} means {name!r} here and {before!r} in line {earlier}"
                raise UserError(f"line {number}: {twice}: leave one of them out")
    if not meanings:
        raise UserError("no tag in it: write one tag a line; lines that begin with # are comments")
    pairs = sorted((word, name) for word, (name, _) in meanings.items())
    names = tuple(word for word, name in pairs if word == name)
    return Vocabulary(names, mode, tuple(pair for pair in pairs if pair[0] != pair[1]))


def _lines(text: str) -> Iterator[tuple[int, str]]:
    for number, line in enumerate(text.split("\n"), start=1):
        bare = f" {line}".replace("\t", " ").split(" #")[0].strip()
        if bare:
            yield number, bare


def _entries(line: str, number: int) -> Iterator[tuple[str, str]]:
    """(word, the name that it means) of one line, the name itself first."""
    left, equals, right = line.partition("=")
    if "," in left or "=" in right:
        raise UserError(f"line {number}: write one tag a line, and other words for it as: name = other word, another")
    name = _word(left, number)
    yield name, name
    if equals:
        yield from ((_word(other, number), name) for other in right.split(","))


def _word(raw: str, number: int) -> str:
    word = normalise_tag(raw)
    if word is None:
        form = f"{MIN_LENGTH} to {MAX_LENGTH} characters with a letter among them"
        raise UserError(f"line {number}: {raw.strip()[:60]!r} is no tag: write {form}")
    return word
