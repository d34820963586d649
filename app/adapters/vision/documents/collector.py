"""Collects the text of marked-up data while a parser runs over it, and stops at a limit of characters."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

DEEPEST = 200  # elements inside each other; people's documents have 30


class Full(Exception):
    """The limit of characters is reached; the rest is not read."""


class Forbidden(Exception):
    """The data define entities or name a document type of their own, which no document of an office needs."""


@dataclass(frozen=True)
class Rules:
    """What elements mean, by their local names."""

    inside: frozenset[str] = frozenset()  # only characters inside these are text; empty: all are
    skipped: frozenset[str] = frozenset()  # nothing inside these is text
    blocks: frozenset[str] = frozenset()  # end a line
    cells: frozenset[str] = frozenset()  # end a cell of a table
    marks: Mapping[str, str] = field(default_factory=dict)  # stand for characters
    folded: bool = False  # runs of white space are one blank, as pages are shown
    kept: frozenset[str] = frozenset()  # elements whose white space is kept all the same
    hidden: Callable[[str, Mapping[str, str]], bool] = lambda name, attributes: False
    typed: bool = False  # whether a document type is allowed


class Text:
    """The text so far, at most `limit` characters. Lines and cells without text leave no trace."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._parts: list[str] = []
        self._between = ""  # the sign that comes before the next characters
        self.length = 0  # characters

    def add(self, text: str) -> None:
        """Adds characters. Full once there are as many as the limit."""
        text = self._between + text
        self._between = ""
        self._parts.append(text[: self._limit - self.length])
        self.length += len(self._parts[-1])
        if self.length >= self._limit:
            raise Full

    def end(self, sign: str) -> None:
        """Ends a word, a cell or a line by a blank, a tab or a line feed; of several the strongest counts."""
        if self.length:
            self._between = max(self._between, sign, key=_STRENGTH.index)

    @property
    def fresh(self) -> bool:
        """Whether a new word, cell or line begins."""
        return bool(self._between) or not self.length

    @property
    def text(self) -> str:
        """All characters."""
        return "".join(self._parts)


_STRENGTH = ("", " ", "\t", "\n")


class Collector:
    """The target of a parser of lxml: takes the text of one part by the rules of its format."""

    def __init__(self, rules: Rules, text: Text) -> None:
        self._rules = rules
        self._text = text
        self._open: list[str] = []
        self._skipped = 0  # depth from which nothing is text
        self._inside = 0
        self._cells = 0
        self._kept = 0
        self._blank = False

    def doctype(self, name: str, public: str | None, system: str | None) -> None:
        """Refuses a document type: it may define entities that grow without end, or name files."""
        if not self._rules.typed:
            raise Forbidden

    def start(self, tag: str, attributes: Mapping[str, str]) -> None:
        """Begins an element."""
        name = local(tag)
        self._open.append(name)
        if self._skipped:
            self._skipped += 1
        elif name in self._rules.skipped or len(self._open) > DEEPEST or self._rules.hidden(name, attributes):
            self._skipped = 1
        else:
            self._enter(name, attributes)

    def _enter(self, name: str, attributes: Mapping[str, str]) -> None:
        self._inside += name in self._rules.inside
        self._cells += name in self._rules.cells
        self._kept += name in self._rules.kept
        if name in self._rules.blocks:
            self._line()
        mark = self._rules.marks.get(name)
        if mark:
            self._blank = False
            self._text.add(mark)

    def data(self, characters: str) -> None:
        """Takes characters."""
        if self._skipped or (self._rules.inside and not self._inside):
            return
        if self._rules.folded and not self._kept:
            self._folded(characters)
        else:
            self._text.add(characters)

    def _folded(self, characters: str) -> None:
        words = characters.split()
        if not words:
            self._blank = True
            return
        before = " " if (self._blank or characters[0].isspace()) and not self._text.fresh else ""
        self._blank = characters[-1].isspace()
        self._text.add(before + " ".join(words))

    def end(self, tag: str) -> None:
        """Ends an element."""
        name = self._open.pop() if self._open else ""
        if self._skipped:
            self._skipped -= 1
            return
        self._inside -= name in self._rules.inside
        self._kept -= name in self._rules.kept
        if name in self._rules.cells:
            self._cells -= 1
            self._blank = False
            self._text.end("\t")
        elif name in self._rules.blocks:
            self._line()

    def _line(self) -> None:
        self._blank = False
        self._text.end(" " if self._cells else "\n")

    def close(self) -> str:
        """The text so far."""
        return self._text.text


def local(tag: str) -> str:
    """The name of an element without its namespace."""
    return tag.rpartition("}")[2]


def names(words: str) -> frozenset[str]:
    """The names in a list with blanks between them."""
    return frozenset(words.split())
