"""The configuration, and the account itself."""

from __future__ import annotations

from datetime import timedelta
from inspect import signature
from typing import Any

from telethon.tl import functions, types

from app.demo.telegram.aliens import Alien
from app.demo.telegram.registry import Call, answers

HOST = "127.0.0.1"


@answers(functions.help.GetConfigRequest, login=False)
def config(call: Call) -> Any:
    """The addresses of the data centres; the many other numbers are of no use to an archiver and are 0."""
    required = [name for name, p in signature(types.Config).parameters.items() if p.default is p.empty]
    values: dict[str, Any] = dict.fromkeys(required, 0)
    values.update(dc_txt_domain_name="", me_url_prefix="https://t.me/", test_mode=False, message_length_max=4096)
    values.update(date=call.state.date(), expires=call.state.date() + timedelta(hours=1))
    values["this_dc"] = call.connection.dc
    values["dc_options"] = [types.DcOption(dc, HOST, port) for dc, port in call.state.ports.items()]
    return types.Config(**values)


@answers(functions.help.GetNearestDcRequest, login=False)
def nearest(call: Call) -> Any:
    """The data centre of the connection."""
    return types.NearestDc("XX", call.connection.dc, call.connection.dc)


@answers(functions.users.GetUsersRequest)
def users(call: Call) -> Any:
    """The account for each self, an empty user for all others."""
    return [
        _self(call) if isinstance(user, types.InputUserSelf) else types.UserEmpty(getattr(user, "user_id", 0))
        for user in call.request.id
    ]


def _self(call: Call) -> Any:
    return Alien() if "self" in call.state.faults.alien else call.state.user(call.connection.key.user)


@answers(functions.users.GetFullUserRequest)
def full_user(call: Call) -> Any:
    """The account."""
    user = call.state.user(call.connection.key.user)
    full = types.UserFull(user.id, types.PeerSettings(), types.PeerNotifySettings(), common_chats_count=0)
    return types.users.UserFull(full, chats=[], users=[user])
