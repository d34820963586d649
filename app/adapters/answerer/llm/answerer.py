"""Answers questions by a chat model. Asking and interpreting are apart, so that a paid answer is stored first."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cached_property

from app.adapters.answerer.llm.answer import found, joined
from app.adapters.answerer.llm.data import data, digest, speaks
from app.adapters.answerer.llm.price import call_price
from app.adapters.answerer.llm.prompt import SCHEMA, answering, repairing, room
from app.adapters.answerer.llm.version import limits_of, version_of
from app.adapters.llm.answers import refusal, spoken
from app.adapters.llm.chat import ChatModel, Question, Turn
from app.adapters.llm.paid import PaidClient
from app.adapters.llm.price import repair_tokens
from app.adapters.llm.silence import no_answer
from app.domain.ask.answer import AskInput, Draft
from app.domain.reading import RawAnswer
from app.settings import Settings

NOT_ASKED = "there is no span to answer from: the model was not asked"


class LlmAnswerer(PaidClient[AskInput, Draft]):
    """The ports Answerer and PaidModel on any chat model. Safe to share between threads."""

    def __init__(self, connect: Callable[[], ChatModel], provider: str, model: str, settings: Settings) -> None:
        """connect: makes the connections, on the event loop, at the first call."""
        super().__init__(connect, "answerer", provider, model, settings)
        self._limits = limits_of(settings)
        self._settings = settings

    @cached_property
    def version(self) -> str:
        """<provider>-<model>-<12 hex digits of the prompt's hash>; needs no network."""
        return version_of(self._provider, self._model, self._settings)

    def about(self, given: AskInput) -> str:
        """sha256 of the whole input."""
        return digest(given)

    def estimate(self, given: AskInput) -> int:
        """An upper estimate of the tokens of one `ask`; 0 without a span, which makes no call."""
        return call_price(given, self._limits)

    def estimate_repair(self) -> int:
        """An upper estimate of the tokens of one `repair`."""
        return repair_tokens(self._limits.input_tokens, self._limits.max_tokens)

    def ask(self, given: AskInput) -> RawAnswer:
        """Makes one paid call. Without a span, makes none and returns an answer without sentences."""
        about = digest(given)
        if not speaks(given):
            return RawAnswer(about=about, model=self._model, text='{"answer": []}', notes=(NOT_ASKED,))
        quoted = data(given, room(self._limits))
        empty = RawAnswer(about=about, model=self._model, text="", given=quoted.json, notes=quoted.notes)
        return self._asked(answering(quoted.json), empty)

    def problem(self, raw: RawAnswer) -> str | None:
        """See the port. None for an answer that a repair would truncate at the same limit, and for an empty one.

        A sentence that fails a check needs no repair: it is dropped, and a model asked again would only reword it.
        """
        if raw.finish == "length" or not raw.text.strip() or refusal(raw):
            return None
        read = found(raw)
        return "; ".join(read.draft.problems) if read.misformed else None

    def repair(self, raw: RawAnswer, problem: str) -> RawAnswer:
        """Makes one paid call for the same answer in the right form."""
        empty = RawAnswer(about=raw.about, purpose="repair", model=self._model, text="", given=raw.given)
        return self._asked(repairing(raw.given, raw.text, problem), empty)

    def interpret(self, given: AskInput, answers: Sequence[RawAnswer]) -> Draft:
        """The draft; see the port."""
        said = spoken(answers, digest(given))
        reads = [found(raw) for raw in said]
        if all(one.misformed and not one.sentences for one in reads):
            raise no_answer(said, "ANSWERER_MAX_TOKENS")
        return joined(reads).draft

    def answer(self, given: AskInput) -> Draft:
        """Asks, repairs if needed and possible, and returns the draft."""
        return self.at_once(given)

    def _asked(self, turns: tuple[Turn, ...], empty: RawAnswer) -> RawAnswer:
        question = Question(turns, SCHEMA, self._limits.max_tokens, self._limits.temperature, name="answer")
        return self._asker.ask(question, empty)
