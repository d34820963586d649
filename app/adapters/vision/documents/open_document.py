"""Opens texts, tables and slides of OpenDocument (odt, ods, odp)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from app.adapters.vision.documents.collector import Rules
from app.adapters.vision.documents.package import FAULTS, Package, TooLarge, opened
from app.adapters.vision.documents.parts import Parts
from app.adapters.vision.frames import Opened
from app.errors import Permanent

BODY = Rules(
    inside=frozenset({"p", "h", "title", "desc"}),
    # Deleted text, who wrote a comment and when, numbers of pages.
    skipped=frozenset(
        {"tracked-changes", "creator", "date", "initials", "sender-initials", "page-number", "note-citation"}
    ),
    blocks=frozenset({"p", "h", "table-row"}),
    cells=frozenset({"table-cell", "covered-table-cell"}),
    marks={"tab": "\t", "line-break": "\n", "s": " "},
    folded=True,
)


def open_document(path: Path, _max_pixels: int) -> Opened:
    """The content with its notes and comments, then headers and footers. Permanent if it is locked with a password."""
    with opened(path, "OpenDocument file") as package:
        if _is_locked(package):
            raise Permanent("an OpenDocument file locked with a password")
        parts = Parts(package)
        parts.xml(package.named(r"content\.xml"), BODY)
        parts.xml(package.named(r"styles\.xml"), replace(BODY, hidden=_outside_headers))
        return parts.opened("OpenDocument file")


def _outside_headers(name: str, attributes: Mapping[str, str]) -> bool:
    return name in ("styles", "automatic-styles", "font-face-decls")


def _is_locked(package: Package) -> bool:
    try:
        return b"encryption-data" in package.whole("META-INF/manifest.xml")
    except (*FAULTS, KeyError, TooLarge):
        return False
