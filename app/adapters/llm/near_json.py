"""Reads JSON as models write it: other quotes, bare words, comments, commas too many, brackets and escapes missing.

Takes time in proportion to the text, and takes over words as they stand: it adds none and corrects none.
json-repair, which does the same job, took 18 seconds for 200 kB of brackets, and does not tell where a value ends.
"""

from __future__ import annotations

import re
from collections.abc import Container
from dataclasses import dataclass
from typing import Any

from app.adapters.llm.json_words import is_value, literal, unescaped, whole_escapes

DEEPEST = 32  # levels; an answer has three, its wrappers add a few
LONGEST_QUOTED = 2000  # characters of a string to look back for JSON in it
CUT = object()  # a value whose end is missing

# Opening quote -> the quotes that may close it.
QUOTES = {'"': '"', "'": "'", "`": "`", "“": '”“"', "„": '“”"', "”": "”", "«": "»", "‘": "’'", "’": "’"}
_OPEN = "".join(QUOTES)
# Comments are short, or a text full of them would be read anew from each of them.
_SPACE = re.compile(r"(?:[\s\ufeff\u200b\x00\ufffd]+|(?://|\#)[^\n]{0,300}+(?=\n|$)|/\*[^*]{0,300}+\*/|\.\.\.,?|…,?)*")
_STOPS = {opening: re.compile(rf"[\\{re.escape(closers)}]") for opening, closers in QUOTES.items()}
_QUOTED_KEY = re.compile(rf"[{_OPEN}]([^{_OPEN}\n:{{}}\[\]]{{1,60}})[{_OPEN}]\s{{0,9}}[:=：]")
_BARE_KEY = re.compile(rf"[-*•\s]{{0,9}}([^\W\d][^{_OPEN}\n:=,{{}}\[\]]{{0,40}}?)\s{{0,9}}(?:=>|[:=：])")
_ITEM = re.compile(rf"[{_OPEN}\[{{\]\d]|-\d|(?:true|false|null|none)\b", re.IGNORECASE)
_BARE = re.compile(r"[^,，}\]\n\"]*")
_FENCE = "```"


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


def squeezed(name: str) -> str:
    """A field's name without capitals, blanks and signs: Is-Meme, isMeme and "is meme" are one."""
    return "".join(char for char in name.casefold() if char.isalnum())


class _NotJson(Exception):
    pass


