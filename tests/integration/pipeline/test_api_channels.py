"""A token with a list of channels: no answer names a post, text or file of any other channel.

Each address of the OpenAPI document is read with all values that the archive has for its parameters. The same walk with
a token of all channels finds every secret, so that a walk that looked nowhere would fail.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from datetime import timedelta
from itertools import product
from typing import Any
from urllib.parse import quote

import httpx
import pytest

from app import wiring
from app.alerts import acts as alerts
from app.db import transaction
from app.exports import acts as exports
from app.pipeline.posts import search_words
from app.search import saved
from app.search.filters import Filters, read_filters
from app.settings import get_settings
from tests.api import TESTER, V1, api, bearing, token
from tests.factories.messages import START, album, message, photo, sha256
from tests.factories.worlds import CITY
from tests.integration.pipeline.asking import put
from tests.integration.pipeline.database import change, one, rows
from tests.integration.pipeline.flow import Flow

WORD = "златоуст"  # stands in posts of @city alone
SHARED, HIDDEN, NEAR, OPEN = photo("кот", "МЯУ"), photo("пёс", "ГАВ"), photo("волк"), photo("лев", "РЫК")
EARLIER = START - timedelta(days=1)  # the shared picture was seen first in @city
SECRETS = ("златоуст", "The city", "t.me/city", '"city"', "@city", sha256(HIDDEN), sha256(NEAR))
QUERIES = (
    *("златоуст", "златоус", "паром", "has:dup", "kind:photo", "channel:@city", "channel:city паром", "лев OR пёс"),
    *(
        f"near:{sha256(HIDDEN)[:16]}~8",
        f"near:{sha256(OPEN)[:16]}~8",
        "search:secret",
        "/з.атоуст/",
        "-паром",
        "lang:ru",
    ),
)


@pytest.fixture
def archive(flow: Flow) -> Flow:
    """@news and @city: a shared file, near files, questions, a saved search, dead work, events of both."""
    flow.drive.embedder = wiring.embedder()
    flow.post(message(1, "Паром ходит по субботам", SHARED), message(2, "Лев на вывеске", OPEN))
    secret = [
        message(7, f"{WORD} паром", SHARED, date=EARLIER),
        message(8, f"{WORD} пёс", HIDDEN),
        message(9, "", NEAR),
    ]
    flow.post(*secret, *album((20, 21), 77, {20: f"{WORD} в альбоме"}), channel=CITY)
    flow.watch("@news", "@city")
    for file, phash in ((OPEN, "0123456789abcdef"), (NEAR, "0123456789abcdee"), (HIDDEN, "f123456789abcde0")):
        change(
            "UPDATE media_files SET phash = :phash, flat = false WHERE sha256 = :name", phash=phash, name=sha256(file)
        )
    change(
        "UPDATE media_vision SET borrowed_from = :near, borrowed_bits = 1"
        " WHERE media_file_id = (SELECT id FROM media_files WHERE sha256 = :own)",
        near=sha256(NEAR),
        own=sha256(OPEN),
    )
    with transaction() as session:
        saved.save(session, "secret", f"channel:@city {WORD}")
        exports.make(session, TESTER, f"channel:@city {WORD}")
        alerts.add(session, TESTER, alerts.Wanted("secret", feed=True))
        search_words.fold_within(session)
    put(flow.drive, f"Когда {WORD}?")
    with transaction() as session:
        own = read_filters(session, None, None, (news(),))
    put(flow.drive, "Когда ходит паром?", own)
    flow.drive.settle()  # a stream of an open question would go on
    change(
        "UPDATE work SET state = 'dead', last_error = 'a fault' WHERE step IN ('download', 'index', 'poll', 'analyze')"
    )
    return flow


def news() -> int:
    return int(one("SELECT id FROM channels WHERE reference = '@news'"))


@pytest.fixture
def client(archive: Flow) -> Iterator[httpx.Client]:
    with api(get_settings().model_copy(update={"web_rate_factor": 0})) as made:
        yield made


def column(query: str) -> list[str]:
    return [str(row[0]) for row in rows(query)]


def values(path: str, name: str) -> list[str]:
    """All values that the archive has for a parameter of an address."""
    hashes = column("SELECT sha256 FROM media_files")
    known = {
        "sha256": [*hashes, *(name[:8] for name in hashes)],
        "width": ["256"],
        "channel": ["news", "city", "The city", "@city"],
        "message": ["1", "2", "7", "8", "9", "20"],
        "name": ["secret", "none"],
        "q": list(QUERIES),
        "order": ["relevance", "date"],
        "show": ["all", "watched"],
        "after": ["0", "3"],
    }
    if name == "id":
        part = path.split("/")[3]
        return column(f"SELECT id FROM {'questions' if part == 'ask' else part}")
    return known[name]


OPTIONAL = {"cursor", "limit", "bits", "state", "step"}  # narrow what is read without them


def addresses(document: dict[str, Any]) -> Iterator[str]:
    """Each address that is read, with each value of each parameter."""
    for path, methods in document["paths"].items():
        if "get" not in methods:
            continue
        given = [one for one in methods["get"].get("parameters", []) if one["name"] not in OPTIONAL]
        names = [one["name"] for one in given]
        for chosen in product(*(values(path, name) for name in names)):
            pairs = dict(zip(names, chosen, strict=True))
            inside = {one["name"] for one in given if one["in"] == "path"}
            address = path.format(**{name: quote(pairs[name], safe="") for name in inside})
            query = httpx.QueryParams({name: value for name, value in pairs.items() if name not in inside})
            yield f"{address}?{query}" if query else address


def walk(client: httpx.Client, headers: dict[str, str], some: Iterable[str]) -> Iterator[tuple[str, str]]:
    """The text of each answer and of those that its `next` leads to; without that which the request said itself."""
    for first in some:
        address: str | None = first
        for _ in range(5):
            if address is None:
                break
            answer = client.get(address, headers=headers)
            assert answer.status_code in (200, 304, 400, 403, 404, 422), (address, answer.text)
            is_json = "json" in answer.headers["content-type"]
            yield first, answer.text if "text" in answer.headers["content-type"] or is_json else ""
            following = answer.json().get("next") if answer.headers["content-type"] == "application/json" else None
            address = None if following == address or "/events" in first else following


def test_no_answer_names_what_is_of_another_channel(client: httpx.Client) -> None:
    all_, some = bearing(token()), bearing(token(channels=["@news"]))
    document = client.get(f"{V1}/openapi.json").json()
    every = list(addresses(document))
    assert len(every) > 100
    told = [(said, text) for said, text in walk(client, some, every)]
    for address, text in told:
        asked = httpx.URL(address)
        sent = " ".join([asked.path, *asked.params.values()])
        leaks = [
            secret for secret in SECRETS if secret in text and secret not in sent and secret.strip('"@') not in sent
        ]
        assert leaks == [], (address, text[:2000])
    found = "".join(text for _, text in walk(client, all_, every))
    assert [secret for secret in SECRETS if secret not in found] == [], "the walk sees what there is"
    mine = "".join(text for _, text in told)
    for own in ("Паром ходит", "Лев на вывеске", sha256(OPEN), sha256(SHARED), "The news", "РЫК"):
        assert own in mine, own


def test_what_is_hidden_is_answered_as_what_is_not_there(client: httpx.Client) -> None:
    some = bearing(token(channels=["@news"]))
    hidden = one("SELECT min(p.id) FROM publications p JOIN channels c ON c.id = channel_id WHERE reference = '@city'")
    question = one("SELECT min(id) FROM questions")
    for there, missing in (
        (f"publications/{hidden}", "publications/999999"),
        ("publications/city/8", "publications/none/8"),
        ("publications/news/8", "publications/news/999"),
        (f"media/{sha256(HIDDEN)}", f"media/{'0' * 64}"),
        (f"media/{sha256(HIDDEN)[:8]}", f"media/{'0' * 8}"),
        (f"media/{sha256(HIDDEN)}/life", f"media/{'0' * 64}/life"),
        (f"media/{sha256(HIDDEN)}/similar", f"media/{'0' * 64}/similar"),
        (f"media/{sha256(HIDDEN)}/file", f"media/{'0' * 64}/file"),
        (f"media/{sha256(HIDDEN)}/thumb/256", f"media/{'0' * 64}/thumb/256"),
        (f"ask/{question}", "ask/999999"),
        (f"ask/{question}/stream", "ask/999999/stream"),
        (f"search?q=near:{sha256(HIDDEN)[:16]}", f"search?q=near:{'0' * 16}"),
        ("search?q=channel:@city", "search?q=channel:@none"),
        ("search?q=search:secret", "search?q=search:nowhere"),
    ):
        one_, other = (client.get(f"{V1}/{address}", headers=some) for address in (there, missing))
        assert one_.status_code == other.status_code >= 400, there
        texts = [one_.json()["detail"], other.json()["detail"]]
        for parts in zip(re.split("[/:]", there), re.split("[/:]", missing), strict=True):
            texts = [
                text.replace(part, "…") if parts[0] != parts[1] else text
                for text, part in zip(texts, parts, strict=True)
            ]
        assert texts[0] == texts[1]


def test_copies_and_firsts_are_those_of_the_channel(client: httpx.Client) -> None:
    some = bearing(token(channels=["@news"]))
    shared = client.get(f"{V1}/media/{sha256(SHARED)}", headers=some).json()
    assert [posting["channel"] for posting in shared["postings"]] == ["The news"]
    assert (shared["first"]["channel"], shared["cluster"]) == ("The news", 1)
    near = client.get(f"{V1}/media/{sha256(OPEN)}/similar", headers=some).json()
    assert ([one["sha256"] for one in near["postings"]], near["files"]) == ([sha256(OPEN)], 1)
    [reading] = client.get(f"{V1}/media/{sha256(OPEN)}", headers=some).json()["readings"]
    assert reading["borrowed_from"] is None
    assert client.get(f"{V1}/search", params={"q": "has:dup"}, headers=some).json()["hits"] == []
    both = client.get(f"{V1}/search", params={"q": "has:dup"}, headers=bearing(token())).json()
    assert len(both["hits"]) == 2


def test_a_question_is_answered_from_its_channels(client: httpx.Client, archive: Flow) -> None:
    some = bearing(token(channels=["@news"]))
    asked = client.post(f"{V1}/ask", json={"question": f"Когда {WORD} и паром?"}, headers=some)
    assert asked.status_code == 201
    archive.drive.settle()
    answer = client.get(asked.headers["location"], headers=some)
    assert WORD not in answer.text.replace(f"Когда {WORD} и паром?", "").replace(f"когда {WORD} и паром", "")
    assert "Паром ходит" in answer.text
    other = bearing(token(channels=["@city"]))
    assert client.get(asked.headers["location"], headers=other).status_code == 404


def test_limits_of_filters_add_up() -> None:
    assert "channel_id" in str(Filters(within=(1,)).condition())
    assert str(Filters(within=()).condition()) != str(Filters().condition())
