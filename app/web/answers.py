"""Answers that pages and API share."""

from __future__ import annotations

from typing import TypeVar

from fastapi.responses import RedirectResponse, Response

SEE_OTHER = 303

R = TypeVar("R", bound=Response)


def see(address: str) -> RedirectResponse:
    """Leads a browser that has sent a form to a page, which it then gets."""
    return RedirectResponse(address, SEE_OTHER)


def once(answer: R) -> R:
    """An answer with a secret that is shown once: going back in the browser shows it no more."""
    answer.headers["Cache-Control"] = "no-store"
    return answer
