"""Pages of operations: channels, work, budgets, each with its remedies."""

from __future__ import annotations

from dataclasses import dataclass

from app import db
from app.db import transaction
from app.domain.kinds import State, Step
from app.errors import UserError
from app.operations.stuck import STATES, StuckPage, stuck
from app.status.channels import ChannelPage, Chosen, channel_page
from app.status.stages import StepCounts, step_counts
from app.web.views import Views

views = Views()


@dataclass(frozen=True)
class ChannelsPage:
    """A page of channels. chosen: which ones it lists."""

    chosen: Chosen
    page: ChannelPage


@dataclass(frozen=True)
class WorkPage:
    """Work by step and state, and a page of the rows that no worker goes on with. state, step: None for all."""

    state: State | None
    step: Step | None
    counts: dict[Step, StepCounts]
    stuck: StuckPage


@views.view("/channels", "channels.html")
def channels(show: Chosen = Chosen.ALL, cursor: str | None = None) -> ChannelsPage:
    """The channels as `media-audit channels list --all` has them, with their newest posts."""
    with transaction() as session:
        return ChannelsPage(show, channel_page(session, db.now(session), chosen=show, cursor=cursor))


@views.view("/work", "work.html")
def work(state: str = "", step: str = "", cursor: str | None = None) -> WorkPage:
    """Work by step, and the rows of `media-audit dead list` beside those that wait."""
    chosen, of = state_of(state), step_of(step)
    with transaction() as session:
        found = stuck(session, state=chosen, step=of, cursor=cursor)
        return WorkPage(chosen, of, step_counts(session), found)


def state_of(name: str) -> State | None:
    """The state of stuck rows with this name; None for an empty one. UserError for another."""
    if name and name not in list(STATES):
        raise UserError(f"state is one of {', '.join(STATES)}, or empty for all")
    return State(name) if name else None


def step_of(name: str) -> Step | None:
    """The step with this name; None for an empty one. UserError for another."""
    if name and name not in list(Step):
        raise UserError(f"step is one of {', '.join(Step)}, or empty for all")
    return Step(name) if name else None
