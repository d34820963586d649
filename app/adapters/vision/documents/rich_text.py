"""Opens rich texts (rtf): body, tables, headers, footers, footnotes, comments and text boxes."""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass, replace
from pathlib import Path

from app.adapters.vision.documents import rtf_words as words
from app.adapters.vision.documents.collector import Full, Text
from app.adapters.vision.frames import Opened
from app.adapters.vision.tuning import TUNING
from app.domain.encodings.guess import guess
from app.domain.reading import Inspection
from app.errors import Permanent

MOST = 64 * 1024**2  # bytes; pictures stand in it as hexadecimal numbers
_TOKEN = re.compile(
    rb"\\([A-Za-z]{1,32})(-?[0-9]{1,10})? ?|\\'([0-9A-Fa-f]{2})|\\([^A-Za-z])|([{}])|[\r\n\x00]+|([^\\{}\r\n\x00]+)|.",
    re.DOTALL,
)
MOST_TOKENS = 2_000_000  # a book of a thousand pages has one million


def open_rich_text(path: Path, _max_pixels: int) -> Opened:
    """The text. Permanent if the file has no group at all."""
    with path.open("rb") as file:
        data = file.read(MOST)
    if b"{" not in data:
        raise Permanent("not a rich text that can be opened: it has no group")
    reader = _Reader()
    reader.read(data)
    damaged = "it ends within a group" if reader.depth and not reader.full else None
    return Opened((), Inspection(damaged=damaged), page_like=True, text=reader.text())


@dataclass
class _Bytes:
    """Bytes that wait for their encoding. encoding: None for that of the document."""

    data: bytearray
    encoding: str | None


Run = str | _Bytes


@dataclass(frozen=True)
class _State:
    """What a group hands down to the groups in it."""

    ignored: bool = False
    hidden: bool = False
    fallback: int = 1  # characters that stand for one in Unicode
    font: int | None = None
    fonts: bool = False  # whether the group is the table of fonts
    apart: bool = False  # whether its text stands on lines of its own


class _Reader:
    def __init__(self) -> None:
        self.full = False
        self._state = _State()
        self._outer: list[_State] = []
        self._runs: list[Run] = []
        self._length = 0
        self._fonts: dict[int, int] = {}  # number -> charset
        self._page = ""  # the encoding that the document names
        self._skip = 0  # characters left that stand for one in Unicode
        self._starred = False

    @property
    def depth(self) -> int:
        return len(self._outer)

    def read(self, data: bytes) -> None:
        at, begun, left = 0, False, MOST_TOKENS
        while at < len(data) and self._length < TUNING.text_limit and left:
            left -= 1
            token = _TOKEN.match(data, at)
            assert token is not None
            at = token.end()
            if token[1] == b"bin":
                at += max(int(token[2] or 0), 0)
            else:
                self._take(token)
            begun = begun or self.depth > 0
            if begun and not self.depth:
                return
        self.full = at < len(data)

    def _take(self, token: re.Match[bytes]) -> None:
        word, number, code, symbol, brace, plain = token.groups()
        if brace:
            self._group(brace)
        elif word:
            self._word(word.decode(), int(number) if number else None)
        elif code:
            self._bytes(bytes.fromhex(code.decode()))
        elif symbol:
            self._symbol(symbol.decode("latin-1"))
        elif plain:
            self._bytes(plain)

    def _group(self, brace: bytes) -> None:
        self._skip, self._starred = 0, False
        if brace == b"{":
            self._outer.append(self._state)
        elif self._outer:
            ended, self._state = self._state, self._outer.pop()
            if ended.apart and not self._state.apart:
                self._end("\n")

    def _symbol(self, symbol: str) -> None:
        if symbol == "*":
            self._starred = True
        elif symbol in "\r\n":
            self._end("\n")
        elif self._skip:
            self._skip -= 1
        else:
            self._add(words.SYMBOLS.get(symbol, ""))

    def _word(self, word: str, number: int | None) -> None:
        starred, self._starred = self._starred, False
        if word in words.NO_TEXT or (starred and word not in words.SHOWN):
            self._state = replace(self._state, ignored=True, fonts=word == "fonttbl")
        elif word in words.APART:
            self._end("\n")
            self._state = replace(self._state, apart=True)
        elif word == "u" and number is not None:
            self._add(chr(number & 0xFFFF))
            self._skip = self._state.fallback
        elif word in words.LINES or word in words.CELLS:
            self._end("\n" if word in words.LINES else "\t")
        elif word in words.SIGNS:
            self._add(words.SIGNS[word])
        else:
            self._set(word, number)

    def _set(self, word: str, number: int | None) -> None:
        """Takes a word that changes how the following characters are read."""
        if word == "f" and number is not None:
            self._state = replace(self._state, font=number)
        elif word == "fcharset" and self._state.fonts and self._state.font is not None:
            self._fonts[self._state.font] = number or 0
        elif word in ("v", "deleted", "plain"):
            self._state = replace(self._state, hidden=word != "plain" and number != 0)
        elif word == "uc":
            self._state = replace(self._state, fallback=min(max(number or 0, 0), 8))
        elif word == "ansicpg" or word in words.PAGES:
            self._page = words.PAGES.get(word) or _known(f"cp{number}")

    def _bytes(self, data: bytes) -> None:
        skipped = min(self._skip, len(data))
        self._skip -= skipped
        data = data[skipped:]
        charset = self._fonts.get(self._state.font or 0, 0) if self._state.font is not None else 0
        if data and charset != words.SYMBOL_FONT:
            self._keep(_Bytes(bytearray(data), words.CHARSETS.get(charset)), len(data))

    def _add(self, text: str) -> None:
        if text:
            self._keep(text, len(text))

    def _end(self, sign: str) -> None:
        self._keep(sign, 1)

    def _keep(self, run: Run, length: int) -> None:
        if self._state.ignored or self._state.hidden:
            return
        last = self._runs[-1] if self._runs else None
        if isinstance(run, _Bytes) and isinstance(last, _Bytes) and last.encoding == run.encoding:
            last.data += run.data  # letters of two bytes come as two codes
        else:
            self._runs.append(run)
        self._length += length

    def text(self) -> str:
        """All characters, at most TUNING.text_limit."""
        own = b" ".join(run.data for run in self._runs if isinstance(run, _Bytes) and run.encoding is None)
        page = self._page if self._page not in ("", "cp1252") else _likely(own)
        text = Text(TUNING.text_limit)
        try:
            for run in self._runs:
                _put(text, run if isinstance(run, str) else run.data.decode(run.encoding or page, "replace"))
        except Full:
            pass
        # Characters beyond the first 65,536 come as two numbers.
        return text.text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


def _put(text: Text, characters: str) -> None:
    if characters in ("\n", "\t"):
        text.end(characters)
    else:
        text.add(characters)


def _known(name: str) -> str:
    try:
        return codecs.lookup(name).name
    except LookupError:
        return ""


def _likely(data: bytes) -> str:
    """The encoding of a document that names none, or the one that programs name without a thought."""
    best = guess(data)
    return best.encoding if best.likely else "cp1252"
