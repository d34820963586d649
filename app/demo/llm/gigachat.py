"""GigaChat's protocol, as far as its SDK uses it for chats, files and embeddings."""

from __future__ import annotations

import re
import threading
import time
import uuid
from collections.abc import Mapping
from hashlib import sha256
from typing import Any
from urllib.parse import parse_qs

from app.demo.llm.answers import LETTERS, Asked
from app.demo.llm.desk import Desk, Said
from app.demo.llm.faults import STATUSES, WORDS, Fault, parts_of
from app.demo.llm.http import Reply, Request

TOKEN_SECONDS = 1800  # as at GigaChat
PICTURE_BYTES = 15 * 1000**2
PICTURES = frozenset({"image/jpeg", "image/png", "image/tiff", "image/bmp"})
DELETE = re.compile(r"^/files/([^/]+)/delete$")
DIMENSIONS = 8


class GigaChat:
    """Answers requests below /v1, and /api/v2/oauth."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._lock = threading.Lock()
        self._tokens: set[str] = set()
        self.files: dict[str, bytes] = {}  # uploaded and not deleted

    def expire(self) -> None:
        """Makes every access token worthless, as time does."""
        with self._lock:
            self._tokens.clear()

    def serve(self, request: Request) -> Reply:
        """The answer to any request."""
        path = request.path.removeprefix("/v1")
        operation = _operation(request.method, path)
        if operation is None:
            return _error(404, "no such method")
        chat = request.json() if operation == "chat" else {}
        fault = self._desk.faults.strike(operation, parts_of(chat))
        if operation == "chat":
            return self._chat(request, chat, fault)
        reply = _failed(fault, request) or self._plain(operation, path, request, fault)
        if fault is not None and fault.kind == "expired":
            self.expire()
        self._desk.record("gigachat", operation, _outcome(fault, reply), reply.status)
        return reply

    def _plain(self, operation: str, path: str, request: Request, fault: Fault | None) -> Reply:
        if operation == "oauth":
            content = self._token(request)
        elif not self._known(request):
            return _error(401, "Token has expired")
        elif operation == "upload":
            content = self._upload(request)
        elif operation == "delete":
            content = self._deleted(path)
        elif operation == "embeddings":
            content = _embeddings(request.json())
        else:
            content = self._told(operation)
        status = int(content.get("status", 200)) if "message" in content else 200
        return Reply(status, content, broken=fault.kind if fault else None)

    def _known(self, request: Request) -> bool:
        with self._lock:
            return request.headers.get("authorization", "").removeprefix("Bearer ") in self._tokens

    def _token(self, request: Request) -> dict[str, Any]:
        if request.headers.get("authorization") != f"Basic {self._desk.credentials}":
            return {"status": 401, "code": 6, "message": "credentials doesn't match db data"}
        if parse_qs(request.body.decode()).get("scope") != [self._desk.scope]:
            return {"status": 400, "code": 7, "message": "scope from db not fully includes consumed scope"}
        token = f"token-{uuid.uuid4()}"
        with self._lock:
            self._tokens.add(token)
        return {"access_token": token, "expires_at": int((time.time() + TOKEN_SECONDS) * 1000)}

    def _upload(self, request: Request) -> dict[str, Any]:
        name, mime, data = _file(request)
        if mime not in PICTURES:
            return {"status": 400, "message": f"Unsupported file format: {mime}"}
        if len(data) > PICTURE_BYTES:
            return {"status": 413, "message": "File is too large"}
        number = str(uuid.uuid4())
        with self._lock:
            self.files[number] = data
        about = {"id": number, "object": "file", "bytes": len(data), "created_at": int(time.time())}
        return {**about, "filename": name, "purpose": "general", "access_policy": "private"}

    def _deleted(self, path: str) -> dict[str, Any]:
        match = DELETE.match(path)
        with self._lock:
            found = match is not None and self.files.pop(match[1], None) is not None
        return {"id": match[1], "deleted": True} if match and found else {"status": 404, "message": "No such file"}

    def _told(self, operation: str) -> dict[str, Any]:
        if operation == "balance":
            return {"balance": [{"usage": model, "value": 1_000_000} for model in self._desk.models]}
        models = [{"id": model, "object": "model", "owned_by": "loopback"} for model in self._desk.models]
        return {"object": "list", "data": models}

    def _chat(self, request: Request, chat: dict[str, Any], fault: Fault | None) -> Reply:
        asked = self._asked(chat)
        failed = _failed(fault, request) or self._refused(request, chat)
        if fault is not None and fault.kind == "expired":
            self.expire()
        said = None if failed else self._desk.said(asked, fault)
        reply = failed or Reply(200, _completion(asked, said), broken=fault.kind if fault else None)
        ended = fault or (Fault("error") if reply.status != 200 else None)
        self._desk.record_chat("gigachat", asked, said, ended, reply.status)
        return reply

    def _refused(self, request: Request, chat: dict[str, Any]) -> Reply | None:
        """The server's own refusal of an invalid chat."""
        if not self._known(request):
            return _error(401, "Token has expired")
        if chat.get("model") not in self._desk.models:
            return _error(404, "No such model")
        attached = [message.get("attachments", []) for message in chat.get("messages", [])]
        if any(len(files) > 1 for files in attached):
            return _error(422, "Only one image is allowed in a message")
        if any(file not in self.files for files in attached for file in files):
            return _error(404, "No such file")
        return None

    def _asked(self, chat: dict[str, Any]) -> Asked:
        messages = chat.get("messages", [])
        numbers = [file for message in messages for file in message.get("attachments", [])]
        with self._lock:
            pictures = tuple(self.files[number] for number in numbers if number in self.files)
        form = chat.get("response_format") or {}
        turns = tuple((str(one.get("role")), str(one.get("content", ""))) for one in messages)
        return Asked(str(chat.get("model")), turns, pictures, form.get("schema"), int(chat.get("max_tokens") or 1024))


