"""Makes the web application."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from fastapi import FastAPI
from fastapi.staticfiles import StaticFiles
from starlette.middleware.gzip import GZipMiddleware
from starlette.middleware.trustedhost import TrustedHostMiddleware

from app.domain.flow import Next
from app.settings import Settings, get_settings
from app.web import errors, measured, media, thumbnails
from app.web.limits import rates
from app.web.limits.well_formed import WellFormed
from app.web.pages import ask, elsewhere, feed, gallery, operations, overview, picture, publication, search
from app.web.rendering import STATIC
from app.web.safety import HeadAsGet, OwnPagesOnly, SafeHeaders

Publish = Callable[[Iterable[Next]], None]
# A site of another name that resolves to this machine reads nothing (DNS rebinding).
LOOPBACK_NAMES = ("127.0.0.1", "localhost")
PAGES = (overview, feed, gallery, publication, search, picture, ask, operations)
SMALL = 1_000  # bytes that are not worth packing


def application(publish: Publish = lambda calls: None, settings: Settings | None = None) -> FastAPI:
    """The application with all pages. publish: sends the calls of a question to its worker, after commit."""
    made = FastAPI(title="Media Audit", docs_url=None, redoc_url=None, openapi_url=None)
    made.state.publish = publish
    made.state.limits = rates.Limits(settings or get_settings())
    errors.install(made)
    rates.install(made)
    measured.watch_statements()
    for router in (*(one.views.router for one in PAGES), elsewhere.router, media.router, thumbnails.router):
        made.include_router(router)
    made.mount("/static", StaticFiles(directory=STATIC))
    made.add_middleware(GZipMiddleware, minimum_size=SMALL)
    # From here on the last one that is added comes first.
    made.add_middleware(rates.RateLimited, limits=made.state.limits)
    made.add_middleware(WellFormed)
    made.add_middleware(OwnPagesOnly)  # before the limits: a foreign site must not use up those of its visitors
    made.add_middleware(TrustedHostMiddleware, allowed_hosts=list(LOOPBACK_NAMES), www_redirect=False)
    made.add_middleware(errors.Faults)
    made.add_middleware(measured.Measured)
    made.add_middleware(HeadAsGet)
    made.add_middleware(SafeHeaders)  # the outermost: refusals have them too
    return made
