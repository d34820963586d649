"""Decides where strings and bare words end in JSON as models write it, with quotation marks inside or none at all."""

from __future__ import annotations

import re
from collections.abc import Container
from typing import Any

from app.adapters.llm.json_words import is_value, literal, unescaped, whole_escapes

LONGEST_QUOTED = 2000  # characters of a string to look back for JSON in it
CUT = object()  # a value whose end is missing

# Opening quote -> the quotes that may close it.
QUOTES = {'"': '"', "'": "'", "`": "`", "“": '”“"', "„": '“”"', "”": "”", "«": "»", "‘": "’'", "’": "’"}
OPEN = "".join(QUOTES)
# Comments are short, or a text full of them would be read anew from each of them.
_SPACE = re.compile(r"(?:[\s\ufeff\u200b\x00\ufffd]+|(?://|\#)[^\n]{0,300}+(?=\n|$)|/\*[^*]{0,300}+\*/|\.\.\.,?|…,?)*")
_STOPS = {opening: re.compile(rf"[\\{re.escape(closers)}]") for opening, closers in QUOTES.items()}
QUOTED_KEY = re.compile(rf"[{OPEN}]([^{OPEN}\n:{{}}\[\]]{{1,60}})[{OPEN}]\s{{0,9}}[:=：]")
BARE_KEY = re.compile(rf"[-*•\s]{{0,9}}([^\W\d][^{OPEN}\n:=,{{}}\[\]]{{0,40}}?)\s{{0,9}}(?:=>|[:=：])")
_ITEM = re.compile(rf"[{OPEN}\[{{\]\d]|-\d|(?:true|false|null|none)\b", re.IGNORECASE)
_BARE = re.compile(r"[^,，}\]\n\"]*")
FENCE = "```"


def squeezed(name: str) -> str:
    """A field's name without capitals, blanks and signs: Is-Meme, isMeme and "is meme" are one."""
    return "".join(char for char in name.casefold() if char.isalnum())


class Words:
    """A place in the text, and the words that begin there."""

    def __init__(self, text: str, at: int, names: Container[str], keep_cut: bool) -> None:
        """See near_json.read."""
        self.text, self.at, self._names, self._keep_cut = text, at, names, keep_cut
        self.cut = self.unclosed = False
        self._known, self._bare = False, False  # of the object at hand: has a field of ours; has keys without quotes

    @property
    def _char(self) -> str:
        return self._at(self.at)

    def _at(self, place: int) -> str:
        return self.text[place : place + 1]

    def _behind_space(self, at: int) -> int:
        found = _SPACE.match(self.text, at)
        return found.end() if found else at

    def _string(self, depth: int, in_list: bool) -> Any:
        opening, start = self._char, self.at + 1
        if self.text.startswith(opening * 3, self.at):
            end = self.text.find(opening * 3, self.at + 3)
            if end >= 0:
                self.at = end + 3
                return self.text[start + 2 : end]
        end, self.at = self._end(opening, start, depth, in_list)
        if end >= 0:
            return unescaped(self.text[start:end])
        self.cut = True
        return unescaped(whole_escapes(self.text[start:])) if self._keep_cut and self._known else CUT

    def _end(self, opening: str, start: int, depth: int, in_list: bool) -> tuple[int, int]:
        """(the end of a string, the place behind its quotation mark); -1 if the text ends in it."""
        at, likely, escaped = start, -1, False
        while stop := _STOPS[opening].search(self.text, at):
            at = stop.end() + (stop[0] == "\\")
            if self._known and (comma := self._missing_quote(start, stop.start())):
                return len(self.text[:comma].rstrip()), comma
            if stop[0] != "\\" and self._ends(start, stop.end(), depth, in_list):
                return stop.start(), stop.end()
            if stop[0] != "\\" and likely < 0 and (escaped or self.text.startswith("\n", stop.end())):
                likely = stop.start()
            escaped = escaped or self.text.startswith("\\" + opening, stop.start())
        # Otherwise words may follow an answer whose bracket is missing.
        return (likely, likely + 1) if likely >= 0 else (-1, len(self.text))

    def _ends(self, start: int, at: int, depth: int, in_list: bool) -> bool:
        """Whether a quotation mark before `at` ends its string: the rest fits the object or the list."""
        place = self._behind_space(at)
        char = self._at(place)
        if not char or self.text.startswith(FENCE, place):
            return True
        if char == "}":
            behind = self._behind_space(place + 1)
            return behind >= len(self.text) or (self._at(behind) not in QUOTES and self._is_balanced(start, at))
        if char == "]":
            return in_list or depth > 1
        if char not in ",，;":
            return place > at and (char in OPEN if in_list else self._is_key(place, start))
        place = self._behind_space(place + 1)
        if not self._at(place):
            return True
        if in_list:
            return _ITEM.match(self.text, place) is not None
        return self._at(place) == "}" or self._is_key(place, start)

    def _missing_quote(self, start: int, at: int) -> int:
        """The comma before a field of ours whose name begins at `at`: the string before it lacks its quotation mark."""
        found = QUOTED_KEY.match(self.text, at)
        comma = self.text.rfind(",", max(start, at - 20), at)
        blank = comma > 0 and not self.text[comma + 1 : at].strip()
        return comma if found and blank and squeezed(found[1]) in self._names else 0

    def _is_key(self, at: int, start: int) -> bool:
        """Whether a name follows. start: of the value before it, which may quote JSON with names of its own."""
        if at >= len(self.text) or self._is_cut_key(at):
            return True
        found = QUOTED_KEY.match(self.text, at) or (BARE_KEY.match(self.text, at) if self._bare else None)
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
