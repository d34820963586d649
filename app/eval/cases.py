"""The labelled set: app/eval/content/pictures.toml as pictures with their text, kind and language."""

from __future__ import annotations

import random
import tomllib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from app.demo.channels.canvas import Sheet
from app.demo.channels.drawn import charts, posters, screens
from app.demo.channels.drawn import papers as demo_papers
from app.domain.kinds import Classification
from app.errors import UserError
from app.eval.drawn import figures, papers, scenes
from app.eval.drawn import screens as more_screens
from app.eval.looks import LOOKS

CONTENT = Path(__file__).resolve().parent / "content"

# The function that draws a style, and the style's kind: None if people would disagree, so that it is not scored.
STYLES: dict[str, tuple[Callable[..., Sheet], Classification | None]] = {
    "letter": (papers.letter, Classification.DOCUMENT),
    "article": (papers.article, Classification.DOCUMENT),
    "form": (papers.form, Classification.DOCUMENT),
    "notice": (demo_papers.notice, Classification.DOCUMENT),
    "receipt": (demo_papers.receipt, Classification.DOCUMENT),
    "timetable": (demo_papers.timetable, Classification.DOCUMENT),
    "chat": (screens.chat, Classification.SCREENSHOT),
    "window": (screens.window, Classification.SCREENSHOT),
    "feed": (more_screens.feed, Classification.SCREENSHOT),
    "editor": (more_screens.editor, Classification.SCREENSHOT),
    "locked": (more_screens.locked, Classification.SCREENSHOT),
    "bars": (charts.bars, Classification.INFOGRAPHIC),
    "line": (charts.line, Classification.INFOGRAPHIC),
    "shares": (charts.shares, Classification.INFOGRAPHIC),
    "figures": (charts.figures, Classification.INFOGRAPHIC),
    "ranks": (figures.ranks, Classification.INFOGRAPHIC),
    "steps": (figures.steps, Classification.INFOGRAPHIC),
    "poster": (posters.poster, None),
    "overlay": (posters.overlay, None),
    "quote": (posters.quote, None),
    "meme": (posters.meme, Classification.MEME),
    "captioned": (scenes.captioned, Classification.MEME),
    "sign": (scenes.sign, Classification.PHOTO),
    "photo": (scenes.picture, Classification.PHOTO),
    "surface": (scenes.surface, None),
}

# Charts and windows: a menu or a list, values or their names may come first; both orders are right.
UNORDERED = frozenset({"bars", "line", "shares", "figures", "window"})


@dataclass(frozen=True)
class Case:
    """One labelled picture, drawn on demand. language: ru, en, mixed, or none without text."""

    section: str
    look: str
    style: str
    language: str

    @property
    def name(self) -> str:
        """Unique in the set."""
        return f"{self.section}/{self.look}"

    @property
    def kind(self) -> Classification | None:
        """The class of the picture; None if opinions differ."""
        return STYLES[self.style][1]

    @property
    def ordered(self) -> bool:
        """Whether its text has a single reading order."""
        return self.style not in UNORDERED

    def draw(self) -> Drawn:
        """The file and its text; the same bytes each time with the same libraries."""
        sheet = _sheet(self.section)
        return Drawn(LOOKS[self.look](sheet.image, random.Random(f"eval/{self.name}")), sheet.text)


@dataclass(frozen=True)
class Drawn:
    """A JPEG and all its text, in reading order; "" without text."""

    data: bytes
    text: str


def cases() -> list[Case]:
    """The whole set, in the order of the table. UserError names a fault of the table."""
    return [case for name, words in sections().items() for case in _of_section(name, words)]


def chosen(only: Sequence[str], limit: int | None) -> list[Case]:
    """Pictures whose kind, style, look, language or section is among `only` (all if it is empty), `limit` of them
    spread evenly over the set. UserError for an unknown word."""
    found = cases()
    if only:
        known = {word for case in found for word in _marks(case)}
        if unknown := sorted(set(only) - known):
            raise UserError(f"--only {unknown[0]}: no kind, style, look, language or section has that name")
        found = [case for case in found if _marks(case) & set(only)]
    if limit is not None and limit < len(found):
        found = [found[at * len(found) // limit] for at in range(limit)]
    return found


def _marks(case: Case) -> set[str]:
    return {case.section, case.style, case.look, case.language, case.kind.value if case.kind else "unscored"}


@cache
def sections() -> dict[str, dict[str, Any]]:
    """The parsed table."""
    return tomllib.loads((CONTENT / "pictures.toml").read_text(encoding="utf-8"))


def _of_section(name: str, words: dict[str, Any]) -> Iterator[Case]:
    style, looks = words.get("style"), words.get("looks", ["plain"])
    if style not in STYLES:
        raise UserError(f"pictures.toml: [{name}] has no style of {', '.join(STYLES)}")
    if unknown := set(looks) - set(LOOKS):
        raise UserError(f"pictures.toml: [{name}] has the unknown look {unknown.pop()}")
    for look in looks:
        yield Case(name, look, style, words.get("language", "none"))


@cache
def _sheet(section: str) -> Sheet:
    """The sheet of a section before its looks; cached, since the looks come one after another."""
    words = {key: value for key, value in sections()[section].items() if key not in ("style", "looks", "language")}
    return STYLES[sections()[section]["style"]][0](**words)
