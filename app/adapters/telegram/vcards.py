"""Reads the words of a contact's card (vCard, https://www.rfc-editor.org/rfc/rfc6350)."""

from __future__ import annotations

import quopri
import re
from collections.abc import Iterator

# Fields that hold words for a reader. Names and numbers of the card may differ from those of the message.
FIELDS = ("FN", "NICKNAME", "ORG", "TITLE", "ROLE", "TEL", "EMAIL", "ADR", "URL", "NOTE")
_FOLD = re.compile(r"\r?\n[ \t]")
_SOFT_END = re.compile(r"=\r?\n")
_ESCAPED = re.compile(r"\\(.)", re.DOTALL)


def words_of(card: str) -> list[str]:
    """The values of the fields with words, in the order of the card."""
    return [value for key, value in _lines(card) if key in FIELDS and value]


def _lines(card: str) -> Iterator[tuple[str, str]]:
    whole = _FOLD.sub("", _SOFT_END.sub("", card) if "QUOTED-PRINTABLE" in card.upper() else card)
    for line in whole.splitlines():
        head, _, value = line.partition(":")
        name, *parameters = head.upper().split(";")
        if any(parameter.endswith("QUOTED-PRINTABLE") for parameter in parameters):
            value = quopri.decodestring(value.encode()).decode("utf-8", "replace")
        yield name.rsplit(".", 1)[-1].strip(), _plain(value.removeprefix("tel:").removeprefix("mailto:"))


def _plain(value: str) -> str:
    """A value without the marks of the format: `;` and `,` part its pieces, unless a backslash stands before them."""
    parted = re.sub(r"(?<!\\)[;,]", " ", value)
    return " ".join(_ESCAPED.sub(lambda found: " " if found[1] in "nN" else found[1], parted).split())
