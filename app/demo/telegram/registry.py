"""The registry of methods: the function that answers each request."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from telethon.tl import TLObject

from app.demo.telegram.envelope import Piece
from app.demo.telegram.peer import Peer
from app.demo.telegram.state import State


@dataclass(frozen=True, slots=True)
class Call:
    """One request and its origin."""

    state: State
    connection: Peer
    request: Any
    arrived: float  # Unix time


@dataclass(frozen=True, slots=True)
class Raw:
    """An answer that is already serialised, such as a part of a file."""

    pieces: list[Piece]
    outcome: str = "ok"


Answer = Any  # a TLObject, a list of them (Vector) or Raw
Method = Callable[[Call], Answer]
HANDLERS: dict[type, Method] = {}
OPEN: set[type] = set()  # requests that need no login


def answers(*requests: type, login: bool = True) -> Callable[[Method], Method]:
    """Registers a function for requests; login: whether they need an account."""

    def register(method: Method) -> Method:
        HANDLERS.update(dict.fromkeys(requests, method))
        if not login:
            OPEN.update(requests)
        return method

    return register


def name_of(request: type) -> str:
    """The TL name: telethon.tl.functions.messages.GetHistoryRequest -> messages.getHistory."""
    space = request.__module__.removeprefix("telethon.tl.functions").removeprefix(".")
    short = request.__name__.removesuffix("Request")
    short = short[:1].lower() + short[1:]
    return f"{space}.{short}" if space else short


def pieces_of(answer: Answer) -> list[Piece]:
    """An answer as bytes to send."""
    if isinstance(answer, Raw):
        return answer.pieces
    if isinstance(answer, list):
        vector = (0x1CB5C415).to_bytes(4, "little") + len(answer).to_bytes(4, "little")
        return [vector, *(bytes(item) for item in answer)]
    assert isinstance(answer, TLObject)
    return [answer._bytes()]
