"""Runs the loopback models inside a context."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from app.demo.llm.answers import Answer, known, plausible
from app.demo.llm.certificates import make_certificates
from app.demo.llm.desk import Desk
from app.demo.llm.faults import Faults
from app.demo.llm.gigachat import GigaChat
from app.demo.llm.http import HttpServer
from app.demo.llm.ledger import Ledger
from app.demo.llm.openai import OpenAI
from app.errors import UserError

MODELS = ("GigaChat-2-Pro", "GigaChat-2-Max", "loopback-vision")


class LoopbackLLM:
    """GigaChat over TLS and an OpenAI-compatible server on free ports of 127.0.0.1, with one ledger and one model."""

    def __init__(
        self,
        *,
        models: Sequence[str] = MODELS,
        answers: Mapping[str, Mapping[str, Any]] | None = None,
        answer: Answer = plausible,
    ) -> None:
        """answers: sha256 of a picture as it is sent -> the answer; `answer` computes all others."""
        self._desk = Desk(models, known(answers or {}, answer))
        self._gigachat = GigaChat(self._desk)

    def __enter__(self) -> Self:
        self._folder = tempfile.TemporaryDirectory(prefix="loopback-llm-")
        try:
            self.ca_file, tls = make_certificates(Path(self._folder.name))
        except UserError:
            self._folder.cleanup()
            raise
        self._servers = (
            HttpServer(self._gigachat.serve, self._desk.closing, tls),
            HttpServer(OpenAI(self._desk).serve, self._desk.closing),
        )
        for server in self._servers:
            server.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        for server in self._servers:
            server.stop()
        self._folder.cleanup()

    # For clients

    @property
    def gigachat_base_url(self) -> str:
        """https, signed by ca_file."""
        return f"{self._servers[0].address}/v1"

    @property
    def auth_url(self) -> str:
        """The address where GigaChat issues access tokens."""
        return f"{self._servers[0].address}/api/v2/oauth"

    @property
    def openai_base_url(self) -> str:
        """Plain http, as servers in one's own network are."""
        return f"{self._servers[1].address}/v1"

    @property
    def credentials(self) -> str:
        """The authorization key that GigaChat's side accepts."""
        return self._desk.credentials

    @property
    def api_key(self) -> str:
        """The key that OpenAI's side accepts."""
        return self._desk.api_key

    def environment(
        self, provider: str, model: str | None = None, *, tags: bool = False, answers: bool = False
    ) -> dict[str, str]:
        """The settings that make Media Audit read with this server, tag if `tags`, and answer questions if `answers`.

        provider: gigachat or openai.
        """
        model = model or self._desk.models[0]
        if provider == "openai":
            own = {"OPENAI_BASE_URL": self.openai_base_url, "OPENAI_API_KEY": self.api_key}
        else:
            own = {
                "GIGACHAT_BASE_URL": self.gigachat_base_url,
                "GIGACHAT_AUTH_URL": self.auth_url,
                "GIGACHAT_CREDENTIALS": self.credentials,
                "GIGACHAT_CA_BUNDLE_FILE": str(self.ca_file),
            }
        tagger = {"TAGGER": provider, "TAGGER_MODEL": model} if tags else {}
        answerer = {"ANSWERER": provider, "ANSWERER_MODEL": model} if answers else {}
        return {"VISION_PROVIDER": provider, "VISION_MODEL": model, **tagger, **answerer, **own}

    # For tests

    @property
    def ledger(self) -> Ledger:
        """Every call so far."""
        return self._desk.ledger

    @property
    def faults(self) -> Faults:
        """The switches for faults; see app.demo.llm.faults."""
        return self._desk.faults

    @property
    def files(self) -> dict[str, bytes]:
        """Pictures that were uploaded to GigaChat and not deleted."""
        return dict(self._gigachat.files)

    def expire_tokens(self) -> None:
        """Invalidates GigaChat's access tokens; clients can request new ones."""
        self._gigachat.expire()
