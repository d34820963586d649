"""Turns a model's answer into a draft. Pure: the same answer always gives the same draft, which is unchecked."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, Field, StrictStr, ValidationError
from pydantic_core import ErrorDetails

from app.adapters.answerer.llm.prompt import MOST_SENTENCES
from app.adapters.llm.answers import json_object
from app.adapters.llm.candidates import Form
from app.adapters.llm.storable import storable
from app.domain.ask.answer import Cite, Draft, Sentence
from app.domain.reading import RawAnswer
from app.domain.repetition import cut_loop

MOST_CITES = 8  # of a sentence; one or two facts need no more, and each quote is compared with its post
LONGEST_SENTENCE = 1000  # characters; more is a text of many facts, one of which could hide behind the others
LONGEST_QUOTE = 4096  # characters: the longest text of a Telegram message
MOST_NUMBER = 2**31 - 1  # the largest integer of a column
MOST_PROBLEMS = 10  # problems to report; the others are of the same kind
JOINERS = "\u200c\u200d"  # Persian words and emoji are written with them; all other invisible signs only disguise


def _whole(value: object) -> object:
    """Refuses true and false, which pydantic takes for 1 and 0."""
    if isinstance(value, bool):
        raise ValueError("Input should be a number")
    return value


class CiteAnswer(BaseModel):
    """One cite. A number in quotation marks counts as one."""

    span: Annotated[int, BeforeValidator(_whole), Field(ge=0, le=MOST_NUMBER)]
    quote: Annotated[StrictStr, Field(max_length=LONGEST_QUOTE)]


class SentenceAnswer(BaseModel):
    """One sentence, its cites unread."""

    sentence: Annotated[StrictStr, Field(max_length=LONGEST_SENTENCE)]
    cites: list[Any]


def _are_sentences(value: list[Any]) -> bool:
    return any(isinstance(one, dict) and "sentence" in one for one in value)


FORM = Form(("answer",), frozenset({"answer"}), "answer", _are_sentences)


@dataclass(frozen=True)
class Found:
    """The sentences of one answer. misformed: faults of its form; unfit: well-formed parts that do not count.

    Neither quotes the model, because they are sent back to it and shown to users.
    """

    sentences: tuple[Sentence, ...]
    misformed: tuple[str, ...] = ()
    unfit: tuple[str, ...] = ()

    @property
    def draft(self) -> Draft:
        """The draft, with all faults."""
        return Draft(self.sentences, (*self.misformed, *self.unfit)[:MOST_PROBLEMS])


def found(raw: RawAnswer) -> Found:
    """Reads the valid parts of one answer."""
    data, problem = json_object(raw.text, FORM, "on", ended=False)
    if data is None:
        return Found((), (problem or "not a JSON object",))
    cut = (problem,) if problem else ()
    given = storable(data.get("answer"))  # JSON spells NUL as other signs, so the raw text can hide it
    if not isinstance(given, list):
        return Found((), (*cut, "answer: Field required" if given is None else "answer: Input should be a valid list"))
    ended, looped = _without_loops(given)
    read = [_sentence(number, one) for number, one in enumerate(ended)]
    if cut and read and _is_part(*read[-1]):
        read.pop()
    misformed = [fault for _, faults in read for fault in faults]
    sentences, unfit = _chosen([(number, one) for number, (one, _) in enumerate(read) if one is not None])
    return Found(sentences, (*cut, *misformed), (*looped, *unfit))


def _without_loops(given: list[Any]) -> tuple[list[Any], tuple[str, ...]]:
    """(the entries with each sentence up to where it repeats itself, faults of those that do)."""
    ended = [one | {"sentence": cut_loop(one["sentence"])} if _is_said(one) else one for one in given]
    looped = [number for number, one in enumerate(given) if one != ended[number]]
    return ended, tuple(f"answer.{number}.sentence: repeats itself" for number in looped)


def _is_said(value: object) -> bool:
    return isinstance(value, dict) and isinstance(value.get("sentence"), str)


def _is_part(sentence: Sentence | None, faults: Sequence[str]) -> bool:
    """Whether the end of the last sentence is missing from an answer that was cut off."""
    return bool(faults) or sentence is None or not sentence.cites


def joined(answers: Sequence[Found]) -> Found:
    """The last answer; the first if the repair is no better in its form and says less."""
    first, last = answers[0], answers[-1]
    return first if last.misformed and len(first.sentences) > len(last.sentences) else last


def _chosen(read: Sequence[tuple[int, Sentence]]) -> tuple[tuple[Sentence, ...], tuple[str, ...]]:
    """(the sentences that count, faults of the others). A model in a loop says the same again and again."""
    kept: dict[str, Sentence] = {}
    unfit: list[str] = []
    for number, one in read:
        if one.text in kept or not one.text:
            unfit.append(f"answer.{number}.sentence: {'repeats another' if one.text else 'no words'}")
            continue
        if len(one.cites) > MOST_CITES:
            unfit.append(f"answer.{number}.cites: the first {MOST_CITES} of {len(one.cites)} count")
        kept[one.text] = Sentence(one.text, one.cites[:MOST_CITES])
    if len(kept) > MOST_SENTENCES:
        unfit.append(f"answer: the first {MOST_SENTENCES} of {len(kept)} sentences count")
    return tuple(kept.values())[:MOST_SENTENCES], tuple(unfit)


def _sentence(number: int, value: object) -> tuple[Sentence | None, list[str]]:
    """(a sentence with its valid cites, faults); None without words. A sentence without cites fails its checks."""
    faults: list[str] = []
    try:
        SentenceAnswer.model_validate(value)
    except ValidationError as error:
        faults = _told(error.errors(include_url=False, include_context=False, include_input=False), f"answer.{number}")
    text = value.get("sentence") if isinstance(value, dict) else value
    if not isinstance(text, str) or len(text) > LONGEST_SENTENCE:
        return None, faults
    given = value.get("cites") if isinstance(value, dict) else None
    cites, wrong = _cites(f"answer.{number}.cites", given if isinstance(given, list) else [])
    return Sentence(_visible(text), cites), faults + wrong


def _cites(place: str, given: list[Any]) -> tuple[tuple[Cite, ...], list[str]]:
    cites: list[Cite] = []
    faults: list[str] = []
    for number, one in enumerate(given):
        try:
            read = CiteAnswer.model_validate(one)
            cites.append(Cite(read.span, read.quote))
        except ValidationError as error:
            told = error.errors(include_url=False, include_context=False, include_input=False)
            faults += _told(told, f"{place}.{number}")
    return tuple(dict.fromkeys(cites)), faults


def _told(errors: Sequence[ErrorDetails], place: str) -> list[str]:
    return [f"{'.'.join([place, *map(str, one['loc'])])}: {one['msg']}" for one in errors]


def _visible(text: str) -> str:
    """The text in one line without signs that show nothing, which could disguise its words."""
    shown = (" " if unicodedata.category(char) == "Cc" else char for char in text)
    return " ".join("".join(c for c in shown if unicodedata.category(c) != "Cf" or c in JOINERS).split())
