"""All addresses of the API."""

from __future__ import annotations

from fastapi import APIRouter, FastAPI

from app.web.api import (
    admission,
    alerts,
    channels,
    document,
    events,
    exports,
    media,
    publications,
    questions,
    saved,
    searches,
    versions,
    work,
)

PARTS = (searches, publications, media, questions, saved, alerts, exports, channels, work, versions, events)


def routers() -> tuple[APIRouter, ...]:
    """The routers of all parts, and the document that describes them."""
    parts = tuple(part.api.router for part in PARTS)
    return (*parts, document.router(parts))


def install(made: FastAPI) -> None:
    """Makes the application answer errors of the API."""
    admission.install(made)
