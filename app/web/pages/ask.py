"""Questions: asked by a form, passages at once, then the checked sentences as a worker writes them."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Annotated

from fastapi import Form, Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import StreamingResponse

from app import wiring
from app.ask.answers import AnswerShown, answer_of, is_open
from app.ask.considered import consider
from app.ask.sources import PassageShown
from app.ask.waiting import no_worker
from app.db import transaction
from app.domain.access.roles import Act
from app.domain.ask.frames import Frame, Outcome, frame
from app.search.cursors import HIGHEST
from app.search.filters import read_filters
from app.search.within import Within
from app.web.admission import needs
from app.web.answers import see
from app.web.errors import Missing, looked_up
from app.web.rendering import html, rendered
from app.web.views import Views

views = Views()

LOOK = 0.3  # seconds between two looks at the rows of a question
LONGEST = 300.0  # seconds of one stream: a question that takes longer waits for something, and its page says so


@dataclass(frozen=True)
class AskPage:
    """The form. q, channel: as they were typed. price: tokens that the answer may cost, to be agreed to."""

    q: str = ""
    channel: str = ""
    price: int = 0
    provider: str | None = None
    passages: Sequence[PassageShown] = ()


@dataclass(frozen=True)
class AnswerPage:
    """A question with its answer. words: around it, in its language. alone: why no worker will answer, if so."""

    answer: AnswerShown
    words: Frame
    alone: str | None = None

    @property
    def is_open(self) -> bool:
        """Whether its answer has yet to come."""
        return self.answer.outcome is Outcome.OPEN


@views.view("/ask", "ask.html")
def form(q: str = "", channel: str = "") -> AskPage:
    """The form for a question."""
    return AskPage(q, channel)


@views.router.post("/ask", include_in_schema=False)
@needs(Act.ASK)
def ask(
    request: Request,
    q: Annotated[str, Form()],
    channel: Annotated[str, Form()] = "",
    agreed: Annotated[int, Form()] = 0,
) -> Response:
    """Writes a question and leads to its page. One that costs something is shown with its price first."""
    with transaction() as session:
        filters = read_filters(session, channel.strip() or None, None)
        asked = consider(session, q, wiring.asking(), embedder=wiring.embedder(), filters=filters)
    if asked.price > agreed:
        return html(request, "ask.html", page=AskPage(q, channel, asked.price, asked.asking.provider, asked.passages))
    with transaction() as session:
        placed = asked.place(session)
    if placed.call is not None:
        request.app.state.publish([placed.call])
    return see(f"/ask/{placed.id}")


@views.view("/ask/{number:int}", "answer.html")
def answer(number: int) -> AnswerPage:
    """The question with this number, at its permanent address."""
    return answer_page(number)


def answer_page(number: int, within: Within = None) -> AnswerPage:
    """The same for a reader who sees the channels `within`. Missing if there is none."""
    if number > HIGHEST:
        raise Missing(f"there is no question {number}")
    with transaction() as session:
        with looked_up():
            found = answer_of(session, number, within)
        alone = no_worker(session) if found.outcome is Outcome.OPEN else None
    return AnswerPage(found, frame(found.language), alone)


@views.router.get("/ask/{number:int}/sentences", include_in_schema=False)
@needs(Act.READ)
def sentences(request: Request, number: int) -> StreamingResponse:
    """The answer as a part of its page, now and at its end, as server-sent events."""
    answer(number)  # an unknown number is an error before the stream begins
    as_html = partial(rendered, request, "sentences.html")
    return streamed(request, number, lambda page: as_html(page=page))


def streamed(
    request: Request, number: int, told: Callable[[AnswerPage], str], within: Within = None
) -> StreamingResponse:
    """The answer as server-sent events, each the text that `told` makes of it. within: as `answer_page`."""
    return StreamingResponse(_stream(request, number, told, within), media_type="text/event-stream")


async def _stream(
    request: Request, number: int, told: Callable[[AnswerPage], str], within: Within
) -> AsyncIterator[str]:
    """The answer as it is, and again at its end: a worker writes all its sentences in one transaction."""
    end = time.monotonic() + LONGEST
    page = await run_in_threadpool(answer_page, number, within)
    yield await run_in_threadpool(_event, told, page)
    while page.is_open and time.monotonic() < end and not await request.is_disconnected():
        await asyncio.sleep(LOOK)
        if not await run_in_threadpool(_is_open, number):
            page = await run_in_threadpool(answer_page, number, within)
            yield await run_in_threadpool(_event, told, page)
    yield "event: end\ndata:\n\n"


def _event(told: Callable[[AnswerPage], str], page: AnswerPage) -> str:
    return "event: answer\n" + "".join(f"data: {line}\n" for line in told(page).splitlines()) + "\n"


def _is_open(number: int) -> bool:
    with transaction() as session:
        return is_open(session, number)
