"""Logs in to Telegram, for `media-audit login`."""

from __future__ import annotations

import asyncio

from telethon import TelegramClient, errors
from telethon.sessions import StringSession

from app.adapters.loop import cancellable
from app.adapters.telegram.errors import translate
from app.adapters.telegram.login_qr import Show, scan
from app.adapters.telegram.login_remedies import remedy
from app.adapters.telegram.login_steps import Ask, CodeLogin, Questions, Tell
from app.adapters.telegram.proxy import Route
from app.adapters.telegram.redaction import UNREADABLE
from app.adapters.telegram.telethon_log import TELETHON_LOG
from app.domain.proxies import Proxy
from app.errors import UserError


def login(
    api_id: int,
    api_hash: str,
    phone_callback: Ask,
    code_callback: Ask,
    password_callback: Ask,
    dc_address: tuple[int, str, int] | None = None,
    *,
    proxy: Proxy | None = None,
    email_callback: Ask | None = None,
    tell: Tell = lambda _: None,
    qr: Show | None = None,
) -> str:
    """Asks for telephone number, code and, if the account has one, password; returns the string session of the login.

    An empty code asks Telegram for the next way to send it. email_callback: asks for an address where Telegram wants
    one for logins. tell: gets sentences about the login, such as where the code went; none holds a secret.
    qr: shows the QR code of an address, to log in by it instead of number and code; it is called for each new one.
    dc_address: number, IP address and port of the first data centre; None means Telegram's own.
    UserError if Telegram refuses for good.
    """
    session = StringSession()
    if dc_address is not None:
        session.set_dc(*dc_address)
    route = Route(proxy)
    ask = Questions(phone_callback, code_callback, password_callback, email_callback, tell)
    try:
        return asyncio.run(cancellable(_login(session, api_id, api_hash, ask, route, qr)))
    except errors.RPCError as error:
        raise UserError(f"the login failed: {remedy(error)}") from error
    except OSError as error:
        reason = f"Telegram cannot be reached: {error}"
        raise UserError(route.told("no connection to Telegram") if proxy else reason) from error
    except UNREADABLE as error:  # its text and its traceback would show the answer, with the telephone number
        raise UserError(f"the login failed: {translate(error)}: update Media Audit") from None


async def _login(
    session: StringSession, api_id: int, api_hash: str, ask: Questions, route: Route, qr: Show | None
) -> str:
    client = TelegramClient(
        session,
        api_id,
        api_hash,
        receive_updates=qr is not None,  # a scan is told by one
        flood_sleep_threshold=0,
        connection_retries=2,
        request_retries=3,  # errors of Telegram's servers, 2 s apart; moves to another data centre count too
        raise_last_call_error=True,  # else a ValueError without Telegram's name for the error
        base_logger=TELETHON_LOG,
        **route.options(),
    )
    await client.connect()
    try:
        await (CodeLogin(client, ask).run() if qr is None else scan(client, qr, ask))
        saved: str = client.session.save()
        return saved
    finally:
        await client.disconnect()
