"""Which licences Media Audit takes along, by SPDX expression: AND, OR, WITH and parentheses."""

from __future__ import annotations

import re

from scripts.licences.facts import FACTS
from scripts.licences.words import NEVER, family, tells

TAKEN = frozenset(FACTS["taken"])
# The LGPL lets a program of any licence load the library, as long as a user can replace it: Python loads each of them
# from a file of its own.
TAKEN_FAMILIES = {"LGPL"}
# A compiler's runtime is under the GPL, and this exception takes the programs out that it was linked into.
FREEING = {"GCC-exception-3.1"}
SHAPES = re.compile(r"[AL]?GPL-\d\S*|CC-BY-NC\S*")


def refusal(expression: str) -> str | None:
    """The reason not to take this licence; None for one that is taken. An OR counts as its freest side, with one limit:
    the families of NEVER are refused beside any other licence, since a person should look at such a package."""
    never = [name for name in NEVER if tells(expression, name)]
    if never:
        return f"{never[0]} is always refused"
    reader = _Reader(expression)
    try:
        reason = reader.either()
    except (IndexError, ValueError):
        return f"no licence can be read out of {expression!r}"
    return f"unknown words: {expression!r}" if reader.rest else reason


def names(expression: str) -> list[str]:
    """The licences in an expression, without operators, exceptions and parentheses."""
    plain = re.sub(r"\bWITH\s+\S+|\b(AND|OR)\b|[()]", " ", expression)
    return plain.split()


def is_expression(words: str) -> bool:
    """Whether they are names as SPDX spells them, and not a sentence."""
    return all(name in TAKEN or SHAPES.fullmatch(name) for name in names(words))


class _Reader:
    """Takes an expression apart from left to right; each method gives the reason of refusal of what it has read."""

    def __init__(self, expression: str) -> None:
        self.rest = re.findall(r"[()]|[^\s()]+", expression)

    def either(self) -> str | None:
        sides = [self.all()]
        while self._next("OR"):
            sides.append(self.all())
        return None if None in sides else sides[0]

    def all(self) -> str | None:
        parts = [self.one()]
        while self._next("AND"):
            parts.append(self.one())
        return next((part for part in parts if part), None)

    def one(self) -> str | None:
        name = self.rest.pop(0)
        if name == "(":
            reason = self.either()
            if self.rest.pop(0) != ")":
                raise ValueError(name)
            return reason
        return _single(name, self.rest.pop(0) if self._next("WITH") else None)

    def _next(self, operator: str) -> bool:
        found = self.rest[:1] == [operator]
        del self.rest[: int(found)]
        return found


def _single(name: str, exception: str | None) -> str | None:
    known = family(name)
    if name in TAKEN or known in TAKEN_FAMILIES or (known == "GPL" and exception in FREEING):
        return None
    return f"{name} is refused" if known else f"{name} is not known here: look into it, and add it to facts.toml"
