"""A METADATA text's words about its licence, and whether Media Audit takes the package. Pure: text in, verdict out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from email.message import Message
from email.parser import HeaderParser

from scripts.licences.expressions import is_expression, names, refusal
from scripts.licences.words import NEVER, heading, spelled, tells

SAYS_NOTHING = {"", "unknown", "osi approved", "dfsg approved"}


@dataclass(frozen=True)
class Verdict:
    """A licence, and the reason why it is refused, if it is."""

    licence: str
    refused: str | None


def judge(metadata: str, explained: Mapping[str, str] | None = None) -> Verdict:
    """explained: words that a person has looked into -> the licence that they mean; "" stands for no words at all."""
    message = HeaderParser().parsestr(metadata)
    headings = [words for words in map(heading, _fields(message)) if words.lower() not in SAYS_NOTHING]
    licence = _together([_named(words, explained or {}) for words in headings or [""]])
    if not licence:
        return Verdict("not stated", "METADATA names no licence: look into the package and explain it")
    return Verdict(licence, _never(message) or refusal(licence))


def _fields(message: Message) -> list[str]:
    """All that it says of its licence, the most precise field first."""
    classifiers = [str(line) for line in message.get_all("Classifier", [])]
    fields = [str(message[name] or "") for name in ("License-Expression", "License")]
    return fields + [line for line in classifiers if line.startswith("License ::")]


def _named(words: str, explained: Mapping[str, str]) -> str:
    return explained.get(words) or (words if is_expression(words) else spelled(words))


def _together(said: list[str]) -> str:
    """One expression: a field that names what an earlier one has named adds nothing, else both hold."""
    licence, *others = said
    for other in others:
        if not any(name.startswith(other) for name in names(licence)) and other != licence:
            licence = " AND ".join(f"({side})" if " OR " in side else side for side in (licence, other))
    return licence


def _never(message: Message) -> str | None:
    """They are refused wherever they stand, in the middle of a licence text too: no explanation lets them in."""
    found = [name for name in NEVER if any(tells(words, name) for words in _fields(message))]
    return f"{found[0]} is always refused" if found else None
