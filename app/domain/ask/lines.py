"""Joins the lines of a text that one sentence runs over: line breaks of a picture or of a narrow editor end nothing."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise

Range = tuple[int, int]  # start and end, in characters

# Characters of a line from which on a number in the next one may belong to it: shorter ones are rows of a table.
FULL = 25
# Characters of a line that names what the next one tells, such as `Адрес:`; a longer one introduces a list.
LABEL = 20
VALUE = 100  # characters of what it tells
# Share of the longest line that a line and the next word would fill, if the line was broken for lack of room.
FILLED = 0.75

_LINE = re.compile("[^\n\r\x0b\x0c\x1c-\x1e\x85\u2028\u2029]+")
_BREAK = re.compile("\r\n|[\n\r\x0b\x0c\x1c-\x1e\x85\u2028\u2029]")
_OPENING = "«„“”\"'‘’(["
_NUMBERED = re.compile(r"\d{1,3}[.)]\s")
_PRICED = re.compile(r"\d\s*(?:[₽$€£₴%]|руб|грн|р\b|коп|шт|кг|мл|л\b)?[.,]?$")
_LAST_WORD = re.compile(r"([^\W\d_]+)$")
_FIRST_WORD = re.compile(r"[^\W\d_]+")
# Words after which no sentence ends: prepositions, conjunctions, articles of Russian, Ukrainian and English.
_OPEN_WORDS = """
    а без в во для до за и из изо или к ко на над не ни но о об обо от ото по под при про с со у что чтобы через между
    б би від для до з за зі й з-за і із їх між на над не о об от по під при про та та у чи що щоб через
    a an and as at by for from in into of on or our over the their to under with your
"""
OPEN_WORDS = frozenset(_OPEN_WORDS.split())


def blocks(text: str) -> Iterator[Range]:
    """The ranges of lines that belong together: a line alone, or the lines of a sentence that is wrapped over them."""
    for lines in _paragraphs(text):
        width = max(end - start for start, end in lines)
        current = lines[0]
        for before, after in pairwise(lines):
            begun = text[slice(*current)].lstrip(_OPENING + " ")[:1].isupper()
            if continues(text[slice(*before)].strip(), text[slice(*after)].strip(), width if begun else None):
                current = (current[0], after[1])
            else:
                yield current
                current = after
        yield current


def _paragraphs(text: str) -> Iterator[list[Range]]:
    """Lines with words or signs, in groups without an empty line between them."""
    lines: list[Range] = []
    for found in _LINE.finditer(text):
        if not found[0].strip():
            continue
        if lines and len(_BREAK.findall(text[lines[-1][1] : found.start()])) > 1:
            yield lines
            lines = []
        lines.append(found.span())
    if lines:
        yield lines


def continues(before: str, after: str, width: int | None) -> bool:
    """Whether a sentence of the line `before` goes on in the line `after`.

    width: characters of the longest line around; None if the sentence began with a small letter, as rows of a list do.
    """
    first = after.lstrip(_OPENING)[:1]
    if not first.isalnum() or _NUMBERED.match(after):
        return False
    if before[-1] == ":":
        return len(before) <= LABEL and len(after) <= VALUE
    if before[-1] in ",-—–" or _ends_open(before):
        return True
    if before[-1] in "!?…;" or not any(map(str.isalpha, before)):
        return False
    if before.isupper():
        return after.isupper() and _opens_open(after)
    if first.islower() and _opens_open(after):
        return not _PRICED.search(before)
    return before[-1] != "." and width is not None and _is_broken(before, after, width)


def _is_broken(before: str, after: str, width: int) -> bool:
    """Whether the line ends for lack of room, in a sentence and not in a row of a table."""
    if len(before) + 1 + len(after.split()[0]) <= FILLED * width:
        return False
    if after[0].isdigit():
        return len(before) >= FULL and before[-1].islower() and not before[0].isdigit()
    return after.lstrip(_OPENING)[:1].islower() and not (_PRICED.search(before) and _PRICED.search(after))


def _ends_open(line: str) -> bool:
    found = _LAST_WORD.search(line)
    return found is not None and found[1].lower() in OPEN_WORDS


def _opens_open(line: str) -> bool:
    """Whether it begins with such a word, in the capitals of a poster: ДО 20:00."""
    found = _FIRST_WORD.match(line)
    return found is not None and found[0].lower() in OPEN_WORDS
