"""Dry runs of reading and tagging again over the API."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import Field

from app.domain.access.roles import Act
from app.domain.request_limits import Cost
from app.reprocess.dry_run import Scope, What, dry_run
from app.reprocess.files import FilePlan
from app.reprocess.price import Price
from app.reprocess.skipped_subjects import SkippedSubjects
from app.web.api.admission import Token
from app.web.api.parameters import Body
from app.web.api.routes import Api

api = Api("versions")

Text = Annotated[str, Field(max_length=200)]


class DryRun(Body):
    """The options of `media-audit reanalyze` and `retag`; an empty one limits nothing. where: KEY=VALUE."""

    what: Literal["reanalyze", "retag"]
    channel: Text = ""
    since: Text = ""
    where: list[Text] = Field(default_factory=list, max_length=20)
    everything: bool = False


@dataclass(frozen=True)
class DryRunAnswer:
    """The work that would become due, and its price. files: None of `retag`. tokens: at most.

    prices: of each model; tags: of tagging after reading. standing: left as it is.
    """

    what: str
    files: int | None
    publications: int
    tokens: int
    prices: tuple[Price, ...]
    tags: Price | None
    standing: SkippedSubjects


@api.change("POST", "/versions:dryrun", DryRunAnswer, act=Act.OPERATE, cost=Cost.SEARCH)
def price_of_versions(bearer: Token, body: DryRun) -> DryRunAnswer:
    """Counts and prices a run. It changes nothing, and asks no model; `/versions` of the page starts one."""
    scope = Scope(What(body.what), body.channel, body.since, tuple(body.where), body.everything)
    plan = dry_run(scope, channels=bearer.channels)
    if isinstance(plan, FilePlan):
        prices, tags, files = tuple(plan.prices), plan.tags, plan.files
    else:
        prices, tags, files = (plan.price,) if plan.price else (), None, None
    return DryRunAnswer(body.what, files, plan.publications, plan.tokens, prices, tags, plan.standing)
