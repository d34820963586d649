"""Writes app/domain/letter_pairs.py: how common each pair of letters is in the words of simplemma's dictionaries.

Run it as `python -m scripts.letter_pairs`; it needs the packages of the project and a minute.
"""

from __future__ import annotations

import math
import unicodedata
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from simplemma.strategies.dictionaries.dictionary_factory import DefaultDictionaryFactory

WRITTEN = Path("app/domain/letter_pairs.py")
LATIN, CYRILLIC = "abcdefghijklmnopqrstuvwxyz", "абвгдежзийклмнопрстуфхцчшщъыьэюяёіїєґ"
# Each language with its weight: English and Russian are most of what is read.
LATIN_LANGUAGES = {"en": 3, **dict.fromkeys(("de", "fr", "es", "it", "pt", "pl", "tr", "nl", "cs", "id"), 1)}
CYRILLIC_LANGUAGES = {"ru": 2, "uk": 1, "bg": 1}
HEAD = '''\
"""How common each pair of letters is in words. Written by scripts/letter_pairs.py from dictionaries of simplemma.

A row for each first letter, a digit for each second one, 0 (never) to 9; " " is the border of a word.
"""

from __future__ import annotations

'''


def _words(language: str) -> Iterator[str]:
    words = DefaultDictionaryFactory(cache_max_size=1).get_dictionary(language)
    for word in (*words, *set(words.values())):
        text = word if isinstance(word, str) else bytes(word).decode()
        parts = unicodedata.normalize("NFKD", text.casefold())
        yield text.casefold() if parts[0] in CYRILLIC else "".join(c for c in parts if not unicodedata.combining(c))


def _shares(language: str, letters: str) -> dict[str, float]:
    """Pair -> its share of all pairs in words of these letters alone."""
    pairs: Counter[str] = Counter()
    for word in _words(language):
        if len(word) > 1 and set(word) <= set(letters):
            pairs.update(a + b for a, b in zip(f" {word}", f"{word} ", strict=True))
    total = sum(pairs.values())
    return {pair: count / total for pair, count in pairs.items()}


def _rows(languages: dict[str, int], letters: str) -> list[str]:
    shares: Counter[str] = Counter()
    for language, weight in languages.items():
        for pair, share in _shares(language, letters).items():
            shares[pair] += share * weight / sum(languages.values())  # type: ignore[assignment]
    return ["".join(str(_level(shares[a + b])) for b in f" {letters}") for a in f" {letters}"]


def _level(share: float) -> int:
    """Three steps to a power of ten: 0 for one pair of 100,000, 9 for one of a hundred."""
    return max(0, min(9, round((math.log10(share) + 5) * 3))) if share else 0


def _table(name: str, letters: str, rows: list[str]) -> str:
    lines = "\n".join(f'    "{row}",' for row in rows)
    return f'{name}_LETTERS = " {letters}"\n{name} = (\n{lines}\n)\n'


def main() -> None:
    """Writes the module."""
    tables = (
        _table("LATIN", LATIN, _rows(LATIN_LANGUAGES, LATIN)),
        _table("CYRILLIC", CYRILLIC, _rows(CYRILLIC_LANGUAGES, CYRILLIC)),
    )
    WRITTEN.write_text(HEAD + "\n".join(tables), encoding="utf-8")


if __name__ == "__main__":
    main()
