"""Addresses that lead to other pages: a pasted link of Telegram, the choice of a language."""

from __future__ import annotations

from urllib.parse import quote, urlsplit

from fastapi import APIRouter
from fastapi.responses import RedirectResponse

from app.browse.shown import channel_name
from app.db import snapshot
from app.explain import find
from app.models import Channel, Post
from app.web.errors import Missing, looked_up
from app.web.language import COOKIE, LANGUAGES

router = APIRouter()

SEE_OTHER = 303
YEAR = 365 * 24 * 3600  # seconds that a browser keeps the choice of a language


@router.get("/open")
def open_link(link: str) -> RedirectResponse:
    """The publication of a pasted link, as `explain` takes it."""
    with snapshot() as session:
        with looked_up():
            found = find(session, link.strip())
        channel = channel_name(session.get_one(Channel, found.channel_id))
        lead = session.get_one(Post, found.lead_post_id)
    return RedirectResponse(f"/p/{quote(channel.key)}/{lead.telegram_message_id}", SEE_OTHER)


@router.get("/language/{language}")
def language(language: str, back: str = "/") -> RedirectResponse:
    """Remembers a language in this browser and goes back to where the user was."""
    if language not in LANGUAGES:
        raise Missing(f"the page speaks {' and '.join(LANGUAGES)}")
    answer = RedirectResponse(_own(back), SEE_OTHER)
    answer.set_cookie(COOKIE, language, max_age=YEAR, httponly=True, samesite="lax")
    return answer


def _own(address: str) -> str:
    """The address, if it is one of this server: a link must lead nowhere else."""
    parts = urlsplit(address)
    plain = address.startswith("/") and not address.startswith("//") and "\\" not in address
    return address if plain and not (parts.scheme or parts.netloc) else "/"
