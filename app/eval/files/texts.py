"""The words that sample files hold, in Russian, English and Ukrainian."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from itertools import cycle, islice
from pathlib import Path

CONTENT = Path(__file__).resolve().parent.parent / "content" / "files.toml"
LANGUAGES = ("ru", "en", "uk")


@dataclass(frozen=True)
class Text:
    """A title and lines of prose in one language."""

    language: str
    title: str
    lines: tuple[str, ...]

    @property
    def words(self) -> str:
        """Everything that a file of this text holds, a line each."""
        return "\n".join((self.title, *self.lines))

    def long(self, count: int) -> Text:
        """So many lines, each with its number, so that a line read twice or not at all is noticed."""
        return Text(self.language, self.title, tuple(f"{at} {line}" for at, line in _numbered(self.lines, count)))


def _numbered(lines: tuple[str, ...], count: int) -> list[tuple[int, str]]:
    return list(enumerate(islice(cycle(lines), count), start=617))


@cache
def texts() -> dict[str, Text]:
    """Language -> its text."""
    table = tomllib.loads(CONTENT.read_text(encoding="utf-8"))
    return {
        language: Text(language, table[language]["title"], tuple(table[language]["lines"])) for language in LANGUAGES
    }