def _operation(method: str, path: str) -> str | None:
    if method == "POST" and DELETE.match(path):
        return "delete"
    known = {
        ("POST", "/api/v2/oauth"): "oauth",
        ("POST", "/files"): "upload",
        ("POST", "/chat/completions"): "chat",
        ("POST", "/embeddings"): "embeddings",
        ("GET", "/models"): "models",
        ("GET", "/balance"): "balance",
    }
    return known.get((method, path))


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
        words = "response_format is not supported by this model"
    code = {"code": "content_filter"} if fault.kind == "blocked" else {}
    content = {"status": STATUSES[fault.kind], "message": WORDS.get(fault.kind, words), **code}
    return Reply(STATUSES[fault.kind], content, fault.headers)


def _error(status: int, message: str) -> Reply:
    return Reply(status, {"status": status, "message": message})


def _outcome(fault: Fault | None, reply: Reply) -> str:
    if fault is not None:
        return fault.kind
    return "ok" if reply.status == 200 else "error"


def _completion(asked: Asked, said: Said | None) -> Mapping[str, Any]:
    assert said is not None
    finish = "blacklist" if said.finish == "content_filter" else said.finish
    # GigaChat has no field for a refusal: the model's words are the answer, and moderation the reason.
    message = {"role": "assistant", "content": said.refusal or said.text}
    return {
        "choices": [{"message": message, "index": 0, "finish_reason": "blacklist" if said.refusal else finish}],
        "created": int(time.time()),
        "message_id": asked.digest,
        "model": f"{asked.model}:1.0",
        "usage": said.usage,
        "object": "chat.completion",
    }


def _file(request: Request) -> tuple[str, str, bytes]:
    """(name, type, bytes) of the part named file of a multipart form."""
    boundary = request.headers.get("content-type", "").partition("boundary=")[2].strip('"').encode()
    for part in request.body.split(b"--" + boundary):
        head, _, data = part.partition(b"\r\n\r\n")
        words = head.decode("utf-8", "replace")
        if 'name="file"' in words:
            name = re.search(r'filename="([^"]*)"', words)
            mime = re.search(r"Content-Type: *([^\r\n;]+)", words, re.IGNORECASE)
            return name[1] if name else "", mime[1].strip() if mime else "", data.removesuffix(b"\r\n")
    return "", "", b""


def _embeddings(body: dict[str, Any]) -> dict[str, Any]:
    """Numbers without meaning that follow from each text alone."""
    rows = []
    for index, text in enumerate(body.get("input", [])):
        vector = [byte / 255 for byte in sha256(str(text).encode()).digest()[:DIMENSIONS]]
        usage = {"prompt_tokens": len(str(text)) // LETTERS + 1}
        rows.append({"object": "embedding", "index": index, "embedding": vector, "usage": usage})
    return {"object": "list", "data": rows, "model": body.get("model")}
