"""The search document of a publication: its fields, its cleaning, and the snippet of a hit."""

from __future__ import annotations

import hashlib
import json
import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

# Characters. A tsvector holds at most 1 MiB of lexemes and positions; a book in a PDF must not make indexing fail.
FIELD_LIMIT = 100_000
OPENING = 200  # characters to show of a document that matched by meaning only
MARK = "**"  # around each matched word of a snippet

# ts_headline sets these around matches; no cleaned text contains them.
START, STOP = "\x02", "\x03"


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
    return Document(
        text=clean(text)[:FIELD_LIMIT],
        tags="\n".join(tag_list),
        ocr=_lines(item.ocr for item in contents),
        labels=_lines(named),
        tag_list=tag_list,
        language=language,
    )


def clean(text: str) -> str:
    """Removes control characters, which PostgreSQL refuses (NUL) and terminals obey; keeps line ends and tabs."""
    return "".join(c for c in text if c in "\n\t" or unicodedata.category(c) not in ("Cc", "Cs")).strip()


def _lines(parts: Iterable[str | None]) -> str:
    return "\n".join(dict.fromkeys(filter(None, (clean(part) for part in parts if part))))[:FIELD_LIMIT]


def snippet(headline: str) -> str:
    """The headline as one safe line: matched words between **, without control or direction-changing characters."""
    marked = re.sub(f"{START}(.*?){STOP}", rf"{MARK}\1{MARK}", headline, flags=re.DOTALL)
    return " ".join(_printable(marked).split())


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
