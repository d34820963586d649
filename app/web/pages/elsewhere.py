"""Addresses that lead to other pages: a pasted link of Telegram, the choice of a language."""

from __future__ import annotations

from urllib.parse import quote

from fastapi import APIRouter
from fastapi.responses import RedirectResponse

from app.browse.shown import channel_name
from app.db import snapshot
from app.domain.access.roles import Act
from app.explain import find
from app.models import Channel, Post
from app.web.admission import needs
from app.web.answers import see
from app.web.errors import Missing, looked_up
from app.web.language import COOKIE, LANGUAGES
from app.web.safety import own_address

router = APIRouter()

YEAR = 365 * 24 * 3600  # seconds that a browser keeps the choice of a language


@router.get("/open")
@needs(Act.READ)
def open_link(link: str) -> RedirectResponse:
    """The publication of a pasted link, as `explain` takes it."""
    with snapshot() as session:
        with looked_up():
            found = find(session, link.strip())
        channel = channel_name(session.get_one(Channel, found.channel_id))
        lead = session.get_one(Post, found.lead_post_id)
    return see(f"/p/{quote(channel.key)}/{lead.telegram_message_id}")


@router.get("/language/{language}")
@needs(Act.ENTER)
def language(language: str, back: str = "/") -> RedirectResponse:
    """Remembers a language in this browser and goes back to where the user was."""
    if language not in LANGUAGES:
        raise Missing(f"the page speaks {' and '.join(LANGUAGES)}")
    answer = see(own_address(back))
    answer.set_cookie(COOKIE, language, max_age=YEAR, httponly=True, samesite="lax")
    return answer
