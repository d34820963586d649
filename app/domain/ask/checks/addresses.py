"""Finds addresses in a sentence. Links come from rows: a model writes none, not even one that its quotes have.

An address is a text that a reader could follow, or of which a program would make a link: with a scheme, a domain, of
mail, @name, of a network, in marks of Markdown or HTML, spelled out (`evil dot com`), or broken up (`evil[.]com`). A
file such as `notes.md` is one too, since programs make links of it; those of FILES are none.
"""

from __future__ import annotations

import re
import unicodedata

from app.domain.ask.answer import Sentence
from app.domain.links import cleaned

# Endings behind a dot that no registry has given out as a domain (https://data.iana.org/TLD), as people write them.
FILES = "js|pdf|docx?|xlsx?|pptx?|csv|txt|jpe?g|png|gif|svg|mp[34]|exe|apk|html?|json|xml|yaml|toml|cpp|rb|jar|fb2|epub"
# The domains that spammers spell out; the first row is of Latin letters, the second of Cyrillic ones.
_SPELLED = r"com|net|org|info|biz|me|io|ru|ua|by|kz|su|xyz|top|site|online|shop|app|dev|link|click|example|test"
_CYRILLIC = r"рф|рус|укр|бел|срб|мкд|бг|ею|дети|москва|сайт|онлайн|орг|ком|католик|қаз|мон|ру|нет|ми"
_DOTS = str.maketrans("。．｡․·•", "......")
_DOT = r"\s?(?:[\[({<]\s*(?:\.|dot|точка|крапка|d0t)\s*[\])}>])\s?"

_PATTERNS = tuple(
    re.compile(pattern, re.I)
    for pattern in (
        r"[a-z][a-z0-9+.-]*:\s?//\S*",
        r"\b(?:mailto|tg|tel|javascript|data|hxxps?|https?|ftp|magnet|ton|bitcoin):\S+",
        r"//[\w-]+\.\w",
        r"\bwww\s?\.\s?\S+",
        r"@\s?[^\W\d]\w*",
        r"\w@",
        r"\]\s?\(|<\s?/?\s?(?:a|img|script|iframe|form|svg|link|meta)\b|\b(?:href|src)\s?=",
        rf"\w{_DOT}\w+",
        rf"\w\s+(?:dot|точка|крапка|дот)\s+(?:{_SPELLED}|{_CYRILLIC})\b",
        rf"\w\s+\.\s?(?:{_SPELLED})\b|\w\s?\.\s+(?:com|net|org|ru|ua|me|io|xyz)\b\s*(?:/|$)",
        r"[\w-]\s?[\[(]\s?(?:at|собака|собачка|ет|эт)\s?[\])]\s?\w|\s(?:собака|собачка)\s+\w+\s+(?:точка|крапка|\.)",
        rf"[\w-]\.(?:{_CYRILLIC}|xn--[\w-]+)(?![\w-])",
        r"(?<![\d.])(?:25[0-5]|2[0-4]\d|1?\d?\d)(?:\.(?:25[0-5]|2[0-4]\d|1?\d?\d)){3}(?![\d.]*\d)",
        rf"[\w-]\.(?:{_SPELLED})(?![\w-])",
        r"\[[0-9a-f:]*::?[0-9a-f:]*\]|(?<![\w:])(?:[0-9a-f]{1,4}:){3,7}[0-9a-f]{1,4}(?![\w:])",
        r"\b(?:t|telegram)\s?\.?\s?(?:me|dog)\s?/\s?\S+",
    )
)
# A domain ends in letters of one case: `Moscow.Later` lacks a blank. Letters of another script disguise themselves.
_DOMAIN = re.compile(rf"[\w-]\.(?!(?:{FILES})(?![\w-]))(?:[a-z][a-z-]{{1,23}}|[A-Z]{{2,24}})(?![\w-])")
_MIXED = re.compile(r"[\w-]\.(?=\w*[a-z])(?=\w*[а-яіїєґ])[^\W\d_]{2,24}(?!\w)", re.I)
_DISGUISED = re.compile(r"(?:[a-z][\w-]*|\w*[a-z])\.[^\W\d_]{2,24}(?!\w)(?<=[а-яіїєґ])")


def address(sentence: Sentence) -> str | None:
    """The reason to drop a sentence that has an address."""
    text = cleaned(unicodedata.normalize("NFC", sentence.text)).translate(_DOTS)
    # Compatibility forms are letters in disguise (ｅｖｉｌ, 𝐞𝐯𝐢𝐥); an ellipsis stays one sign.
    text = unicodedata.normalize("NFKC", text.replace("…", " "))
    for pattern in (*_PATTERNS, _DOMAIN, _MIXED, _DISGUISED):
        if found := pattern.search(text):
            return f"it has an address: “{_around(text, found)}”"
    return None


def _around(text: str, found: re.Match[str]) -> str:
    """The words that the address runs through, at most 60 characters."""
    start = max(text.rfind(" ", 0, found.start() + 1) + 1, found.start() - 30)
    end = text.find(" ", found.end())
    return text[start : end if end >= 0 else len(text)][:60]
