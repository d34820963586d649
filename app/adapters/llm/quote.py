"""Quotes foreign text inside a prompt, so that it can neither end its quotation nor look like the protocol."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence

Quotable = str | int | Sequence[str] | Mapping[str, "str | int | Sequence[str]"]

# Many servers convert names of control tokens (<|im_end|>, </s>, [INST]) inside a message to the tokens themselves
# (huggingface/transformers issue 29279, InternLM/lmdeploy issue 4960), so such a text could begin a turn of its own.
_CONTROL = re.compile(r"<|\[(?=/?[A-Za-z_]+\])")
# JSON leaves these characters unescaped, and a model may take them for the end of a line.
_LINE_ENDS = re.compile("[\x7f-\x9f\u2028\u2029]")


def quoted(value: Quotable) -> str:
    """JSON in one line that parses back to the same value.

    Escapes every control character, line end and name of a control token.
    """
    if isinstance(value, str):
        return _LINE_ENDS.sub(_escaped, inert(json.dumps(value, ensure_ascii=False)))
    if isinstance(value, int):
        return json.dumps(value)
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{quoted(name)}: {quoted(one)}" for name, one in value.items()) + "}"
    return "[" + ", ".join(map(quoted, value)) + "]"


def inert(text: str) -> str:
    """The text without control tokens: escapes `<` and the bracket of `[INST]` like JSON."""
    return _CONTROL.sub(_escaped, text)


def _escaped(found: re.Match[str]) -> str:
    return f"\\u{ord(found[0]):04x}"
