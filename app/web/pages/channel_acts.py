"""Acts of operators on channels: what the forms of /channels send."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Annotated, Any

from fastapi import Form, Request, Response
from starlette.background import BackgroundTask

from app.db import transaction
from app.domain.access.roles import Act
from app.domain.fetching import ALL, KINDS, FetchRules, parse_kinds, parse_since, parse_size
from app.errors import UserError
from app.operations import channel_acts as acts
from app.operations.channels import numbered_row
from app.operations.fetch_rules import Changed, let_in_now
from app.web.acts import actor_of, done
from app.web.admission import needs
from app.web.pages.operations import channels
from app.web.rendering import html
from app.web.safety import own_address
from app.web.views import Views

views = Views()

MOST = 200  # channels of one form: each is looked up
HERE = "/channels"
Text = Annotated[str, Form()]
Media = Annotated[list[str] | None, Form()]  # the kinds whose boxes are ticked, after an empty one; None: no boxes


@views.router.post("/channels", include_in_schema=False)
@needs(Act.OPERATE)
def add(request: Request, names: Text = "", media: Media = None, max_size: Text = "", since: Text = "") -> Response:
    """Watches the channels of a list. A wrong one is named above the form, which keeps the list; then none is added."""
    try:
        limits = _limits(media, max_size, since)
        with transaction() as session:
            did = acts.add(session, actor_of(request), _listed(names), limits if FetchRules(**limits) != ALL else {})
    except UserError as error:
        return html(request, "channels.html", 400, page=channels(), wrong=str(error), typed=names)
    return _letting_in(done(HERE, did.entry), did.changed)


@views.router.post("/channels/backfill", include_in_schema=False)
@needs(Act.OPERATE)
def backfill_all(request: Request, back: Text = HERE) -> Response:
    """Reads the history of all channels on."""
    return _backfill(request, None, back, again=False)


@views.router.post("/channels/{number:int}/backfill", include_in_schema=False)
@needs(Act.OPERATE)
def backfill(request: Request, number: int, again: Annotated[bool, Form()] = False, back: Text = HERE) -> Response:
    """Reads the history of a channel on. again: from its newest post."""
    return _backfill(request, number, back, again=again)


@views.router.post("/channels/{number:int}/stop", include_in_schema=False)
@needs(Act.OPERATE)
def stop(request: Request, number: int, back: Text = HERE) -> Response:
    """Watches a channel no more. All that was read stays."""
    with transaction() as session:
        entry = acts.stop(session, actor_of(request), [numbered_row(session, number)])
    return done(own_address(back), entry)


@views.router.post("/channels/{number:int}/watch", include_in_schema=False)
@needs(Act.OPERATE)
def resume(request: Request, number: int, back: Text = HERE) -> Response:
    """Watches a channel again, from where it stopped."""
    with transaction() as session:
        entry = acts.resume(session, actor_of(request), numbered_row(session, number))
    return done(own_address(back), entry)


@views.router.post("/channels/{number:int}/limits", include_in_schema=False)
@needs(Act.OPERATE)
def limit(
    request: Request, number: int, media: Media = None, max_size: Text = "", since: Text = "", back: Text = HERE
) -> Response:
    """Gives a channel these limits; a field that is empty, or no boxes at all, mean none."""
    limits = _limits(media, max_size, since)
    with transaction() as session:
        entry, changed = acts.limit(session, actor_of(request), [numbered_row(session, number)], limits)
    return _letting_in(done(own_address(back), entry), changed)


def _backfill(request: Request, number: int | None, back: str, *, again: bool) -> Response:
    with transaction() as session:
        ids = None if number is None else [numbered_row(session, number).id]
        did = acts.backfill(session, actor_of(request), ids, again=again)
    if did.entry is None:
        raise UserError(acts.NOTHING_TO_READ)
    request.app.state.publish(did.calls)
    return done(own_address(back), did.entry)


def _letting_in(answer: Response, changed: Sequence[Changed]) -> Response:
    """The answer; behind it, files that the new limits leave out no more become due: there may be very many."""
    answer.background = BackgroundTask(lambda: [let_in_now(one.channel) for one in changed])
    return answer


def _listed(names: str) -> list[str]:
    found = [one for one in re.split(r"[\s,;]+", names) if one]
    if not found:
        raise UserError("no channel is named: write @name, a t.me link or the channel's number, one a line")
    if len(found) > MOST:
        raise UserError(f"these are {len(found)} channels: add {MOST} at a time")
    return found


def _limits(media: list[str] | None, max_size: str, since: str) -> dict[str, Any]:
    """The fields of FetchRules. UserError with the form of a wrong one."""
    ticked = None if media is None else {one for one in media if one}
    kinds = "all" if ticked is None or ticked == set(KINDS) else ",".join(sorted(ticked)) or "none"
    try:
        day = parse_since(since or "none", datetime.now(UTC).date())
        return {"kinds": parse_kinds(kinds), "max_bytes": parse_size(max_size or "none"), "since": day}
    except ValueError as error:
        raise UserError(str(error)) from error
