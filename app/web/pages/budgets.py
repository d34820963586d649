"""Budgets of paid models, and their spending; operators set caps and end the rest of a provider."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import Form, Request, Response

from app.db import transaction
from app.domain.access.roles import Act
from app.operations import budgets as acts
from app.pipeline.engine.caps import Span
from app.settings import get_settings
from app.status.budgets import Budgets, budgets
from app.web.acts import actor_of, done
from app.web.admission import needs
from app.web.views import Views

views = Views()

Name = Annotated[str, Form(max_length=50)]


@views.view("/budgets", "budgets.html")
def all_budgets() -> Budgets:
    """The caps and the spending of paid models, and the reasons that hold them up."""
    with transaction() as session:
        return budgets(session, get_settings())


@views.router.post("/budgets/set", include_in_schema=False)
@needs(Act.OPERATE)
def set_cap(
    request: Request,
    budget: Name,
    tokens: Annotated[str, Form(max_length=30)],
    span: Annotated[Span, Form()] = "day",
    until: Annotated[Literal["midnight", "changed"], Form()] = "midnight",
) -> Response:
    """Sets a cap in place of the setting."""
    cap = acts.tokens_of(tokens)
    with transaction() as session:
        today = until == "midnight"
        entry = acts.set_cap(session, get_settings(), actor_of(request), budget, span, cap, for_today=today)
    return done("/budgets", entry)


@views.router.post("/budgets/reset", include_in_schema=False)
@needs(Act.OPERATE)
def reset_cap(request: Request, budget: Name, span: Annotated[Span, Form()] = "day") -> Response:
    """Brings the cap of the settings back."""
    with transaction() as session:
        entry = acts.reset_cap(session, get_settings(), actor_of(request), budget, span)
    return done("/budgets", entry)


@views.router.post("/budgets/wake", include_in_schema=False)
@needs(Act.OPERATE)
def wake(request: Request, provider: Name) -> Response:
    """Ends the rest of a provider."""
    with transaction() as session:
        entry = acts.end_rest(session, actor_of(request), provider)
    return done("/budgets", entry)
