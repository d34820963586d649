"""Values of words and escapes in JSON as models write it."""

from __future__ import annotations

import re
from typing import Any

_NUMBER = re.compile(r"[-+]?\d+(\.\d+)?(?:[eE][-+]?\d+)?")
_LITERALS = {"true": True, "false": False, "null": None, "none": None, "undefined": None, "nan": None}
_ESCAPE = re.compile(r"\\(?:u([0-9a-fA-F]{4})|x([0-9a-fA-F]{2})|(.))", re.DOTALL)
_ESCAPED = {"n": "\n", "t": "\t", "r": "\r", "b": "\b", "f": "\f"}


def is_value(word: str) -> bool:
    """Whether a word without quotation marks is a literal or a whole number."""
    return word.casefold() in _LITERALS or _NUMBER.fullmatch(word) is not None


def literal(word: str) -> Any:
    """The value of a word without quotation marks: a text where it is no literal and no number."""
    if word.casefold() in _LITERALS:
        return _LITERALS[word.casefold()]
    if found := _NUMBER.fullmatch(word):
        return float(word) if found[1] or len(word) > 15 or "e" in word.casefold() else int(word)
    return word


def whole_escapes(text: str) -> str:
    """Without the beginning of an escape at the end."""
    return re.sub(r"(?<!\\)((?:\\\\)*)\\(?:u[0-9a-fA-F]{0,3}|x[0-9a-fA-F]?)?$", r"\1", text)


def unescaped(text: str) -> str:
    """The text with its escapes replaced; one that JSON does not know stays."""
    if "\\" not in text:
        return text
    plain = _ESCAPE.sub(_character, text)
    return plain.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def _character(found: re.Match[str]) -> str:
    code = found[1] or found[2]
    if code:
        return chr(int(code, 16))
    return _ESCAPED.get(found[3], found[3] if found[3] in "\"'`/\\\n“”„«»‘’" else found[0])
