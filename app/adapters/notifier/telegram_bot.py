"""Messages by a Telegram bot: its token is a setting of its own, never the account that reads channels."""

from __future__ import annotations

import json
import re
from typing import Any

from app.adapters.notifier.post import Answer, Post
from app.adapters.waits import LONGEST_WAIT
from app.domain.alerts import Destination, Notice
from app.domain.delivery.target import Target
from app.domain.delivery.telegram import is_chat, message
from app.errors import Gone, MediaAuditError, Misconfigured, Permanent, RateLimited, Unavailable

NO_TOKEN = "no bot speaks for alerts: set ALERTS_TELEGRAM_TOKEN, the token that @BotFather gave"
WRONG_TOKEN = "Telegram knows no such bot: check ALERTS_TELEGRAM_TOKEN"
NO_CHAT = "Telegram knows no such chat of the bot: write to the bot first, or add it to the group"

TOKEN = re.compile(r"[0-9]+:[A-Za-z0-9_-]+")


class TelegramNotifier:
    """Sends each notice to the chat of its alert, as text without markup."""

    def __init__(self, post: Post, api: Target, token: str | None) -> None:
        """api: where the bots' interface is served; token: of the bot."""
        self._post, self._api, self._token = post, api, token

    def send(self, destination: Destination, notice: Notice) -> None:
        """See Notifier."""
        if not self._token:
            raise Misconfigured(NO_TOKEN)
        if not TOKEN.fullmatch(self._token):  # it becomes part of the path
            raise Misconfigured(WRONG_TOKEN)
        if not is_chat(destination.address):
            raise Permanent("the address of the alert is no chat: a number, or @name")
        content = {
            "chat_id": destination.address,
            "text": message(notice),
            "link_preview_options": {"is_disabled": True},  # a preview would load the post's page from Telegram
        }
        path = f"{self._api.path.rstrip('/')}/bot{self._token}/sendMessage"
        target = Target(self._api.scheme, self._api.host, self._api.port, path)
        answer = self._post(target, {}, json.dumps(content).encode())
        if (error := refused(answer)) is not None:
            raise error


def refused(answer: Answer) -> MediaAuditError | None:
    """The error of an answer; None if the message was sent. It has none of the answer's words."""
    said, told = f"Telegram answered {answer.status}", _read(answer.body)
    status = answer.status
    if status == 200 and told.get("ok") is True:
        return None
    if status == 429:
        return RateLimited(said, _pause(told) or answer.retry_after)
    if status >= 500 or status == 200:
        return Unavailable(said, answer.retry_after)
    if status == 403:  # blocked by its user, thrown out of the group, or the user is gone
        return Gone(f"{said}: the bot may not write to this chat")
    if status in (401, 404):
        return Misconfigured(WRONG_TOKEN)
    if "chat not found" in str(told.get("description", "")).lower():
        return Permanent(NO_CHAT)
    return Permanent(said)


def _read(body: bytes) -> dict[str, Any]:
    try:
        told = json.loads(body)
    except (ValueError, RecursionError):
        return {}
    return told if isinstance(told, dict) else {}


def _pause(told: dict[str, Any]) -> float | None:
    parameters = told.get("parameters")
    seconds = parameters.get("retry_after") if isinstance(parameters, dict) else None
    return float(seconds) if isinstance(seconds, int) and 0 < seconds <= LONGEST_WAIT else None
