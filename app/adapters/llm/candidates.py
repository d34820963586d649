"""Finds the JSON values in the text of an answer, in any spelling and any wrapper."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from app.adapters.llm.near_json import read
from app.adapters.llm.near_words import QUOTES, squeezed

MOST_BEGINNINGS = 300  # brackets to try; thoughts may contain many
WORK = 3  # characters to read in the project's own way, in lengths of the text
DEEPEST = 4  # wrappers around an answer

_QUOTE = re.escape("".join(QUOTES))
_BEGINNING = re.compile(rf"\{{(?=\s*(?:[{_QUOTE}}}\w/#*•-]|$))|\[(?=\s*[{_QUOTE}{{\[])")
_JSON = re.compile(r"\s*(?:```\w*\s*)?[{\[]")
# Names of a list's wrapper; an object is recognised by its own fields.
_WRAPPERS = frozenset(
    ("answer", "answers", "result", "results", "output", "response", "data", "items", "list", "json", "reading")
)
_DECODER = json.JSONDecoder(strict=False)  # line ends and tabs stand in strings as they are


def _any_list(value: list[Any]) -> bool:
    return bool(value)


@dataclass(frozen=True)
class Form:
    """The object that a model is asked for.

    needed: an object without one of these fields is no answer inside another one. listed: the field that a bare list
    stands for, if `is_listed` holds for it. synonyms: other name, squeezed -> field. hollow: whether an object is only
    an example of the form.
    """

    fields: tuple[str, ...]
    needed: frozenset[str]
    listed: str | None = None
    is_listed: Callable[[list[Any]], bool] = _any_list
    synonyms: Mapping[str, str] = field(default_factory=dict)
    hollow: Callable[[Mapping[str, Any]], bool] = lambda given: False

    @cached_property
    def names(self) -> dict[str, str]:
        """Squeezed name -> field."""
        return {**self.synonyms, **{squeezed(name): name for name in self.fields}}

    def named(self, given: Mapping[str, Any]) -> dict[str, Any]:
        """The object with its fields under their own names; the exact name goes before other spellings of it."""
        other = {name: value for name, value in given.items() if name not in self.fields}
        renamed: dict[str, Any] = {}
        for exact in (True, False):
            for name, value in other.items():
                meant = self.names.get(squeezed(name))
                if meant and (squeezed(name) == squeezed(meant)) == exact:
                    renamed.setdefault(meant, value)
        return {**renamed, **{name: given[name] for name in self.fields if name in given}}


@dataclass(frozen=True)
class Candidate:
    """An object with fields of the form. start and end: its place, with its wrappers. cut, unclosed: see Read."""

    data: dict[str, Any]
    start: int
    end: int
    cut: bool = False
    unclosed: bool = False


def candidates(text: str, form: Form, keep_cut: bool, depth: int = 0) -> Iterator[Candidate]:
    """All objects of the form, in order. depth: of wrappers around the text."""
    at, left, beginnings = 0, (1 if depth else WORK) * len(text), 0
    while left > 0 and beginnings < MOST_BEGINNINGS and (found := _BEGINNING.search(text, at)):
        start, at, beginnings = found.start(), found.end(), beginnings + 1
        exact = _exact(text, start)
        if exact is not None:
            at = max(exact[1], at)
            if (data := unwrapped(exact[0], form, keep_cut, depth)) is not None:
                yield Candidate(data, start, at)
            continue
        loose = read(text, start, form.names, keep_cut)
        left -= loose.end - start
        if (data := unwrapped(loose.value, form, keep_cut, depth)) is not None:
            at = max(loose.end, at)
            yield Candidate(data, start, at, loose.cut, loose.unclosed)


def _exact(text: str, start: int) -> tuple[Any, int] | None:
    try:
        value, end = _DECODER.raw_decode(text, start)
    except (ValueError, RecursionError):
        return None
    return value, end


def unwrapped(value: Any, form: Form, keep_cut: bool, depth: int = 0) -> dict[str, Any] | None:
    """The object of the form in a value: itself, or inside of objects, lists and strings of JSON around it."""
    if depth > DEEPEST:
        return None
    if isinstance(value, str):
        inner = [one.data for one in candidates(value, form, keep_cut, depth + 1)] if _looks_like_json(value) else []
        return inner[-1] if inner else None
    if isinstance(value, dict):
        given = form.named(value)
        if given and not _is_schema(given) and (depth == 0 or form.needed.intersection(given)):
            return _fuller(given, value, form, keep_cut, depth)
        return _last([one for name, one in value.items() if _may_wrap(name, one)], form, keep_cut, depth)
    if isinstance(value, list):
        return _of_list(value, form, keep_cut, depth)
    return None


def _fuller(
    given: dict[str, Any], value: dict[str, Any], form: Form, keep_cut: bool, depth: int
) -> dict[str, Any] | None:
    """The object, or one in its values with more of the needed fields.

    A text in it that holds JSON is no answer unless the object has none of these fields: pictures show JSON, too.
    """
    own = len(form.needed.intersection(given))
    inside = [one for one in value.values() if isinstance(one, dict) or (isinstance(one, str) and not own)]
    inner = _last(inside, form, keep_cut, depth)
    return inner if inner is not None and len(form.needed.intersection(inner)) > own else given


def _of_list(value: list[Any], form: Form, keep_cut: bool, depth: int) -> dict[str, Any] | None:
    inner = _last([one for one in value if not isinstance(one, str) or _looks_like_json(one)], form, keep_cut, depth)
    if inner is not None and form.needed.intersection(inner):
        return inner
    return {form.listed: value} if form.listed and form.is_listed(value) else None


def _last(values: list[Any], form: Form, keep_cut: bool, depth: int) -> dict[str, Any] | None:
    found = (unwrapped(one, form, keep_cut, depth + 1) for one in reversed(values[:100]))
    return next((one for one in found if one is not None), None)


def _may_wrap(name: str, value: Any) -> bool:
    return isinstance(value, dict | str) or (isinstance(value, list) and squeezed(name) in _WRAPPERS)


def _looks_like_json(text: str) -> bool:
    return _JSON.match(text) is not None


def _is_schema(given: Mapping[str, Any]) -> bool:
    """Whether the fields hold descriptions of themselves: a model repeats the JSON schema."""
    return any(isinstance(one, dict) and isinstance(one.get("type"), str | list) for one in given.values())
