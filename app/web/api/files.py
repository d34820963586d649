"""Bytes over the API: whether a token may have them, with an ETag, and problems in the place of plain words."""

from __future__ import annotations

import os
from typing import Any

from fastapi import Response
from fastapi.responses import FileResponse
from starlette.types import Message, Receive, Scope, Send

from app.db import snapshot
from app.search.within import Within, seen_hashes
from app.web.errors import Missing
from app.web.problems import problem

ANY = {"*/*": {"schema": {"type": "string", "format": "binary"}}}
FILE: dict[int | str, dict[str, Any]] = {
    200: {"description": "The bytes, by their content type", "content": ANY},
    206: {"description": "A part of them", "content": ANY},
    304: {"description": "The client has it: If-None-Match names its ETag"},
}


def checked(sha256: str, within: Within) -> None:
    """Missing for a file that no channel of the token has posted."""
    with snapshot() as session:
        if sha256 not in seen_hashes(session, [sha256], within):
            raise Missing("the archive has no file with this sha256")


class Sent(Response):
    """A file. A range that it cannot serve is answered with a problem."""

    def __init__(self, file: FileResponse) -> None:
        super().__init__(status_code=file.status_code)
        self.raw_headers, self._file = file.raw_headers, file

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """See ASGI."""
        refused: Message | None = None

        async def told(message: Message) -> None:
            nonlocal refused
            if message["type"] == "http.response.start" and message["status"] >= 400:
                refused = message
            elif refused is None:
                await send(message)

        await self._file(scope, receive, told)
        if refused is not None:
            await problem(refused["status"], "the range cannot be served")(scope, receive, send)


def sent(file: FileResponse, tag: str | None = None) -> Sent:
    """The same answer with its ETag. tag: None for one of the time and size of the stored file."""
    if tag is not None:
        file.headers["ETag"] = tag
    file.set_stat_headers(os.stat(file.path))
    file.headers["Vary"] = "Authorization"
    return Sent(file)
