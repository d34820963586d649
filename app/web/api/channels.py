"""Channels over the API."""

from __future__ import annotations

from dataclasses import dataclass

from app import db
from app.db import transaction
from app.status.channels import Chosen, channel_page
from app.web.api.admission import Token
from app.web.api.answers import Paged
from app.web.api.parameters import Cursor
from app.web.api.routes import Api
from app.web.pages.operations import ChannelsPage

api = Api("channels")


@dataclass(frozen=True, kw_only=True)
class ChannelsAnswer(ChannelsPage):
    """A page of channels. next: the address of the page after it."""

    next: str | None


@api.get("/channels", ChannelsAnswer)
def channels(bearer: Token, show: Chosen = Chosen.ALL, cursor: Cursor = None) -> Paged:
    """The channels in the order in which they were added: state, freshness, progress of their history, counts."""
    with transaction() as session:
        page = channel_page(session, db.now(session), chosen=show, cursor=cursor, within=bearer.channels)
        return Paged(ChannelsPage(show, page), page.cursor)
