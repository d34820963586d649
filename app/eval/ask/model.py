"""The methods of a model of one's own: its checked answers, and what it writes to a plain prompt, in two ways."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cache

from app.adapters.answerer.checked import Nearness
from app.adapters.answerer.llm.answerer import LlmAnswerer
from app.adapters.answerer.llm.factory import llm_answerer
from app.adapters.llm.paid import with_repair
from app.domain.ask.answer import AskInput, Cite, Draft, Sentence, Verdict
from app.domain.ask.checks.language import other_language
from app.domain.ask.judge import judge
from app.errors import UserError
from app.eval.ask.attempts import NOWHERE, Attempt, Citation, Method, Offer, Said, of_passage
from app.eval.ask.baselines import FROM_RETRIEVAL, PASSAGES, PROMPT_ALONE
from app.eval.ask.ours import of_answer
from app.eval.ask.plain_prompt import Marked, PlainPrompt
from app.eval.price import Price, of_answers
from app.eval.run import Done, patient
from app.ports import Embedder, PaidModel
from app.settings import Settings

CHECKED = "model, checked"
OTHER = "other"  # than the language of the question
# Checks whose verdict means that a place does not say what a sentence says; others are about its form.
UNSAID = frozenset({Verdict.NUMBER, Verdict.NAME, Verdict.MEANING})


@dataclass(frozen=True)
class Model:
    """A model in both its uses."""

    checked: LlmAnswerer
    plain: PlainPrompt

    def prices(self, given: Sequence[AskInput]) -> list[Price]:
        """The most that both may cost for these questions."""
        return [of_answers(self.checked, given), of_answers(self.plain, given)]


@contextmanager
def opened(settings: Settings) -> Iterator[Model]:
    """The model of ANSWERER; its connections end with the context. UserError names a missing setting."""
    if settings.answerer == "extractive":
        raise UserError("--model asks a model of your own: set ANSWERER to gigachat or openai")
    model = Model(llm_answerer(settings), PlainPrompt(settings))
    try:
        yield model
    finally:
        model.checked.close()
        model.plain.close()


def methods(model: Model, embedder: Embedder) -> tuple[Method, ...]:
    """Checked answers, the plain prompt with its own marks, and the same sentences with the search's references."""
    nearness = Nearness(embedder)
    written = cache(lambda given: _asked(model.plain, given))

    def checked(offer: Offer) -> Attempt:
        def attempt() -> Attempt:
            answer = judge(_asked(model.checked, offer.given), offer.given, nearness)
            confidence, texts = offer.score if answer.kept else None, [one.sentence.text for one in answer.kept]
            return of_answer(offer, CHECKED, answer, confidence, _language(offer, texts))

        return _attempt(offer, CHECKED, attempt)

    def marked(offer: Offer) -> Attempt:
        return _attempt(offer, PROMPT_ALONE, lambda: _plain(offer, PROMPT_ALONE, written(offer.given), nearness))

    def retrieved(offer: Offer) -> Attempt:
        return _attempt(offer, FROM_RETRIEVAL, lambda: _plain(offer, FROM_RETRIEVAL, written(offer.given), nearness))

    return checked, marked, retrieved


def _asked(model: PaidModel[AskInput, Done], given: AskInput) -> Done:
    return model.interpret(given, with_repair(model, patient(lambda: model.ask(given))))


def _attempt(offer: Offer, name: str, attempt: Callable[[], Attempt]) -> Attempt:
    try:
        return attempt()
    except Exception as error:  # a failed call is a result like any other: the other questions are still to be asked
        return Attempt(offer.question, name, (), None, error=type(error).__name__)


def _plain(offer: Offer, name: str, sentences: Sequence[Marked], nearness: Nearness) -> Attempt:
    best = tuple(offer.passages)[:PASSAGES]
    said = tuple(
        Said(one.text, tuple(_citation(offer, one.text, rank, nearness) for rank in ranks))
        for one in sentences
        for ranks in [one.passages if name == PROMPT_ALONE else best]
    )
    language = _language(offer, (one.text for one in sentences))
    return Attempt(offer.question, name, said, offer.score if said else None, language)


def _language(offer: Offer, sentences: Iterable[str]) -> str | None:
    """The language of the question if all sentences are in it, apart from what they quote; None without any."""
    given = replace(offer.given, language=offer.question.language)
    faults = [other_language(Sentence(text, ()), given) for text in sentences]
    return (OTHER if any(faults) else given.language) if faults else None


def _citation(offer: Offer, sentence: str, rank: int, nearness: Nearness) -> Citation:
    """The citation of a whole passage: faithful as far as the checks can tell, since a model uses its own words."""
    spans = offer.passages.get(rank)
    if not spans:
        return Citation(NOWHERE, faithful=False)
    draft = Draft((Sentence(sentence, tuple(Cite(span.number, span.text) for span in spans)),))
    (judged,) = judge(draft, offer.given, nearness).sentences
    return Citation(of_passage(offer, rank, "").place, faithful=judged.verdict not in UNSAID)