class _Reader:
    def __init__(self, text: str, at: int, names: Container[str], keep_cut: bool) -> None:
        self.text, self.at, self._names, self._keep_cut = text, at, names, keep_cut
        self.cut = self.unclosed = False
        self._known, self._bare = False, False  # of the object at hand: has a field of ours; has keys without quotes

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
            if self._char == "}" or not (separated or self._char in _OPEN or self._char in "[{"):
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

    @property
    def _char(self) -> str:
        return self._at(self.at)

    def _at(self, place: int) -> str:
        return self.text[place : place + 1]

    def _next(self, skipped: str) -> bool:
        """Goes to the next token; False at the end of the text, or of the code block."""
        self.at = self._behind_space(self.at)
        while self._char and self._char in skipped:
            self.at = self._behind_space(self.at + 1)
            self.cut = self.cut or self.at >= len(self.text)  # more was to come
        return self.at < len(self.text) and not self.text.startswith(_FENCE, self.at)

    def _behind_space(self, at: int) -> int:
        found = _SPACE.match(self.text, at)
        return found.end() if found else at

    def _key(self) -> str | None:
        """The name before a colon. None if there is none; the end of the text in it cuts the answer."""
        if found := _QUOTED_KEY.match(self.text, self.at):
            self.at = found.end()
            return found[1].strip()
        if found := _BARE_KEY.match(self.text, self.at):
            self.at, self._bare = found.end(), True
            return found[1].strip(" *_")
        self.cut = self.cut or self._is_cut_key(self.at)
        return None

    def _skipped(self) -> bool:
        """Leaves out words that are no member of the object; False if nothing follows them."""
        if not _BARE_KEY.search(self.text[self.at : self.at + 200]) and not _QUOTED_KEY.search(
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
        return self._string(depth, in_list) if self._char in _OPEN else self._word(in_list)

    def _string(self, depth: int, in_list: bool) -> Any:
        opening, start = self._char, self.at + 1
        if self.text.startswith(opening * 3, self.at):
            end = self.text.find(opening * 3, self.at + 3)
            if end >= 0:
                self.at = end + 3
                return self.text[start + 2 : end]
        at, end, escaped = start, -1, False
        while stop := _STOPS[opening].search(self.text, at):
            at = stop.end() + (stop[0] == "\\")
            if self._known and (comma := self._missing_quote(start, stop.start())):
                self.at = comma
                return unescaped(self.text[start:comma].rstrip())
            if stop[0] != "\\" and self._ends(start, stop.end(), depth, in_list):
                self.at = stop.end()
                return unescaped(self.text[start : stop.start()])
            if stop[0] != "\\" and end < 0 and (escaped or self.text.startswith("\n", stop.end())):
                end = stop.start()
            escaped = escaped or self.text.startswith("\\" + opening, stop.start())
        if end >= 0:  # words follow an answer whose bracket is missing
            self.at = end + 1
            return unescaped(self.text[start:end])
        self.at, self.cut = len(self.text), True
        return unescaped(whole_escapes(self.text[start:])) if self._keep_cut and self._known else CUT

    def _ends(self, start: int, at: int, depth: int, in_list: bool) -> bool:
        """Whether a quotation mark before `at` ends its string: the rest fits the object or the list."""
        place = self._behind_space(at)
        char = self._at(place)
        if not char or self.text.startswith(_FENCE, place):
            return True
        if char == "}":
            behind = self._behind_space(place + 1)
            return behind >= len(self.text) or (self._at(behind) not in QUOTES and self._is_balanced(start, at))
        if char == "]":
            return in_list or depth > 1
        if char not in ",，;":
            return place > at and (char in _OPEN if in_list else self._is_key(place, start))
        place = self._behind_space(place + 1)
        if not self._at(place):
            return True
        if in_list:
            return _ITEM.match(self.text, place) is not None
        return self._at(place) == "}" or self._is_key(place, start)

    def _missing_quote(self, start: int, at: int) -> int:
        """The comma before a field of ours whose name begins at `at`: the string before it lacks its quotation mark."""
        found = _QUOTED_KEY.match(self.text, at)
        comma = self.text.rfind(",", max(start, at - 20), at)
        blank = comma > 0 and not self.text[comma + 1 : at].strip()
        return comma if found and blank and squeezed(found[1]) in self._names else 0

    def _is_key(self, at: int, start: int) -> bool:
        """Whether a name follows. start: of the value before it, which may quote JSON with names of its own."""
        if at >= len(self.text) or self._is_cut_key(at):
            return True
        found = _QUOTED_KEY.match(self.text, at) or (_BARE_KEY.match(self.text, at) if self._bare else None)
        if found is None or not self._known or squeezed(found[1]) in self._names:
            return found is not None
        return self._is_balanced(start, at)

    def _is_balanced(self, start: int, end: int) -> bool:
        value = self.text[max(start, end - LONGEST_QUOTED) : end]
        return value.count("{") <= value.count("}")

    def _is_cut_key(self, at: int) -> bool:
        """Whether the text ends in a name."""
        rest = self.text[at : at + 60]
        return (
            at + len(rest) >= len(self.text)
            and rest[:1] in QUOTES
            and sum(map(rest.count, QUOTES)) < 3
            and ":" not in rest
        )

    def _word(self, in_list: bool) -> Any:
        """A value without quotation marks, up to a comma, bracket, line end or comment."""
        start = self.at
        while found := _BARE.match(self.text, self.at):
            self.at = found.end()
            comma = self._char in ",，"
            if in_list or self._char in "}]\n" or self._is_key(self._behind_space(self.at + comma), start):
                break
            self.at += 1
        word = re.split(r"\s(?://|/\*|#)", self.text[start : self.at], maxsplit=1)[0].strip()
        if self.at < len(self.text):
            return literal(word)
        first = word.split(" ", 1)[0]  # words may follow an answer whose bracket is missing
        whole = is_value(first)
        self.cut = self.cut or not whole
        return literal(first) if whole else CUT
