"""Lets requests to the API through: by a token in the header Authorization, and by nothing else.

No cookie counts here, also not on a page that is open on this machine: no site can make a browser act on the API or
read it, whatever name it reaches this server under.
"""

from __future__ import annotations

import re
from typing import Annotated

from fastapi import Depends, FastAPI, Request, Response, Security
from fastapi.security import HTTPBearer

from app.access import api_tokens
from app.access.api_tokens import Bearer
from app.db import transaction
from app.domain.access.scopes import scope_for
from app.domain.request_limits import Cost
from app.web.admission import act_of
from app.web.errors import refusal
from app.web.limits.rates import Limits

SCHEME = HTTPBearer(auto_error=False, bearerFormat="ma_...", description="A token of /tokens or `media-audit tokens`.")
GIVEN = re.compile(r"bearer +(\S+)", re.IGNORECASE)
REALM = 'Bearer realm="media-audit"'
IN_ADDRESS = ("access_token", "token", "api_key")

NO_TOKEN = "this needs a token"
ADDRESSED = "a token stands in the header Authorization, never in an address, which logs keep: revoke this one"
WRONG_TOKEN = "this is no token that holds: it ended, was revoked, or its user was removed"


class TokenNeeded(Exception):
    """A request has no token that holds. error: of RFC 6750, empty for none given."""

    def __init__(self, detail: str, error: str = "") -> None:
        super().__init__(detail)
        self.challenge = REALM + (f', error="{error}"' if error else "")


class ScopeNeeded(Exception):
    """The token of a request may not do this."""

    def __init__(self, detail: str, scope: str | None) -> None:
        super().__init__(detail)
        self.challenge = f'{REALM}, error="insufficient_scope"' + (f', scope="{scope}"' if scope else "")


def bearer(request: Request, scheme: Annotated[object, Security(SCHEME)]) -> Bearer:
    """The token of the request. TokenNeeded, ScopeNeeded, TooManyRequests."""
    found = _found(request)
    act = act_of(request.scope["endpoint"])
    if not found.may(act):
        scope = scope_for(act)
        raise ScopeNeeded(f"this needs the scope {scope}, and a user whose role may {act}", scope)
    limits: Limits = request.app.state.limits
    limits.admit(getattr(request.scope["endpoint"], "cost", Cost.PAGE), f"token {found.id}")
    return found


Token = Annotated[Bearer, Depends(bearer)]


def _found(request: Request) -> Bearer:
    given = request.headers.getlist("authorization")
    if not given:
        raise TokenNeeded(ADDRESSED if any(name in request.query_params for name in IN_ADDRESS) else NO_TOKEN)
    token = GIVEN.fullmatch(given[0].strip()) if len(given) == 1 else None
    if token is None:
        raise TokenNeeded(WRONG_TOKEN, "invalid_token")
    with transaction() as session:
        found = api_tokens.find(session, token[1])
    if found is None:
        raise TokenNeeded(WRONG_TOKEN, "invalid_token")
    return found


def install(app: FastAPI) -> None:
    """Makes the application answer refused requests so."""
    app.add_exception_handler(TokenNeeded, _needed)
    app.add_exception_handler(ScopeNeeded, _beyond)


def _needed(request: Request, error: Exception) -> Response:
    assert isinstance(error, TokenNeeded)
    answer = refusal(request, 401, str(error))
    answer.headers["WWW-Authenticate"] = error.challenge
    return answer


def _beyond(request: Request, error: Exception) -> Response:
    assert isinstance(error, ScopeNeeded)
    answer = refusal(request, 403, str(error))
    answer.headers["WWW-Authenticate"] = error.challenge
    return answer
