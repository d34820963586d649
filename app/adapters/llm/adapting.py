"""Asks a server in the form that it takes: again without the parts that it says it does not take, free of charge.

A rejected request did nothing, so that all attempts are one call: within one reservation, and with one answer to pay.
What a server does not take is kept (port ServerLessons): the next question goes out in that form at once.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Collection, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime

import structlog

from app.adapters.llm.chat import Completion, Question, Turn
from app.adapters.llm.failures import TOO_LARGE, Names
from app.adapters.llm.not_taken import not_taken, pictures_at_most, said
from app.adapters.llm.rejected import Rejected
from app.adapters.llm.smaller import halved
from app.adapters.llm.wire import CURRENT
from app.domain.server_lessons import PARTS, Endpoint, Lesson, RequestPart
from app.errors import Incapable, MediaAuditError, TooLarge
from app.ports import ServerLessons

log = structlog.get_logger(__name__)
MOST = len(PARTS) + 2  # attempts of one call: each learns a part, but for one with smaller pictures, and the last
HALVED = "pictures were sent at half their size: the server takes no larger question"
SETTINGS = "lower VISION_MAX_SIDE, TAGGER_INPUT_TOKENS or ANSWERER_INPUT_TOKENS, or give the server a larger context"


Send = Callable[[Question, frozenset[RequestPart]], Awaitable[Completion]]
"""Sends a question without these parts; raises Rejected."""


@dataclass
class Adapting:
    """The form that one endpoint takes. able: the parts that its protocol can do without."""

    endpoint: Endpoint
    lessons: ServerLessons
    able: frozenset[RequestPart]

    async def complete(self, question: Question, send: Send, names: Callable[[], Names]) -> Completion:
        """The completion of the question in the form that the server takes.

        Raises Incapable for pictures that the model does not see, TooLarge for such a question, and else the verdict
        on the last rejection.
        """
        smaller: Question | None = None
        for _ in range(MOST):
            known = {part: one for part, one in self.lessons.known(self.endpoint).items() if part in self.able}
            form, notes = formed(smaller or question, known)
            self._refuse_pictures(form, known)
            try:
                done = await send(form, frozenset(known))
                return replace(done, notes=(*done.notes, *notes, *((HALVED,) if smaller else ())))
            except Rejected as error:
                rejected = error
            if wire := CURRENT.get():
                wire.rejected()
            sent = self._sent(form, frozenset(known))
            why = not_taken(rejected.status, rejected.content, sent)
            if why == "too_large":
                smaller = await self._smaller(form, smaller, rejected.error)
            elif why is None or not self._learn(_part(why, sent), form, rejected, names()):
                break
        raise rejected.error

    def _refuse_pictures(self, form: Question, known: Mapping[RequestPart, Lesson]) -> None:
        if "pictures" in known and _pictures(form):
            raise Incapable(
                f"{self.endpoint.provider}: {self.endpoint.model} takes no pictures ({known['pictures'].words}); set "
                f"VISION_MODEL, or {self.endpoint.provider.upper()}_MODEL for a fallback, to one that sees pictures"
            )

    def _sent(self, form: Question, without: frozenset[RequestPart]) -> frozenset[RequestPart]:
        """The parts that a request has and that its protocol can do without."""
        count = _pictures(form)
        absent = {
            "system": not any(turn.role == "system" for turn in form.turns),
            "pictures": not count,
            "several_pictures": count < 2,
            "json_object": "json_schema" not in without,
        }
        return frozenset(part for part in self.able - (without - {"several_pictures"}) if not absent.get(part))

    async def _smaller(self, form: Question, before: Question | None, last: MediaAuditError) -> Question:
        """The question with pictures of half the size, once; TooLarge without any, and if it is still too large."""
        if before is not None or not _pictures(form):
            raise TooLarge(f"{str(last).removesuffix(TOO_LARGE)}{TOO_LARGE}; {SETTINGS}")
        return await asyncio.to_thread(_halved, form)

    def _learn(self, part: RequestPart, form: Question, rejected: Rejected, names: Names) -> bool:
        """Keeps the lesson; whether there is another form without this part."""
        if part not in self.able:
            return False
        most = pictures_at_most(rejected.content, _pictures(form)) if part == "several_pictures" else None
        lesson = Lesson(part, names.clean(said(rejected.content)), datetime.now(UTC), most)
        self.lessons.learn(self.endpoint, lesson)
        log.info(
            "a server does not take a part of a request",
            provider=self.endpoint.provider,
            model=self.endpoint.model,
            part=part,
            words=lesson.words,
        )
        return True


def _part(why: RequestPart, sent: Collection[RequestPart]) -> RequestPart:
    """The part that was rejected: the words about a schema and about JSON mode are the same."""
    return "json_object" if why == "json_schema" and "json_object" in sent else why


def formed(question: Question, known: Mapping[RequestPart, Lesson]) -> tuple[Question, tuple[str, ...]]:
    """(the question as the server takes it, notes on pictures that are left out)."""
    turns = question.turns
    notes: tuple[str, ...] = ()
    if "system" in known:
        turns = merged(turns)
    if (several := known.get("several_pictures")) and several.most:
        turns, notes = _limited(turns, several.most)
    return replace(question, turns=turns), notes


def merged(turns: tuple[Turn, ...]) -> tuple[Turn, ...]:
    """The conversation with the system's words before those of the first turn of the user."""
    system = "\n\n".join(turn.text for turn in turns if turn.role == "system")
    others = [turn for turn in turns if turn.role != "system"]
    first = next((number for number, turn in enumerate(others) if turn.role == "user"), None)
    if not system or first is None:
        return turns
    others[first] = replace(others[first], text=f"{system}\n\n{others[first].text}")
    return tuple(others)


def _limited(turns: tuple[Turn, ...], most: int) -> tuple[tuple[Turn, ...], tuple[str, ...]]:
    """The conversation with the first pictures of each turn."""
    count = sum(len(turn.pictures) for turn in turns)
    if all(len(turn.pictures) <= most for turn in turns):
        return turns, ()
    kept = tuple(replace(turn, pictures=turn.pictures[:most]) for turn in turns)
    left = sum(len(turn.pictures) for turn in kept)
    return kept, (f"{left} of {count} pictures sent: the server takes no more in a request",)


def _halved(question: Question) -> Question:
    turns = [replace(turn, pictures=tuple(map(halved, turn.pictures))) for turn in question.turns]
    return replace(question, turns=tuple(turns))


def _pictures(question: Question) -> int:
    return sum(len(turn.pictures) for turn in question.turns)
