"""The client of GigaChat through its own SDK: uploads pictures, asks, deletes the uploads."""

from __future__ import annotations

import asyncio
import dataclasses
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

import httpx
import structlog
from gigachat import GigaChatAsyncClient
from gigachat.exceptions import ResponseError
from gigachat.settings import AUTH_URL, BASE_URL

from app.adapters.llm.adapting import Adapting
from app.adapters.llm.address import bare, checked
from app.adapters.llm.chat import Completion, Question, Turn
from app.adapters.llm.failures import Names, from_network, from_status, off_protocol
from app.adapters.llm.rejected import Rejected
from app.adapters.llm.reply import NoReply, read, verdict
from app.adapters.llm.tls import trust
from app.adapters.llm.wire import PAID, note_paid
from app.domain.server_lessons import Endpoint, RequestPart
from app.errors import MediaAuditError, Misconfigured, Unanswered, Unavailable, UserError
from app.ports import ServerLessons
from app.settings import Settings

log = structlog.get_logger(__name__)
DELETE_SECONDS = 10.0  # for all files of one call; a file that is left costs storage, not money
PROBE_SECONDS = 5.0  # for a look, free of charge, at who answers at the address
NEXT = "The next one of the same file."
# Parts of a request that it can do without: it has no JSON mode, and one name for the limit of an answer.
ABLE: frozenset[RequestPart] = frozenset(("system", "json_schema", "temperature", "several_pictures", "pictures"))

HEARD: ContextVar[list[httpx.Response] | None] = ContextVar("heard", default=None)


async def hear(response: httpx.Response) -> None:
    """The event hook `response`: keeps a successful reply to a question for the call that asked it."""
    heard = HEARD.get()
    if heard is not None and response.is_success and response.request.url.path.endswith(PAID):
        await response.aread()
        heard.append(response)


def gigachat_connector(settings: Settings, seconds: float, lessons: ServerLessons) -> Callable[[str], GigaChatModel]:
    """A function that connects to a model, on the event loop that will use it. seconds: for one request.

    UserError names a setting that is missing or wrong. Checks it now, not at the first picture.
    """
    if settings.gigachat_credentials is None:
        raise UserError("GigaChat needs GIGACHAT_CREDENTIALS, the authorization key from developers.sber.ru/studio")
    tls = trust(settings.gigachat_ca_bundle_file, verify=settings.gigachat_verify_ssl_certs)
    key = settings.gigachat_credentials.get_secret_value()
    base = checked("GIGACHAT_BASE_URL", settings.gigachat_base_url or BASE_URL)
    login = checked("GIGACHAT_AUTH_URL", settings.gigachat_auth_url or AUTH_URL)

    def client(model: str) -> GigaChatAsyncClient:
        return GigaChatAsyncClient(
            base_url=base,
            auth_url=login,
            credentials=key,
            scope=settings.gigachat_scope,
            model=model,
            timeout=seconds,
            ssl_context=tls,
            max_retries=0,  # retries are our own, counted and within the budget
            # Empty: the SDK reads variables of the same names itself. It would pass the path to httpx, which warns
            # about it, and prefer other ways to log in.
            ca_bundle_file="",
            cert_file="",
            access_token="",
            user="",
            password="",
        )

    def connect(model: str) -> GigaChatModel:
        return GigaChatModel(client(model), Adapting(Endpoint("gigachat", bare(base), model), lessons, ABLE), key)

    return connect


