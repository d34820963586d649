"""The operators of the query language: their names in two languages, and the values that each takes.

A table entry canonicalises a value; an operator or a value that does not exist is a UserError with the right ones.
"""

from __future__ import annotations

import difflib
import re
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from app.domain.query.dates import canonical_border, canonical_date
from app.domain.query.tree import Limit, Operator
from app.domain.query.values import CLASSES, FIELDS, KINDS, LANGUAGES, PROPERTIES, Names
from app.domain.tags import MAX_LENGTH, MIN_LENGTH, fold, normalise_tag
from app.errors import UserError

DISTANCE, LARGEST_DISTANCE = 8, 16  # bits of near:, by default and at most
LITERAL = "To search for the text itself, put it in quotes"
SHOWN = 60  # characters of a wrong value or operator that an error repeats

_NEAR = re.compile(r"([0-9a-f]{8,64})(?:~([0-9]{1,2}))?", re.I)


def _chosen(names: Names) -> Callable[[str], str | None]:
    values = {fold(name): value for value, others in names.items() for name in (value, *others)}
    return lambda text: values.get(fold(text))


_NAMED_LANGUAGE = _chosen(LANGUAGES)


def _language(text: str) -> str | None:
    code = re.fullmatch(r"[A-Za-z]{2,3}", text)
    return _NAMED_LANGUAGE(text) or (text.lower() if code else None)


def _near(text: str) -> str | None:
    found = _NEAR.fullmatch(text)
    bits = int(found[2] or DISTANCE) if found else LARGEST_DISTANCE + 1
    return f"{found[1].lower()}~{bits}" if found and bits <= LARGEST_DISTANCE else None


def near_of(limit: Limit) -> tuple[str, int]:
    """(beginning of the sha256, at most so many different bits of the perceptual hash) of a filter near:."""
    prefix, _, bits = limit.value.partition("~")
    return prefix, int(bits)


@dataclass(frozen=True)
class Entry:
    """An operator. russian: its Russian names, the one to print first. takes: the values, for errors.

    canonical: the one spelling of a value, None for a wrong one. names: of the values, where they are a list.
    """

    russian: tuple[str, ...]
    takes: str
    canonical: Callable[[str], str | None]
    names: Names | None = None


def _list(russian: tuple[str, ...], names: Names) -> Entry:
    values = ", ".join(f"{value} ({others[0]})" for value, others in names.items())
    return Entry(russian, f"one of {values}", _chosen(names), names)


def _name(text: str) -> str | None:
    return text or None


_DATES = "a day, month or year (2026-11-05, 2026-11, 2026)"

TABLE: Mapping[Operator, Entry] = {
    Operator.CHANNEL: Entry(("канал",), "the @name, link, title or number of a channel", _name),
    Operator.FROM: Entry(("от", "из", "источник"), "the @name, link, title or number of a channel", _name),
    Operator.TAG: Entry(
        ("тег", "тэг", "метка"), f"a tag of {MIN_LENGTH} to {MAX_LENGTH} characters with a letter", normalise_tag
    ),
    Operator.KIND: _list(("вид", "тип"), KINDS),
    Operator.CLASS: _list(("класс",), CLASSES),
    Operator.LANG: Entry(
        ("язык",),
        "a code of two or three letters, such as ru (русский), en (английский), uk (украинский)",
        _language,
        LANGUAGES,
    ),
    Operator.HAS: _list(("есть",), PROPERTIES),
    Operator.IN: _list(("в", "где"), FIELDS),
    Operator.DATE: Entry(
        ("дата", "когда"), f"{_DATES}, a range of them (A..B) or a time back from now (P1W, P3D, PT6H)", canonical_date
    ),
    Operator.BEFORE: Entry(
        ("до", "раньше"), f"{_DATES}, a moment (2026-11-05T12:30) or a time back from now (P1W)", canonical_border
    ),
    Operator.AFTER: Entry(
        ("после", "позже"), f"{_DATES}, a moment (2026-11-05T12:30) or a time back from now (P1W)", canonical_border
    ),
    Operator.NEAR: Entry(
        ("похоже", "похожие"),
        f"8 to 64 hexadecimal digits of a file's sha256, then ~ and 0 to {LARGEST_DISTANCE} bits ({DISTANCE} without)",
        _near,
    ),
    Operator.SEARCH: Entry(("поиск", "запрос"), "the name of a saved search", _name),
}

_NAMES: Mapping[str, Operator] = {
    fold(name): operator for operator, entry in TABLE.items() for name in (operator.value, *entry.russian)
}


def find(name: str) -> Operator | None:
    """The operator that a name in either language means, in upper or lower case; None for an unknown name."""
    return _NAMES.get(fold(name))


def limit_of(operator: Operator, typed: str) -> Limit:
    """The filter with the canonical value. UserError names the operator, the wrong value and the right ones."""
    text = " ".join(typed.split())
    value = _stable(TABLE[operator].canonical, text)
    if value is None:
        wrong = f"{text[:SHOWN]!r} is none" if text else "here is none"
        raise UserError(f"{shown(operator)} takes {TABLE[operator].takes}; {wrong}.{_meant(operator, text)} {LITERAL}")
    return Limit(operator, value)


def _stable(canonical: Callable[[str], str | None], text: str) -> str | None:
    """The spelling that stays as it is: a tag with several marks between words takes more than one pass."""
    value = canonical(text)
    while value is not None and (value := unicodedata.normalize("NFC", value)) != text:
        text, value = value, canonical(value)
    return value


def _meant(operator: Operator, text: str) -> str:
    names = [name for value, others in (TABLE[operator].names or {}).items() for name in (value, *others)]
    near = difflib.get_close_matches(fold(text[:SHOWN]), names, n=1)
    return f" Did you mean {near[0]}?" if near else ""


def shown(operator: Operator) -> str:
    """The operator in both languages, as errors name it."""
    return f"{operator.value}: ({TABLE[operator].russian[0]}:)"


def missing(operator: Operator) -> UserError:
    """The error for an operator without a value right behind its colon, or with a quote that stays open."""
    needs = "needs a value right behind the colon, between two quotes if it has blanks"
    return UserError(f"{shown(operator)} {needs}. {LITERAL}")


def unknown(name: str, typed: str) -> UserError:
    """The error for an operator that does not exist. typed: name, colon and value, to be shown in quotes."""
    near = difflib.get_close_matches(fold(name[:SHOWN]), _NAMES, n=1)
    meant = f" Did you mean {near[0]}: ?" if near else ""
    known = ", ".join(map(shown, TABLE))
    wrong = f"unknown operator {name[:SHOWN]!r} in the query"
    return UserError(f'{wrong}.{meant} The operators are {known}. {LITERAL}: "{typed[:SHOWN]}"')


def named(limit: Limit, russian: bool) -> tuple[str, str]:
    """(operator, value) as the printer writes them; a value without a Russian name stays as it is."""
    entry = TABLE[limit.operator]
    if not russian:
        return limit.operator.value, limit.value
    others = (entry.names or {}).get(limit.value)
    return entry.russian[0], others[0] if others else limit.value
