"""A server with OpenAI's chat completions that refuses by a rule of the test, and shows every request that came."""

from __future__ import annotations

import atexit
import json
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import count
from typing import Any

from app.demo.llm.http import HttpServer, Reply, Request

MODEL = "m-1"
READING = {
    "classification": "photo",
    "is_meme": False,
    "description": "A cat on a window sill.",
    "labels": [{"name": "cat", "score": 0.9}],
    "objects": [],
    "language": None,
    "text": None,
}
Refuse = Callable[[dict[str, Any]], Reply | None]
"""A request's body -> the refusal, None for an answer."""


@dataclass
class ScriptedServer:
    """Requests in order, as parsed bodies; `refuse` may be replaced at any time."""

    refuse: Refuse
    answer: Mapping[str, Any] = field(default_factory=lambda: READING)
    bodies: list[dict[str, Any]] = field(default_factory=list)
    url: str = ""

    def serve(self, request: Request) -> Reply:
        """The answer to any request; each one that is answered counts as paid."""
        if request.path.endswith("/models"):
            return Reply(200, {"object": "list", "data": [{"id": MODEL}]})
        body = request.json()
        self.bodies.append(body)
        return self.refuse(body) or _completion(self.answer)

    @property
    def environment(self) -> dict[str, Any]:
        """The settings of a person who reads and tags with this server."""
        return {"openai_base_url": self.url, "openai_model": MODEL, "vision_provider": "openai", "tagger": "openai"}


_SERVERS: dict[str, ScriptedServer] = {}
_NUMBERS = count(1)


@lru_cache
def _listening() -> HttpServer:
    """One for all tests of a process: to begin and end one takes longer than most tests with it."""
    http = HttpServer(lambda request: _SERVERS[f"/{request.path.split('/')[1]}"].serve(request), threading.Event())
    http.start()
    atexit.register(http.stop)
    return http


@contextmanager
def scripted(refuse: Refuse = lambda _: None, answer: Mapping[str, Any] = READING) -> Iterator[ScriptedServer]:
    """The server for the length of a context, under an address of its own."""
    server = ScriptedServer(refuse, answer)
    name = f"/{next(_NUMBERS)}"
    server.url = f"{_listening().address}{name}/v1"
    _SERVERS[name] = server
    try:
        yield server
    finally:
        del _SERVERS[name]


def roles(body: Mapping[str, Any]) -> list[str]:
    """The roles of a request's messages."""
    return [message["role"] for message in body["messages"]]


def words(body: Mapping[str, Any]) -> str:
    """All words of a request's messages."""
    return "\n".join(_text(message["content"]) for message in body["messages"])


def pictures(body: Mapping[str, Any]) -> list[str]:
    """The addresses of a request's pictures, which hold their bytes."""
    parts = [
        part for message in body["messages"] if isinstance(message["content"], list) for part in message["content"]
    ]
    return [part["image_url"]["url"] for part in parts if part["type"] == "image_url"]


def _text(content: Any) -> str:
    if isinstance(content, str):
        return content
    return "\n".join(part["text"] for part in content if part["type"] == "text")


def _completion(answer: Mapping[str, Any]) -> Reply:
    message = {"role": "assistant", "content": json.dumps(answer)}
    usage = {"prompt_tokens": 100, "completion_tokens": 50, "total_tokens": 150}
    return Reply(
        200, {"model": MODEL, "choices": [{"index": 0, "message": message, "finish_reason": "stop"}], "usage": usage}
    )
