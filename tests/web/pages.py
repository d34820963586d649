"""Every page, by the routes of the application, each with the addresses that show all that it can show."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import quote

import httpx
from fastapi.routing import iter_route_contexts
from sqlalchemy.orm import Session

from app.access import links
from app.web.application import application
from app.web.safety import API
from tests.web.archive import Served

Find = Callable[[Served], str]

POST = (
    "SELECT coalesce(c.username, c.telegram_id::text) || '/' || o.telegram_message_id"
    " FROM posts o JOIN channels c ON c.id = o.channel_id WHERE o.publication_id IS NOT NULL AND "
)
WITH = "EXISTS (SELECT 1 FROM post_media m WHERE m.post_id = o.id AND m.kind = '{}')"
SIZE = "(SELECT count(*) FROM posts x WHERE x.publication_id = o.publication_id)"
FILE = "SELECT sha256 FROM media_files WHERE "
GALLERY = "/gallery?kind=photo&channel="
FORGET = "/forget?name="
ASKED = "SELECT id FROM questions q"


@dataclass(frozen=True)
class Address:
    """An address to go to. shows: its special content. status: of its answer."""

    shows: str
    path: str
    status: int = 200


def found(query: str, before: str = "/p/") -> Find:
    """The address of the first row of a query."""
    return lambda archive: before + quote(archive.one(query))


def plain(path: str) -> Find:
    """An address that holds nothing of the archive."""
    return lambda archive: path


# Route -> special content -> its address. The first of each is looked at in every way, the others in two.
PAGES: dict[str, dict[str, Find]] = {
    "/": {"the overview": plain("/")},
    "/feed": {
        "its first page": plain("/feed"),
        "a later page": lambda archive: f"/feed?cursor={older(archive)}",
    },
    "/c/{channel}": {"a channel": found("SELECT username FROM channels WHERE username IS NOT NULL ORDER BY id", "/c/")},
    "/p/{channel}/{message:int}": {
        "an album": found(f"{POST} o.grouped_id IS NOT NULL ORDER BY {SIZE} DESC, o.id"),
        "an edited post": found(f"{POST} o.history <> '[]' ORDER BY o.id"),
        "a deleted post": found(f"{POST} o.deleted_at IS NOT NULL ORDER BY o.id"),
        "a forwarded post": found(f"{POST} o.forward IS NOT NULL ORDER BY o.id"),
        "a film": found(f"{POST} {WITH.format('video')} ORDER BY o.id"),
        "a document": found(f"{POST} {WITH.format('doc')} ORDER BY o.id"),
    },
    "/gallery": {
        "its first page": plain("/gallery"),
        "one kind in one channel": found("SELECT username FROM channels WHERE username IS NOT NULL", GALLERY),
        "nothing": plain("/gallery?channel=lanternfield_workshop&kind=audio"),
    },
    "/m/{sha256}": {
        "a picture with many postings": found(
            "SELECT sha256 FROM post_media WHERE kind = 'photo' GROUP BY sha256 ORDER BY count(*) DESC, sha256", "/m/"
        ),
        "a film": found(f"{FILE} mime LIKE 'video/%' ORDER BY id", "/m/"),
        "a document": found(f"{FILE} mime = 'application/pdf' ORDER BY id", "/m/"),
        "a damaged file": found(f"{FILE} damaged IS NOT NULL ORDER BY id", "/m/"),
    },
    "/search": {
        "hits": plain("/search?q=" + quote("ярмарка OR lamp")),
        "no query yet": plain("/search"),
        "a corrected word": plain("/search?q=" + quote("ярмрка")),
        "filters": plain("/search?q=" + quote("kind:photo -lamp has:ocr") + "&order=date"),
        "nothing": plain("/search?q=" + quote("zzzz channel:lanternfield_workshop before:2001")),
    },
    "/saved": {"saved searches": plain("/saved")},
    "/alerts": {"alerts": plain("/alerts")},
    "/alerts/preview": {"posts of the last days": plain("/alerts/preview?search=lamps")},
    "/alerts/{number:int}": {"an alert": found("SELECT id FROM alerts ORDER BY id", "/alerts/")},
    "/ask": {"the form": plain("/ask"), "a question typed before": plain("/ask?q=" + quote("Сколько мешков?"))},
    "/ask/{number:int}": {
        "an answer": found(f"{ASKED} ORDER BY id", "/ask/"),
        "no answer": found(
            f"{ASKED} WHERE answered_at IS NOT NULL"
            " AND NOT EXISTS (SELECT 1 FROM answer_sentences s WHERE s.question_id = q.id)",
            "/ask/",
        ),
        "a question without an answer yet": lambda archive: f"/ask/{archive.unanswered}",
    },
    "/login": {"the form to sign in": plain("/login?next=/feed")},
    "/link/{token}": {"a link that signs in once": lambda archive: new_link(archive)},
    "/channels": {"every channel": plain("/channels"), "no channel": plain("/channels?show=removed")},
    "/work": {"all work": plain("/work"), "no such row": plain("/work?state=dead&step=tag")},
    "/tokens": {"the tokens": plain("/tokens")},
    "/audit": {"the acts of users": plain("/audit")},
    "/versions": {"the versions": plain("/versions")},
    "/versions/again": {
        "a dry run of readings": plain("/versions/again?what=reanalyze"),
        "a dry run of tags": plain("/versions/again?what=retag&everything=true&channel=@lanternfield_workshop"),
    },
    "/budgets": {"no paid provider": plain("/budgets")},
    "/exports": {"the exports, and the form for one": plain("/exports?q=lamp")},
    "/exports/{number:int}": {
        "a whole export": found("SELECT id FROM exports ORDER BY id", "/exports/"),
        "one that no worker has begun": found("SELECT id FROM exports ORDER BY id DESC", "/exports/"),
    },
    "/users": {"the users": plain("/users")},
    "/users/{name}": {"a user": plain("/users/operator")},
    "/forget": {
        "the plan of a file": found(
            "SELECT sha256 FROM post_media WHERE kind = 'photo' GROUP BY sha256 ORDER BY count(*) DESC, sha256",
            FORGET,
        ),
        "the plan of an album's item": found(f"{POST} o.grouped_id IS NOT NULL ORDER BY {SIZE} DESC, o.id", FORGET),
        "the plan of a channel": found("SELECT username FROM channels WHERE username IS NOT NULL ORDER BY id", FORGET),
    },
}
# Pages of operators alone: others sign in first, or are refused.
OPERATORS = {"/versions/again", "/audit", "/users", "/users/{name}", "/forget"}
# Pages of editors and operators.
EDITORS = {"/alerts", "/alerts/preview", "/alerts/{number:int}"}
# Errors are pages, too.
ERRORS = (
    Address("no such address", "/nowhere", 404),
    Address("a link that was used", "/link/used", 410),
    Address("no such channel", "/c/nowhere", 404),
    Address("a query that cannot be read", "/search?q=" + quote("colour:red"), 400),
)
# Pages that a session alone opens.
SIGNED_IN = (Address("the tokens of a user", "/tokens"),)
# Routes that are no pages, and why.
OTHER = {
    "/open": "leads on to a publication",
    "/language/{language}": "leads back",
    "/search/refine": "leads to a search",
    "/newer.json": "data",
    "/gallery/newer.json": "data",
    "/ask/{number:int}/sentences": "a stream of parts of a page",
    "/media/{sha256}": "a file",
    "/exports/{number:int}/archive": "a file",
    "/exports/{number:int}/files/{name}": "a file",
    "/feeds/{token}.atom": "a feed",
    "/health": "a word for load balancers",
    "/thumb/{width}/{sha256}": "a file",
    "/tokens": "leads to the login without a session: SIGNED_IN",
}


def routes() -> set[str]:
    """Paths of the application that answer GET, without the data beside each page."""
    every = {one.path or "" for one in iter_route_contexts(application().routes) if "GET" in (one.methods or ())}
    every = {one for one in every if not one.startswith(API)}  # tests/integration/pipeline/test_api_document.py
    return {one for one in every if not (one.endswith(".json") and _page_of(one) in every)}


def _page_of(data: str) -> str:
    return "/" if data == "/overview.json" else data.removesuffix(".json")


def older(archive: Served) -> str:
    """The cursor of the second page of the feed."""
    return str(httpx.get(f"{archive.url}/feed.json").json()["older"])


def new_link(archive: Served) -> str:
    """The address of an unused link."""
    with Session(archive.archive.engine) as session, session.begin():
        return links.make(session).path
