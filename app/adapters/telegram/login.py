"""Logs in to Telegram, for `media-audit login`."""

from __future__ import annotations

import asyncio
import unicodedata
from collections.abc import Callable

from telethon import TelegramClient, errors
from telethon.sessions import StringSession

from app.adapters.telegram.errors import translate
from app.adapters.telegram.proxy import Route
from app.adapters.telegram.redaction import UNREADABLE
from app.adapters.telegram.telethon_log import TELETHON_LOG
from app.domain.proxies import Proxy
from app.errors import UserError

Ask = Callable[[], str]
REMEDIES: dict[type[Exception], str] = {
    errors.ApiIdInvalidError: "TELEGRAM_API_ID and TELEGRAM_API_HASH do not fit: copy both from https://my.telegram.org",
    errors.ApiIdPublishedFloodError: "this TELEGRAM_API_ID is public, so Telegram refuses it: make one of your own at"
    " https://my.telegram.org",
    errors.UpdateAppToLoginError: "Telegram wants a newer program for this login: upgrade Media Audit",
    errors.PhoneNumberBannedError: "Telegram has banned this number: take another account",
    errors.PhoneNumberInvalidError: "this is no telephone number: write it with its country code, such as +44...",
    errors.PhoneNumberUnoccupiedError: "no account has this number: make one in a Telegram app first",
    errors.PhoneCodeExpiredError: "the code has expired: run `media-audit login` again for a new one",
    errors.PhoneCodeInvalidError: "the code is wrong (PhoneCodeInvalid): run `media-audit login` again",
    errors.PasswordHashInvalidError: "the password of two-step verification is wrong (PasswordHashInvalid): a Telegram"
    " app can set a new one",
    errors.PhonePasswordFloodError: "too many logins with this number: wait a day",
    errors.PhoneNumberFloodError: "too many codes were sent to this number: wait a day",
}
TRIES = 3  # of a code or password, because users mistype


def login(
    api_id: int,
    api_hash: str,
    phone_callback: Ask,
    code_callback: Ask,
    password_callback: Ask,
    dc_address: tuple[int, str, int] | None = None,
    *,
    proxy: Proxy | None = None,
) -> str:
    """Asks for telephone number, code and, if the account has one, password; returns the string session of the login.

    dc_address: number, IP address and port of the first data centre; None means Telegram's own.
    UserError if Telegram refuses for good.
    """
    session = StringSession()
    if dc_address is not None:
        session.set_dc(*dc_address)
    route = Route(proxy)
    try:
        return asyncio.run(_login(session, api_id, api_hash, (phone_callback, code_callback, password_callback), route))
    except errors.RPCError as error:
        why = REMEDIES.get(type(error)) or translate(error)
        raise UserError(f"the login failed: {why}") from error
    except OSError as error:
        reason = f"Telegram cannot be reached: {error}"
        raise UserError(route.told("no connection to Telegram") if proxy else reason) from error
    except UNREADABLE as error:  # its text and its traceback would show the answer, with the telephone number
        raise UserError(f"the login failed: {translate(error)}: update Media Audit") from None


def typed(text: str) -> str:
    """The code as a user types it: its digits alone, of any script; a code of words unchanged."""
    digits = [str(unicodedata.digit(c)) for c in text if unicodedata.digit(c, None) is not None]
    return "".join(digits) or text.strip()


async def _login(session: StringSession, api_id: int, api_hash: str, ask: tuple[Ask, Ask, Ask], route: Route) -> str:
    client = TelegramClient(
        session,
        api_id,
        api_hash,
        receive_updates=False,
        flood_sleep_threshold=0,
        connection_retries=2,
        base_logger=TELETHON_LOG,
        **route.options(),
    )
    await client.connect()
    try:
        phone, code, password = ask
        await _sign_in(client, phone(), code, password)
        saved: str = client.session.save()
        return saved
    finally:
        await client.disconnect()


async def _sign_in(client: TelegramClient, phone: str, code: Ask, password: Ask) -> None:
    await client.send_code_request(phone)
    for attempt in range(1, TRIES + 1):
        try:
            await client.sign_in(phone, typed(code()))
            return
        except errors.SessionPasswordNeededError:
            await _check_password(client, password)
            return
        except errors.PhoneCodeInvalidError:
            if attempt == TRIES:
                raise


async def _check_password(client: TelegramClient, password: Ask) -> None:
    for attempt in range(1, TRIES + 1):
        try:
            await client.sign_in(password=password())
            return
        except errors.PasswordHashInvalidError:
            if attempt == TRIES:
                raise
