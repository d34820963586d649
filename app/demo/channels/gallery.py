"""Every media file of the sample channels by its name: `photo/stream/3`, or a section of pictures.toml."""

from __future__ import annotations

import tomllib
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

from app.demo.channels import clips, documents, odd, photographs
from app.demo.channels.asset import Asset
from app.demo.channels.canvas import Sheet, jpeg
from app.demo.channels.drawn import charts, papers, posters, screens
from app.domain.kinds import Classification

CONTENT = Path(__file__).resolve().parent / "content"

SHEETS: dict[str, tuple[Callable[..., Sheet], Classification | None]] = {
    "poster": (posters.poster, None),
    "overlay": (posters.overlay, None),
    "quote": (posters.quote, None),
    "meme": (posters.meme, Classification.MEME),
    "notice": (papers.notice, Classification.DOCUMENT),
    "receipt": (papers.receipt, Classification.DOCUMENT),
    "timetable": (papers.timetable, Classification.DOCUMENT),
    "chat": (screens.chat, Classification.SCREENSHOT),
    "window": (screens.window, Classification.SCREENSHOT),
    "bars": (charts.bars, Classification.INFOGRAPHIC),
    "line": (charts.line, Classification.INFOGRAPHIC),
    "shares": (charts.shares, Classification.INFOGRAPHIC),
    "figures": (charts.figures, Classification.INFOGRAPHIC),
}
DIRECT: dict[str, Callable[..., Asset]] = {
    "photo": photographs.photo,
    "clip": clips.clip,
    "truncated": odd.truncated,
    "damaged": odd.damaged,
    "png-as-jpg": odd.png_named_jpg,
}
FILES: dict[str, Callable[..., Asset]] = {
    "clip": clips.clip,
    "tune": clips.tune,
    "typed-pdf": documents.typed_pdf,
    "html-as-jpg": odd.html_named_jpg,
    "zip": odd.zip_archive,
}


@cache
def sections() -> dict[str, dict[str, Any]]:
    """The drawn pictures and the documents, as written down."""
    return tomllib.loads((CONTENT / "pictures.toml").read_text(encoding="utf-8"))


def render(name: str) -> Asset:
    """Make one media file. KeyError when nothing has that name."""
    style, *parts = name.split("/")
    if style == "recoded":
        return odd.recoded(render("/".join(parts)))
    if style in DIRECT and parts:
        return DIRECT[style](*parts)
    words = dict(sections()[name])
    style = words.pop("style")
    if style in FILES:
        return FILES[style](**words)
    if style == "scanned-pdf":
        return _scan(words["name"], [sheet(page) for page in words["pages"]])
    drawn = sheet(name)
    return Asset(
        jpeg(drawn.image), width=drawn.image.width, height=drawn.image.height, text=drawn.text, shows=SHEETS[style][1]
    )


def sheet(name: str) -> Sheet:
    """A drawn picture before it becomes a file."""
    words = dict(sections()[name])
    turn = words.pop("turn", 0)
    drawn = SHEETS[words.pop("style")][0](**words)
    return papers.turned(drawn, turn) if turn else drawn


def _scan(name: str, pages: list[Sheet]) -> Asset:
    return documents.scanned_pdf(name, [page.image for page in pages], "\n".join(page.text for page in pages))