class GigaChatModel:
    """The port ChatModel. `client` belongs to the event loop that uses it first."""

    provider = "gigachat"
    max_bytes = 15 * 1000**2  # GigaChat's limit for one picture, in bytes

    def __init__(self, client: GigaChatAsyncClient, adapting: Adapting, key: str) -> None:
        self.model = adapting.endpoint.model
        self._adapting = adapting
        self._client = client
        self._client._aclient.event_hooks = {"request": [note_paid], "response": [hear]}
        self._key = key
        self._deleting: set[asyncio.Task[None]] = set()  # the loop itself holds no task

    async def complete(self, question: Question) -> Completion:
        """Asks with schema and temperature; asks again without the parts that the model rejects."""
        return await self._adapting.complete(question, self._send, self._names)

    async def _send(self, question: Question, without: frozenset[RequestPart]) -> Completion:
        """Uploads the pictures, asks, and deletes them in any case, in the background.

        If the call waited for the deletion, its deadline could lose an answer that has come.
        """
        files: list[str] = []
        try:
            with self._errors(paid=False), self._rejections():
                messages = [message for turn in question.turns for message in await self._messages(turn, files)]
            with self._errors(paid=True), self._rejections():
                return await self._completion(await self._asked(messages, question, without), question)
        finally:
            self._forget(files)

    async def models(self) -> tuple[str, ...]:
        """GET /models, which is not billed: the models that this account may use."""
        with self._errors(paid=False):
            return tuple(model.id_ for model in (await self._client.aget_models()).data)

    async def close(self) -> None:
        """Closes the connections after open deletions of pictures, which may take DELETE_SECONDS."""
        if self._deleting:
            await asyncio.wait(self._deleting, timeout=DELETE_SECONDS)
        await self._client.aclose()

    async def _messages(self, turn: Turn, files: list[str]) -> list[dict[str, Any]]:
        """One message for each picture: GigaChat takes ten pictures in a request, but one in a message."""
        if not turn.pictures:
            return [{"role": turn.role, "content": turn.text}]
        messages = []
        for number, picture in enumerate(turn.pictures):
            uploaded = await self._client.aupload_file(("picture.jpg", picture, "image/jpeg"))
            files.append(uploaded.id_)
            text = NEXT if number else turn.text
            messages.append({"role": turn.role, "content": text, "attachments": [uploaded.id_]})
        return messages

    async def _asked(
        self, messages: list[dict[str, Any]], question: Question, without: frozenset[RequestPart]
    ) -> httpx.Response:
        request: dict[str, Any] = {"messages": messages, "max_tokens": question.max_tokens}
        if "temperature" not in without:
            request["temperature"] = question.temperature
        if "json_schema" not in without:  # older models have none; the prompt describes the form as well
            request["response_format"] = {"type": "json_schema", "schema": question.schema, "strict": True}
        return await self._chat(request)

    async def _chat(self, request: dict[str, Any]) -> httpx.Response:
        """The reply as it came: the SDK's models refuse an answer that lacks a count of tokens, or has no text."""
        heard: list[httpx.Response] = []
        token = HEARD.set(heard)
        try:
            await self._client.achat(request)
        except (ValueError, TypeError, RecursionError):  # of pydantic and of JSON
            if not heard:
                raise
        finally:
            HEARD.reset(token)
        return heard[-1]

    async def _completion(self, reply: httpx.Response, question: Question) -> Completion:
        names = self._names()
        try:
            return read(reply.status_code, reply.headers, reply.content, question, self.model, names)
        except NoReply as found:
            raise await verdict(reply.status_code, found, names, self._is_there) from None

    async def _is_there(self) -> bool:
        """Whether GigaChat is at the address. One that cannot be asked now counts as there."""
        try:
            async with asyncio.timeout(PROBE_SECONDS):
                await self._client.aget_models()
        except (ResponseError, ValueError, TypeError, RecursionError):
            return False
        except (httpx.HTTPError, TimeoutError):
            return True
        return True

    def _forget(self, files: list[str]) -> None:
        if files:
            task = asyncio.get_running_loop().create_task(self._delete(files))
            self._deleting.add(task)
            task.add_done_callback(self._deleting.discard)

    async def _delete(self, files: list[str]) -> None:
        until = asyncio.get_running_loop().time() + DELETE_SECONDS
        for file in files:
            try:
                async with asyncio.timeout_at(until):
                    await self._client.adelete_file(file)
            except Exception as error:  # in the background; a failure costs no more than storage
                log.warning("an uploaded picture was not deleted", provider=self.provider, error=type(error).__name__)

    @contextmanager
    def _rejections(self) -> Iterator[None]:
        """Hands an answer of the server to the part that adapts requests; a login has no form to change."""
        try:
            yield
        except ResponseError as error:
            if str(error.url) == self._client._settings.auth_url:
                raise
            raise Rejected(error.status_code, error.content or b"", self._status(error)) from None

    @contextmanager
    def _errors(self, *, paid: bool) -> Iterator[None]:
        """Translates the SDK's errors into ours, without their causes, which contain headers and whole bodies."""
        try:
            with self._translated():
                yield
        except Unanswered as error:
            raise (error if paid else Unavailable(error.reason)) from None

    @contextmanager
    def _translated(self) -> Iterator[None]:
        try:
            yield
        except ResponseError as error:
            raise self._status(error) from None
        except httpx.HTTPError as error:
            raise from_network(error, self._names()) from None
        except (ValueError, TypeError, IndexError, RecursionError) as error:
            raise off_protocol(error, self._names()) from None

    def _status(self, error: ResponseError) -> MediaAuditError:
        names = self._names()
        mapped = from_status(error.status_code, error.headers or {}, error.content or b"", names)
        if str(error.url) == self._client._settings.auth_url and error.status_code in (400, 401, 403):
            return Misconfigured(f"GigaChat refused to log in: {mapped}; check {names.key} and GIGACHAT_SCOPE")
        return mapped

    def _names(self) -> Names:
        token = self._client.token
        secrets = (self._key, token) if token else (self._key,)
        return dataclasses.replace(NAMES, secrets=secrets)


NAMES = Names("gigachat", "GIGACHAT_CREDENTIALS", "GIGACHAT_BASE_URL", "GIGACHAT_CA_BUNDLE_FILE")
