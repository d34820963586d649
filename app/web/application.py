"""Makes the web application."""

from __future__ import annotations

from fastapi import FastAPI
from fastapi.staticfiles import StaticFiles
from starlette.middleware.gzip import GZipMiddleware
from starlette.middleware.trustedhost import TrustedHostMiddleware

from app.web import errors, media
from app.web.pages import elsewhere, feed, overview, picture, publication, search
from app.web.rendering import STATIC
from app.web.safety import SafeHeaders

# A site of another name that resolves to this machine reads nothing (DNS rebinding).
LOOPBACK_NAMES = ("127.0.0.1", "localhost")
PAGES = (overview, feed, publication, search, picture)
SMALL = 1_000  # bytes that are not worth packing


def application() -> FastAPI:
    """The application with all pages."""
    made = FastAPI(title="Media Audit", docs_url=None, redoc_url=None, openapi_url=None)
    errors.install(made)
    for router in (*(one.views.router for one in PAGES), elsewhere.router, media.router):
        made.include_router(router)
    made.mount("/static", StaticFiles(directory=STATIC))
    made.add_middleware(GZipMiddleware, minimum_size=SMALL)
    made.add_middleware(TrustedHostMiddleware, allowed_hosts=list(LOOPBACK_NAMES), www_redirect=False)
    made.add_middleware(SafeHeaders)  # the outermost: refusals have them too
    return made
