"""The client of any server with OpenAI's chat completions (Ollama, vLLM, llama.cpp, OpenAI), over plain HTTP."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import httpx

from app.adapters.llm.address import checked
from app.adapters.llm.chat import Completion, Question
from app.adapters.llm.failures import Names, from_network, from_status, off_protocol, unpaid
from app.adapters.llm.not_taken import Part, not_taken
from app.adapters.llm.openai_answer import completion
from app.adapters.llm.openai_request import NO_FIELDS, request
from app.adapters.llm.wire import note_paid
from app.errors import UserError
from app.settings import Settings

CONNECT_SECONDS = 10.0  # a server that takes longer to accept counts as down
NO_LIST = (404, 405, 501)  # statuses of servers without a list of models


def openai_connector(settings: Settings, seconds: float) -> Callable[[str], OpenAIModel]:
    """A function that connects to a model, on the event loop that will use it. seconds: for one request.

    UserError names a setting that is missing or wrong.
    """
    if not settings.openai_base_url:
        raise UserError("set OPENAI_BASE_URL to the server's address with its /v1, such as http://127.0.0.1:11434/v1")
    base = checked("OPENAI_BASE_URL", settings.openai_base_url)
    key = settings.openai_api_key.get_secret_value() if settings.openai_api_key else ""

    def connect(model: str) -> OpenAIModel:
        timeout = httpx.Timeout(seconds, connect=CONNECT_SECONDS)
        headers = {"Authorization": f"Bearer {key}"} if key else {}
        client = httpx.AsyncClient(timeout=timeout, headers=headers, event_hooks={"request": [note_paid]})
        return OpenAIModel(client, base, model, key, settings.extra_body())

    return connect


class OpenAIModel:
    """The port ChatModel. `client` belongs to the event loop that uses it first."""

    provider = "openai"
    max_bytes = 15 * 1000**2  # OpenAI takes 50 MB, own servers often 20, of which Base64 needs a quarter

    def __init__(
        self, client: httpx.AsyncClient, base: str, model: str, key: str, extra: Mapping[str, Any] = NO_FIELDS
    ) -> None:
        """extra: further fields of each request."""
        self.model = model
        self._extra = extra
        self._client = client
        self._url, self._models_url = f"{base}/chat/completions", f"{base}/models"
        self._not_taken: frozenset[Part] = frozenset()  # parts of a request that this model rejected
        secrets = (key,) if key else ()
        self._names = Names("openai", "OPENAI_API_KEY", "OPENAI_BASE_URL", "SSL_CERT_FILE", secrets)

    async def complete(self, question: Question) -> Completion:
        """Asks with schema, limit and temperature; asks again without the parts that server or model reject."""
        while True:
            without = self._not_taken
            response = await self._post(request(self.model, question, without, self._extra))
            part = None if response.is_success else not_taken(response.status_code, response.content)
            if part is None or part in without:
                return self._completion(response)
            self._not_taken |= {part}

    async def models(self) -> tuple[str, ...] | None:
        """GET {base}/models, which no server bills; some servers have no such method."""
        try:
            response = await self._client.get(self._models_url)
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise unpaid(from_network(error, self._names)) from None
        if response.status_code in NO_LIST:
            return None
        if not response.is_success:
            raise from_status(response.status_code, response.headers, response.content, self._names)
        try:
            return tuple(str(model["id"]) for model in response.json()["data"])
        except (ValueError, KeyError, TypeError, RecursionError) as error:
            raise unpaid(off_protocol(error, self._names)) from None

    async def close(self) -> None:
        """Closes the connections."""
        await self._client.aclose()

    async def _post(self, body: dict[str, Any]) -> httpx.Response:
        try:
            return await self._client.post(self._url, json=body)
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise from_network(error, self._names) from None

    def _completion(self, response: httpx.Response) -> Completion:
        if not response.is_success:
            raise from_status(response.status_code, response.headers, response.content, self._names)
        try:
            return completion(response.json(), self.model)
        except (ValueError, KeyError, IndexError, TypeError, AttributeError, RecursionError) as error:
            raise off_protocol(error, self._names) from None
