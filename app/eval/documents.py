"""Labelled publications: the sections of app/eval/content/*_{ru,en,uk}.toml, from which an archive is filled."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from app.domain.documents import ItemContent

CHANNEL = "labelled"  # of publications that name none


@dataclass(frozen=True)
class Document:
    """A publication to find. items: its pictures. channel: the user name of its channel."""

    name: str
    language: str
    text: str
    tags: tuple[str, ...]
    items: tuple[ItemContent, ...] = ()
    channel: str = CHANNEL


def table(file: Path) -> dict[str, Any]:
    """The content of a TOML file."""
    return tomllib.loads(file.read_text(encoding="utf-8"))


def documents(file: Path, language: str) -> Iterator[Document]:
    """The publications of a file, in order. Each section is one: docs/eval.md tells its keys."""
    for name, words in table(file).items():
        pictures = words.get("items") or [words]
        items = tuple(filter(None, map(_item, pictures)))
        yield Document(
            name, language, words.get("text", ""), tuple(words["tags"]), items, words.get("channel", CHANNEL)
        )


def _item(words: Mapping[str, Any]) -> ItemContent | None:
    found = ItemContent(words.get("ocr"), tuple(words.get("labels", ())), words.get("description"), words.get("file"))
    return None if found == ItemContent() else found
