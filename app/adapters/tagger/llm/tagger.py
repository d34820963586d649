"""Tags posts by a chat model. Asking and interpreting are apart, so that a paid answer is stored first."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cached_property

from app.adapters.llm.answers import refusal, spoken
from app.adapters.llm.chat import ChatModel, Question, Turn
from app.adapters.llm.customisation import customisation
from app.adapters.llm.paid import PaidClient
from app.adapters.llm.price import repair_tokens
from app.adapters.llm.silence import no_answer
from app.adapters.tagger.llm.answer import found, joined
from app.adapters.tagger.llm.document import Data, data, digest, speaks
from app.adapters.tagger.llm.prompt import SCHEMA, Limits, prompt_hash, repairing, room, tagging, tokens
from app.domain.reading import RawAnswer
from app.domain.vocabulary import Vocabulary
from app.ports import Tagging, TagInput
from app.settings import Settings

NOT_ASKED = "the post says nothing: the model was not asked"


class LlmTagger(PaidClient[TagInput, Tagging]):
    """The ports Tagger and PaidModel on any chat model. Safe to share between threads."""

    def __init__(
        self,
        connect: Callable[[], ChatModel],
        provider: str,
        model: str,
        settings: Settings,
        vocabulary: Vocabulary | None = None,
    ) -> None:
        """connect: makes the connections, on the event loop, at the first call."""
        super().__init__(connect, "tagger", provider, model, settings)
        self._vocabulary = vocabulary
        self._limits = Limits(settings.tagger_input_tokens, settings.tagger_max_tokens)
        self._own = customisation(settings, provider, "tagger")
        self._room = room(self._limits, vocabulary, self._own)

    @cached_property
    def version(self) -> str:
        """<provider>-<model>-<12 hex digits of the prompt's hash>; needs no network."""
        return f"{self._provider}-{self._model}-{prompt_hash(self._limits, self._own)[:12]}"

    @property
    def vocabulary(self) -> str:
        """The hash of the controlled vocabulary; empty without one."""
        return self._vocabulary.hash if self._vocabulary else ""

    def about(self, given: TagInput) -> str:
        """sha256 of the whole input."""
        return digest(given)

    def estimate(self, given: TagInput) -> int:
        """An upper estimate of the tokens of one `ask`; 0 for a post without a word, which makes no call."""
        if not speaks(given):
            return 0
        return tokens(tagging(self._data(given).json, self._vocabulary, self._own)) + self._limits.max_tokens

    def estimate_repair(self) -> int:
        """An upper estimate of the tokens of one `repair`."""
        return repair_tokens(self._limits.input_tokens, self._limits.max_tokens)

    def ask(self, given: TagInput) -> RawAnswer:
        """Makes one paid call. For a post without a word, makes none and returns an answer without tags."""
        about = digest(given)
        if not speaks(given):
            return RawAnswer(about=about, model=self._model, text='{"tags": []}', notes=(NOT_ASKED,))
        quoted = self._data(given)
        empty = RawAnswer(about=about, model=self._model, text="", given=quoted.json, notes=quoted.notes)
        return self._asked(tagging(quoted.json, self._vocabulary, self._own), empty)

    def problem(self, raw: RawAnswer) -> str | None:
        """See the port. None for an answer that a repair would truncate at the same limit, and for an empty one.

        Unfit tags (addresses, words of the prompt) are dropped; they need no repair as long as enough others are left.
        """
        if raw.finish == "length" or not raw.text.strip() or refusal(raw):
            return None
        read = found(raw, self._vocabulary)
        if not (read.misformed or read.missing(raw, self._vocabulary)):
            return None
        return "; ".join(read.problems(raw, self._vocabulary))

    def repair(self, raw: RawAnswer, problem: str) -> RawAnswer:
        """Makes one paid call for the same answer in the right form."""
        turns = repairing(raw.given, self._vocabulary, raw.text, problem, self._own)
        empty = RawAnswer(about=raw.about, purpose="repair", model=self._model, text="", given=raw.given)
        return self._asked(turns, empty)

    def interpret(self, given: TagInput, answers: Sequence[RawAnswer]) -> Tagging:
        """The tags; see the port. Enforces a vocabulary in mode `only` against any answer of the model."""
        said = spoken(answers, digest(given))
        reads = [found(raw, self._vocabulary) for raw in said]
        if all(one.misformed and not one.given for one in reads):
            raise no_answer(said, "TAGGER_MAX_TOKENS")
        problems = reads[-1].problems(said[-1], self._vocabulary)
        tags = sorted(joined(reads, self._vocabulary))
        return Tagging(tags, "partial" if problems else "ok", problems)

    def tag(self, document: TagInput) -> list[str]:
        """Asks, repairs if needed and possible, and returns the tags."""
        return self.at_once(document).tags

    def _data(self, document: TagInput) -> Data:
        return data(document, self._room)

    def _asked(self, turns: tuple[Turn, ...], empty: RawAnswer) -> RawAnswer:
        question = Question(turns, SCHEMA, self._limits.max_tokens, self._limits.temperature, name="tags")
        return self._asker.ask(question, empty)
