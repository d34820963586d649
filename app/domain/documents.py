"""The search document of a publication: its fields, its cleaning, and the snippet of a hit."""

from __future__ import annotations

import hashlib
import json
import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice

# Characters. A tsvector holds at most 1 MiB of lexemes and positions; a book in a PDF must not make indexing fail.
FIELD_LIMIT = 100_000
PAGES_LIMIT = 400_000  # of words in files: 200 pages of a book, if its lexemes have room beside those of other fields
LEXEMES = 900_000  # bytes of all fields together
OPENING = 200  # characters to show of a document that matched by meaning only
MARK = "**"  # around each matched word of a snippet

# ts_headline sets these around matches; no cleaned text contains them.
START, STOP = "\x02", "\x03"
_WORD, _COMPOUND = re.compile(r"\w(?:\S*\w)?"), re.compile(r"\W")
_MARKED = re.compile(f"{START}(.*?){STOP}", re.DOTALL)
MARKS = 200  # of a text that are looked at for its best part
BEFORE = 40  # characters to show before the first matched word


@dataclass(frozen=True)
class ItemContent:
    """The content of one item of a publication besides its caption. file_name: as the sender gave it."""

    ocr: str | None = None
    labels: tuple[str, ...] = ()
    description: str | None = None
    file_name: str | None = None


@dataclass(frozen=True)
class Document:
    """The fields of a search document, with the weights of full text: text A, tags B, ocr C, labels D.

    Without the channel's title, which would match every post of the channel; a search can be limited to a channel.
    """

    text: str
    tags: str  # one tag in a line
    ocr: str
    labels: str  # labels, descriptions, file names: a line each
    tag_list: tuple[str, ...]
    language: str | None = None
    facets: tuple[str, ...] = field(default=(), compare=False)  # of app/domain/facets.py; no part of the content

    @property
    def content_hash(self) -> str:
        """sha256 hex over JSON of the content: if it is equal, the document need not be embedded again."""
        content = (self.text, self.tags, self.ocr, self.labels, self.tag_list, self.language)
        return hashlib.sha256(json.dumps(content, ensure_ascii=False).encode()).hexdigest()

    @property
    def embedding_text(self) -> str:
        """The text for an embedder; empty for a document with tags alone.

        Tags alone, such as `photo` on a picture without words, would be near every short query.
        """
        if not (self.text or self.ocr or self.labels):
            return ""
        return "\n".join(filter(None, (self.text, self.tags.replace("\n", ", "), self.ocr, self.labels)))


def compose(text: str, items: Iterable[ItemContent], tags: Sequence[str], language: str | None = None) -> Document:
    """The document of a publication: its text (captions of all items), the readings of its files, its tags."""
    contents = list(items)
    tag_list = tuple(dict.fromkeys(filter(None, map(clean, tags))))
    named = [line for item in contents for line in (*item.labels, item.description, item.file_name)]
    said, tags_text, labels = clean(text)[:FIELD_LIMIT], "\n".join(tag_list), _lines(named)[:FIELD_LIMIT]
    return Document(
        text=said,
        tags=tags_text,
        ocr=fitted(_lines(item.ocr for item in contents), (said, tags_text, labels)),
        labels=labels,
        tag_list=tag_list,
        language=language,
    )


def clean(text: str) -> str:
    """Removes control characters, which PostgreSQL refuses (NUL) and terminals obey; keeps line ends and tabs."""
    return "".join(c for c in text if c in "\n\t" or unicodedata.category(c) not in ("Cc", "Cs")).strip()


def _lines(parts: Iterable[str | None]) -> str:
    return "\n".join(dict.fromkeys(filter(None, (clean(part) for part in parts if part))))


def fitted(text: str, others: Iterable[str]) -> str:
    """As much of the text of files as a full-text index takes beside the other fields, at least FIELD_LIMIT."""
    if len(text) <= FIELD_LIMIT:
        return text
    room = LEXEMES - sum(size for other in others for _, size in _lexemes(other))
    for start, size in _lexemes(text[:PAGES_LIMIT]):
        room -= size
        if room < 0 and start >= FIELD_LIMIT:
            return text[:start]
    return text[:PAGES_LIMIT]


def _lexemes(text: str) -> Iterator[tuple[int, int]]:
    """(start, bytes) of each word in an index, at most: two for its place, and at its first one for itself.

    A compound, such as an address, is kept whole and in parts.
    """
    seen = set()
    for found in _WORD.finditer(text):
        word = found[0].casefold()
        size = 0 if word in seen else 2 * len(word.encode()) + 16 if _COMPOUND.search(word) else len(word.encode()) + 6
        seen.add(word)
        yield found.start(), 2 + size


def snippet(headline: str) -> str:
    """The headline as one safe line: matched words between **, without control or direction-changing characters."""
    marked = _MARKED.sub(rf"{MARK}\1{MARK}", headline)
    return " ".join(_printable(marked).split())


def around(marked: str) -> str:
    """The part of a whole text with marks that has most different marked words; of such parts the first."""
    marks = list(islice(_MARKED.finditer(marked), MARKS))
    if not marks:
        return marked[:OPENING]
    heads = [mark.start() for mark in marks]
    near = [
        len({one[1].casefold() for one in marks[place : place + 20] if one.end() <= head + OPENING})
        for place, head in enumerate(heads)
    ]
    head = heads[near.index(max(near))]
    before, part = marked[max(0, head - BEFORE) : head], marked[head : head + OPENING]
    if part.rfind(START) > part.rfind(STOP):
        part = part[: part.rfind(START)]
    if len(before) == BEFORE:
        before = before.partition(" ")[2]
    if head + OPENING < len(marked):
        part = part[: part.rfind(" ")] if part.rfind(" ") > part.rfind(STOP) else part
    return _unmarked(before) + part


def _unmarked(text: str) -> str:
    return text.replace(START, "").replace(STOP, "")


def opening(text: str, length: int = OPENING) -> str:
    """The beginning of a text, cut at a word, as a snippet without marks."""
    line = " ".join(_printable(text).split())
    if len(line) <= length:
        return line
    return line[:length].rsplit(" ", 1)[0] + "…"


def _printable(text: str) -> str:
    """The text without characters of category C. They include those that turn the direction of a line (Cf).

    Keeps the joiner of composed emoji, which is in Cf and harmless.
    """
    return "".join(
        " " if c.isspace() else c for c in text if c.isspace() or c == "\u200d" or unicodedata.category(c)[0] != "C"
    )
