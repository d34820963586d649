"""Estimates the price of a question to a chat model from above. Needs no connection."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from app.adapters.llm.chat import Turn
from app.domain import allotment

TURN_TOKENS = 10  # around each turn: its role and the marks of its begin and end
PROBLEM_TOKENS = 300  # of the problem in a repair, at most


def tokens(turns: tuple[Turn, ...], schema: Mapping[str, Any]) -> int:
    """An upper limit of tokens of a question, with the schema, which some servers write into it."""
    return allotment.tokens(json.dumps(schema)) + sum(TURN_TOKENS + allotment.tokens(turn.text) for turn in turns)


def repair_tokens(input_tokens: int, max_tokens: int) -> int:
    """The same for a repair with its answer: sends question, first answer and problem, and gets another answer."""
    return input_tokens + PROBLEM_TOKENS + 2 * max_tokens
