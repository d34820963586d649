"""Versions of readings, tags, documents and answers; reading and tagging again: dry run with its price, start, stop."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Annotated
from urllib.parse import urlencode

from fastapi import Depends, Form, Request, Response
from pydantic import StringConstraints

from app.db import transaction
from app.domain.access.roles import Act
from app.errors import UserError
from app.reprocess.dry_run import Scope, What, dry_run
from app.reprocess.files import FilePlan
from app.reprocess.progress import Progress, progress
from app.reprocess.runs import request_stop, start
from app.reprocess.tags import TagPlan
from app.settings import get_settings
from app.status.versions import Versions, versions
from app.web.acts import actor_of, done
from app.web.admission import needs
from app.web.rendering import html
from app.web.views import Views

views = Views()

Text = Annotated[str, StringConstraints(max_length=200)]


@dataclass(frozen=True)
class VersionsPage(Versions):
    """The versions, and the progress of reading and tagging again."""

    again: tuple[Progress, ...]


@dataclass(frozen=True)
class AgainPage:
    """A dry run with its price. grown: the price of a start was higher than the one that its user had seen."""

    scope: Scope
    plan: FilePlan | TagPlan
    grown: bool = False

    @property
    def is_reading(self) -> bool:
        """Whether it reads, not tags."""
        return isinstance(self.plan, FilePlan)

    @property
    def chosen(self) -> dict[str, str]:
        """The values of the form's fields."""
        pairs = [pair.partition("=") for pair in self.scope.where]
        return {"channel": self.scope.channel, "since": self.scope.since, **{key: value for key, _, value in pairs}}

    @property
    def query(self) -> str:
        """The choice as the address has it."""
        options = {name: value for name, value in self.chosen.items() if value}
        more = {"everything": "true"} if self.scope.everything else {}
        return urlencode({"what": self.scope.what.value, **options, **more})


def scope_of(
    what: What,
    channel: Text = "",
    since: Text = "",
    kind: Text = "",
    language: Text = "",
    status: Text = "",
    provider: Text = "",
    version: Text = "",
    mime: Text = "",
    tag: Text = "",
    everything: bool = False,
) -> Scope:
    """The options of the form; those that are empty limit nothing."""
    named = {
        "kind": kind,
        "language": language,
        "status": status,
        "provider": provider,
        "version": version,
        "mime": mime,
        "tag": tag,
    }
    where = tuple(f"{key}={value.strip()}" for key, value in named.items() if value.strip())
    return Scope(what, channel.strip(), since.strip(), where, everything and what is What.TAG)


Chosen = Annotated[Scope, Depends(scope_of)]


@views.view("/versions", "versions.html")
def all_versions() -> VersionsPage:
    """Recipes of readings, versions of tags, documents and answers."""
    with transaction() as session:
        found = versions(session, get_settings())
        again = tuple(progress(session, what) for what in What)
    return VersionsPage(**{field.name: getattr(found, field.name) for field in fields(found)}, again=again)


@views.view("/versions/again", "again.html", Act.OPERATE)
def again(scope: Chosen) -> AgainPage:
    """The dry run of a choice: nothing is changed and nothing is asked of a model."""
    return AgainPage(scope, dry_run(scope))


@views.router.post("/versions/again", include_in_schema=False)
@needs(Act.OPERATE)
def begin(request: Request, scope: Chosen, agreed: Annotated[int, Form(ge=0)] = 0) -> Response:
    """Starts the run, at most at the price that was shown; a higher one is shown first."""
    started = start(scope, actor_of(request), agreed)
    if started.entry is None:
        return html(request, "again.html", page=AgainPage(scope, started.plan, grown=True))
    return done("/versions", started.entry)


@views.router.post("/versions/stop", include_in_schema=False)
@needs(Act.OPERATE)
def end(request: Request, what: Annotated[What, Form()]) -> Response:
    """Stops the runs of a kind."""
    with transaction() as session:
        asked = request_stop(session, what, actor_of(request))
    if asked is None:
        raise UserError("nothing was left of an earlier run")
    return done("/versions", asked[1])
