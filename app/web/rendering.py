"""Turns what a page shows into HTML, by the templates beside this file."""

from __future__ import annotations

from functools import lru_cache
from hashlib import sha256
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from fastapi import Request
from fastapi.responses import HTMLResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from app.domain.access.audited import Acted
from app.domain.access.entry import Way
from app.domain.feeds import is_feed
from app.domain.fetching import KINDS as MEDIA
from app.domain.fetching import exact_size
from app.domain.kinds import Classification, MediaKind, Step
from app.domain.marked_text import differences, segments
from app.domain.media_types import called
from app.domain.query.values import CLASSES, KINDS, PROPERTIES
from app.domain.query.values import LANGUAGES as LANGUAGES_OF_POSTS
from app.domain.thumbnails import WIDTHS, is_pictured
from app.reprocess.choice import STATUSES
from app.web.language import COOKIE, LANGUAGES, chosen, translations
from app.web.words import Words

CONFIRMED = "done"  # parameter of an address: the number of the audit entry that its page confirms

HERE = Path(__file__).parent
STATIC = HERE / "static"


# The values of `--where kind=` of `reanalyze` and `retag`.
CHOSEN_KINDS = tuple(dict.fromkeys([*MediaKind, *Classification]))
# The values of the fields of a form, with their Russian names.
VALUES = {"kind": KINDS, "class": CLASSES, "lang": LANGUAGES_OF_POSTS, "has": PROPERTIES}


@lru_cache
def environment(language: str) -> Environment:
    """The templates in a language. Every value is escaped, and one that a page does not have is an error."""
    made = Environment(
        loader=FileSystemLoader(HERE / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        extensions=["jinja2.ext.i18n"],
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.install_gettext_translations(translations(language), newstyle=True)  # type: ignore[attr-defined]
    words = Words(language)
    filters = ("moment", "day", "written", "ago", "number", "bounded", "size", "clock", "marked", "said", "acted")
    made.filters.update({name: getattr(words, name) for name in filters})
    made.globals.update(language=language, languages=LANGUAGES, static=static, values=VALUES)
    made.globals.update(chosen_kinds=CHOSEN_KINDS, statuses=STATUSES)
    made.globals.update(steps=[step.value for step in Step], acts=[act.value for act in Acted], media_kinds=list(MEDIA))
    made.filters.update(exact_size=exact_size, called=called)
    made.globals.update(segments=segments, differences=differences, is_pictured=is_pictured, widths=WIDTHS)
    return made


@lru_cache
def static(name: str) -> str:
    """The address of a file of ours. It changes with the content, so that browsers may keep it for ever."""
    return f"/static/{name}?v={sha256((STATIC / name).read_bytes()).hexdigest()[:12]}"


def language_of(request: Request) -> str:
    """The language of the answer to a request."""
    return chosen(request.cookies.get(COOKIE), request.headers.get("accept-language", ""))


def here(request: Request) -> str:
    """The address of the page with its choices: an act leads back to it."""
    kept = [(name, value) for name, value in request.query_params.multi_items() if name != CONFIRMED]
    return request.url.path + (f"?{urlencode(kept)}" if kept else "")


def rendered(request: Request, template: str, **values: Any) -> str:
    """A template with its values, in the language of the request."""
    visitor = getattr(request.state, "visitor", None)  # none where no address was reached
    may_sign_in = request.app.state.entry.way is not Way.PROXY
    path = "/" if is_feed(request.url.path) else request.url.path
    shared = {"path": path, "here": here(request), "visitor": visitor, "may_sign_in": may_sign_in, "notice": None}
    return environment(language_of(request)).get_template(template).render(shared | values)


def html(request: Request, template: str, status: int = 200, **values: Any) -> HTMLResponse:
    """The page of a template."""
    headers = {"Content-Language": language_of(request), "Vary": "Accept-Language, Cookie"}
    return HTMLResponse(rendered(request, template, **values), status, headers)
