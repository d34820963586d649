"""Channels over the API: their state, and the acts of operators on them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Annotated, Any, Literal

from fastapi import Request, Response
from pydantic import Field
from sqlalchemy.orm import Session
from starlette.background import BackgroundTask

from app import db
from app.access.api_tokens import Bearer
from app.db import transaction
from app.domain.access.roles import Act
from app.domain.fetching import KINDS, LARGEST, parse_since
from app.errors import UserError
from app.models import Channel
from app.operations import channel_acts as acts
from app.operations.channels import numbered_row
from app.operations.fetch_rules import Changed, let_in_now
from app.status.channels import Chosen, channel_page
from app.web.api.admission import Token
from app.web.api.answers import Paged, kept
from app.web.api.parameters import Body, Cursor, Id
from app.web.api.routes import Api
from app.web.errors import Missing, NotAllowed, looked_up
from app.web.pages.operations import ChannelsPage

api = Api("channels")

MOST = 200  # channels of one request: each is looked up
LISTED = "a token with a list of channels adds none: its list would not have it"

Kind = Literal["photo", "video", "audio", "document"]


class Limits(Body):
    """Limits of the files that are fetched; null is no limit, one that is not given stays. since: YEAR-MONTH-DAY."""

    media: Annotated[list[Kind] | None, Field(max_length=4)] = None
    max_size: Annotated[int | None, Field(ge=1, le=LARGEST)] = None
    since: Annotated[str | None, Field(max_length=10)] = None

    def changes(self) -> dict[str, Any]:
        """The fields of FetchRules that were given. UserError for a day that is none."""
        given: dict[str, Any] = {}
        if "media" in self.model_fields_set:
            given["kinds"] = None if self.media is None else frozenset(KINDS[kind] for kind in self.media)
        if "max_size" in self.model_fields_set:
            given["max_bytes"] = self.max_size
        if "since" in self.model_fields_set:
            given["since"] = _day(self.since)
        return given


class Channels(Body):
    """Channels to watch: @name, a t.me link, or the number of a private one."""

    names: Annotated[list[Annotated[str, Field(max_length=200)]], Field(min_length=1, max_length=MOST)]
    limits: Limits | None = None


class History(Body):
    """How to read a history. again: from the newest post on, even where the beginning was reached."""

    again: bool = False


@dataclass(frozen=True, kw_only=True)
class ChannelsAnswer(ChannelsPage):
    """A page of channels. next: the address of the page after it."""

    next: str | None


@dataclass(frozen=True)
class Watched:
    """A channel that is watched. new: whether it is new here, or was removed before."""

    id: int
    reference: str
    new: bool


@dataclass(frozen=True)
class AddedAnswer:
    """Channels that are watched from now on. entry: the number of the audit entry."""

    channels: tuple[Watched, ...]
    entry: int


@dataclass(frozen=True)
class ActAnswer:
    """An act on a channel. entry: the number of the audit entry."""

    id: int
    entry: int


@dataclass(frozen=True)
class LimitsAnswer:
    """New limits. history: whether older posts are read now. entry: the number of the audit entry."""

    id: int
    media: tuple[str, ...] | None
    max_size: int | None
    since: str | None
    history: bool
    entry: int


@api.get("/channels", ChannelsAnswer)
def channels(bearer: Token, show: Chosen = Chosen.ALL, cursor: Cursor = None) -> Paged:
    """The channels in the order in which they were added: state, freshness, progress of their history, counts."""
    with transaction() as session:
        page = channel_page(session, db.now(session), chosen=show, cursor=cursor, within=bearer.channels)
        return Paged(ChannelsPage(show, page), page.cursor)


@api.change("POST", "/channels", AddedAnswer, act=Act.OPERATE, status=201)
def add_channels(request: Request, bearer: Token, body: Channels) -> Response:
    """Watches channels from now on; of a wrong name none is added. A removed one goes on where it stopped."""
    if bearer.channels is not None:
        raise NotAllowed(LISTED)
    limits = body.limits.changes() if body.limits else {}
    with transaction() as session:
        did = acts.add(session, bearer.actor, body.names, limits)
        told = AddedAnswer(tuple(Watched(one.id, one.reference, new) for one, new in did.channels), did.entry)
    return _letting_in(request, asdict(told), did.changed)


@api.change("PATCH", "/channels/{id}", LimitsAnswer, act=Act.OPERATE, errors=(404,))
def limit_channel(request: Request, bearer: Token, id: Id, body: Limits) -> Response:
    """Changes the limits of a channel. A wider limit lets in older history and the files that were left out."""
    changes = body.changes()
    if not changes:
        raise UserError("name a limit: media, max_size or since")
    with transaction() as session:
        channel = _seen(session, bearer, id)
        entry, [changed] = acts.limit(session, bearer.actor, [channel], changes)
    told = {"id": id, **changed.rules.as_json(), "history": changed.history, "entry": entry}
    return _letting_in(request, told, [changed])


@api.change("DELETE", "/channels/{id}", ActAnswer, act=Act.OPERATE, errors=(404,))
def stop_channel(bearer: Token, id: Id) -> ActAnswer:
    """Watches a channel no more. All that was read stays."""
    with transaction() as session:
        return ActAnswer(id, acts.stop(session, bearer.actor, [_seen(session, bearer, id)]))


@api.change("POST", "/channels/{id}/watch", ActAnswer, act=Act.OPERATE, errors=(404,))
def watch_channel(bearer: Token, id: Id) -> ActAnswer:
    """Watches a removed channel again, from where it stopped."""
    with transaction() as session:
        return ActAnswer(id, acts.resume(session, bearer.actor, _seen(session, bearer, id)))


@api.change("POST", "/channels/{id}/backfill", ActAnswer, act=Act.OPERATE, status=202, errors=(404,))
def backfill_channel(request: Request, bearer: Token, id: Id, body: History) -> ActAnswer:
    """Has the history of a channel read on. 400: there is none to read."""
    with transaction() as session:
        did = acts.backfill(session, bearer.actor, [_seen(session, bearer, id).id], again=body.again)
    if did.entry is None:
        raise UserError(acts.NOTHING_TO_READ)
    request.app.state.publish(did.calls)
    return ActAnswer(id, did.entry)


def _seen(session: Session, bearer: Bearer, number: int) -> Channel:
    if bearer.channels is not None and number not in bearer.channels:
        raise Missing(f"there is no channel {number}: see `media-audit channels list --all`")
    with looked_up():
        return numbered_row(session, number)


def _letting_in(request: Request, told: Any, changed: Sequence[Changed]) -> Response:
    """The answer; behind it, files that the new limits leave out no more become due: there may be very many."""
    answer = kept(request, told)
    answer.background = BackgroundTask(lambda: [let_in_now(one.channel) for one in changed])
    return answer


def _day(text: str | None) -> Any:
    try:
        return parse_since(text or "none", datetime.now(UTC).date())
    except ValueError as error:
        raise UserError(str(error)) from error
