"""Reads JSON as models write it: other quotes, bare words, comments, commas too many, brackets and escapes missing.

Takes time in proportion to the text, and takes over words as they stand: it adds none and corrects none.
json-repair, which does the same job, took 18 seconds for 200 kB of brackets, and does not tell where a value ends.
"""

from __future__ import annotations

from collections.abc import Container
from dataclasses import dataclass
from typing import Any

from app.adapters.llm.near_words import BARE_KEY, CUT, FENCE, OPEN, QUOTED_KEY, Words, squeezed

DEEPEST = 32  # levels; an answer has three, its wrappers add a few


@dataclass(frozen=True)
class Read:
    """A value; None for a text that is neither an object nor a list.

    end: the place behind all that was read. cut: the end of a value is missing. unclosed: only brackets are.
    """

    value: Any
    end: int
    cut: bool
    unclosed: bool


def read(text: str, start: int, names: Container[str], keep_cut: bool) -> Read:
    """The object or list that begins at `start`.

    names: fields, as `squeezed`: in an object that has one of them, a string may quote JSON with other names.
    keep_cut: keeps the beginning of a truncated string in a field; half the name of a label is none.
    """
    reader = _Reader(text, start, names, keep_cut)
    try:
        value = reader.container(1)
    except _NotJson:
        value = None
    return Read(value, min(reader.at, len(text)), reader.cut, reader.unclosed)


class _NotJson(Exception):
    pass


class _Reader(Words):
    def container(self, depth: int) -> Any:
        if depth > DEEPEST:
            raise _NotJson
        outer = self._known, self._bare
        self._known = self._bare = False
        opening, self.at = self.text[self.at], self.at + 1
        value = self._object(depth) if opening == "{" else self._list(depth)
        self._known, self._bare = outer
        return value

    def _object(self, depth: int) -> dict[str, Any]:
        found: dict[str, Any] = {}
        while self._next(",;，"):
            if self._char == "}":
                self.at += 1
                return found
            name = self._key()
            if name is None:
                if not found and depth == 1:
                    raise _NotJson
                if self._char == "]" or not self._skipped():
                    break
                continue
            self._known = self._known or squeezed(name) in self._names
            value = self._value(depth, in_list=False)
            if value is not CUT:
                found[name] = value
        self.unclosed = True
        return found

    def _list(self, depth: int) -> list[Any]:
        found: list[Any] = []
        separated = True
        while self._next(""):
            if self._char == "]":
                self.at += 1
                return found
            if self._char in ",，":
                separated, self.at = True, self.at + 1
                continue
            if self._char == "}" or not (separated or self._char in OPEN or self._char in "[{"):
                break
            value = self._value(depth, in_list=True)
            if value is not CUT and not (self.cut and self._is_thing(value)):
                found.append(value)
            separated = False
            if self.cut:
                break
        self.unclosed = True
        self.cut = self.cut or (self.at >= len(self.text) and separated)
        return found

    def _is_thing(self, value: Any) -> bool:
        """Whether it is an object inside the answer: one whose end is missing, such as a label's score, is none."""
        return isinstance(value, dict) and not any(squeezed(name) in self._names for name in value)

    def _next(self, skipped: str) -> bool:
        """Goes to the next token; False at the end of the text, or of the code block."""
        self.at = self._behind_space(self.at)
        while self._char and self._char in skipped:
            self.at = self._behind_space(self.at + 1)
            self.cut = self.cut or self.at >= len(self.text)  # more was to come
        return self.at < len(self.text) and not self.text.startswith(FENCE, self.at)

    def _key(self) -> str | None:
        """The name before a colon. None if there is none; the end of the text in it cuts the answer."""
        if found := QUOTED_KEY.match(self.text, self.at):
            self.at = found.end()
            return found[1].strip()
        if found := BARE_KEY.match(self.text, self.at):
            self.at, self._bare = found.end(), True
            return found[1].strip(" *_")
        self.cut = self.cut or self._is_cut_key(self.at)
        return None

    def _skipped(self) -> bool:
        """Leaves out words that are no member of the object; False if nothing follows them."""
        if not BARE_KEY.search(self.text[self.at : self.at + 200]) and not QUOTED_KEY.search(
            self.text[self.at : self.at + 200]
        ):
            return False
        end = self.text.find(",", self.at)
        self.at = len(self.text) if end < 0 else end
        return True

    def _value(self, depth: int, *, in_list: bool) -> Any:
        if self.text.startswith("**", self.at):  # the end of a name's emphasis
            self.at += 2
        if not self._next("") or self._char in ",}":
            self.cut = self.cut or self.at >= len(self.text)
            return CUT
        if self._char in "{[":
            return self.container(depth + 1)
        return self._string(depth, in_list) if self._char in OPEN else self._word(in_list)
