"""Opens tables of Office Open XML (xlsx): sheet by sheet, a row a line, as the cells show their values."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

from app.adapters.vision.documents.cell_formats import Formats, shown
from app.adapters.vision.documents.collector import Forbidden, Rules, Text, local
from app.adapters.vision.documents.office import DRAWING, DRAWINGS
from app.adapters.vision.documents.package import opened
from app.adapters.vision.documents.parts import Parts, feed
from app.adapters.vision.frames import Opened

SHEET = r"xl/worksheets/[^/]*\.xml"
NOTES = Rules(inside=frozenset({"t", "text"}), skipped=frozenset({"authors"}), blocks=frozenset({"comment", "p"}))
_AROUND = ("Header", "Footer")
_CODES = re.compile(r'&(?:"[^"]*"|\d+|K[0-9A-F]{6}|[A-Z])')  # where a piece of a header stands, and how
MOST_STRINGS = 1_000_000  # that cells share
MOST_SHARED = 16 * 1024**2  # characters of all of them


def open_spreadsheet(path: Path, _max_pixels: int) -> Opened:
    """The name and the cells of each sheet, then comments, drawn texts, charts. pages: sheets."""
    with opened(path, "spreadsheet") as package:
        parts = Parts(package)
        strings, formats = _Strings(), Formats()
        for name, target in (("xl/sharedstrings.xml", strings), ("xl/styles.xml", formats)):
            if name in package:
                parts.take(name, lambda name=name, target=target: feed(package.pieces(name), target), text=False)  # type: ignore[misc]
        formats.from_1904 = any(one.get("date1904") in ("1", "true") for one in _workbook(parts, "workbookPr"))
        titles = _titles(parts)
        sheets = [name for name in titles if name in package]
        sheets += [name for name in package.named(SHEET) if name not in titles]
        for name in sheets:
            parts.take(name, lambda name=name: _sheet(parts, name, titles.get(name, ""), strings, formats))  # type: ignore[misc]
        parts.xml(package.named(r"xl/(?:comments\d*|(?:threaded)?comments/[^/]*)\.xml"), NOTES)
        parts.xml(package.named(rf"xl/(?:drawings/drawing\d*\.xml|{DRAWINGS})"), DRAWING)
        return parts.opened("spreadsheet", len(sheets))


def _workbook(parts: Parts, wanted: str) -> list[dict[str, str]]:
    return parts.elements("xl/workbook.xml", wanted)


def _titles(parts: Parts) -> dict[str, str]:
    """part -> title of its sheet, in the order of the workbook; empty if the workbook does not tell."""
    targets = {
        one.get("Id"): one.get("Target", "") for one in parts.elements("xl/_rels/workbook.xml.rels", "Relationship")
    }
    found = {}
    for sheet in _workbook(parts, "sheet"):
        target = targets.get(sheet.get("id"), "").lower()
        name = target.lstrip("/") if target.startswith("/") else f"xl/{target}"
        if target:
            found[name] = sheet.get("name", "")
    return found


def _sheet(parts: Parts, name: str, title: str, strings: _Strings, formats: Formats) -> None:
    if title:
        parts.text.add(title)
        parts.text.end("\n")
    feed(parts.package.pieces(name), _Cells(parts.text, strings, formats))
    parts.text.end("\n")


class _Strings:
    """The target of a parser of the strings that cells share. Readings of Japanese words are left out."""

    def __init__(self) -> None:
        self.found: list[str] = []
        self._parts: list[str] = []
        self._open = self._skipped = False
        self._left = MOST_SHARED

    def doctype(self, name: str, public: str | None, system: str | None) -> None:
        raise Forbidden

    def start(self, tag: str, attributes: Mapping[str, str]) -> None:
        name = local(tag)
        self._open = name == "t"
        self._skipped = self._skipped or name == "rPh"

    def data(self, characters: str) -> None:
        if self._open and not self._skipped:
            self._parts.append(characters[: self._left])
            self._left -= len(self._parts[-1])

    def end(self, tag: str) -> None:
        name = local(tag)
        self._open = False
        if name == "rPh":
            self._skipped = False
        elif name == "si" and len(self.found) < MOST_STRINGS:
            self.found.append("".join(self._parts))
            self._parts.clear()

    def close(self) -> None:
        pass


class _Cells:
    """The target of a parser of one sheet: adds the values of its cells, and its headers and footers."""

    def __init__(self, text: Text, strings: _Strings, formats: Formats) -> None:
        self._text = text
        self._strings = strings.found
        self._formats = formats
        self._cell: Mapping[str, str] = {}
        self._open = ""
        self._value: list[str] = []

    def doctype(self, name: str, public: str | None, system: str | None) -> None:
        raise Forbidden

    def start(self, tag: str, attributes: Mapping[str, str]) -> None:
        self._open = local(tag)
        if self._open == "c" or self._open.endswith(_AROUND):
            self._cell = dict(attributes)
            self._value.clear()

    def data(self, characters: str) -> None:
        if self._open in ("v", "t") or self._open.endswith(_AROUND):
            self._value.append(characters)

    def end(self, tag: str) -> None:
        name, self._open = local(tag), ""
        if name == "c":
            self._ended("".join(self._value))
            self._cell = {}
        elif name == "row":
            self._text.end("\n")
        elif name.endswith(_AROUND):
            self._add(_CODES.sub(" ", "".join(self._value)).strip(), "\n")

    def _ended(self, value: str) -> None:
        kind = self._cell.get("t", "n")
        if kind == "s":
            value = self._strings[int(value)] if value.isdigit() and int(value) < len(self._strings) else ""
        elif kind == "n":
            value = shown(value, self._formats, self._cell.get("s", ""))
        elif kind == "b":
            value = {"1": "TRUE", "0": "FALSE"}.get(value, value)
        self._add(value, "\t")

    def _add(self, value: str, sign: str) -> None:
        if value.strip():
            self._text.add(value)
            self._text.end(sign)

    def close(self) -> None:
        pass
