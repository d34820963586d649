"""Extra fields for the requests to a compatible server (OPENAI_EXTRA_BODY): which ones may be set."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any, NoReturn

LONGEST = 4000  # characters: fields of a server are few and short, and each call carries them
# Ours: the question itself, the price that was reserved for it, and the form in which its answer is read.
OURS = frozenset(
    ("model", "messages", "stream", "n", "max_tokens", "max_completion_tokens", "response_format", "prompt", "input")
)
_SECRET = re.compile(r"api[_-]?key|authoriz|password|passwd|secret|credential|bearer|(?:access|auth)[_-]?token", re.I)


class WrongExtraBody(ValueError):
    """The text is no set of extra fields. Its text never shows a value, which may be a secret in the wrong place."""


def parse(text: str) -> dict[str, Any]:
    """The fields; WrongExtraBody names the fault."""
    if len(text) > LONGEST:
        raise WrongExtraBody(f"write at most {LONGEST:,} characters")
    try:
        fields = json.loads(text, parse_constant=_no_number)
    except (ValueError, RecursionError):
        raise WrongExtraBody('write one JSON object, such as {"reasoning_effort": "none"}') from None
    if not isinstance(fields, dict):
        raise WrongExtraBody('write one JSON object, such as {"reasoning_effort": "none"}')
    if ours := sorted(OURS & {name.casefold() for name in fields}):
        raise WrongExtraBody(f"{', '.join(ours)} cannot be set: other settings and the question decide it")
    if any(_SECRET.search(name) for name in _names(fields)):
        raise WrongExtraBody("a field is named like a secret: a key belongs in OPENAI_API_KEY")
    return fields


def canonical(fields: dict[str, Any]) -> str:
    """The same text for equal fields, whatever their order and blanks; empty for none."""
    return json.dumps(fields, sort_keys=True, separators=(",", ":")) if fields else ""


def _no_number(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is no JSON")


def _names(value: object) -> Iterator[str]:
    """The names of fields at any depth."""
    if isinstance(value, dict):
        for name, one in value.items():
            yield name
            yield from _names(one)
    elif isinstance(value, list):
        for one in value:
            yield from _names(one)
