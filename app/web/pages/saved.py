"""Saved searches: kept under a name, looked at again, forgotten."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from fastapi import Form, Request
from fastapi.responses import RedirectResponse

from app.alerts import saved as acts
from app.alerts.lists import SavedShown, saved_searches
from app.db import transaction
from app.domain.access.roles import Act
from app.web.acts import actor_of, done
from app.web.admission import needs
from app.web.views import Views

views = Views()


@dataclass(frozen=True)
class SavedPage:
    """All saved searches."""

    searches: tuple[SavedShown, ...]


@views.view("/saved", "saved.html")
def saved() -> SavedPage:
    """The saved searches by name, each with its alerts."""
    with transaction() as session:
        return SavedPage(saved_searches(session))


@views.router.post("/saved", include_in_schema=False)
@needs(Act.EDIT)
def save(request: Request, name: Annotated[str, Form()], q: Annotated[str, Form()]) -> RedirectResponse:
    """Keeps a query under a name, in the place of the one that had it."""
    with transaction() as session:
        _, entry = acts.save(session, actor_of(request), name, q)
    return done("/saved", entry)


@views.router.post("/saved/remove", include_in_schema=False)
@needs(Act.EDIT)
def remove(request: Request, name: Annotated[str, Form()]) -> RedirectResponse:
    """Forgets a saved search."""
    with transaction() as session:
        entry = acts.remove(session, actor_of(request), name)
    return done("/saved", entry)
