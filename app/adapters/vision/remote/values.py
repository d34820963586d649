"""Brings the values of a vision answer into the form asked for, where it is clear what the model means."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping
from typing import Any

from app.domain.language_names import language_code
from app.domain.model_values import describes_nothing, figure, kind_of, says_nothing, share, truth

# Other names of fields, squeezed -> field.
FIELDS = {
    **dict.fromkeys(("class", "category", "type", "kind", "imagetype", "классификация", "тип"), "classification"),
    **dict.fromkeys(("meme", "мем", "этомем"), "is_meme"),
    **dict.fromkeys(("caption", "summary", "imagedescription", "описание"), "description"),
    **dict.fromkeys(("tags", "topics", "метки", "теги"), "labels"),
    **dict.fromkeys(("objectsvisible", "visibleobjects", "объекты"), "objects"),
    **dict.fromkeys(("lang", "languagecode", "textlanguage", "язык"), "language"),
    **dict.fromkeys(("ocr", "ocrtext", "textinside", "transcription", "transcript", "visibletext", "текст"), "text"),
}
_NAMES = ("name", "label", "object", "topic", "tag", "title", "class", "item", "text", "value", "имя", "название")
_SCORES = ("score", "confidence", "probability", "prob", "certainty", "conf", "уверенность", "оценка")
_MARKS = re.compile(r"^\s*(?:\d{1,2}[.)](?=\s|[^\W\d])|[-–—•*·])?\s*(?:(?:name|label)\s*:\s*)?", re.IGNORECASE)
_WITH_SCORE = re.compile(r"(.*?[^\W\d_].*?)\s*(?:[:=(\[–—]|\s-)\s*(\d+(?:[.,]\d+)?\s*%?)\s*[)\]]?\s*", re.DOTALL)
_PLACEHOLDERS = frozenset(("string", "example", "label", "object", "topic", "name", "нет", "...", "…"))


def kind(value: object) -> object:
    """The classification; the value itself where it names none."""
    if isinstance(value, Mapping):
        scores = {name: figure(one) for name, one in value.items() if kind_of(str(name)) and figure(one)}
        value = max(scores, key=lambda name: scores[name]) if scores else _first(value, _NAMES)
    if isinstance(value, list):
        value = value[0] if value else None
    found = kind_of(value) if isinstance(value, str) else None
    return value if found is None else found


def yes_or_no(value: object) -> object:
    """True or false; the value itself where it says neither."""
    found = truth(value)
    return value if found is None else found


def language(value: object) -> object:
    """The code of the main language; None where there is none. ValueError for one that is unknown."""
    if isinstance(value, Mapping):
        value = _first(value, ("code", "iso", "language", *_NAMES))
    if isinstance(value, list):
        value = next((one for one in value if isinstance(one, str) and one.strip()), None)
    if not isinstance(value, str) or says_nothing(value):
        return None if isinstance(value, str) else value
    return language_code(value)


def description(value: object) -> object:
    """The description; None for words that say that there is none."""
    return None if (joined := _joined(value, " ")) is None or _is(describes_nothing, joined) else joined


def text(value: object) -> object:
    """The text; None for words that say that there is none."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        return str(value) if math.isfinite(value) else None
    if isinstance(value, Mapping) and all(isinstance(one, str) for one in value.values()):
        value = list(value.values())
    return None if (joined := _joined(value, "\n")) is None or _is(says_nothing, joined) else joined


def things(value: object) -> object:
    """The labels or objects as a list of names with scores; without what names nothing.

    Understands plain words, a list with commas, {name: score}, other names of both fields, and other scales.
    """
    if value is not None and not isinstance(value, str | list | Mapping):
        return value
    given = list(_items(value))
    largest = max((figure(score) for _, score in given), default=1.0)
    found = [(name, share(score, largest)) for name, score in given]
    return [
        {"name": name, "score": score}
        for name, score in found
        if score is not None and not (isinstance(name, str) and _is_empty(name))
    ]


def is_example(given: Mapping[str, Any]) -> bool:
    """Whether an object only shows the form: its kinds are all named at once, or its description is a placeholder."""
    described, kinds = given.get("description"), given.get("classification")
    several = isinstance(kinds, str) and kinds.count("|") > 1
    return several or (
        isinstance(described, str) and bool(described) and described.strip(" <>") in ("...", "…", "string")
    )


def _items(value: object) -> Iterator[tuple[object, object]]:
    """(name, score) of each thing; score None without one."""
    if isinstance(value, str):
        value = [] if says_nothing(value) else re.split(r"[;\n]|,(?!\d)", value)
    if isinstance(value, Mapping):
        value = [value] if _first(value, _NAMES) is not None else [{name: one} for name, one in value.items()]
    for one in value if isinstance(value, list) else [value] if value is not None else []:
        yield _item(one)


def _item(value: object) -> tuple[object, object]:
    if isinstance(value, str):
        found = _WITH_SCORE.fullmatch(value[:200])
        return (_MARKS.sub("", found[1]), found[2]) if found else (_MARKS.sub("", value), None)
    if isinstance(value, list) and len(value) == 2 and isinstance(value[0], str):
        return value[0], value[1]
    if isinstance(value, Mapping):
        named = {str(name).strip().casefold(): one for name, one in value.items()}
        if (name := _first(named, _NAMES)) is not None:
            return name, _first(named, _SCORES)
        if len(named) == 1 and not isinstance(next(iter(named.values())), Mapping) and not named.keys() & set(_SCORES):
            return next(iter(named.items()))
        return next(
            ((name, _first(one, _SCORES)) for name, one in named.items() if isinstance(one, Mapping)), ({}, None)
        )
    return value, None


def _is_empty(name: str) -> bool:
    return says_nothing(name) or name.strip().casefold() in _PLACEHOLDERS


def _first(value: Mapping[Any, Any], names: tuple[str, ...]) -> Any:
    return next((value[name] for name in names if value.get(name) is not None), None)


def _joined(value: object, between: str) -> object:
    if isinstance(value, list) and value and all(isinstance(one, str) for one in value):
        return between.join(one for one in value if not says_nothing(one))
    return None if value == [] else value


def _is(nothing: Any, value: object) -> bool:
    return isinstance(value, str) and bool(nothing(value))
