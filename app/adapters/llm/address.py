"""Checks addresses of model servers when settings are read: a wrong one would cost each picture an attempt."""

from __future__ import annotations

import httpx

from app.errors import UserError


def checked(setting: str, value: str) -> str:
    """The address without a slash at its end.

    UserError with the name of the setting for an invalid address. The error does not show the address, which may
    contain a password.
    """
    try:
        url = httpx.URL(value)
    except httpx.InvalidURL:
        url = httpx.URL()
    if url.scheme not in ("http", "https") or not url.host:
        shown = setting if "@" in value else f"{setting}={value}"
        raise UserError(f"{shown} must begin with http:// or https:// and name a server")
    return value.rstrip("/")


def bare(address: str) -> str:
    """An address to store and to show: without credentials, parameters and a slash at its end."""
    url = httpx.URL(address)
    return str(url.copy_with(userinfo=b"", query=None, fragment=None)).rstrip("/")
