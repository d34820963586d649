"""Splits a text into words, numbers in digits, codes and signs, with their places."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

from app.domain.spelling import normal

_GROUP = "[ \xa0\u2009\u202f']"  # between thousands
_TOKEN = re.compile(
    rf"""
    (?P<iso>(?<![\d.])\d{{4}}-\d{{1,2}}-\d{{1,2}}(?!\d))
  | (?P<date>(?<![\d./])\d{{1,2}}(?P<sep>[./-])\d{{1,2}}(?P=sep)(?:\d{{4}}|\d{{2}})(?![\d]|[./-]\d))
  | (?P<phone>\+\d[\d\s().-]{{8,17}}\d(?!\d)|(?<![\d+])8?[ -]?\(\d{{3,5}}\)[\s-]?\d[\d\s-]{{4,8}}\d(?!\d)
      |(?<!\d)\d{{1,4}}(?:[ -]\d{{2,4}})*-\d{{2}}-\d{{2}}(?!\d)
      |(?<!\d)\d{{4}}(?:[ -]\d{{4}}){{2,}}(?!\d))
  | (?P<clock>(?<![\d:])\d{{1,3}}:\d{{1,3}}(?::\d{{2}})?(?![\d:]))
  | (?P<pair>(?<![\d/])\d{{1,4}}/\d{{1,4}}(?![\d/]))
  | (?P<dotted>(?<![\d.])\d+(?:\.\d+){{2,}}(?!\d))
  | (?P<code>(?<![^\W_])(?:[^\W\d_]+[-–]?\d[^\W_]*(?:[-/][^\W_]+)*|\d+[^\W\d_]+\d[^\W_]*))
  | (?P<number>\d{{1,3}}(?:{_GROUP}\d{{3}})+(?!\d)(?:[.,]\d+)?
      |\d{{1,3}}(?:,\d{{3}}){{2,}}(?:\.\d+)?(?!\d)|\d+(?:[.,]\d+)?)
  | (?P<word>[^\W\d_]+(?:['’ʼ-][^\W\d_]+)*)
  | (?P<sign>\S)
    """,
    re.X,
)
_VULGAR = "½⅓⅔¼¾⅕⅛"


@dataclass(frozen=True)
class Token:
    """A piece of the text. kind: the name of its form. norm: as `spelling.normal` writes it. glued: without a blank
    before it."""

    kind: str
    start: int
    end: int
    text: str
    norm: str
    glued: bool


def tokens(text: str) -> tuple[Token, ...]:
    """The pieces of a text in order."""
    return tuple(_tokens(_plain(text)))


def _tokens(text: str) -> Iterator[Token]:
    last = 0
    for found in _TOKEN.finditer(text):
        kind = found.lastgroup or "sign"
        kind = "date" if kind == "sep" else kind
        yield Token(kind, found.start(), found.end(), found[0], normal(found[0]), found.start() == last)
        last = found.end()


def _plain(text: str) -> str:
    """The text with digits of all scripts as 0-9, and one minus; each place stays where it was."""
    return "".join(map(_sign, text))


def _sign(sign: str) -> str:
    if sign <= "\x7f" or sign in _VULGAR:
        return sign
    if sign in "−﹣－":
        return "-"
    if sign in "\ufe0f\u20e3":  # a digit on a key is the digit
        return " "
    value = unicodedata.decimal(sign, None)
    return sign if value is None else str(value)
