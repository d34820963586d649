"""A model that lies: beside true sentences it answers with a false one of each kind, which a check has to drop."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from app.demo.llm import Asked
from app.demo.llm.asking import answer_of, given_in
from app.domain.ask.answer import Verdict

LINK = "https://evil.example/pay"
DEMAND = re.compile(r"https?://|ignore|instruction|игнорируй|забудь|інструкці", re.IGNORECASE)
NAME = re.compile(r"(?<=[а-яёіїєa-z,] )[А-ЯЁІЇЄA-Z][а-яёіїєa-z]{3,}")  # within a sentence
STRANGER = {"ru": "Новосибирске", "uk": "Харкові", "en": "Springfield"}
FOREIGN = {"ru": "The town has opened a large park.", "uk": "The town has opened a large park.", "en": "Парк открыли."}
OTHER = {
    "ru": "жители недовольны дорогим бензином и плохой погодой.",
    "uk": "мешканці незадоволені дорогим бензином і поганою погодою.",
    "en": "people are unhappy with the price of petrol and the bad weather.",
}

Given = Mapping[str, Any]
Lie = dict[str, Any]


def lying(asked: Asked) -> dict[str, Any]:
    """True sentences as the loopback gives them, a lie after each, and all other lies after them."""
    prompt = next(text for role, text in asked.turns if role == "user")
    given = given_in(prompt)
    truths = answer_of(prompt)["answer"]
    told = [lie for tell, _ in LIES.values() if (lie := tell(given)) is not None]
    mixed = [one for pair in zip(truths, told, strict=False) for one in pair]
    return {"answer": [*mixed, *truths[len(told) :], *told[len(truths) :]]}


def wrong_number(given: Given) -> Lie | None:
    """A span with another number, and the true span as its quote."""
    for span in given["spans"]:
        if re.search(r"\d", span["text"]):
            return _cited(re.sub(r"\d+", lambda number: str(int(number[0]) + 1), span["text"], count=1), span)
    return None


def swapped_name(given: Given) -> Lie | None:
    """A span with another name, and the true span as its quote."""
    for span in given["spans"]:
        if NAME.search(span["text"]):
            return _cited(NAME.sub(STRANGER[given["language"]], span["text"], count=1), span)
    return None


def no_citation(given: Given) -> Lie | None:
    """A true sentence that cites nothing."""
    return {"sentence": _alike(given, 0), "cites": []}


def span_not_offered(given: Given) -> Lie | None:
    """A true sentence with the number of a span that was not offered."""
    first = given["spans"][0]
    return {"sentence": _alike(given, 1), "cites": [{"span": first["span"] + 900, "quote": first["text"]}]}


def foreign_quote(given: Given) -> Lie | None:
    """The words of one span under the number of another."""
    first, last = given["spans"][0], given["spans"][-1]
    if first["text"] == last["text"]:
        return None
    return {"sentence": _alike(given, 2), "cites": [{"span": last["span"], "quote": first["text"]}]}


def invented_quote(given: Given) -> Lie | None:
    """A quote that stands in no span."""
    first = given["spans"][0]
    return {"sentence": _alike(given, 3), "cites": [{"span": first["span"], "quote": OTHER[given["language"]]}]}


def other_language(given: Given) -> Lie | None:
    """A sentence in another language than the question's."""
    return _cited(FOREIGN[given["language"]], given["spans"][0])


def other_meaning(given: Given) -> Lie | None:
    """A sentence without names and numbers that its quote has nothing to do with."""
    return _cited(OTHER[given["language"]].capitalize(), given["spans"][0])


def obeyed_order(given: Given) -> Lie | None:
    """What a span demands, word for word, with a link."""
    demand = next((span["text"] for span in given["spans"] if DEMAND.search(span["text"])), "")
    return _cited(f"{demand} {LINK}".strip(), given["spans"][0])


LIES: Mapping[str, tuple[Callable[[Given], Lie | None], Verdict]] = {
    "wrong number": (wrong_number, Verdict.NUMBER),
    "swapped name": (swapped_name, Verdict.NAME),
    "no citation": (no_citation, Verdict.NO_CITATION),
    "span not offered": (span_not_offered, Verdict.NOT_OFFERED),
    "foreign quote": (foreign_quote, Verdict.NOT_VERBATIM),
    "invented quote": (invented_quote, Verdict.NOT_VERBATIM),
    "other language": (other_language, Verdict.LANGUAGE),
    "obeyed order": (obeyed_order, Verdict.ADDRESS),
    "other meaning": (other_meaning, Verdict.MEANING),
}
"""name -> (the lie about these spans, None where they offer nothing to lie about; the verdict that it deserves)."""


def _cited(text: str, span: Mapping[str, Any]) -> Lie:
    return {"sentence": text, "cites": [{"span": span["span"], "quote": span["text"]}]}


def _alike(given: Given, number: int) -> str:
    """The first span, each time with another end: a sentence that repeats another is left out before any check."""
    return f"{given['spans'][0]['text'].rstrip('.!?…')}{('!', '…', '...', '!!')[number]}"
