"""The loopback model's answer to a question: the spans themselves that share most of its words, nothing of its own."""

from __future__ import annotations

import json
import re
from typing import Any

ASKS = '{"answer"'  # of a prompt for an answer; inside quoted spans the mark would be escaped
DATA = '\n{"spans": ['  # the beginning of question and spans; a quoted text has no line end
MOST = 3  # sentences
STEM = 5  # letters of a word that are compared: endings change in Russian and Ukrainian
SHORT = 3  # letters of a word that is too short to tell anything
ENOUGH = 0.5  # of the question's words that a span shares to answer it
# Of more than SHORT letters: they ask and name nothing.
QUESTION_WORDS = """
когда какой какая какие какое каких сколько зачем почему откуда куда чего есть было были будет
коли який яка які скільки навіщо чому звідки буде було були
when where which what whose many much does have been were will with about there that this
"""
SAYS = {"ru": "В публикации сказано: «{}».", "uk": "У дописі сказано: «{}».", "en": 'A post says: "{}".'}


def asks_a_question(text: str) -> bool:
    """Whether a prompt asks a question about spans; a schema, if present, tells it too."""
    return ASKS in text


def answer_of(prompt: str) -> dict[str, Any]:
    """Sentences that are spans of the prompt, each with its whole span as quote; none if no span answers."""
    given = given_in(prompt)
    wanted = _stems(str(given.get("question", ""))) - _stems(QUESTION_WORDS)
    spans = [(len(wanted & _stems(span["text"])), span) for span in given.get("spans", ())]
    best = sorted((one for one in spans if wanted and one[0] >= ENOUGH * len(wanted)), key=lambda one: -one[0])
    return {"answer": [_sentence(span, str(given.get("language", ""))) for _, span in best[:MOST]]}


def given_in(prompt: str) -> dict[str, Any]:
    """The question, its language and its spans; empty for another prompt."""
    start = prompt.rfind(DATA)
    try:
        found = json.JSONDecoder().raw_decode(prompt, start + 1)[0] if start >= 0 else {}
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def _sentence(span: dict[str, Any], language: str) -> dict[str, Any]:
    said: str = span["text"]
    foreign = _is_latin(said) != (language == "en")
    text = SAYS.get(language, SAYS["en"]).format(said) if foreign else said
    return {"sentence": text, "cites": [{"span": span["span"], "quote": said}]}


def _is_latin(text: str) -> bool:
    latin = sum(char.isascii() for char in text if char.isalpha())
    return 2 * latin > sum(map(str.isalpha, text))


def _stems(text: str) -> set[str]:
    return {word[:STEM] for word in re.findall(r"\w+", text.lower()) if len(word) > SHORT or word.isdigit()}
