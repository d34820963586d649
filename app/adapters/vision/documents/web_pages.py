"""Opens pages of the web: their visible text."""

from __future__ import annotations

import codecs
import re
from collections.abc import Mapping
from pathlib import Path

from lxml import etree

from app.adapters.encodings import text_of
from app.adapters.vision.documents.collector import Collector, Full, Rules, Text, names
from app.adapters.vision.frames import Opened
from app.adapters.vision.tuning import TUNING
from app.domain.encodings.decoded import MARKS
from app.domain.encodings.guess import CYRILLIC, guess
from app.domain.reading import Inspection
from app.errors import Permanent

MOST = 16 * 1024**2  # bytes; saved pages hold pictures as text
_HEAD = 4096  # bytes in which the encoding is named
TAGS = 1_000_000
PIECE = 64 * 1024  # characters
# Cut out before parsing: libxml2 looks for the end of a comment again and again.
_NOT_TEXT = re.compile(
    r"<script\b.*?(?:</script\s*>|\Z)|<style\b.*?(?:</style\s*>|\Z)|<!--(?:-?>|.*?(?:--!?>|\Z))",
    re.IGNORECASE | re.DOTALL,
)
_NAMED = re.compile(rb"""(?:charset|encoding)\s*=\s*["']?\s*([A-Za-z0-9_:.-]{2,40})""", re.IGNORECASE)
_NOT_SHOWN = re.compile(r"(?:display\s*:\s*none|visibility\s*:\s*hidden)", re.IGNORECASE)


def _is_hidden(name: str, attributes: Mapping[str, str]) -> bool:
    return "hidden" in attributes or _NOT_SHOWN.search(attributes.get("style") or "") is not None


PAGE = Rules(
    skipped=frozenset({"script", "style", "template", "noscript", "object", "iframe", "svg", "math", "datalist"}),
    blocks=names(
        "address article aside blockquote body caption dd details div dl dt fieldset figcaption figure footer form h1 "
        "h2 h3 h4 h5 h6 header hr html li main nav ol option p pre section summary table tbody thead tfoot title tr "
        "ul"
    ),
    cells=frozenset({"td", "th"}),
    marks={"br": "\n"},
    folded=True,
    kept=frozenset({"pre", "textarea"}),
    hidden=_is_hidden,
    typed=True,
)


def open_page(path: Path, _max_pixels: int) -> Opened:
    """The title and the visible text. Permanent for a file without any markup that can be parsed."""
    with path.open("rb") as file:
        data = file.read(MOST)
    if not data.strip():
        raise Permanent("an empty page")
    text = Text(TUNING.text_limit)
    damaged = take(data, text)
    return Opened((), Inspection(damaged=damaged), page_like=True, text=text.text)


def take(data: bytes, text: Text) -> str | None:
    """Adds the visible text of a page; a fault that ended it early, or None."""
    left = TAGS
    parser = etree.HTMLParser(target=Collector(PAGE, text), no_network=True, huge_tree=False)
    markup = _NOT_TEXT.sub("", page_text(data))
    try:
        for at in range(0, len(markup), PIECE):
            piece = markup[at : at + PIECE]
            left -= piece.count("<")
            if left < 0:
                return f"it has more than {TAGS} tags"
            parser.feed(piece)
        parser.close()
    except Full:
        pass
    except etree.LxmlError as error:
        return str(error)[:300] or type(error).__name__
    return None


def page_text(data: bytes) -> str:
    """The markup: in UTF-8 where it is that, else in the encoding that the page names, else in the likely one."""
    if not data.startswith(tuple(mark for mark, _ in MARKS)) and not _is_utf8(data):
        named = _named(data)
        if named and not (named == "cp1252" and _is_cyrillic(data)):
            return data.decode(named, "replace")
    found = text_of(data, whole=len(data) < MOST)
    return found.text if found else data.decode("utf-8", "replace")


def _is_cyrillic(data: bytes) -> bool:
    """Whether a page that names the encoding of its program, not of its text, is in Cyrillic letters."""
    best = guess(data)
    return best.likely and best.encoding in CYRILLIC


def _is_utf8(data: bytes) -> bool:
    try:
        codecs.getincrementaldecoder("utf-8")().decode(data)
    except UnicodeDecodeError:
        return False
    return True


def _named(data: bytes) -> str | None:
    """The encoding that the page names, if it is one that Python knows and that takes one or more bytes a letter."""
    found = _NAMED.search(data[:_HEAD])
    if found is None:
        return None
    try:
        name = codecs.lookup(found[1].decode("ascii")).name
        "".encode(name)
    except (LookupError, UnicodeError):
        return None
    # The name was read as ASCII, so the page is in neither of these; and browsers know them as what they look like.
    return None if name.startswith(("utf", "base64", "hex")) else {"iso8859-1": "cp1252"}.get(name, name)
