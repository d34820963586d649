"""Logins by QR code: a token that an app with a login accepts (https://core.telegram.org/api/qr-login)."""

from __future__ import annotations

import os
from datetime import timedelta
from typing import Any

from telethon.tl import functions, types

from app.demo.telegram.errors import RpcFailure
from app.demo.telegram.methods.login import authorise
from app.demo.telegram.registry import Call, answers


@answers(functions.auth.ExportLoginTokenRequest, login=False)
def export(call: Call) -> Any:
    """A new token; once one was accepted, the login, or the data centre that has the account."""
    state, key = call.state, call.connection.key
    user = state.scanned.get(key.id)
    if user is None:
        token = os.urandom(16)
        expires = state.date() + timedelta(seconds=state.account.qr_seconds)
        state.tokens[token] = (call.connection, expires)
        return types.auth.LoginToken(expires, token)
    if state.account.dc != call.connection.dc:
        token = os.urandom(16)
        state.exported[token] = (state.account.dc, user)
        return types.auth.LoginTokenMigrateTo(state.account.dc, token)
    return _success(call, user)


@answers(functions.auth.ImportLoginTokenRequest, login=False)
def import_(call: Call) -> Any:
    """The login at the data centre that has the account."""
    dc, user = call.state.exported.pop(call.request.token, (0, 0))
    if dc != call.connection.dc:
        raise RpcFailure(400, "AUTH_TOKEN_INVALID")
    return _success(call, user)


@answers(functions.auth.AcceptLoginTokenRequest)
def accept(call: Call) -> Any:
    """An app has scanned the code."""
    connection, expires = call.state.tokens.pop(call.request.token, (None, None))
    if connection is None or expires is None:
        raise RpcFailure(400, "AUTH_TOKEN_INVALID")
    if expires < call.state.date():
        raise RpcFailure(400, "AUTH_TOKEN_EXPIRED")
    call.state.scanned[connection.key.id] = call.connection.key.user
    if call.state.account.qr_told:
        connection.notify(types.UpdateShort(types.UpdateLoginToken(), call.state.date()))
    now = call.state.date()
    return types.Authorization(1, "PC", "", "", 1, "", "", now, now, "127.0.0.1", "", "")


def _success(call: Call, user: int) -> Any:
    call.connection.key.user = user
    if call.state.account.password is not None:
        raise RpcFailure(401, "SESSION_PASSWORD_NEEDED")
    return types.auth.LoginTokenSuccess(authorise(call))
