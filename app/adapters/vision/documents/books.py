"""Opens electronic books (epub): the pages of their spine, in order."""

from __future__ import annotations

from pathlib import Path
from posixpath import dirname, join, normpath
from urllib.parse import unquote

from app.adapters.vision.documents import web_pages
from app.adapters.vision.documents.package import opened
from app.adapters.vision.documents.parts import Parts
from app.adapters.vision.frames import Opened
from app.errors import Permanent

CHAPTER = r".*\.x?html?"


def open_book(path: Path, _max_pixels: int) -> Opened:
    """The chapters in the order of reading. Permanent if its chapters are locked."""
    with opened(path, "electronic book") as package:
        parts = Parts(package)
        chapters = _spine(parts) or package.named(CHAPTER)
        locked = _locked(parts)
        readable = [name for name in chapters if name not in locked]
        if chapters and not readable:
            raise Permanent("an electronic book whose chapters are locked")
        for name in readable:
            parts.take(name, lambda name=name: _chapter(parts, name))  # type: ignore[misc]
        return parts.opened("electronic book")


def _chapter(parts: Parts, name: str) -> None:
    fault = web_pages.take(parts.package.whole(name), parts.text)
    parts.text.end("\n")
    if fault:
        raise ValueError(fault)


def _spine(parts: Parts) -> list[str]:
    """The names of the chapters in order; none if the book does not tell."""
    roots = parts.elements("META-INF/container.xml", "rootfile")
    found: list[str] = []
    for root in roots[:1]:
        book = root.get("full-path", "")
        items = {item.get("id"): item.get("href", "") for item in parts.elements(book, "item")}
        hrefs = [items.get(one.get("idref"), "") for one in parts.elements(book, "itemref")]
        found = [_within(book, href) for href in hrefs if href]
    return found


def _within(book: str, href: str) -> str:
    return normpath(join(dirname(book), unquote(href.partition("#")[0]))).lower()


def _locked(parts: Parts) -> set[str]:
    if not parts.package.named(r"meta-inf/encryption\.xml"):
        return set()
    return {unquote(one.get("URI", "")).lower() for one in parts.elements("META-INF/encryption.xml", "CipherReference")}
