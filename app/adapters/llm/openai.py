"""The client of any server with OpenAI's chat completions (Ollama, vLLM, llama.cpp, OpenAI), over plain HTTP."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

import httpx

from app.adapters.llm.adapting import Adapting
from app.adapters.llm.address import bare, checked
from app.adapters.llm.chat import Completion, Question
from app.adapters.llm.complaints import page
from app.adapters.llm.failures import Names, from_network, from_status, unpaid
from app.adapters.llm.not_taken import names_one_of
from app.adapters.llm.openai_request import NO_FIELDS, request
from app.adapters.llm.rejected import Rejected
from app.adapters.llm.reply import NoReply, read, verdict
from app.adapters.llm.wire import note_paid
from app.domain.server_lessons import PARTS, Endpoint, RequestPart
from app.errors import Declined, Misconfigured, Unavailable, UserError
from app.ports import ServerLessons
from app.settings import Settings

CONNECT_SECONDS = 10.0  # a server that takes longer to accept counts as down
PROBE_SECONDS = 5.0  # for a look, free of charge, at who answers at the address
VERSION = re.compile(r"/v\d", re.IGNORECASE)  # in a path
NO_LIST = (404, 405, 501)  # statuses of servers without a list of models


def openai_connector(settings: Settings, seconds: float, lessons: ServerLessons) -> Callable[[str], OpenAIModel]:
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
        adapting = Adapting(Endpoint("openai", bare(base), model), lessons, frozenset(PARTS))
        return OpenAIModel(client, base, adapting, key, settings.extra_body())

    return connect


class OpenAIModel:
    """The port ChatModel. `client` belongs to the event loop that uses it first."""

    provider = "openai"
    max_bytes = 15 * 1000**2  # OpenAI takes 50 MB, own servers often 20, of which Base64 needs a quarter

    def __init__(
        self, client: httpx.AsyncClient, base: str, adapting: Adapting, key: str, extra: Mapping[str, Any] = NO_FIELDS
    ) -> None:
        """extra: further fields of each request."""
        self.model = adapting.endpoint.model
        self._adapting = adapting
        self._extra = extra
        self._client = client
        self._base = base
        self._url, self._models_url = f"{base}/chat/completions", f"{base}/models"
        secrets = (key,) if key else ()
        self._names = Names(
            "openai", "OPENAI_API_KEY", "OPENAI_BASE_URL", "SSL_CERT_FILE", secrets, missing=_missing(base)
        )

    async def complete(self, question: Question) -> Completion:
        """Asks with schema, limit and temperature; asks again without the parts that server or model reject."""
        return await self._adapting.complete(question, self._send, lambda: self._names)

    async def models(self) -> tuple[str, ...] | None:
        """GET {base}/models, which no server bills; some servers have no such method."""
        try:
            response = await self._client.get(self._models_url)
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise unpaid(from_network(error, self._names)) from None
        if response.status_code in NO_LIST and not await self._is_above():
            return None
        if not response.is_success:
            raise from_status(response.status_code, response.headers, response.content, self._names)
        found = listed(response)
        if found is None:
            said = f"answered {response.status_code} with {page(response.text) or 'no list of models'}"
            said = f"{self.provider} {self._names.clean(said)}"
            raise Misconfigured(f"{said}; check {self._names.where}") if self._names.missing else Unavailable(said)
        return found

    async def close(self) -> None:
        """Closes the connections."""
        await self._client.aclose()

    async def _send(self, question: Question, without: frozenset[RequestPart]) -> Completion:
        response = await self._post(request(self.model, question, without, self._extra))
        try:
            return await self._completion(response, question)
        except Rejected as rejected:
            raise self._blamed(rejected) from None

    def _blamed(self, rejected: Rejected) -> Rejected:
        """The same rejection, with the setting in its verdict where it names a field that a person added."""
        wrong = names_one_of(rejected.content, self._extra) if isinstance(rejected.error, Declined) else None
        if wrong is None:
            return rejected
        error = Misconfigured(f"{rejected.error}; check {wrong} in OPENAI_EXTRA_BODY")
        return Rejected(rejected.status, rejected.content, error)

    async def _post(self, body: dict[str, Any]) -> httpx.Response:
        try:
            return await self._client.post(self._url, json=body)
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise from_network(error, self._names) from None

    async def _completion(self, response: httpx.Response, question: Question) -> Completion:
        status, headers, content = response.status_code, response.headers, response.content
        if not response.is_success:
            raise Rejected(status, content, from_status(status, headers, content, self._names))
        try:
            return read(status, headers, content, question, self.model, self._names)
        except NoReply as found:
            raise await verdict(response.status_code, found, self._names, self._is_there) from None

    async def _is_there(self) -> bool:
        """Whether a server of models is at the address. One that cannot be asked now counts as there."""
        try:
            response = await self._client.get(self._models_url, timeout=PROBE_SECONDS)
        except (httpx.HTTPError, httpx.InvalidURL):
            return True
        return listed(response) is not None or (
            not response.is_success and not self._names.missing and page(response.text) is None
        )

    async def _is_above(self) -> bool:
        """Whether the server is there, and the address lacks the /v1 at its end."""
        if not self._names.missing:
            return False
        try:
            return listed(await self._client.get(f"{self._base}/v1/models", timeout=PROBE_SECONDS)) is not None
        except (httpx.HTTPError, httpx.InvalidURL):
            return False


def listed(response: httpx.Response) -> tuple[str, ...] | None:
    """The models of a list; None for any other reply."""
    try:
        return tuple(str(model["id"]) for model in response.json()["data"]) if response.is_success else None
    except (ValueError, KeyError, TypeError, RecursionError):
        return None


def _missing(base: str) -> str:
    """What the address of a server seems to lack at its end: the version, which no compatible server goes without."""
    return "" if VERSION.search(httpx.URL(base).path) else "/v1"
