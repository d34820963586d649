"""The baseline of a model: a usual prompt that asks for numbers in square brackets, whose answer is taken unchecked."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from app.adapters.answerer.llm.version import limits_of
from app.adapters.llm import price
from app.adapters.llm.answers import json_object
from app.adapters.llm.candidates import Form
from app.adapters.llm.chat import Question, Turn
from app.adapters.llm.connectors import connector
from app.adapters.llm.paid import PaidClient
from app.domain.allotment import shorten
from app.domain.ask.answer import AskInput
from app.domain.ask.spans import split
from app.domain.reading import RawAnswer
from app.settings import Settings

TASK = """\
Answer the question from the numbered passages alone, in the language of the question. After each sentence, cite the \
passages that support it by their numbers in square brackets, such as [1] or [2][3]. If the passages do not answer the \
question, leave the answer empty. Reply with one JSON object: {{"answer": "..."}}.

{passages}
Question: {question}"""

SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {"answer": {"type": "string"}},
    "required": ["answer"],
    "additionalProperties": False,
}
FORM = Form(("answer",), frozenset({"answer"}))
_MARKS = re.compile(r"\[\d+(?:\s*,\s*\d+)*\]")


@dataclass(frozen=True)
class Marked:
    """A sentence of the answer without its marks, and the ranks of the passages that they name."""

    text: str
    passages: tuple[int, ...]


class PlainPrompt(PaidClient[AskInput, tuple[Marked, ...]]):
    """The port PaidModel; never repairs, since the words of a model without a check are to be measured."""

    def __init__(self, settings: Settings) -> None:
        """Asks the model of ANSWERER, within the same limits. UserError names a setting that is missing or wrong."""
        name = settings.answerer
        model, connect = connector(settings, name, settings.answerer_model, "ANSWERER_MODEL", settings.answerer_timeout)
        super().__init__(connect, "answerer", name, model, settings)
        self._limits = limits_of(settings)

    def about(self, given: AskInput) -> str:
        """The question: this answer is kept nowhere."""
        return given.question

    def estimate(self, given: AskInput) -> int:
        """An upper estimate of the tokens of one `ask`; 0 without a span, which makes no call."""
        return price.tokens(self._turns(given), SCHEMA) + self._limits.max_tokens if given.spans else 0

    def estimate_repair(self) -> int:
        """None is made."""
        return 0

    def ask(self, given: AskInput) -> RawAnswer:
        """Makes one paid call; none without a span."""
        empty = RawAnswer(about=self.about(given), model=self._model, text="")
        if not given.spans:
            return empty
        question = Question(
            self._turns(given), SCHEMA, self._limits.max_tokens, self._limits.temperature, name="answer"
        )
        return self._asker.ask(question, empty)

    def problem(self, raw: RawAnswer) -> str | None:
        """None: no answer is repaired."""
        return None

    def repair(self, raw: RawAnswer, problem: str) -> RawAnswer:
        """See `problem`."""
        raise NotImplementedError

    def interpret(self, given: AskInput, answers: Sequence[RawAnswer]) -> tuple[Marked, ...]:
        """The sentences of the answer; none for an empty one."""
        said = (json_object(answers[-1].text, FORM)[0] or {}).get("answer")
        return tuple(marked(said)) if isinstance(said, str) else ()

    def _turns(self, given: AskInput) -> tuple[Turn, ...]:
        room = self._limits.input_tokens - price.tokens(_asking(given.question, ""), SCHEMA)
        return _asking(given.question, shorten(_passages(given), room)[0])


def marked(answer: str) -> Iterator[Marked]:
    """The sentences of an answer, each with the passages of the marks inside it and right behind it."""
    text, marks = _unmarked(answer)
    for start, sentence in split(text):
        numbers = [number for place, number in marks if start < place <= start + len(sentence)]
        yield Marked(sentence, tuple(dict.fromkeys(numbers)))


def _unmarked(answer: str) -> tuple[str, list[tuple[int, int]]]:
    """(the text without marks and blanks before them, (characters before it, its number) of each mark)."""
    text, end, marks = "", 0, []
    for mark in _MARKS.finditer(answer):
        text = (text + answer[end : mark.start()]).rstrip()
        marks += [(len(text), int(number)) for number in re.findall(r"\d+", mark[0])]
        end = mark.end()
    return text + answer[end:], marks


def _asking(question: str, passages: str) -> tuple[Turn, ...]:
    return (Turn("user", TASK.format(passages=passages, question=question)),)


def _passages(given: AskInput) -> str:
    ranks = dict.fromkeys(span.passage for span in given.spans)
    texts = {rank: " ".join(span.text for span in given.spans if span.passage == rank) for rank in ranks}
    return "".join(f"[{rank}] {text}\n" for rank, text in texts.items())
