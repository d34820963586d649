"""Text as a model may read it, though it is written to look otherwise: other scripts, digits, gaps, codes."""

from __future__ import annotations

import base64
import binascii
import html
import re
import unicodedata
from urllib.parse import unquote

from app.domain.codes import LOOK_ALIKES

PLAIN = re.compile(r"[\x00-\x7fЀ-ӿ«»“”„’–—…№\s]*")  # ordinary text of the three languages: nothing hides in it
TAGS = {0xE0000 + code: code for code in range(0x20, 0x7F)}  # invisible twins of ASCII, which models read
HYPHENATED = re.compile(r"(\w)[-\u00ad]\s*\n\s*(\w)")
HUMPS = re.compile(r"(?<=[a-zа-яіїєґё])(?=[A-ZА-ЯІЇЄҐЁ])")
FEWEST_HUMPS = 3  # ChatGPT and GigaChat are one word; names of files such as SayThisAndThat are several
LONG_NAME = re.compile(r"\w+(?:-\w+){3,}")  # four parts: a name of a file, no compound
# One gap between letters, another between words: "i g n o r e  a l l", "a.l.l r.u.l.e.s".
SPACED = re.compile(r"(?<!\w)[^\W\d_](?:([ .\-*·|/])[^\W\d_])(?:\1[^\W\d_])+(?!\w)")
GAP = re.compile(r"[ .\-*·|/]")
# Two alphabets in a word, or digits among its letters.
MIXED = re.compile(r"[a-z]+\d*[а-яіїєґ][\wʼ]*|[а-яіїєґ]+\d*[a-z]\w*|\w*[a-zа-яіїєґ]\d\w*|\d+[a-zа-яіїєґ]{2,}\w*")
CYRILLIC_ONLY = re.compile(r"[бвгдежзийлпфцчшщъыьэюяїєґ]")
LATIN_ONLY = re.compile(r"[bdfghjlmnqrstuvwz]")
TO_CYRILLIC = str.maketrans("abcehikmoptuxy", "авсенікмортиху")
TO_LATIN = LOOK_ALIKES | str.maketrans("ґѕԁԛԝп", "rsdqwn")
DIGITS_LATIN = str.maketrans("0134578", "oieastb")
DIGITS_CYRILLIC = str.maketrans("01346", "оиечб")
CODED = re.compile(r"(?<![\w/+])[A-Za-z0-9+/]{20,}={0,2}(?![\w/+])")


def bared(text: str) -> str:
    """The text in lower case without its disguises, ё as е; only for looking for words in it, not for showing."""
    if not PLAIN.fullmatch(text):
        text = _visible(text)
    if "&" in text:
        text = html.unescape(text)
    if "%" in text:
        text = unquote(text)
    if "-" in text or "_" in text or "\u00ad" in text:
        text = LONG_NAME.sub(lambda name: name[0].replace("-", " "), HYPHENATED.sub(r"\1\2", text).replace("_", " "))
    text = SPACED.sub(lambda run: GAP.sub("", run[0]), CODED.sub(_decoded, text))
    if len(HUMPS.findall(text)) >= FEWEST_HUMPS:
        text = " ".join(_parted(word) for word in text.split(" "))
    return MIXED.sub(_unmixed, text.lower().replace("ё", "е").replace("’", "'"))


def _visible(text: str) -> str:
    """Without signs of no width, without marks above letters, with ordinary letters for the fancy ones."""
    shown = unicodedata.normalize("NFKC", text.translate(TAGS))
    return "".join(c for c in shown if unicodedata.category(c) not in ("Cf", "Mn", "Cc") or c.isspace())


def _parted(word: str) -> str:
    return HUMPS.sub(" ", word) if len(HUMPS.findall(word)) >= FEWEST_HUMPS else word


def _unmixed(found: re.Match[str]) -> str:
    """A word in one alphabet: that of its letters which only one alphabet has, Cyrillic before Latin."""
    word = found[0]
    if CYRILLIC_ONLY.search(word) and not LATIN_ONLY.search(word):
        first = "з" if word[0] == "3" else word[0].translate(DIGITS_CYRILLIC)
        return (first + word[1:].translate(DIGITS_CYRILLIC)).translate(TO_CYRILLIC)
    return word.translate(TO_LATIN).translate(DIGITS_LATIN)


def _decoded(found: re.Match[str]) -> str:
    """The words of a base64 code; the code itself if it holds no words."""
    try:
        text = base64.b64decode(found[0] + "=" * (-len(found[0]) % 4), validate=True).decode()
    except (binascii.Error, UnicodeDecodeError):
        return found[0]
    return f" {text} " if " " in text and text.isprintable() else found[0]
