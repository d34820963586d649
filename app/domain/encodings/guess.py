"""Guesses the code page of a text with one byte for a letter, by what its letters would be in each."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from itertools import pairwise

from app.domain.encodings.latin import LANGUAGES, MARKED, Language
from app.domain.encodings.pairs import EDGE, LETTERS, PAIRS

# Of two that explain a text equally well, the first is taken.
CYRILLIC = ("cp1251", "koi8-r", "koi8-u", "cp866", "cp1125", "mac-cyrillic", "iso-8859-5", "cp855")
LATIN = ("cp1252", "cp1250", "cp1254", "cp1257", "iso-8859-2", "iso-8859-15", "mac-roman", "cp850", "cp852")
MOST = 8192  # bytes judged
LIKELY = 5.2  # bits for a pair, at most, of a text; Russian takes 4, random bytes more than 6
STRAY = 0.1  # share of bytes outside ASCII below which a text in ASCII has some odd signs, whatever they are

_SAMPLE = re.compile(rb"[^\r\n\x80-\xff]{0,40}[\x80-\xff][^\r\n]{0,200}")
_LONE = re.compile(rb"(?<![A-Za-z\x80-\xff])([\x80-\xff])(?![A-Za-z\x80-\xff])([0-9])?")
_WORDS_OF_ONE = "àâáäåèéêíóôöú"  # letters with a mark that are words of their own in some language
_WORD = re.compile(rb"(?<![\x80-\xff])\b[A-Za-z]+\b(?![\x80-\xff])")
_OPENERS, _COMMON, _SIGNS = "«“„\xad", "»—–…№”‘’•\xa0", "°§©®±·€´£½¼¾²³"  # signs of texts, and what each of them costs
_OPENING, _SIGN, _RARE_SIGN, _STRANGE, _LINE, _CONTROL, _NONE = 5, 6, 8, 13, 9, 20, 30
_MARKED, _OTHER_MARKED = 4, 9  # a letter with a mark, of the language and of another one
_SCRIPTS = 5  # a letter beside one of another script
_INNER_CAPITAL = 7
_BIASED = 3.0  # for Cyrillic in a text that is mostly in Latin letters
_KNOWN = 6.0  # for a language whose common words are all words of the text; less by their share
# Rarer than the others, in bits for a pair: they win where they explain more, and not by chance.
_RARE = {
    "cp855": 0.1,
    "mac-cyrillic": 0.06,
    "cp1254": 0.2,
    "cp1257": 0.2,
    "iso-8859-15": 0.1,
    "mac-roman": 0.3,
    "cp850": 0.3,
    "cp852": 0.4,
}

Pairs = Mapping[tuple[int, int], int]


@dataclass(frozen=True)
class Guess:
    """The code page that explains a text best. cost: mean bits for a pair of its bytes; less is better."""

    encoding: str
    cost: float
    letters: int  # bytes outside ASCII that were judged

    @property
    def likely(self) -> bool:
        """Whether the bytes read as a text at all."""
        return self.letters > 0 and self.cost <= LIKELY


def guess(data: bytes) -> Guess:
    """The best code page for bytes that are no text in Unicode."""
    sample = sampled(data)
    padded = b" " + sample + b" "
    pairs = Counter(pair for pair in pairwise(padded) if pair[0] > 127 or pair[1] > 127)
    high = sum(byte > 127 for byte in sample)
    total = max(sum(pairs.values()), 1)
    foreign = _BIASED if sum(map(len, _WORD.findall(sample))) > 4 * high else 0.0
    costs = [(_cyrillic(pairs, encoding) / total + foreign, encoding) for encoding in CYRILLIC]
    costs += [(_latin(pairs, sample, encoding) / total, encoding) for encoding in LATIN]
    cost, encoding = min(costs, key=lambda one: one[0] + _RARE.get(one[1], 0.0))
    return Guess(encoding, cost, high)


def sampled(data: bytes) -> bytes:
    """The parts of the data around bytes outside ASCII, at most MOST bytes of them."""
    found, size = [], 0
    for part in _SAMPLE.finditer(data):
        found.append(part[0])
        size += len(part[0])
        if size >= MOST:
            break
    return b"\n".join(found)


def marked_lines(data: bytes) -> bytes:
    """The lines with bytes outside ASCII, about MOST bytes of them: whole, since letters may have several bytes."""
    found, size = [], 0
    for line in data.split(b"\n"):
        if not line.isascii() and size < MOST:
            found.append(line)
            size += len(line)
    return b"\n".join(found)[: 2 * MOST]


@dataclass(frozen=True)
class _Sign:
    """One byte in a code page. kind: letter, marked, ascii, line, sign or space. cost: on its own, in bits."""

    kind: str
    lower: str = EDGE
    capital: bool = False
    cost: int = 0
    opens: bool = False  # whether it stands before a word
    closes: bool = False  # behind one


@cache
def _signs(encoding: str) -> tuple[_Sign, ...]:
    return tuple(_sign(bytes([number]).decode(encoding, "replace")) for number in range(256))


def _sign(char: str) -> _Sign:
    lower = char.lower()
    if char < "\x80":
        return _Sign("ascii", lower, char.isupper()) if char.isalpha() else _Sign("space")
    if lower in LETTERS:
        return _Sign("letter", lower, char != lower)
    if char in MARKED or lower in MARKED:
        return _Sign("marked", char if char in MARKED else lower, char not in MARKED)
    if "─" <= char <= "▓":
        return _Sign("line", cost=_LINE)
    return _Sign("sign", cost=_sign_cost(char), opens=char in "«„‘", closes=char in "»”’…")


def _sign_cost(char: str) -> int:
    for signs, cost in ((_OPENERS, _OPENING), (_COMMON, _SIGN), (_SIGNS, _RARE_SIGN), ("\ufffd", _NONE)):
        if char in signs:
            return cost
    return _CONTROL if unicodedata.category(char) == "Cc" else _STRANGE


def _cyrillic(pairs: Pairs, encoding: str) -> float:
    """The cost of all pairs, in bits, if they are Cyrillic in this code page."""
    signs = _signs(encoding)
    return sum(count * _pair(signs[one], signs[other], one == other) for (one, other), count in pairs.items())


def _pair(one: _Sign, other: _Sign, same: bool) -> int:
    if "letter" in (one.kind, other.kind):
        return _with_letter(one, other)
    if one.kind == "line" and same:
        return 1  # a border is drawn of one sign
    cost = other.cost if other.kind != "marked" else _STRANGE
    if (one.kind == "space" and other.closes) or (one.opens and other.kind == "space"):
        return cost + _SCRIPTS
    return cost + (_SCRIPTS if {one.kind, other.kind} & {"line", "sign"} and "ascii" in (one.kind, other.kind) else 0)


def _with_letter(one: _Sign, other: _Sign) -> int:
    first, second = (sign.lower if sign.kind == "letter" else EDGE for sign in (one, other))
    cost = PAIRS[first][second] + other.cost + (_STRANGE if "marked" in (one.kind, other.kind) else 0)
    if "ascii" in (one.kind, other.kind):
        latin = one.lower if one.kind == "ascii" else other.lower
        return cost + (1 if latin == "i" else _SCRIPTS)  # CP866 has no Ukrainian "і", so writers took the Latin one
    if other.capital and one.kind == "letter":
        cost += 1 if one.capital else _INNER_CAPITAL
    if one.kind == "sign" and not other.capital and one.cost != _OPENING:
        return cost + _SCRIPTS  # a word does not begin right after a dash or a dot
    return cost + (2 if {one.kind, other.kind} & {"line", "sign"} else 0)


def _latin(pairs: Pairs, sample: bytes, encoding: str) -> float:
    """The cost of all pairs, in bits, if they are in the language of Latin letters that suits best."""
    signs = _signs(encoding)
    around = sum(count * _beside(signs[one], signs[other]) for (one, other), count in pairs.items())
    marked: Counter[str] = Counter()
    for (_, other), count in pairs.items():
        if signs[other].kind == "marked":
            marked[signs[other].lower] += count
    words = [word.lower().decode() for word in _WORD.findall(sample)]
    around += sum(_STRANGE for byte, digit in _LONE.findall(sample) if _is_no_word(signs[byte[0]], digit))
    return around + min(_spoken(language, marked, words) for language in LANGUAGES)


def _is_no_word(sign: _Sign, digit: bytes) -> bool:
    """Whether a byte on its own, or before a digit, would be a letter that is no word: "Ł5" was "£5"."""
    return sign.kind == "marked" and (bool(digit) or sign.lower not in _WORDS_OF_ONE)


def _spoken(language: Language, marked: Counter[str], words: list[str]) -> float:
    cost = sum(count * _letter_cost(language, letter) for letter, count in marked.items())
    known = sum(word in language.common for word in words) / len(words) if words else 0.0
    return cost - _KNOWN * min(known * 2, 1) * marked.total() / 4


def _letter_cost(language: Language, letter: str) -> float:
    at = language.marked.find(letter)
    return _OTHER_MARKED if at < 0 else _MARKED + at / 4


def _beside(one: _Sign, other: _Sign) -> int:
    kinds = {one.kind, other.kind}
    if "letter" in kinds:
        return _STRANGE
    if one.cost == _OPENING and other.kind == "space":
        return _SIGN  # a quotation does not begin with a space
    if kinds & {"line", "sign"}:
        return other.cost + (_SCRIPTS if kinds & {"ascii", "marked"} and "line" in kinds else 0)
    if one.kind == other.kind == "marked":
        return 4 if not other.capital or one.capital else _INNER_CAPITAL
    if other.kind == "marked" and one.kind == "space":
        return 1
    return 0 if not other.capital or one.capital or one.kind == "space" else _INNER_CAPITAL
