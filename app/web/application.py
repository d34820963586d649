"""Makes the web application."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from fastapi import Depends, FastAPI
from fastapi.staticfiles import StaticFiles
from starlette.middleware.gzip import DEFAULT_EXCLUDED_CONTENT_TYPES, GZipMiddleware

from app.domain.flow import Next
from app.settings import Settings, get_settings
from app.web import errors, measured, media, thumbnails
from app.web.admission import admit
from app.web.api import application as api
from app.web.entry import entry_of
from app.web.limits import rates
from app.web.limits.names import OwnNames
from app.web.limits.well_formed import WellFormed
from app.web.pages import (
    alerts,
    ask,
    audit,
    budgets,
    channel_acts,
    elsewhere,
    exports,
    feed,
    feeds,
    forget,
    gallery,
    login,
    operations,
    overview,
    picture,
    publication,
    saved,
    search,
    tokens,
    users,
    versions,
    work_acts,
)
from app.web.rendering import STATIC
from app.web.safety import HeadAsGet, OwnPagesOnly, SafeHeaders

Publish = Callable[[Iterable[Next]], None]
PAGES = (
    overview,
    feed,
    gallery,
    publication,
    search,
    picture,
    ask,
    operations,
    channel_acts,
    work_acts,
    audit,
    tokens,
    versions,
    budgets,
    exports,
    saved,
    alerts,
    users,
    forget,
)
SMALL = 1_000  # bytes that are not worth packing
# Files of the archive are sent as they are: their ETag is of these bytes.
PACKED = (*DEFAULT_EXCLUDED_CONTENT_TYPES, "application/octet-stream", "image/bmp")


def application(publish: Publish = lambda calls: None, settings: Settings | None = None) -> FastAPI:
    """The application with all pages. publish: sends the calls of a question to its worker, after commit.

    UserError for settings that leave open who may see it.
    """
    settings = settings or get_settings()
    gate = [Depends(admit)]  # before each address: one that is added without a thought is for operators alone
    made = FastAPI(title="Media Audit", docs_url=None, redoc_url=None, openapi_url=None, dependencies=gate)
    made.state.publish = publish
    made.state.entry = entry_of(settings)
    made.state.url = settings.web_url
    made.state.limits = rates.Limits(settings)
    errors.install(made)
    rates.install(made)
    api.install(made)
    measured.watch_statements()
    served = (elsewhere.router, feeds.router, login.router, media.router, thumbnails.router)
    for router in (*(one.views.router for one in PAGES), *served, *api.routers()):
        made.include_router(router)
    made.mount("/static", StaticFiles(directory=STATIC))
    made.add_middleware(GZipMiddleware, minimum_size=SMALL, exclude_content_types=PACKED)
    # From here on the last one that is added comes first.
    made.add_middleware(rates.RateLimited, limits=made.state.limits)
    made.add_middleware(WellFormed)
    made.add_middleware(OwnPagesOnly)  # before the limits: a foreign site must not use up those of its visitors
    # A site of another name that resolves to this machine reads nothing (DNS rebinding).
    made.add_middleware(OwnNames, names=made.state.entry.names)
    made.add_middleware(errors.Faults)
    made.add_middleware(measured.Measured)
    made.add_middleware(HeadAsGet)
    made.add_middleware(SafeHeaders)  # the outermost: refusals have them too
    return made
