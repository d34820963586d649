"""Questions over the API: asked as rows, read as rows, or followed until they are answered."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import Request, Response
from pydantic import Field

from app import wiring
from app.ask.considered import consider
from app.ask.questions import LONGEST
from app.db import transaction
from app.domain.access.roles import Act
from app.domain.request_limits import Cost
from app.search.filters import read_filters
from app.web.api.admission import Token
from app.web.api.answers import kept, sse
from app.web.api.parameters import Body, Id
from app.web.api.routes import PREFIX, Api
from app.web.pages.ask import AnswerPage, answer_page, streamed
from app.web.problems import problem

api = Api("ask")

EVENT = {
    "type": "object",
    "properties": {"event": {"enum": ["answer", "end"]}, "data": {"type": "string"}},
    "required": ["event", "data"],
}
STREAM: dict[int | str, dict[str, Any]] = {
    200: {"description": "Server-sent events", "content": {"text/event-stream": {"schema": EVENT}}}
}
NOT_AGREED = "the answer may cost {price} tokens of {provider}: send `agreed` with that number, or more, to agree"


class Question(Body):
    """A question. channel: only its posts. agreed: tokens that the answer may cost at most."""

    question: Annotated[str, Field(min_length=1, max_length=LONGEST)]
    channel: Annotated[str | None, Field(max_length=200)] = None
    agreed: Annotated[int, Field(ge=0, le=2**31)] = 0


@dataclass(frozen=True)
class AskedAnswer:
    """A question that is written. address: of its answer; repeated: whether it was asked before."""

    id: int
    address: str
    repeated: bool


@api.change("POST", "/ask", AskedAnswer, act=Act.ASK, status=201, errors=(409,), cost=Cost.QUESTION)
def ask(request: Request, bearer: Token, body: Question) -> Response:
    """Writes a question; a worker answers it. One that costs more than was agreed to is not written: 409, its price."""
    with transaction() as session:
        filters = read_filters(session, body.channel, None, bearer.channels)
        asked = consider(session, body.question, wiring.asking(), embedder=wiring.embedder(), filters=filters)
    if asked.price > body.agreed:
        price, provider = asked.price, asked.asking.provider
        return problem(409, NOT_AGREED.format(price=price, provider=provider), price=price, provider=provider)
    with transaction() as session:
        placed = asked.place(session)
    if placed.call is not None:
        request.app.state.publish([placed.call])
    address = f"{PREFIX}/ask/{placed.id}"
    made = kept(request, {"id": placed.id, "address": address, "repeated": placed.repeated})
    made.headers["Location"] = address
    return made


@api.get("/ask/{id}", AnswerPage, act=Act.ASK, errors=(404,))
def question(bearer: Token, id: Id) -> AnswerPage:
    """A question with its passages and, once a worker has answered it, the sentences that stood every check."""
    return answer_page(id, bearer.channels)


@api.get("/ask/{id}/stream", act=Act.ASK, errors=(404,), responses=STREAM, model=None)
def follow(request: Request, bearer: Token, id: Id) -> Response:
    """The same as server-sent events: `answer` now and at its end, with the JSON of the address above; then `end`."""
    answer_page(id, bearer.channels)  # an unknown number is an error before the stream begins
    return streamed(request, id, sse, bearer.channels)
