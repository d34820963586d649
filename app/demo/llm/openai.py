"""The part of OpenAI's protocol that every compatible server has: chat completions with pictures, and models."""

from __future__ import annotations

import base64
import time
from collections.abc import Mapping
from typing import Any

from app.demo.llm.answers import Asked
from app.demo.llm.desk import Desk, Said
from app.demo.llm.faults import STATUSES, WORDS, Fault, parts_of
from app.demo.llm.http import Reply, Request

CODES = {"no_quota": "insufficient_quota", "blocked": "content_policy_violation", "rate_limit": "rate_limit_exceeded"}


class OpenAI:
    """Answers requests below /v1; also serves the ledger, for servers that run in a process of their own."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def serve(self, request: Request) -> Reply:
        """The answer to any request."""
        if (request.method, request.path) == ("GET", "/ledger"):
            return Reply(200, {"calls": self._desk.ledger.rows()})
        if (request.method, request.path) == ("GET", "/v1/models"):
            return self._models(request)
        if (request.method, request.path) == ("POST", "/v1/chat/completions"):
            return self._chat(request)
        return _failed(self._desk.faults.strike("elsewhere"), request) or _error(404, "no such method")

    def _chat(self, request: Request) -> Reply:
        chat = request.json()
        fault = self._desk.faults.strike("chat", parts_of(chat))
        asked = _asked(chat)
        failed = _failed(fault, request) or self._refused(request, asked)
        said = None if failed else self._desk.said(asked, fault)
        reply = failed or Reply(200, _completion(asked, said), broken=fault.kind if fault else None)
        ended = fault or (Fault("error") if reply.status != 200 else None)
        self._desk.record_chat("openai", asked, said, ended, reply.status)
        return reply

    def _models(self, request: Request) -> Reply:
        fault = self._desk.faults.strike("models")
        models = [{"id": model, "object": "model", "owned_by": "loopback"} for model in self._desk.models]
        listed = Reply(200, {"object": "list", "data": models}, broken=fault.kind if fault else None)
        reply = _failed(fault, request) or self._unknown(request) or listed
        outcome = fault.kind if fault else "ok" if reply.status == 200 else "error"
        self._desk.record("openai", "models", outcome, reply.status)
        return reply

    def _unknown(self, request: Request) -> Reply | None:
        if request.headers.get("authorization") != f"Bearer {self._desk.api_key}":
            return _error(401, "Incorrect API key provided", "invalid_api_key")
        return None

    def _refused(self, request: Request, asked: Asked) -> Reply | None:
        if failed := self._unknown(request):
            return failed
        if asked.model not in self._desk.models:
            return _error(404, f"The model {asked.model} does not exist", "model_not_found")
        return None


def _asked(chat: dict[str, Any]) -> Asked:
    turns, pictures = [], []
    for message in chat.get("messages", []):
        content = message.get("content", "")
        parts = content if isinstance(content, list) else [{"type": "text", "text": content}]
        turns.append((str(message.get("role")), "".join(part.get("text", "") for part in parts)))
        urls = [part["image_url"]["url"] for part in parts if part.get("type") == "image_url"]
        pictures += [base64.b64decode(url.partition("base64,")[2]) for url in urls]
    schema = ((chat.get("response_format") or {}).get("json_schema") or {}).get("schema")
    limit = int(chat.get("max_completion_tokens") or chat.get("max_tokens") or 1024)
    return Asked(str(chat.get("model")), tuple(turns), tuple(pictures), schema, limit)


def _failed(fault: Fault | None, request: Request) -> Reply | None:
    """The reply of faults that strike before the model."""
    if fault is None:
        return None
    if fault.kind == "hang":
        return Reply(0, {}, broken="hang")
    if fault.kind == "raw":
        return Reply(fault.status, {}, fault.headers, raw=fault.raw)
    if fault.kind == "not_protocol":
        return Reply(200, {"ok": True})
    if fault.kind not in STATUSES:
        return None
    words = f"{fault.kind}: {request.headers.get('authorization')}" if fault.kind == "echo" else fault.kind
    if fault.kind == "no_schema":
        words = "'response_format.type' must be 'json_object' or 'text'"
    return _error(STATUSES[fault.kind], WORDS.get(fault.kind, words), CODES.get(fault.kind), fault.headers)


def _error(status: int, words: str, code: str | None = None, headers: Mapping[str, str] | None = None) -> Reply:
    return Reply(status, {"error": {"message": words, "type": "error", "code": code}}, headers or {})


def _completion(asked: Asked, said: Said | None) -> Mapping[str, Any]:
    assert said is not None
    message = {"role": "assistant", "content": said.text or None, "refusal": said.refusal}
    return {
        "id": f"chatcmpl-{asked.digest}",
        "object": "chat.completion",
        "created": int(time.time()),
        "model": asked.model,
        "choices": [{"index": 0, "message": message, "finish_reason": said.finish}],
        "usage": said.usage,
    }
