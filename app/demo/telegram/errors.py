"""Errors that the server answers with (https://core.telegram.org/api/errors)."""

from __future__ import annotations


class RpcFailure(Exception):
    """Becomes an rpc_error."""

    def __init__(self, code: int, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
